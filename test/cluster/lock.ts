// An exclusive pid file: one build, one start or stop at a time, also across processes.

import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, startTicksOf } from './processes.ts';

interface Holder {
  readonly pid: number;
  readonly startTicks: string;
}

function readHolder(file: string): Holder | undefined {
  try {
    const [pid = '', startTicks = ''] = readFileSync(file, 'utf8').trim().split(' ');
    return { pid: Number(pid), startTicks };
  } catch {
    return undefined;
  }
}

function tryTake(file: string): boolean {
  const mine = `${file}.${String(process.pid)}`;
  writeFileSync(mine, `${String(process.pid)} ${startTicksOf(process.pid) ?? ''}\n`);
  try {
    // A hard link is made whole or not at all: nobody ever reads a half-written lock.
    linkSync(mine, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Takes a dead holder's lock away; one that another waiter has just taken meanwhile is put back. */
function dropStale(file: string): void {
  const aside = `${file}.stale-${String(process.pid)}`;
  try {
    renameSync(file, aside);
    const holder = readHolder(aside);
    if (holder !== undefined && isAlive(holder)) linkSync(aside, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/**
 * Runs `work` while holding the lock. A lock whose holder is no longer running is taken over.
 * @param onWait called once, with the holder's pid, when somebody else is at work
 * @throws {Error} when the holder is still at work after `timeoutMs`
 */
export async function withLock<T>(
  file: string,
  timeoutMs: number,
  onWait: (pid: number) => void,
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const deadline = Date.now() + timeoutMs;
  let told = false;
  while (!tryTake(file)) {
    const holder = readHolder(file);
    if (holder !== undefined && !isAlive(holder)) {
      dropStale(file);
    } else if (holder !== undefined) {
      if (!told) onWait(holder.pid);
      told = true;
      if (Date.now() >= deadline) {
        throw new Error(
          `${file} is held by process ${String(holder.pid)}, which is still running. Wait for it, or end it.`,
        );
      }
      // oxlint-disable-next-line no-await-in-loop
      await sleep(200);
    }
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}
