/** Logs that are read once or in part, words of the kubelet, takers that are slow. */
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { answerWith, Kubelet, textOf } from './kubelet.ts';
import { at, attached, follow, followed, some, type FollowOptions, type Following } from './world.ts';

describe('words of the kubelet', () => {
  const text = 'unable to retrieve container logs for containerd://1';

  it.each([
    ['without a line feed', text],
    ['with one', `${text}\n`],
  ])('in place of lines, %s, are no line', async (_, body) => {
    const kubelet = new Kubelet();
    kubelet.answers.push(answerWith(Readable.from([Buffer.from(body)])));
    const following = follow({ kubelet, request: { follow: false } });
    await following.clock.advance(0);
    expect(following.state.end).toEqual({ kind: 'ended' });
    expect(following.text()).toBe('');
    expect(following.notices).toEqual([attached, { kind: 'server-message', text }]);
  });

  it('that come with every try are told once', async () => {
    const following = await followed();
    for (let count = 0; count < 4; count += 1)
      following.kubelet.answers.push(answerWith(Readable.from([Buffer.from(text)])));
    following.kubelet.hangUp('end');
    await following.clock.advance(60_000);
    expect(following.kubelet.asked).toHaveLength(6);
    expect(following.notices.filter(({ kind }) => kind === 'server-message')).toEqual([
      { kind: 'server-message', text },
    ]);
  });

  it('behind the last line are no line', async () => {
    const following = await followed();
    following.kubelet.send('failed to watch file: too many open files');
    following.kubelet.hangUp('end');
    following.kubelet.writeUnseen(some(1, 5));
    await following.clock.advance(0);
    expect(following.lines()).toEqual(some(6));
    expect(following.notices).toContainEqual({
      kind: 'server-message',
      text: 'failed to watch file: too many open files',
    });
  });
});

describe('a log that is read, not followed', () => {
  async function read(options: FollowOptions & { readonly count?: number } = {}): Promise<Following> {
    const { kubelet = new Kubelet(), count = 10 } = options;
    kubelet.writeUnseen(some(count));
    const following = follow({ ...options, kubelet, request: { follow: false, ...options.request } });
    await following.clock.advance(0);
    return following;
  }

  it('ends with what is there', async () => {
    const following = await read();
    expect(following.state.end).toEqual({ kind: 'ended' });
    expect(following.lines()).toEqual(some(10));
  });

  it('goes on behind a cut', async () => {
    const kubelet = new Kubelet();
    kubelet.cuts.push({ afterBytes: 100, ending: 'reset' }, { afterBytes: 200, ending: 'reset' });
    const following = await read({ kubelet });
    await following.clock.advance(5000);
    expect(following.state.end).toEqual({ kind: 'ended' });
    expect(following.lines()).toEqual(some(10));
  });

  it('is given up when the server stays away', async () => {
    const kubelet = new Kubelet();
    for (let count = 0; count < 5; count += 1) {
      kubelet.answers.push({ kind: 'transient', message: 'dial tcp 10.0.0.1:10250: refused', retryAfterMs: undefined });
    }
    const following = await read({ kubelet });
    await following.clock.advance(5000);
    expect(following.state.end).toMatchObject({
      kind: 'failed',
      error: {
        message: expect.stringMatching(/default\/web-1, container app, .*10\.0\.0\.1:10250: refused/) as string,
      },
    });
  });

  it('has no previous run, or ends with it', async () => {
    const none = await read({ request: { previous: true } });
    expect(none.state.end).toMatchObject({ kind: 'no-previous' });
    const kubelet = new Kubelet();
    kubelet.previous = some(3);
    const one = await read({ kubelet, request: { previous: true } });
    expect(one.state.end).toEqual({ kind: 'ended' });
    expect(one.lines()).toEqual(some(3));
  });

  it.each([
    [74, 'in the midst of a line', textOf(some(2)).slice(0, 74)],
    [114, 'at the end of one', textOf(some(3)).slice(0, -1)],
    [79, 'in the midst of a timestamp', textOf(some(2)).slice(0, -1)],
  ])('stops after %d bytes, %s', async (limitBytes, _, text) => {
    for (const follows of [true, false]) {
      const following = await read({ request: { limitBytes, follow: follows } });
      expect(following.state.end).toEqual({ kind: 'ended' });
      expect(following.text()).toBe(`${text}\n`);
      expect(following.kubelet.asked).toHaveLength(1);
    }
  });

  it.each([
    [264, textOf(some(10)).slice(0, 264)],
    [250, textOf(some(6)).slice(0, -1)],
    [228, textOf(some(6)).slice(0, -1)],
  ])('stops after %d bytes over a cut, too', async (limitBytes, text) => {
    const kubelet = new Kubelet();
    kubelet.cuts.push({ afterBytes: 150, ending: 'reset' });
    const following = await read({ kubelet, request: { limitBytes } });
    expect(following.state.end).toEqual({ kind: 'ended' });
    expect(following.text()).toBe(`${text}\n`);
  });

  it('ends its last line', async () => {
    const kubelet = new Kubelet();
    kubelet.answers.push(answerWith(Readable.from([Buffer.from(at(0, 'no line feed'))])));
    const following = await read({ kubelet });
    expect(following.text()).toBe(`${at(0, 'no line feed')}\n`);
  });
});

describe('a tail', () => {
  it('of none stays none after an interruption, and misses nothing since', async () => {
    const kubelet = new Kubelet();
    kubelet.writeUnseen(some(100));
    kubelet.date = 'Thu, 01 Jan 2026 00:00:10 GMT';
    const following = follow({ kubelet, request: { tailLines: 0 } });
    await following.clock.advance(0);
    kubelet.hangUp('end');
    kubelet.writeUnseen(some(3, 100));
    await following.clock.advance(5000);
    expect(following.lines()).toEqual(some(3, 100));
  });

  it('is not made longer by an interruption', async () => {
    const kubelet = new Kubelet();
    kubelet.writeUnseen(some(100));
    const following = follow({ kubelet, request: { tailLines: 3 } });
    await following.clock.advance(0);
    kubelet.hangUp('reset');
    kubelet.writeUnseen(some(2, 100));
    await following.clock.advance(1000);
    expect(following.lines()).toEqual(some(5, 97));
  });
});

describe('back-pressure', () => {
  it('pauses the stream until its taker is ready', async () => {
    const ready: (() => void)[] = [];
    const body = new PassThrough({ highWaterMark: 16 });
    const kubelet = new Kubelet();
    kubelet.answers.push(answerWith(body));
    const following = follow({ kubelet, block: () => new Promise((resolve) => ready.push(resolve)) });
    const lines = some(20);
    for (const line of lines) body.write(`${line}\n`);
    for (let turn = 1; turn <= 20; turn += 1) {
      await following.clock.advance(0);
      expect(following.lines()).toEqual(lines.slice(0, turn));
      expect(ready).toHaveLength(turn);
      ready.at(-1)?.();
    }
  });

  it('lets nothing end before the last lines are taken', async () => {
    let ready = (): void => {};
    const kubelet = new Kubelet();
    kubelet.writeUnseen(some(3));
    const following = follow({
      kubelet,
      request: { follow: false },
      block: () => new Promise((resolve) => (ready = resolve)),
    });
    await following.clock.advance(1000);
    expect(following.lines()).toEqual(some(3));
    expect(following.state.end).toBeUndefined();
    ready();
    await following.clock.advance(0);
    expect(following.state.end).toEqual({ kind: 'ended' });
  });

  it('ends with what its taker rejects with', async () => {
    const following = follow({ block: () => Promise.reject(new Error('EPIPE')) });
    following.kubelet.write(some(1));
    await expect(following.ended).rejects.toThrow('EPIPE');
  });
});

it('tells how much of a line was left out, once', async () => {
  const following = follow({ request: { maxLineBytes: 5 } });
  following.kubelet.write([at(0, '1234567'), at(100, 'b')]);
  await following.clock.advance(0);
  following.kubelet.hangUp('reset');
  following.kubelet.writeUnseen([at(200, 'c')]);
  await following.clock.advance(1000);
  expect(following.lines()).toEqual([at(0, '12345…[truncated 2 bytes]'), at(100, 'b'), at(200, 'c')]);
  expect(following.notices).toEqual([attached, { kind: 'truncated', bytes: 2 }]);
});
