/** Files in containers, read by the machine's own tail: every byte once, whatever happens to connection, file or container. */
import { appendFile, mkdir, rename, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { realClock } from '../../../src/clock.ts';
import type { LogCluster } from '../../../src/cluster/log-cluster.ts';
import { fileReader } from '../../../src/logs/file/reader.ts';
import { container, folder, lines, read, readerOf, said, type Followed } from './container.ts';

const at = (name: string): string => path.join(folder, name);
const once = { follow: false };
const has = (run: Followed, text: string): Promise<void> =>
  expect.poll(() => run.text, { timeout: 10_000, interval: 10 }).toBe(text);
const untilRead = (): Promise<void> =>
  expect.poll(() => container.follows, { timeout: 10_000, interval: 10 }).toBe(true);

/** Programs of the container, but files seem to be so long. */
function longer(bytes: number): LogCluster['exec'] {
  return async (ref, command, sink, signal) => {
    if (command[0] !== 'stat') return container.exec(ref, command, sink, signal);
    await sink.stdout(Buffer.from(`${bytes}\n`));
    return { kind: 'exited', code: 0 };
  };
}

describe('a file in a container', () => {
  it.each<[string, number | undefined, string]>([
    ['all of it', undefined, lines(1, 50)],
    ['no line', 0, ''],
    ['one line', 1, lines(50, 50)],
    ['some lines', 7, lines(44, 50)],
    ['as many as there are', 50, lines(1, 50)],
    ['more than there are', 51, lines(1, 50)],
  ])('is read once: %s', async (_, tailLines, expected) => {
    await writeFile(at('app.log'), lines(1, 50));
    const run = read('app.log', { request: { ...once, tailLines } });
    expect(await run.ended).toEqual({ kind: 'ended' });
    expect(run.text).toBe(expected);
    expect(said(run)).toEqual([]);
  });

  it('begins where its last lines do, however far from the end that is', async () => {
    const long = lines(1, 3000, ` ${'x'.repeat(400)}`);
    await writeFile(at('app.log'), long);
    const run = read('app.log', { request: { ...once, tailLines: 2000 } });
    await run.ended;
    expect(run.text).toBe(lines(1001, 3000, ` ${'x'.repeat(400)}`));
    expect(container.commands.length).toBe(4);
  });

  it.each<[string, number, string]>([
    ['a\nb\nc', 2, 'b\nc\n'],
    ['\n\n\n', 2, '\n\n'],
    ['a', 3, 'a\n'],
    ['', 3, ''],
  ])('counts a last line without a line feed, and empty ones: %j', async (content, tailLines, expected) => {
    await writeFile(at('odd'), content);
    const run = read('odd', { request: { ...once, tailLines } });
    await run.ended;
    expect(run.text).toBe(expected);
  });

  it('is read to its end when a server drops the last bytes of what was printed', async () => {
    await writeFile(at('app.log'), lines(1, 1000));
    container.arriving.push(Infinity, 4321, Infinity, 1234);
    const run = read('app.log', { request: once });
    expect(await run.ended).toEqual({ kind: 'ended' });
    expect(run.text).toBe(lines(1, 1000));
    expect(said(run).filter((text) => text !== 'retry')).toEqual([]);
  });

  it('may be shorter than it says, as those of the kernel are', async () => {
    await writeFile(at('size'), 'no more than this\n');
    // What stat says of it is more than tail gives, however often it is asked.
    const run = read('size', { request: once, reader: fileReader(longer(1000), 'size') });
    expect(await run.ended).toEqual({ kind: 'ended' });
    expect(run.text).toBe('no more than this\n');
  });

  it('is named as one word, whatever it is called', async () => {
    const name = `-n 5; $(reboot) "it's"`;
    await writeFile(at(name), 'safe\n');
    const run = read(name, { request: once });
    expect(await run.ended).toEqual({ kind: 'ended' });
    expect(run.text).toBe('safe\n');
    for (const command of container.commands) expect(command.slice(-2)).toEqual(['--', name]);
  });

  it('keeps bytes that are no text, and cuts lines that are too long', async () => {
    const bytes = Buffer.concat([Buffer.from([0, 255, 13, 10]), Buffer.alloc(3000, 'y'), Buffer.from('\nend\n')]);
    await writeFile(at('bytes'), bytes);
    const run = read('bytes', { request: { ...once, maxLineBytes: 1024 } });
    await run.ended;
    expect(run.text).toBe(
      `\0\u00ff\r\n${'y'.repeat(1024)}${Buffer.from('…[truncated 1976 bytes]').toString('latin1')}\nend\n`,
    );
    expect(run.notices).toEqual([{ kind: 'truncated', bytes: 1976 }]);
  });

  it('has lines with the time at which they came', async () => {
    await writeFile(at('app.log'), '2001-01-01T00:00:00Z own time\n');
    const before = realClock.now();
    const run = read('app.log', { request: once });
    await run.ended;
    const [stamp = '', ...rest] = (run.blocks[0]?.toString() ?? '').split(' ');
    expect(stamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    expect(Date.parse(stamp)).toBeGreaterThanOrEqual(before);
    expect(rest.join(' ')).toBe('2001-01-01T00:00:00Z own time\n');
  });

  it.each<[string, (name: string) => Promise<unknown>]>([
    ['No such file', () => Promise.resolve()],
    ['Is a directory', (name) => mkdir(name)],
  ])('that cannot be read is told: %s', async (why, make) => {
    await make(at('x'));
    const run = read('x', { request: once });
    const ended = await run.ended;
    expect(ended).toMatchObject({ kind: 'failed' });
    expect(String('error' in ended && ended.error)).toContain(why);
    expect(String('error' in ended && ended.error)).toMatch(/x in default\/web-1, container app, could not be read: /);
  });
});

describe('a file in a container that is followed', { timeout: 30_000 }, () => {
  it('goes on with what is written', async () => {
    await writeFile(at('app.log'), lines(1, 3));
    const run = read('app.log', { request: { tailLines: 1 } });
    await has(run, lines(3, 3));
    await appendFile(at('app.log'), `${lines(4, 5)}ha`);
    await has(run, lines(3, 5));
    await appendFile(at('app.log'), 'lf\n');
    await has(run, `${lines(3, 5)}half\n`);
  });

  it('is waited for', async () => {
    const run = read('app.log');
    await untilRead();
    await writeFile(at('app.log'), lines(1, 2));
    await has(run, lines(1, 2));
    expect(said(run)[0]).toContain('No such file');
  });

  it.each([0, 1, undefined])('goes on at the very byte after a cut, with --tail=%s', async (tailLines) => {
    await writeFile(at('app.log'), lines(1, 100));
    const run = read('app.log', { request: { tailLines } });
    const begun = tailLines === undefined ? lines(1, 100) : lines(101 - tailLines, 100);
    await untilRead();
    await has(run, begun);
    for (let round = 0; round < 5; round += 1) {
      await untilRead();
      await appendFile(at('app.log'), `${lines(101 + 2 * round, 101 + 2 * round)}line ${102 + 2 * round}`);
      await has(run, begun + lines(101, 101 + 2 * round));
      container.cut();
      await appendFile(at('app.log'), '\n');
    }
    await has(run, begun + lines(101, 110));
    expect(said(run).filter((text) => text !== 'retry')).toEqual([]);
  });

  it('loses and doubles nothing when it is cut in the middle of writing, again and again', async () => {
    await writeFile(at('app.log'), '');
    const run = read('app.log');
    let written = 0;
    for (let round = 1; round <= 8; round += 1) {
      await untilRead();
      for (let part = 0; part < 20; part += 1) {
        await appendFile(at('app.log'), lines(written + 1, written + 50));
        written += 50;
        if (part === 2 * round) container.cut();
      }
      await has(run, lines(1, written));
    }
    expect(said(run).filter((text) => text !== 'retry')).toEqual([]);
  });

  it('goes on over a rotation, and over a cut after it', async () => {
    await writeFile(at('app.log'), lines(1, 3));
    const run = read('app.log');
    await has(run, lines(1, 3));
    await rename(at('app.log'), at('app.log.1'));
    await writeFile(at('app.log'), lines(4, 5));
    await has(run, lines(1, 5));
    container.cut();
    await appendFile(at('app.log'), lines(6, 7));
    await has(run, lines(1, 7));
    expect(said(run).join()).not.toContain('gap');
  });

  it('says that lines may be missing when the file was replaced while the connection was cut', async () => {
    await writeFile(at('app.log'), lines(1, 30));
    const run = read('app.log');
    await has(run, lines(1, 30));
    container.script.push({ kind: 'cut', message: 'the API server is away' });
    container.cut();
    await rename(at('app.log'), at('app.log.1'));
    await writeFile(at('app.log'), lines(101, 200));
    await has(run, lines(1, 30) + lines(101, 200));
    expect(said(run).filter((text) => text !== 'retry')).toEqual([
      expect.stringMatching(/^gap: while the connection was cut app.log was replaced/),
    ]);
  });

  it('that was emptied goes on from its beginning', async () => {
    await writeFile(at('app.log'), lines(1, 30));
    const run = read('app.log');
    await has(run, lines(1, 30));
    await untilRead();
    await truncate(at('app.log'), 0);
    await expect.poll(() => said(run).join(), { timeout: 10_000 }).toContain('truncated');
    await appendFile(at('app.log'), 'anew\n');
    await has(run, `${lines(1, 30)}anew\n`);
  });

  it('is read from its beginning in the next run of the container, and that is said', async () => {
    const reader = readerOf('app.log');
    await writeFile(at('app.log'), lines(1, 30));
    const first = read('app.log', { reader });
    await has(first, lines(1, 30));
    container.restart();
    await writeFile(at('app.log'), 'another\n');
    expect(await first.ended).toEqual({ kind: 'ended' });
    const second = read('app.log', { reader, request: { containerId: 'containerd://2', tailLines: 0 } });
    await has(second, 'another\n');
    expect(said(second)).toEqual(['the container was restarted: app.log is read from its beginning']);
  });

  it('goes on where it was in the next run of the container when it lies on a volume', async () => {
    const reader = readerOf('app.log');
    await writeFile(at('app.log'), lines(1, 30));
    const first = read('app.log', { reader });
    await has(first, lines(1, 30));
    container.restart();
    // The watch may tell of the next run before the last bytes have come.
    const second = read('app.log', { reader, request: { containerId: 'containerd://2' } });
    await appendFile(at('app.log'), lines(31, 32));
    await has(second, lines(31, 32));
    expect(said(second)).toEqual([]);
  });

  it('ends with its container, and with its pod', async () => {
    await writeFile(at('app.log'), 'half');
    const run = read('app.log');
    await untilRead();
    await expect.poll(() => container.commands.length).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 200));
    container.watched.become(undefined);
    container.cut({ kind: 'gone', message: 'no pod' });
    expect(await run.ended).toEqual({ kind: 'gone' });
    expect(run.text).toBe('half\n');
  });

  it('tells once that the image has no tail, and what to do then', async () => {
    const message = 'OCI runtime exec failed: exec: "stat": executable file not found in $PATH: unknown';
    for (const end of [
      { kind: 'not-started', message } as const,
      { kind: 'exited', code: 127 } as const,
      { kind: 'exited', code: 126 } as const,
    ]) {
      container.script.push(end, end, end, end);
      container.commands.length = 0;
      const ended = await read('/var/log/my app.log').ended;
      container.script.length = 0;
      expect(String('error' in ended && ended.error)).toContain(
        `kubectl debug -n default web-1 -it --image=busybox --target=app --context prod -- tail -F '/proc/1/root/var/log/my app.log'`,
      );
      expect(container.commands.map(([name]) => name).slice(0, 3)).toEqual(['stat', 'wc', 'busybox']);
    }
  });

  it('waits for its reader', async () => {
    const all = lines(1, 100_000, ` ${'z'.repeat(80)}`);
    await writeFile(at('app.log'), all);
    let free = (): void => {};
    const gate = new Promise<void>((resolve) => (free = resolve));
    const run = read('app.log', { request: once, taken: () => gate });
    await expect.poll(() => run.blocks.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(run.blocks.length).toBe(1);
    free();
    expect(await run.ended).toEqual({ kind: 'ended' });
    expect(run.text === all).toBe(true);
  });
});
