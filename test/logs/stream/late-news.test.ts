/** Restarts that the watch tells of late, or not at all: whose lines a log has is asked of the API server itself. */
import { describe, expect, it } from 'vitest';
import { aContainer, attached, followed, some } from './world.ts';

const next = aContainer({ containerId: 'containerd://2', restartCount: 1 });

describe('a restart that the watch is away for', () => {
  it('gives no line of the next run, however long that is, and the last lines of its own', async () => {
    const now = { same: false };
    const following = await followed({ isStillAt: () => Promise.resolve(now.same) });
    following.kubelet.writeUnseen(some(2, 5));
    following.kubelet.endRun(some(4, 50));
    await following.clock.advance(20_000);
    expect(following.lines()).toEqual(some(5));
    following.watched.become(next);
    await following.clock.advance(20_000);
    expect(following.state.end).toEqual({ kind: 'ended' });
    expect(following.lines()).toEqual(some(7));
    expect(following.notices.filter(({ kind }) => kind === 'gap')).toEqual([]);
  });

  it('is none where the server has the container at its run: a rotation, and a gap', async () => {
    const following = await followed({ isStillAt: () => Promise.resolve(true) });
    following.kubelet.hangUp('reset');
    following.kubelet.rotate();
    following.kubelet.writeUnseen(some(3, 50));
    await following.clock.advance(5000);
    expect(following.lines()).toEqual([...some(5), ...some(3, 50)]);
    expect(following.notices).toEqual([attached, expect.objectContaining({ kind: 'gap' })]);
  });
});

it('the last reading of a run is not that of the next, though this has no line yet', async () => {
  const following = await followed();
  following.watched.become(aContainer({ state: 'terminated' }));
  following.kubelet.writeUnseen(some(2, 5));
  // The next run has begun, and the watch does not know of it.
  following.kubelet.endRun([]);
  await following.clock.advance(1000);
  expect(following.state.end).toBeUndefined();
  following.watched.become(next);
  await following.clock.advance(5000);
  expect(following.state.end).toEqual({ kind: 'ended' });
  expect(following.lines()).toEqual(some(7));
});
