/** A followed log from its first line to its end. */
import { describe, expect, it } from 'vitest';
import { Kubelet } from './kubelet.ts';
import { aContainer, attached, follow, followed, some, Watched, type Following } from './world.ts';

const ended = aContainer({ state: 'terminated' });

/** Ends the run, and waits until it has been seen. */
async function finish(following: Following): Promise<void> {
  following.watched.become(ended);
  following.kubelet.endRun();
  await following.clock.advance(10_000);
  expect(following.state.end).toEqual({ kind: 'ended' });
  expect(following.clock.waiting).toBe(0);
}

describe('a log that is followed', () => {
  it('is given as it comes, in any pieces, and ends with its run', async () => {
    const following = await followed();
    for (const piece of [1, 7, 100]) following.kubelet.write(some(3, 5 + piece), piece);
    await following.clock.advance(0);
    expect(following.lines()).toEqual(following.kubelet.written);
    await finish(following);
    expect(following.lines()).toEqual(following.kubelet.written);
    expect(following.notices).toEqual([attached]);
  });

  it('is read once more when its run has ended, for what came late', async () => {
    const following = await followed();
    following.kubelet.writeUnseen(some(2, 5));
    await finish(following);
    expect(following.lines()).toEqual(some(7));
    expect(following.kubelet.asked.map(({ follow: asked }) => asked)).toEqual([true, false]);
    expect(following.kubelet.asked[1]?.sinceTime).toBe('2025-12-31T23:59:58Z');
  });

  it('of a run that had ended before is read once, without follow', async () => {
    const kubelet = new Kubelet();
    kubelet.write(some(3));
    const watched = new Watched();
    watched.become(ended);
    const following = follow({ kubelet, watched });
    await following.clock.advance(0);
    expect(following.state.end).toEqual({ kind: 'ended' });
    expect(following.lines()).toEqual(some(3));
    expect(kubelet.asked).toHaveLength(1);
  });

  it('ends with its pod', async () => {
    const following = await followed();
    following.kubelet.write(some(1, 5));
    following.watched.become(undefined);
    await following.clock.advance(0);
    expect(following.state.end).toBeUndefined();
    following.kubelet.hangUp('end');
    await following.clock.advance(0);
    expect(following.state.end).toEqual({ kind: 'gone' });
    expect(following.lines()).toEqual(some(6));
  });

  it('is quiet for six minutes and more without a timer or a request', async () => {
    const following = await followed();
    await following.clock.advance(6 * 60_000);
    expect([following.clock.waiting, following.kubelet.asked.length]).toEqual([0, 1]);
    following.kubelet.write(some(1, 5));
    await following.clock.advance(0);
    expect(following.lines()).toEqual(some(6));
  });

  it('stops at once when told to, with the reason', async () => {
    const following = await followed();
    following.abort(new Error('Ctrl-C'));
    await expect(following.ended).rejects.toThrow('Ctrl-C');
    expect([following.kubelet.open, following.clock.waiting]).toEqual([0, 0]);
  });

  it('ends with what its taker throws', async () => {
    const following = follow({
      block: () => {
        throw new Error('EPIPE');
      },
    });
    following.kubelet.write(some(1));
    await expect(following.ended).rejects.toThrow('EPIPE');
    expect(following.kubelet.open).toBe(0);
  });
});
