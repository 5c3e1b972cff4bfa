/** Sees to it that only one process works on a run: a lock file, and its succession when its holder has died. */
import { createHash } from 'node:crypto';
import { copyFile, link, open, readFile, rm, stat, constants } from 'node:fs/promises';
import { journalError, reasonOf } from './problems.ts';
import { exitCodes } from '../errors.ts';

export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** When that process began, in the kernel's own words; undefined where nobody says. */
  readonly startTime: string | undefined;
}

export interface LockDeps {
  readonly self: LockHolder;
  /** The start time of a process of this machine, `unknown` where it lives but nobody says, undefined when it is gone. */
  startTimeOf(pid: number): Promise<string | undefined>;
  readonly random: () => number;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
}

export interface Lock {
  release(): Promise<void>;
}

/** How long an unreadable lock is taken for one that is just being written. */
const youngMs = 10_000;
/** How often a lock may change hands under our eyes. */
const maxTries = 20;

/**
 * Takes the lock of that path.
 *
 * A stale lock is not removed, which two processes could do one after the other, the second hitting the first one's new
 * lock. It is succeeded: by a file that carries the stale one's hash in its name, and there can be only one of that
 * name. The last of the chain holds the lock.
 *
 * @throws KmaintError `journal.locked` (exit 5) naming the holder
 */
export async function takeLock(path: string, deps: LockDeps): Promise<Lock> {
  const content = `${JSON.stringify({ ...deps.self, nonce: Math.floor(deps.random() * 2 ** 48).toString(16) })}\n`;
  const draft = `${path}.${deps.self.pid}.${Math.floor(deps.random() * 2 ** 32).toString(16)}.draft`;
  try {
    await writeWhole(draft, content);
    for (let tried = 0; tried < maxTries; tried += 1) {
      const chain = await chainOf(path);
      const last = chain.at(-1);
      if (last && (await isHeld(last, deps))) throw locked(path, last);
      const next = last ? successorOf(path, last.content) : path;
      if (!(await claim(draft, next))) continue;
      // The chain may have been given back between reading it and joining it; then ours hangs in the air.
      const now = await chainOf(path);
      if (now.at(-1)?.content === content) return { release: () => release(now) };
      await rm(next, { force: true });
    }
  } finally {
    await rm(draft, { force: true });
  }
  throw journalError('journal.locked', `the lock ${path} changes hands all the time`, {
    exitCode: exitCodes.held,
    hint: 'wait a moment and try again',
  });
}

/**
 * Who holds the lock, if a living process does.
 *
 * @throws KmaintError `journal.read` when it cannot be read
 */
export async function lockHolder(path: string, deps: LockDeps): Promise<LockHolder | undefined> {
  const last = (await chainOf(path)).at(-1);
  if (!last || !(await isHeld(last, deps))) return undefined;
  return holderOf(last.content) ?? { pid: 0, host: deps.self.host, startTime: undefined };
}

/** Removes a dead run's lock and all that succeeded it. */
export async function removeLock(path: string): Promise<void> {
  await release(await chainOf(path));
}

interface Link {
  readonly file: string;
  readonly content: string;
}

async function chainOf(path: string): Promise<readonly Link[]> {
  const chain: Link[] = [];
  for (let file = path; ;) {
    const content = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      // Nobody knows then whether a process is at work on the run, so nothing may be done with it.
      throw journalError('journal.read', `the lock cannot be read: ${file}: ${reasonOf(error)}`, {
        hint: `nothing was changed; ls -l ${file}`,
        cause: error,
      });
    });
    if (content === undefined) return chain;
    chain.push({ file, content });
    file = successorOf(path, content);
  }
}

function successorOf(path: string, content: string): string {
  return `${path}-${createHash('sha256').update(content).digest('hex').slice(0, 32)}`;
}

/** The first goes first: from then on nobody takes the others for a lock. */
async function release(chain: readonly Link[]): Promise<void> {
  for (const { file } of chain) await rm(file, { force: true });
}

async function isHeld({ file, content }: Link, deps: LockDeps): Promise<boolean> {
  const holder = holderOf(content);
  if (!holder) {
    const age = await stat(file).then(
      ({ mtimeMs }) => deps.nowMs() - mtimeMs,
      () => Infinity,
    );
    return age < youngMs;
  }
  // Nobody can look at the processes of another machine that shares this folder.
  if (holder.host !== deps.self.host) return true;
  const startTime = await deps.startTimeOf(holder.pid);
  if (startTime === undefined) return false;
  return startTime === 'unknown' || holder.startTime === undefined || holder.startTime === startTime;
}

function holderOf(content: string): LockHolder | undefined {
  try {
    const { pid, host, startTime } = JSON.parse(content) as Record<string, unknown>;
    if (typeof pid !== 'number' || typeof host !== 'string') return undefined;
    return { pid, host, startTime: typeof startTime === 'string' ? startTime : undefined };
  } catch {
    return undefined;
  }
}

/** Gives the finished draft the name, unless somebody has it: a lock is never seen half written. */
async function claim(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') throw error;
      // File systems without hard links.
      await copyFile(draft, file, constants.COPYFILE_EXCL);
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function writeWhole(file: string, content: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(content);
  } finally {
    await handle.close();
  }
}

function locked(path: string, { content }: Link): Error {
  const holder = holderOf(content);
  const who = holder ? `process ${holder.pid} on ${holder.host}` : 'another process';
  return journalError('journal.locked', `${who} is working on this run`, {
    exitCode: exitCodes.held,
    hint: `wait for it, or end it; if that machine is gone for good, remove ${path} and what stands beside it`,
  });
}
