/** Connections that end, break and are refused: what comes after, and what is said of it. */
import { describe, expect, it } from 'vitest';
import { ClusterError } from '../../../src/errors.ts';
import type { ContainerStreamDeps, ContainerStreamRequest } from '../../../src/logs/stream/stream.ts';
import { Kubelet } from './kubelet.ts';
import { aContainer, at, attached, follow, followed, some } from './world.ts';

const ended = aContainer({ state: 'terminated' });

describe('an interruption', () => {
  it.each([
    ['a clean end', 'end'],
    ['a reset', 'reset'],
  ] as const)('by %s is followed by the rest, at once', async (_, ending) => {
    const following = await followed();
    following.kubelet.hangUp(ending);
    following.kubelet.writeUnseen(some(2, 5));
    await following.clock.advance(0);
    expect(following.lines()).toEqual(some(7));
    following.kubelet.write(some(1, 7));
    await following.clock.advance(0);
    expect(following.lines()).toEqual(some(8));
    expect(following.notices).toEqual([attached]);
  });

  it.each(['end', 'reset'] as const)('by %s in the midst of lines that are all the same loses none', async (ending) => {
    const following = follow();
    const same = at(0, 'same');
    following.kubelet.write([same, same]);
    await following.clock.advance(0);
    following.kubelet.hangUp(ending);
    following.kubelet.writeUnseen([same]);
    await following.clock.advance(0);
    expect(following.lines()).toEqual([same, same, same]);
  });

  it.each(['end', 'reset'] as const)('by %s in the midst of a line gives it once, and whole', async (ending) => {
    const following = await followed();
    following.kubelet.send(at(500, 'half of').slice(0, 34));
    await following.clock.advance(0);
    following.kubelet.hangUp(ending);
    following.kubelet.writeUnseen([at(500, 'half of it')]);
    await following.clock.advance(0);
    expect(following.lines()).toEqual([...some(5), at(500, 'half of it')]);
    expect(following.notices).toEqual([attached]);
  });

  it('in the midst of a timestamp is no message of the server', async () => {
    const following = await followed();
    following.kubelet.send('2026-01-01T00:0');
    await following.clock.advance(0);
    following.kubelet.hangUp('end');
    following.kubelet.writeUnseen(some(1, 5));
    await following.clock.advance(0);
    expect(following.lines()).toEqual(some(6));
    expect(following.notices).toEqual([attached]);
  });

  it.each<[string, Partial<ContainerStreamRequest>, number]>([
    ['a tail of none', { tailLines: 0 }, 0],
    ['the last seconds', { since: { seconds: 2 } }, 2],
  ])('before the log was opened loses nothing that is written meanwhile, with %s', async (_, request, past) => {
    const kubelet = new Kubelet();
    const startMs = Date.parse('2026-01-01T00:01:00Z');
    const line = (seconds: number): string =>
      `${new Date(startMs + seconds * 1000).toISOString().replace('Z', '000000Z')} ${String(seconds)}`;
    kubelet.writeUnseen([line(-9), line(-1)]);
    for (let refusal = 0; refusal < 5; refusal += 1) {
      kubelet.answers.push({ kind: 'transient', message: 'dial tcp: refused', retryAfterMs: undefined });
    }
    const following = follow({ kubelet, request });
    const startedMs = following.clock.now();
    kubelet.now = () => startMs + following.clock.now() - startedMs;
    await following.clock.advance(1000);
    kubelet.writeUnseen([line(0.5), line(1)]);
    await following.clock.advance(60_000);
    kubelet.write([line(50)]);
    await following.clock.advance(0);
    expect(following.lines()).toEqual([...(past > 0 ? [line(-1)] : []), line(0.5), line(1), line(50)]);
  });

  const refused = { kind: 'transient', message: 'dial tcp: refused', retryAfterMs: undefined } as const;
  const lastStamp = (lines: readonly string[]): string => lines.at(-1)?.split(' ')[0] ?? '';

  it.each([
    ['the pod is gone', undefined],
    ['its container runs for the third time', aContainer({ containerId: '3', restartCount: 2 })],
  ])('that is not mended before %s tells what may be missing', async (_, container) => {
    const following = await followed();
    following.kubelet.answers.push(refused, refused);
    following.kubelet.hangUp('reset');
    await following.clock.advance(0);
    following.watched.become(container);
    await following.clock.advance(60_000);
    expect(following.notices.filter(({ kind }) => kind === 'gap')).toEqual([
      { kind: 'gap', from: lastStamp(some(5)), to: '', why: 'the connection was cut, and the log is gone' },
    ]);
  });

  it('that is a clean end of a pod that is gone misses nothing', async () => {
    const following = await followed();
    following.kubelet.answers.push(refused, refused);
    following.kubelet.hangUp('end');
    await following.clock.advance(0);
    following.watched.become(undefined);
    await following.clock.advance(60_000);
    expect(following.notices.filter(({ kind }) => kind === 'gap')).toEqual([]);
  });

  it('after which the log was rotated, with nothing in its new file at its end, tells what is missing', async () => {
    const following = await followed();
    following.kubelet.hangUp('reset');
    following.kubelet.writeUnseen(some(2, 5));
    following.kubelet.rotate();
    following.kubelet.endRun();
    following.watched.become(ended);
    await following.clock.advance(60_000);
    expect(following.lines()).toEqual(some(5));
    expect(following.notices.filter(({ kind }) => kind === 'gap')).toEqual([
      { kind: 'gap', from: lastStamp(some(5)), to: '', why: 'the log was rotated, or lines were lost' },
    ]);
  });

  it.each<[string, boolean, number, number]>([
    [
      'that the server kept for a minute is what proxies do to silent ones: opened anew at once, not told of',
      true,
      10,
      0,
    ],
    ['that was never made is told of, and tried ever more seldom', false, 9, 8],
  ])('before the first line, of a connection %s', async (_, cut, requests, told) => {
    let asked = 0;
    const answer: ContainerStreamDeps['open'] = async (_ref, { signal }) => {
      asked += 1;
      await Promise.resolve();
      await following.clock.sleep(60_000, signal);
      return { kind: 'transient', message: 'the connection was cut', retryAfterMs: undefined, cut };
    };
    const following = follow({ kubelet: Object.assign(new Kubelet(), { answer }) });
    await following.clock.advance(599_999);
    expect([asked, following.notices.length]).toEqual([requests, told]);
  });

  it('that never ends is told of, and tried ever more seldom', async () => {
    const following = await followed();
    const refusals = 6;
    for (let count = 0; count < refusals; count += 1) {
      following.kubelet.answers.push({ kind: 'transient', message: 'dial tcp: refused', retryAfterMs: undefined });
    }
    following.kubelet.hangUp('reset');
    await following.clock.advance(0);
    expect(following.kubelet.asked).toHaveLength(2);
    for (const [ms, requests] of [
      [249, 2],
      [1, 3],
      [999, 3],
      [1, 4],
      [2000, 5],
      [4000, 6],
      [8000, 7],
      [16_000, 8],
    ]) {
      await following.clock.advance(ms ?? 0);
      expect(following.kubelet.asked).toHaveLength(requests ?? 0);
    }
    expect(following.notices).toEqual([
      attached,
      ...[2, 3, 4, 5, 6, 7].map((attempt) => ({ kind: 'retry', message: 'dial tcp: refused', attempt })),
    ]);
    following.kubelet.write(some(1, 5));
    await following.clock.advance(0);
    expect(following.lines()).toEqual(some(6));
  });

  it('after new lines is nothing to speak of, however often it comes', async () => {
    const following = await followed();
    for (let turn = 0; turn < 10; turn += 1) {
      following.kubelet.hangUp('reset');
      await following.clock.advance(1000);
      following.kubelet.write(some(1, 5 + turn));
      await following.clock.advance(0);
    }
    expect(following.lines()).toEqual(some(15));
    expect(following.notices).toEqual([attached]);
  });

  it('waits as long as the server asks', async () => {
    const following = await followed();
    following.kubelet.answers.push({ kind: 'transient', message: 'slow down', retryAfterMs: 7000 });
    following.kubelet.hangUp('end');
    await following.clock.advance(6999);
    expect(following.kubelet.asked).toHaveLength(2);
    await following.clock.advance(1);
    expect(following.kubelet.asked).toHaveLength(3);
  });

  it('by a token that is being renewed heals; a refusal from the start does not', async () => {
    const error = new ClusterError('Unauthorized', { code: 'cluster.unauthorized', status: 401 });
    const following = await followed();
    following.kubelet.answers.push({ kind: 'refused', error });
    following.kubelet.hangUp('reset');
    following.kubelet.writeUnseen(some(1, 5));
    await following.clock.advance(1000);
    expect(following.lines()).toEqual(some(6));

    const kubelet = new Kubelet();
    kubelet.answers.push({ kind: 'refused', error });
    const refused = follow({ kubelet });
    await refused.clock.advance(0);
    expect(refused.state.end).toEqual({ kind: 'failed', error });
  });

  const forbidden = new ClusterError('pods "web-1" is forbidden', { code: 'cluster.forbidden', status: 403 });

  it('by a server that has not read its roles yet is outlasted', async () => {
    const following = await followed();
    for (let count = 0; count < 5; count += 1) following.kubelet.answers.push({ kind: 'refused', error: forbidden });
    following.kubelet.hangUp('reset');
    following.kubelet.writeUnseen(some(1, 5));
    await following.clock.advance(60_000);
    expect([following.state.end, following.lines()]).toEqual([undefined, some(6)]);
  });

  it.each([
    ['stays', forbidden, 20],
    ['will not heal', new ClusterError('no such container', { code: 'cluster.invalid', status: 400 }), 1],
  ])('by a refusal that %s is the end', async (_, error, refusals) => {
    const following = await followed();
    for (let count = 0; count < refusals; count += 1) following.kubelet.answers.push({ kind: 'refused', error });
    following.kubelet.hangUp('reset');
    await following.clock.advance(refusals === 1 ? 0 : 120_000);
    expect(following.state.end).toEqual({ kind: 'failed', error });
  });

  it('in the midst of a line, after which the pod is gone, is a gap, not half a line', async () => {
    const following = await followed();
    following.kubelet.send(`${at(900, 'half')} of`);
    await following.clock.advance(0);
    following.watched.become(undefined);
    following.kubelet.hangUp('reset');
    await following.clock.advance(0);
    expect(following.state.end).toEqual({ kind: 'gone' });
    expect(following.lines()).toEqual(some(5));
    expect(following.notices[1]).toMatchObject({
      kind: 'gap',
      from: '2026-01-01T00:00:00.400000000Z',
      to: '2026-01-01T00:00:00.900000000Z',
    });
  });

  it('by a kubelet that does not know its pods yet is outlasted while the pod is there', async () => {
    const following = await followed();
    following.kubelet.answers.push({ kind: 'gone', message: 'not found' });
    following.kubelet.hangUp('end');
    following.kubelet.writeUnseen(some(1, 5));
    await following.clock.advance(1000);
    expect(following.lines()).toEqual(some(6));
    following.kubelet.answers.push({ kind: 'gone', message: 'not found' });
    following.kubelet.hangUp('end');
    following.watched.become(undefined);
    await following.clock.advance(1000);
    expect(following.state.end).toEqual({ kind: 'gone' });
  });

  it('by a server that ends every stream at once is told of, but not at first', async () => {
    const following = await followed();
    for (let count = 0; count < 10; count += 1) following.kubelet.cuts.push({ afterBytes: 0, ending: 'end' });
    following.kubelet.hangUp('end');
    await following.clock.advance(3200);
    expect(following.notices).toEqual([attached]);
    await following.clock.advance(5000);
    expect(following.notices[1]).toEqual({ kind: 'retry', message: 'the server ended the stream', attempt: 5 });
  });

  it('in which the run ended does not wait for its pause', async () => {
    const following = await followed();
    for (let count = 0; count < 7; count += 1) {
      following.kubelet.answers.push({ kind: 'transient', message: 'no', retryAfterMs: undefined });
    }
    following.kubelet.hangUp('reset');
    await following.clock.advance(16_000);
    following.kubelet.writeUnseen(some(1, 5));
    following.watched.become(ended);
    following.kubelet.endRun();
    await following.clock.advance(0);
    expect(following.kubelet.answers).toHaveLength(0);
    await following.clock.advance(60_000);
    expect(following.state.end).toEqual({ kind: 'ended' });
    expect(following.lines()).toEqual(some(6));
  });

  it('however long, does not count against the last reading', async () => {
    const following = await followed();
    for (let count = 0; count < 14; count += 1) {
      following.kubelet.answers.push({ kind: 'transient', message: 'no', retryAfterMs: undefined });
    }
    following.kubelet.hangUp('reset');
    following.kubelet.writeUnseen(some(1, 5));
    await following.clock.advance(90_000);
    expect(following.kubelet.answers).toHaveLength(5);
    following.watched.become(ended);
    following.kubelet.endRun();
    await following.clock.advance(200_000);
    expect(following.state.end).toEqual({ kind: 'ended' });
    expect(following.lines()).toEqual(some(6));
  });

  it('of the last reading of all gives up in the end', async () => {
    const following = await followed();
    following.watched.become(ended);
    for (let count = 0; count < 20; count += 1) {
      following.kubelet.answers.push({ kind: 'transient', message: 'dial tcp: refused', retryAfterMs: undefined });
    }
    following.kubelet.endRun();
    await following.clock.advance(200_000);
    expect(following.state.end).toMatchObject({ kind: 'failed', error: { code: 'cluster.unreachable' } });
  });
});
