/** Logs that were opened by name when the next run had already begun: whose lines they are is found out afterwards. */
import { describe, expect, it } from 'vitest';
import type { LogContainer } from '../../../src/cluster/log-pod.ts';
import { Kubelet, textOf } from './kubelet.ts';
import { aContainer, attached, follow, followed, some, Watched } from './world.ts';

/** The run after the first, which ended so many seconds after the start. */
function nextAfter(seconds: number, changes: Partial<LogContainer> = {}): LogContainer {
  const finishedAt = `2026-01-01T00:00:0${String(seconds)}Z`;
  const lastTerminated = { reason: 'Error', exitCode: 1, signal: undefined, finishedAt };
  return aContainer({ containerId: 'containerd://2', restartCount: 1, lastTerminated, ...changes });
}

/** A kubelet whose first run is over, though nobody has been told. */
function restarted(first: readonly string[], second: readonly string[]): Kubelet {
  const kubelet = new Kubelet();
  kubelet.writeUnseen(first);
  kubelet.endRun(second);
  return kubelet;
}

describe('a log that was opened when its run was over', () => {
  it('leaves what it gave to the next run, and gives its own', async () => {
    const following = follow({ kubelet: restarted(some(3), some(4, 20)) });
    await following.clock.advance(0);
    expect(following.lines()).toEqual(some(4, 20));
    following.replace(nextAfter(0));
    await following.clock.advance(10_000);
    expect(following.state.end).toEqual({ kind: 'ended' });
    expect(following.left).toEqual([['next', ...some(4, 20)]]);
    expect(following.lines()).toEqual([...some(4, 20), ...some(3)]);
    expect(following.notices).toEqual([attached]);
  });

  it('is its own all the same where the lines stand in the log of the run that has ended', async () => {
    const following = await followed();
    following.kubelet.writeUnseen(some(2, 5));
    following.kubelet.endRun(some(2, 8));
    following.replace(nextAfter(0));
    await following.clock.advance(1000);
    expect(following.state.end).toEqual({ kind: 'ended' });
    expect([following.lines(), following.left]).toEqual([some(7), []]);
    expect(following.kubelet.asked).toHaveLength(2);
  });

  it('has nothing to leave where it gave nothing', async () => {
    const following = follow({ kubelet: restarted(some(3), []) });
    await following.clock.advance(0);
    following.replace(nextAfter(5));
    await following.clock.advance(0);
    // A line older than the end of that run is enough: nobody has to be asked.
    expect(following.state.end).toEqual({ kind: 'ended' });
    expect([following.lines(), following.left]).toEqual([some(3), []]);
  });

  it('is in no doubt after a line from before the end of its run: it goes on to the end', async () => {
    const following = await followed();
    following.replace(nextAfter(5));
    await following.clock.advance(1000);
    expect([following.state.end, following.kubelet.asked.length]).toEqual([undefined, 1]);
    following.kubelet.write(some(2, 5));
    following.kubelet.endRun(some(2, 60));
    await following.clock.advance(1000);
    expect(following.state.end).toEqual({ kind: 'ended' });
    expect([following.lines(), following.left]).toEqual([some(7), []]);
  });

  it('and opened again is left for the log of its own run, though the next one writes nothing', async () => {
    const following = await followed();
    following.kubelet.writeUnseen(some(2, 5));
    following.kubelet.endRun([]);
    await following.clock.advance(1000);
    expect([following.kubelet.open, following.lines()]).toEqual([1, some(5)]);
    following.replace(nextAfter(5));
    await following.clock.advance(1000);
    expect(following.state.end).toEqual({ kind: 'ended' });
    expect([following.lines(), following.kubelet.open]).toEqual([some(7), 0]);
  });

  it('that was over when it was first seen leaves the question to the next run, if there is one', async () => {
    const at = async (seconds: number): Promise<readonly (readonly string[])[]> => {
      const watched = new Watched();
      const { lastTerminated: terminated } = nextAfter(seconds);
      watched.become(aContainer({ state: 'terminated', terminated }));
      const following = follow({ watched, kubelet: restarted([], some(2)) });
      following.kubelet.endRun();
      await following.clock.advance(0);
      expect(following.state.end).toEqual({ kind: 'ended' });
      return following.left;
    };
    expect(await at(0)).toEqual([['perhaps', ...some(2)]]);
    expect(await at(1)).toEqual([]);
  });
});

describe('what another stream gave before, nobody knows of which run', () => {
  const given = (lines: readonly string[], ofNext = false) => ({
    given: { lines: Buffer.from(textOf(lines)), first: '2026-01-01T00:00:00.000000000Z' },
    ofNext,
  });

  it.each([true, false])('is not given again where it is of this run (known: %s)', async (known) => {
    const kubelet = new Kubelet();
    kubelet.writeUnseen(some(5));
    const following = follow({ kubelet, request: { given: given(some(3), known) } });
    await following.clock.advance(2000);
    expect([following.lines(), following.notices]).toEqual([some(2, 3), [attached]]);
  });

  it('where it is not, all of the run is given, however old', async () => {
    const kubelet = new Kubelet();
    kubelet.writeUnseen([...some(3), ...some(5, 60)]);
    const following = follow({ kubelet, request: { given: given(some(3, 50)) } });
    await following.clock.advance(5000);
    expect([following.lines(), following.notices]).toEqual([[...some(3), ...some(5, 60)], [attached]]);
  });

  it('is looked for in the log of the run before, of which the rest is given', async () => {
    const watched = new Watched();
    watched.become(nextAfter(0));
    const request = { given: given(some(3)), containerId: 'containerd://1', restartCount: 0 };
    const following = follow({ watched, kubelet: restarted(some(5), some(5, 60)), request });
    await following.clock.advance(5000);
    expect(following.state.end).toEqual({ kind: 'ended' });
    expect([following.lines(), following.left]).toEqual([some(2, 3), []]);
  });
});

describe('the log of the run before the one in hand', () => {
  it('is not that of the run in between, of which the watch tells late', async () => {
    const now = { same: false };
    const following = await followed({ isStillAt: () => Promise.resolve(now.same) });
    following.kubelet.endRun(some(3, 50));
    following.kubelet.endRun(some(3, 100));
    following.watched.become(nextAfter(3));
    await following.clock.advance(20_000);
    expect([following.lines(), following.state.end]).toEqual([some(5), undefined]);
    following.watched.become(nextAfter(8, { containerId: 'containerd://3', restartCount: 2 }));
    await following.clock.advance(20_000);
    expect([following.lines(), following.state.end]).toEqual([some(5), { kind: 'ended' }]);
  });

  it('is that of the run in between while that is waited for to begin anew: it is not asked for', async () => {
    const following = await followed();
    following.kubelet.endRun(some(3, 50));
    following.watched.become(nextAfter(3, { state: 'waiting' }));
    await following.clock.advance(20_000);
    expect([following.lines(), following.state.end]).toEqual([some(5), { kind: 'ended' }]);
    expect(following.kubelet.asked.filter(({ previous }) => previous === true)).toEqual([]);
  });
});
