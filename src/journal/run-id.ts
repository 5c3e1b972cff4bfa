/** Names of runs: the time they began, in UTC, and a little chance. */
import { UsageError } from '../errors.ts';

const shape = /^\d{8}-\d{6}-[0-9a-f]{6}$/;

/**
 * `20261121-134500-a1b2c3`; sorting by name sorts by time.
 *
 * @param nowMs milliseconds since the epoch
 * @param random a number from 0 up to but not including 1
 */
export function newRunId(nowMs: number, random: () => number): string {
  const [date = '', time = ''] = new Date(nowMs).toISOString().split(/[T.]/);
  const chance = Math.floor(random() * 0x100_0000).toString(16);
  return `${date.replaceAll('-', '')}-${time.replaceAll(':', '')}-${chance.padStart(6, '0')}`;
}

/** Only these are ever made into file names. */
export function isRunId(text: string): boolean {
  return shape.test(text);
}

/**
 * The only one that begins with what was typed.
 *
 * @throws UsageError when none does, or several do, naming them
 */
export function completeRunId(typed: string, ids: readonly string[]): string {
  const matching = ids.filter((id) => id.startsWith(typed));
  const [only] = matching;
  if (typed !== '' && only !== undefined && (matching.length === 1 || only === typed)) return only;
  if (typed === '' || matching.length === 0) {
    // The name of such a run was told when it began, before anybody knew.
    const unwritten = isRunId(typed)
      ? '; one that was refused or not confirmed changed nothing, and has no journal'
      : '';
    throw new UsageError([`no run here is called ${JSON.stringify(typed)}${unwritten}`], {
      code: 'journal.not-found',
      hint: 'kmaint runs',
    });
  }
  throw new UsageError([`several runs begin with ${typed}: ${matching.join(', ')}`], {
    code: 'journal.ambiguous',
    hint: 'type more of the name; kmaint runs',
  });
}
