import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Kubelet } from './kubelet.ts';
import { at, follow, some, type FollowOptions, type Following } from './world.ts';

const stallCheckMs = 30_000;

/** Follows a log of five lines, with a look at it after 30 s of silence. */
async function watched(options: FollowOptions = {}): Promise<Following> {
  const { kubelet = new Kubelet() } = options;
  kubelet.writeUnseen(some(5));
  const following = follow({ ...options, kubelet, request: { stallCheckMs, ...options.request } });
  await following.clock.advance(0);
  return following;
}

describe('a silent log', () => {
  it('is opened again when the server has a newer line', async () => {
    const { kubelet, clock, lines, notices } = await watched();
    kubelet.writeUnseen(some(2, 50));
    await clock.advance(40_000);
    expect(lines()).toEqual([...some(5), ...some(2, 50)]);
    expect(kubelet.asked.map(({ follow: follows, tailLines }) => [follows, tailLines])).toEqual([
      [true, undefined],
      [false, 1],
      [true, undefined],
    ]);
    expect(kubelet.open).toBe(1);
    expect(notices).toEqual([{ kind: 'attached' }]);
  });

  it('that was rotated meanwhile has a gap, and goes on', async () => {
    const { kubelet, clock, lines, notices } = await watched();
    kubelet.rotate();
    kubelet.writeUnseen(some(2, 50));
    await clock.advance(45_000);
    kubelet.write(some(1, 60));
    await clock.advance(0);
    expect(lines()).toEqual([...some(5), ...some(2, 50), ...some(1, 60)]);
    expect(notices.map(({ kind }) => kind)).toEqual(['attached', 'gap']);
  });

  it('is left alone where the server has nothing newer, and looked at ever more seldom', async () => {
    const { kubelet, clock, lines } = await watched();
    await clock.advance(60 * 60_000);
    const probes = kubelet.asked.length - 1;
    expect(probes).toBeGreaterThan(15);
    expect(probes).toBeLessThan(30);
    expect(kubelet.asked.filter(({ follow: follows }) => follows)).toHaveLength(1);
    expect(lines()).toEqual(some(5));
  });

  it('of which nothing was ever given is opened again for its first line', async () => {
    const kubelet = new Kubelet();
    const following = follow({ kubelet, request: { stallCheckMs } });
    await following.clock.advance(0);
    kubelet.writeUnseen(some(1));
    await following.clock.advance(40_000);
    expect(following.lines()).toEqual(some(1));
  });

  it('of which none was asked for is opened again for a line that is new since', async () => {
    const { kubelet, clock, lines } = await watched({ request: { tailLines: 0 } });
    const startMs = clock.now();
    // Its five lines are of the second before.
    kubelet.now = () => Date.parse('2026-01-01T00:00:01Z') + clock.now() - startMs;
    await clock.advance(80_000);
    expect(kubelet.asked.filter(({ follow: follows }) => follows)).toHaveLength(1);
    kubelet.writeUnseen(some(1, 850));
    await clock.advance(120_000);
    expect(kubelet.asked.filter(({ follow: follows }) => follows)).toHaveLength(2);
    expect(lines()).toEqual(some(1, 850));
  });

  it('of one stream is asked for what came since, for that has no tail', async () => {
    const { kubelet, clock, lines } = await watched({ request: { stream: 'Stderr' } });
    kubelet.writeUnseen(some(2, 50));
    await clock.advance(40_000);
    expect(kubelet.asked[1]).toMatchObject({ stream: 'Stderr', sinceTime: '2026-01-01T00:00:01Z', limitBytes: 64 });
    expect(kubelet.asked[1]?.tailLines).toBeUndefined();
    expect(lines()).toEqual([...some(5), ...some(2, 50)]);
  });

  it('whose last record is later than its line is opened again once, not for ever', async () => {
    const { kubelet, clock, lines } = await watched();
    kubelet.lastRecord = at(700, 'the end of a long line');
    await clock.advance(60 * 60_000);
    expect(kubelet.asked.filter(({ follow: follows }) => follows)).toHaveLength(2);
    expect(lines()).toEqual(some(5));
  });

  it('is not looked at without being asked to', async () => {
    const { kubelet, clock } = await watched({ request: { stallCheckMs: 0 } });
    await clock.advance(600_000);
    expect([kubelet.asked.length, clock.waiting]).toEqual([1, 0]);
  });

  it('that is held up by its taker is not silent', async () => {
    const { kubelet, clock } = await watched({ block: () => new Promise(() => {}) });
    await clock.advance(600_000);
    expect(kubelet.asked).toHaveLength(1);
  });

  it('is not broken by a server that does not answer the question', async () => {
    const { kubelet, clock, lines, state } = await watched();
    kubelet.answers.push({ kind: 'transient', message: 'no', retryAfterMs: undefined });
    await clock.advance(40_000);
    expect([kubelet.asked.length, kubelet.open]).toEqual([2, 1]);
    const hung = new Readable({ read: () => {} });
    kubelet.answers.push({ kind: 'stream', body: hung as never });
    await clock.advance(40_000);
    kubelet.write(some(1, 5));
    await clock.advance(0);
    expect(lines()).toEqual(some(6));
    expect(state.end).toBeUndefined();
    // It is not waited for for ever, and left alone.
    kubelet.writeUnseen(some(1, 50));
    await clock.advance(90_000);
    expect(hung.destroyed).toBe(true);
    expect(lines()).toEqual([...some(6), ...some(1, 50)]);
    expect(kubelet.open).toBe(1);
  });

  it('whose server hangs is no longer asked when it has ended', async () => {
    const { kubelet, clock, abort, ended } = await watched();
    const hung = new Readable({ read: () => {} });
    kubelet.answers.push({ kind: 'stream', body: hung as never });
    await clock.advance(40_000);
    abort(new Error('enough'));
    await expect(ended).rejects.toThrow('enough');
    await clock.advance(0);
    expect([hung.destroyed, clock.waiting]).toEqual([true, 0]);
  });
});

describe('a log that speaks', () => {
  it('is not asked', async () => {
    const { kubelet, clock, lines } = await watched();
    for (let turn = 0; turn < 40; turn += 1) {
      kubelet.write(some(1, 5 + turn));
      await clock.advance(20_000);
    }
    expect(kubelet.asked).toHaveLength(1);
    expect(lines()).toEqual(some(45));
  });

  it('just before the stream would be given up is not given up', async () => {
    const { kubelet, clock, lines } = await watched();
    kubelet.writeUnseen(some(1, 5));
    await clock.advance(33_500);
    expect(kubelet.asked).toHaveLength(2);
    // It was on its way all the time.
    kubelet.send(`${some(1, 5).join('')}\n`);
    await clock.advance(5_000);
    expect(kubelet.asked).toHaveLength(2);
    expect(lines()).toEqual(some(6));
  });
});
