/** Reads journals from the disk: one, or all. */
import { constants } from 'node:fs';
import { open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { KmaintError } from '../errors.ts';
import type { JournalDeps } from './deps.ts';
import { runsFolder } from './folder.ts';
import { lockHolder, type LockDeps } from './lock.ts';
import { parseRun, type ParsedRun } from './parse.ts';
import { journalError, reasonOf } from './problems.ts';
import { processStart } from './process-start.ts';
import { recordOf, type RunRecord } from './record.ts';
import { completeRunId, isRunId } from './run-id.ts';

/** A file that is no journal, or none that this kmaint can read. */
export interface UnreadableRun {
  readonly runId: string;
  readonly message: string;
}

/** The file of a run; `runId` has to be one. */
export function runFile(folder: string, runId: string): string {
  return join(folder, `${runId}.jsonl`);
}

/** All runs here, the newest first, and files that look like runs and cannot be read. */
export async function listRuns(
  deps: JournalDeps,
): Promise<{ readonly runs: readonly RunRecord[]; readonly unreadable: readonly UnreadableRun[] }> {
  const runs: RunRecord[] = [];
  const unreadable: UnreadableRun[] = [];
  for (const runId of (await runIds(deps)).toReversed()) {
    try {
      const record = await readExact(deps, runId);
      if (record) runs.push(record);
    } catch (error) {
      if (!(error instanceof KmaintError)) throw error;
      unreadable.push({ runId, message: error.message });
    }
  }
  return { runs, unreadable };
}

/**
 * One run.
 *
 * @param typed its id, or the beginning of it as long as no other begins so
 * @returns undefined for one that ended before its header was on the disk: it changed nothing
 * @throws UsageError for none or several of that name
 * @throws KmaintError `journal.corrupt` (exit 2), naming file and line
 */
export async function readRun(deps: JournalDeps, typed: string): Promise<RunRecord | undefined> {
  return readExact(deps, completeRunId(typed, await runIds(deps)));
}

/** Ids of the runs here, the oldest first. */
export async function runIds(deps: JournalDeps): Promise<readonly string[]> {
  const folder = runsFolder(deps);
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => name.endsWith('.jsonl'))
      .map((name) => name.slice(0, -'.jsonl'.length))
      .filter(isRunId)
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw journalError('journal.read', `the folder of the journals cannot be read: ${folder}: ${reasonOf(error)}`, {
      hint: `ls -ld ${folder}`,
      cause: error,
    });
  }
}

async function readExact(deps: JournalDeps, runId: string): Promise<RunRecord | undefined> {
  const folder = runsFolder(deps);
  const file = runFile(folder, runId);
  // First, because a process that ends in between leaves a finished journal, never a living lock.
  const holder = await lockHolder(lockFile(folder, runId), await lockDeps(deps));
  const handle = await openFile(file, constants.O_RDONLY);
  try {
    const parsed = await parseHandle(handle, file, runId);
    return parsed && recordOf(parsed.header, parsed.lines, holder !== undefined);
  } finally {
    await handle.close();
  }
}

/** The whole file, which has to be that of the run its name says. */
export async function parseHandle(handle: FileHandle, file: string, runId: string): Promise<ParsedRun | undefined> {
  const bytes = await handle.readFile().catch((error: unknown) => {
    throw journalError('journal.read', `the journal cannot be read: ${file}: ${reasonOf(error)}`, {
      hint: `nothing was changed; ls -l ${file}`,
      cause: error,
    });
  });
  const parsed = parseRun(bytes, file);
  if (parsed && parsed.header.runId !== runId) {
    throw journalError('journal.corrupt', `${file}, line 1, is the journal of run ${parsed.header.runId}`, {
      hint: 'nothing was changed; give the file its name back',
    });
  }
  return parsed;
}

/** Never through a link that somebody put in the file's place. */
export async function openFile(file: string, mode: number): Promise<FileHandle> {
  try {
    const handle = await open(file, mode | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
  } catch (error) {
    throw journalError('journal.read', `the journal cannot be opened: ${file}: ${reasonOf(error)}`, {
      hint: 'nothing was changed; kmaint runs lists the runs of this machine',
      cause: error,
    });
  }
  throw journalError('journal.read', `the journal is not a file: ${file}`, { hint: 'nothing was changed' });
}

/** The lock of a run, beside its file. */
export function lockFile(folder: string, runId: string): string {
  return join(folder, `${runId}.lock`);
}

/** This process, and what it can say of others. */
export async function lockDeps({ self, host, os, random, clock }: JournalDeps): Promise<LockDeps> {
  const startTimeOf = (pid: number): Promise<string | undefined> => processStart(pid, os, (one) => self.isAlive(one));
  const startTime = await startTimeOf(self.pid);
  return {
    self: { pid: self.pid, host, startTime: startTime === 'unknown' ? undefined : startTime },
    startTimeOf,
    random,
    nowMs: () => clock.now(),
  };
}
