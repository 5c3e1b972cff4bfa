/** Logs across rotations and restarts, and containers that have not run yet. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { answerWith, Kubelet } from './kubelet.ts';
import { aContainer, attached, follow, followed, some, Watched } from './world.ts';

describe('a rotation', () => {
  it('between a cut and the return is a gap, and the new lines are given', async () => {
    const following = await followed();
    following.kubelet.hangUp('reset');
    following.kubelet.writeUnseen(some(3, 5));
    following.kubelet.rotate();
    following.kubelet.writeUnseen(some(3, 50));
    await following.clock.advance(5000);
    expect(following.lines()).toEqual([...some(5), ...some(3, 50)]);
    expect(following.notices).toEqual([
      attached,
      {
        kind: 'gap',
        from: '2026-01-01T00:00:00.400000000Z',
        to: '2026-01-01T00:00:05.000000000Z',
        why: 'the log was rotated, or lines were lost',
      },
    ]);
  });

  it('before the last line given is none', async () => {
    const following = await followed();
    following.kubelet.rotate();
    following.kubelet.write(some(2, 5));
    await following.clock.advance(0);
    following.kubelet.hangUp('reset');
    following.kubelet.writeUnseen(some(2, 7));
    await following.clock.advance(1000);
    expect(following.lines()).toEqual(some(9));
    expect(following.notices).toEqual([attached]);
  });
});

describe('a restart', () => {
  const next = aContainer({ containerId: 'containerd://2', restartCount: 1 });

  it('ends the run with what its log still holds, not with the lines of the next', async () => {
    const following = await followed();
    following.kubelet.writeUnseen(some(2, 5));
    following.watched.become(next);
    following.kubelet.endRun(some(4, 20));
    await following.clock.advance(5000);
    expect(following.state.end).toEqual({ kind: 'ended' });
    expect(following.lines()).toEqual(some(7));
    expect(following.kubelet.asked[1]).toMatchObject({ previous: true, follow: false });
  });

  it('that the watch tells of late does not mix the lines of two runs', async () => {
    const following = await followed();
    following.kubelet.writeUnseen(some(2, 5));
    following.kubelet.endRun(some(4, 20));
    await following.clock.advance(1200);
    expect(following.lines()).toEqual(some(5));
    following.watched.become(next);
    await following.clock.advance(0);
    expect(following.state.end).toEqual({ kind: 'ended' });
    expect(following.lines()).toEqual(some(7));
    expect(following.notices).toEqual([attached]);
  });

  it('of a run that wrote nothing is seen as well', async () => {
    const following = follow();
    await following.clock.advance(0);
    following.kubelet.endRun(some(4, 20));
    await following.clock.advance(1000);
    following.watched.become(next);
    await following.clock.advance(0);
    expect(following.state.end).toEqual({ kind: 'ended' });
    expect(following.lines()).toEqual([]);
  });
});

describe('a container that waits', () => {
  const waiting = aContainer({ state: 'waiting', containerId: undefined });
  const answer = { kind: 'waiting', message: 'container "app" in pod "web-1" is waiting to start' } as const;

  it('is asked again when the watch has news, and not before', async () => {
    const kubelet = new Kubelet();
    kubelet.answers.push(answer, answer);
    const watched = new Watched();
    watched.become(waiting);
    const following = follow({ kubelet, watched, request: { containerId: '' } });
    await following.clock.advance(600_000);
    expect([kubelet.asked.length, following.clock.waiting, watched.waiting]).toEqual([1, 0, 1]);
    watched.become(waiting);
    await following.clock.advance(0);
    expect(kubelet.asked).toHaveLength(2);
    kubelet.writeUnseen(some(1));
    watched.become(aContainer());
    await following.clock.advance(0);
    expect(following.lines()).toEqual(some(1));
    expect(following.notices).toEqual([attached]);
  });

  it('although the watch says that it runs, is asked again after a pause', async () => {
    const kubelet = new Kubelet();
    kubelet.answers.push(answer, answer);
    kubelet.writeUnseen(some(1));
    const following = follow({ kubelet });
    await following.clock.advance(250);
    expect(following.lines()).toEqual(some(1));
    expect(following.notices).toEqual([attached]);
  });

  it('is not waited for without follow', async () => {
    const kubelet = new Kubelet();
    kubelet.answers.push(answer);
    const following = follow({ kubelet, request: { follow: false } });
    await following.clock.advance(0);
    expect(following.state.end).toEqual({ kind: 'ended' });
    expect(following.notices).toEqual([{ kind: 'server-message', text: answer.message }]);
  });

  it('for its node has an empty answer', async () => {
    const kubelet = new Kubelet();
    const empty = answerWith(Readable.from([]));
    if (empty.kind === 'stream') empty.body.statusCode = 204;
    kubelet.answers.push(empty);
    const watched = new Watched();
    watched.become(waiting);
    const following = follow({ kubelet, watched, request: { containerId: '' } });
    await following.clock.advance(60_000);
    expect([kubelet.asked.length, watched.waiting]).toEqual([1, 1]);
    expect(following.notices).toEqual([]);
    following.abort(new Error('enough'));
    await expect(following.ended).rejects.toThrow('enough');
  });
});
