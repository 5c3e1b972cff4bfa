/** Journals on disk: begins one, goes on with one, throws one away. */
import { constants } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import type { Identity } from '../cluster/cluster.ts';
import { exitCodes, KmaintError } from '../errors.ts';
import { Appender } from './append.ts';
import type { JournalDeps } from './deps.ts';
import { ensureFolder, runsFolder, syncFolder } from './folder.ts';
import type { OpenJournal } from './journal.ts';
import { journalVersion, type HeaderNode, type RunHeader } from './lines.ts';
import { removeLock, takeLock, type Lock } from './lock.ts';
import { journalError, reasonOf } from './problems.ts';
import { lockDeps, lockFile, openFile, parseHandle, runFile } from './read.ts';
import { recordOf, type RunRecord } from './record.ts';
import { isRunId, newRunId } from './run-id.ts';
import { openJournal } from './writer.ts';

/** What the header says of a run that is about to change something. */
export interface NewRun {
  /** Made by {@link newRunId}; a new one without it. */
  readonly runId?: string | undefined;
  readonly verb: string;
  readonly identity: Identity;
  readonly clusterId?: string | undefined;
  /** `commandLine.again()`. */
  readonly command: string;
  /** What the workflow was told, without secrets. */
  readonly options: unknown;
  readonly leftOut: readonly string[];
  readonly nodes: readonly HeaderNode[];
}

/**
 * Begins a journal: the header is on the disk, and its name in the folder, when this resolves.
 *
 * @throws KmaintError `journal.folder`, `journal.create` (exit 2): nothing was changed, and nothing may be
 */
export async function createJournal(deps: JournalDeps, run: NewRun): Promise<OpenJournal> {
  const runId = run.runId ?? newRunId(deps.clock.now(), deps.random);
  if (!isRunId(runId)) throw new Error(`${JSON.stringify(runId)} cannot be the name of a run`);
  const folder = runsFolder(deps);
  await ensureFolder(folder, deps.os);
  const file = runFile(folder, runId);
  const header = headerOf(deps, run, runId);
  try {
    const lock = await takeLock(lockFile(folder, runId), await lockDeps(deps));
    let handle: FileHandle | undefined;
    try {
      handle = await open(file, 'wx', 0o600);
      const appender = new Appender(handle, 0);
      await appender.append(JSON.stringify(header), true);
      await syncFolder(folder, deps.os);
      return openJournal({ runId, file, appender, lock, clock: deps.clock, changed: false });
    } catch (error) {
      // What went wrong first is what is told.
      await handle?.close().catch(() => {});
      if (handle) await rm(file, { force: true }).catch(() => {});
      await lock.release().catch(() => {});
      throw error;
    }
  } catch (error) {
    if (error instanceof KmaintError) throw error;
    throw journalError('journal.create', `the journal cannot be written: ${file}: ${reasonOf(error)}`, {
      hint: 'nothing was changed, for without a journal it could not be undone; make room, or name another folder with XDG_STATE_HOME',
      cause: error,
    });
  }
}

/**
 * Goes on with a run, in its file: takes its lock, drops what a crash left half written, and writes who goes on.
 *
 * @throws KmaintError `journal.locked` (exit 5) while another process works on it, `journal.corrupt`, `journal.read`
 */
export async function openExisting(
  deps: JournalDeps,
  runId: string,
  verb: 'resume' | 'rollback',
): Promise<{ readonly journal: OpenJournal; readonly record: RunRecord }> {
  const folder = runsFolder(deps);
  const file = runFile(folder, runId);
  let lock: Lock | undefined;
  let handle: FileHandle | undefined;
  try {
    lock = await takeLock(lockFile(folder, runId), await lockDeps(deps));
    handle = await openFile(file, constants.O_RDWR);
    const parsed = await parseHandle(handle, file, runId);
    if (!parsed) throw neverBegan(runId);
    // Only now: a file that cannot be read is left as it is.
    await handle.truncate(parsed.wholeBytes);
    const appender = new Appender(handle, parsed.wholeBytes);
    const record = recordOf(parsed.header, parsed.lines, false);
    const { self, holder, clock } = deps;
    const at = new Date(clock.now()).toISOString();
    const line = { type: 'resumed', at, verb, pid: self.pid, holder };
    await appender.append(JSON.stringify(line), true);
    return { journal: openJournal({ runId, file, appender, lock, clock, changed: true }), record };
  } catch (error) {
    await handle?.close().catch(() => {});
    await lock?.release().catch(() => {});
    if (error instanceof KmaintError) throw error;
    throw journalError('journal.write', `the journal cannot be written: ${file}: ${reasonOf(error)}`, {
      hint: 'nothing was changed; make room or permission there and try again',
      cause: error,
    });
  }
}

/**
 * Removes all that belongs to a run.
 *
 * @throws KmaintError `journal.write`
 */
export async function removeRun(deps: JournalDeps, runId: string): Promise<void> {
  const folder = runsFolder(deps);
  try {
    await rm(runFile(folder, runId), { force: true });
    await removeLock(lockFile(folder, runId));
  } catch (error) {
    throw journalError('journal.write', `run ${runId} cannot be removed: ${reasonOf(error)}`, {
      hint: `ls -l ${folder}`,
      cause: error,
    });
  }
}

function headerOf(deps: JournalDeps, run: NewRun, runId: string): RunHeader {
  return {
    type: 'run',
    journal: journalVersion,
    runId,
    kmaint: deps.version,
    verb: run.verb,
    startedAt: new Date(deps.clock.now()).toISOString(),
    holder: deps.holder,
    pid: deps.self.pid,
    identity: { context: run.identity.context, server: run.identity.server, user: run.identity.user },
    clusterId: run.clusterId,
    command: run.command,
    options: run.options,
    leftOut: run.leftOut,
    nodes: run.nodes.map(({ name, uid, wasCordoned }) => ({ name, uid, wasCordoned })),
  };
}

function neverBegan(runId: string): KmaintError {
  return journalError('journal.over', `run ${runId} ended before it changed anything`, {
    exitCode: exitCodes.usage,
    hint: 'run its command again',
  });
}
