/** Closes a journal after the work for which it was open. */
import type { OpenJournal } from './journal.ts';

/**
 * Does the work and closes the journal after it, also after a failure; of two failures the first one counts, for the
 * second is mostly its echo.
 *
 * @throws what the work throws; KmaintError `journal.write` when only the closing failed
 */
export async function thenClose<T>(journal: Pick<OpenJournal, 'close'>, work: () => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await journal.close().catch(() => {});
    throw error;
  }
  await journal.close();
  return result;
}
