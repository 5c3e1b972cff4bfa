/** How a node's drain ended, and how the ends of several come to one. */
import { exitCodes, type ExitCode, type KmaintError } from '../errors.ts';
import type { Outcome } from '../report/events.ts';

/** The common code when all agree, else 1; an interrupt or a time-out of the run wins, for it cut the others short. */
export function combineExitCodes(codes: readonly ExitCode[]): ExitCode {
  const distinct = new Set(codes);
  const [only] = distinct;
  if (distinct.size <= 1) return only ?? exitCodes.done;
  const interrupted = codes.find((code) => code > 128);
  return interrupted ?? exitCodes.incomplete;
}

/** The word for an exit code in reports. */
export function outcomeOf(exitCode: ExitCode): Outcome {
  switch (exitCode) {
    case exitCodes.done:
      return 'done';
    case exitCodes.incomplete:
      return 'incomplete';
    case exitCodes.refused:
      return 'refused';
    case exitCodes.held:
      return 'held';
    case exitCodes.drift:
      return 'drift';
    case exitCodes.gate:
      return 'gate';
    case exitCodes.timeout:
      return 'timeout';
    default:
      return exitCode > 128 ? 'interrupted' : 'failed';
  }
}

/** Forbidden and unreachable are exit 4 only as long as nothing was written. */
export function exitCodeOf(error: KmaintError, wrote: boolean): ExitCode {
  return wrote && error.exitCode === exitCodes.cluster ? exitCodes.incomplete : error.exitCode;
}
