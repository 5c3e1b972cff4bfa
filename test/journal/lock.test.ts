/** One process at a time works on a run, whoever died before. */
import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockHolder, takeLock, type LockDeps } from '../../src/journal/lock.ts';
import { processStart } from '../../src/journal/process-start.ts';
import { temporaryFolder } from './journals.ts';

/** A process of that number; `alive` are all that live, by number and start time. */
function as(pid: number, alive: Map<number, string>, host = 'desk'): LockDeps {
  return {
    self: { pid, host, startTime: alive.get(pid) },
    startTimeOf: async (other) => alive.get(other),
    random: Math.random,
    nowMs: () => Date.now(),
  };
}

describe('a lock', () => {
  it('keeps a second process out, naming the first, until it is given back', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'run.lock');
    const alive = new Map([
      [1, 'a'],
      [2, 'b'],
    ]);
    const lock = await takeLock(path, as(1, alive));
    await expect(takeLock(path, as(2, alive))).rejects.toMatchObject({
      code: 'journal.locked',
      exitCode: 5,
      message: 'process 1 on desk is working on this run',
    });
    expect(await lockHolder(path, as(2, alive))).toMatchObject({ pid: 1 });
    await lock.release();
    expect(await lockHolder(path, as(2, alive))).toBeUndefined();
    await (await takeLock(path, as(2, alive))).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ['has ended', new Map<number, string>()],
    ['has ended, and its number was given out again', new Map([[1, 'later']])],
  ])('is taken over when its holder %s, again and again', async (_, then) => {
    const folder = await temporaryFolder();
    const path = join(folder, 'run.lock');
    await takeLock(path, as(1, new Map([[1, 'a']])));
    await takeLock(path, as(2, new Map([...then, [2, 'b']])));
    const alive = new Map([...then, [3, 'c']]);
    const lock = await takeLock(path, as(3, alive));
    await expect(takeLock(path, as(4, new Map([...alive, [4, 'd']])))).rejects.toMatchObject({
      message: 'process 3 on desk is working on this run',
    });
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('is never taken from a holder on another machine', async () => {
    const path = join(await temporaryFolder(), 'run.lock');
    await takeLock(path, as(1, new Map(), 'laptop'));
    await expect(takeLock(path, as(2, new Map([[2, 'b']])))).rejects.toMatchObject({
      message: 'process 1 on laptop is working on this run',
    });
  });

  it('that cannot be read is held while it is young, and stale later', async () => {
    const path = join(await temporaryFolder(), 'run.lock');
    const alive = new Map([[2, 'b']]);
    await writeFile(path, '');
    await expect(takeLock(path, as(2, alive))).rejects.toMatchObject({ exitCode: 5 });
    const minuteAgo = new Date(Date.now() - 60_000);
    await utimes(path, minuteAgo, minuteAgo);
    await (await takeLock(path, as(2, alive))).release();
  });

  it('goes to exactly one of many that find a dead one', async () => {
    for (let round = 0; round < 20; round += 1) {
      const path = join(await temporaryFolder(), 'run.lock');
      await takeLock(path, as(1, new Map()));
      const alive = new Map(Array.from({ length: 8 }, (_, index) => [index + 10, 'x']));
      const tries = await Promise.allSettled([...alive.keys()].map((pid) => takeLock(path, as(pid, alive))));
      expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    }
  });

  it('is held by one at a time while many take it and give it back', async () => {
    const path = join(await temporaryFolder(), 'run.lock');
    const alive = new Map(Array.from({ length: 6 }, (_, index) => [index + 10, 'x']));
    await takeLock(path, as(1, new Map()));
    let holders = 0;
    let taken = 0;
    const work = async (pid: number): Promise<void> => {
      for (let round = 0; round < 40; round += 1) {
        const lock = await takeLock(path, as(pid, alive)).catch((error: { code: string }) => {
          if (error.code !== 'journal.locked') throw error;
        });
        if (!lock) continue;
        holders += 1;
        taken += 1;
        expect(holders).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        holders -= 1;
        await lock.release();
      }
    };
    await Promise.all([...alive.keys()].map(work));
    expect(taken).toBeGreaterThan(10);
  });
});

describe('processStart', () => {
  it('knows this process, and that there is none of an impossible number', async () => {
    expect(await processStart(process.pid, 'linux', () => true)).toMatch(/^\d+$/);
    expect(await processStart(2 ** 30, 'linux', () => false)).toBeUndefined();
    expect(await processStart(1, 'darwin', () => true)).toBe('unknown');
  });
});
