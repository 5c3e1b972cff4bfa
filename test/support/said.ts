/** Programs of tests that only say something: told as a real one is, line by line where that is wanted. */
import type { RunOptions, RunOutcome } from '../../src/process/run.ts';

export function said({ onLine }: Pick<RunOptions, 'onLine'>, outcome: RunOutcome): RunOutcome {
  if (!onLine || !('stdout' in outcome)) return outcome;
  for (const text of [outcome.stdout, outcome.stderr]) for (const line of text.split(/\r?\n/)) onLine(line);
  return { ...outcome, stdout: '', stderr: '' };
}
