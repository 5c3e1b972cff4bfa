/** What whoever follows the log of a container does next, after a look at its files. */

/** What was seen, and what is followed. */
export interface Sight {
  /** Numbers of the runs that have a log, ascending; undefined when the container's folder is gone. */
  readonly runs: readonly number[] | undefined;
  /** Identity of the file that the run is written to; undefined where there is none. */
  readonly present: string | undefined;
  /** The run that is followed; undefined before the first. */
  readonly run: number | undefined;
  /** Identity of the file that is followed; undefined where none was there. */
  readonly followed: string | undefined;
}

export type Move =
  | { readonly kind: 'stay' }
  /** The run is written to another file now. */
  | { readonly kind: 'next-file' }
  /** The container was started again. */
  | { readonly kind: 'next-run'; readonly run: number }
  /** The container was removed. */
  | { readonly kind: 'leave' };

/** Runs and files are taken one after the other, in the order in which they were written. */
export function nextMove({ runs, present, run, followed }: Sight): Move {
  if (!runs) return { kind: 'leave' };
  if (run !== undefined && present !== undefined && present !== followed) return { kind: 'next-file' };
  const next = runs.find((one) => run === undefined || one > run);
  return next === undefined ? { kind: 'stay' } : { kind: 'next-run', run: next };
}
