/** The journal that a run writes into. */
import type { Clock } from '../clock.ts';
import { exitCodes, type KmaintError } from '../errors.ts';
import type { Appender } from './append.ts';
import type { JournalEntry, OpenJournal } from './journal.ts';
import type { Lock } from './lock.ts';
import { journalError, reasonOf } from './problems.ts';

export interface WriterParts {
  readonly runId: string;
  readonly file: string;
  readonly appender: Appender;
  readonly lock: Lock;
  readonly clock: Pick<Clock, 'now'>;
  /** Whether the run may have changed something before this process came to it. */
  readonly changed: boolean;
}

/** Lines that a promise hangs on: without them a crash could not be undone. */
const durable = new Set<JournalEntry['type']>(['intent', 'node']);

export function openJournal({ runId, file, appender, lock, clock, changed }: WriterParts): OpenJournal {
  let mayHaveChanged = changed;
  let finished = false;
  let closing: Promise<void> | undefined;

  async function append(line: object, sync: boolean): Promise<void> {
    const { type, ...rest } = line as { readonly type: string };
    try {
      await appender.append(JSON.stringify({ type, at: new Date(clock.now()).toISOString(), ...rest }), sync);
    } catch (error) {
      throw writeError('written', error);
    }
  }

  function writeError(what: 'written' | 'closed', error: unknown): KmaintError {
    return journalError('journal.write', `the journal cannot be ${what}: ${file}: ${reasonOf(error)}`, {
      exitCode: mayHaveChanged ? exitCodes.incomplete : exitCodes.usage,
      hint: mayHaveChanged
        ? `nothing more is changed without it; make room, then kmaint resume ${runId} or kmaint rollback ${runId}`
        : 'nothing was changed; make room and try again',
      cause: error,
    });
  }

  return {
    runId,
    async write(entry) {
      if (finished || closing) {
        throw journalError('journal.over', `the journal of run ${runId} is closed`, { hint: 'kmaint runs' });
      }
      await append(entry, durable.has(entry.type));
      // From the first intent on a request may be on its way.
      if (entry.type === 'intent') mayHaveChanged = true;
    },
    async finish(outcome, exitCode) {
      if (finished || closing) return;
      finished = true;
      await append({ type: 'finished', outcome, exitCode }, true);
    },
    close() {
      closing ??= closeBoth(appender, lock).catch((error: unknown) => {
        throw writeError('closed', error);
      });
      return closing;
    },
  };
}

/** The lock goes last, whatever happened before. */
async function closeBoth(appender: Appender, lock: Lock): Promise<void> {
  try {
    await appender.close();
  } finally {
    await lock.release();
  }
}
