/** Files of logs, of which more are written than are open. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogFolder, type LogFolder } from '../../src/logs/folder.ts';
import type { LogSource } from '../../src/logs/line.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kmaint-folder-'));
});

afterEach(() => rm(folder, { recursive: true }));

function sourceOf(pod: string, more: Partial<LogSource> = {}): LogSource {
  return {
    context: undefined,
    namespace: 'shop',
    pod,
    podUid: '',
    container: 'app',
    containerId: '',
    node: '',
    labels: {},
    annotations: {},
    ...more,
  };
}

const written = (...steps: readonly string[]): Promise<string> => readFile(path.join(folder, ...steps), 'latin1');

/** How many files of the folder this process has open. */
async function openHere(): Promise<number> {
  const all = await readdir('/proc/self/fd');
  const targets = await Promise.all(all.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return targets.filter((target) => target.startsWith(folder)).length;
}

/** Lines of that size for each pod by turns, waiting as a stream does. */
async function writeAll(logs: LogFolder, pods: readonly string[], rounds: number, bytes: number): Promise<void> {
  await Promise.all(
    pods.map(async (pod, index) => {
      const writer = logs.writerFor(sourceOf(pod));
      for (let round = 0; round < rounds; round += 1) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await writer.write(`${pod} ${round} \xe4${'x'.repeat(bytes)}\n`);
        logs.check(writer);
        // oxlint-disable-next-line no-await-in-loop -- some are quicker than others
        if ((round + index) % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    }),
  );
}

const expected = (pod: string, rounds: number, bytes: number): string =>
  Array.from({ length: rounds }, (_, round) => `${pod} ${round} \xe4${'x'.repeat(bytes)}\n`).join('');

describe('a folder of logs', () => {
  it.each([
    ['of few bytes', 40, 30, 10],
    ['of more bytes than are held', 20, 12, 30_000],
  ])('takes more logs %s than may be open, and loses and doubles nothing', async (_, count, rounds, bytes) => {
    const most = 4;
    const logs = createLogFolder(folder, most);
    const pods = Array.from({ length: count }, (__, index) => `web-${index}`);
    let open = 0;
    let over = false;
    const watch = async (): Promise<void> => {
      if (!existsSync('/proc/self/fd')) return;
      while (!over) {
        // oxlint-disable-next-line no-await-in-loop -- as often as it can
        open = Math.max(open, await openHere());
      }
    };
    const watching = watch();
    await writeAll(logs, pods, rounds, bytes);
    await logs.close();
    over = true;
    await watching;
    expect(open).toBeLessThanOrEqual(most);
    for (const pod of pods) {
      // oxlint-disable-next-line no-await-in-loop
      expect(await written('shop', pod, 'app.log')).toBe(expected(pod, rounds, bytes));
    }
    if (existsSync('/proc/self/fd')) expect(await openHere()).toBe(0);
  });

  it('appends to what is there, and makes a file for a log without lines', async () => {
    await mkdir(path.join(folder, 'shop/web-1'), { recursive: true });
    await writeFile(path.join(folder, 'shop/web-1/app.log'), 'before\n');
    const logs = createLogFolder(folder);
    void logs.writerFor(sourceOf('web-1')).write('after\n');
    logs.writerFor(sourceOf('web-2'));
    await logs.close();
    expect(await written('shop/web-1/app.log')).toBe('before\nafter\n');
    expect(await written('shop/web-2/app.log')).toBe('');
  });

  it('gives runs of one container one writer', () => {
    const logs = createLogFolder(folder);
    const first = logs.writerFor(sourceOf('web-1', { containerId: 'one' }));
    expect(logs.writerFor(sourceOf('web-1', { containerId: 'two' }))).toBe(first);
    expect(logs.writerFor(sourceOf('web-1', { container: 'side' }))).not.toBe(first);
    return logs.close();
  });

  it('makes one step of a path of every name', async () => {
    const logs = createLogFolder(folder);
    logs.writerFor(sourceOf('..', { context: 'a/b@c', container: '../x' }));
    await logs.close();
    expect(await readdir(folder)).toEqual(['a%2Fb%40c']);
    expect(await written('a%2Fb%40c/shop/%2E%2E/..%2Fx.log')).toBe('');
  });

  it('says which file it could not write, and goes on with the others', async () => {
    await mkdir(path.join(folder, 'shop/web-1/app.log'), { recursive: true });
    const logs = createLogFolder(folder, 1);
    const broken = logs.writerFor(sourceOf('web-1'));
    const whole = logs.writerFor(sourceOf('web-2'));
    await broken.write('a\n');
    await whole.write('b\n');
    await Promise.all([broken.flush(), whole.flush()]);
    const problem = { code: 'logs.folder', message: expect.stringContaining('shop/web-1/app.log: EISDIR') };
    expect(() => logs.check(whole)).not.toThrow();
    expect(() => logs.check(broken)).toThrow(expect.objectContaining(problem));
    await expect(logs.close()).rejects.toMatchObject(problem);
    expect(await written('shop/web-2/app.log')).toBe('b\n');
  });

  it.skipIf(!existsSync('/dev/full'))('notices a full disk', async () => {
    await mkdir(path.join(folder, 'shop/web-1'), { recursive: true });
    await symlink('/dev/full', path.join(folder, 'shop/web-1/app.log'));
    const logs = createLogFolder(folder);
    const writer = logs.writerFor(sourceOf('web-1'));
    void writer.write('a\n');
    await writer.flush();
    expect(writer.failure).toMatchObject({ code: 'ENOSPC' });
    expect(writer.write('b\n')).toBeUndefined();
    await expect(logs.close()).rejects.toMatchObject({ code: 'logs.folder' });
  });

  it('says at once that the folder cannot be made', () => {
    expect(() => createLogFolder('/dev/null/logs')).toThrow(
      expect.objectContaining({
        code: 'logs.folder',
        message: expect.stringContaining('cannot write /dev/null/logs: '),
      }),
    );
  });

  it('says which folder within cannot be made', async () => {
    await writeFile(path.join(folder, 'shop'), '');
    const logs = createLogFolder(folder);
    expect(() => logs.writerFor(sourceOf('web-1'))).toThrow(
      expect.objectContaining({ code: 'logs.folder', message: expect.stringContaining('shop/web-1/app.log') }),
    );
    await logs.close();
  });
});
