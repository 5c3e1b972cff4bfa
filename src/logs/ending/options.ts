/** When a tail ends by itself, and with what. */
import type { LogSource } from '../line.ts';

export interface EndingOptions {
  /** Without a line from any container for so long; undefined: never. Counts only while following. */
  readonly idleTimeoutMs: number | undefined;
  /** Go's regular expressions: with the first line shown that matches any of them. */
  readonly untilMatch: readonly string[];
  /** The same, as a failure. */
  readonly failOn: readonly string[];
  /** What is done where lines may be missing. */
  readonly onGap: 'warn' | 'fail' | 'ignore';
  /** Without following: that no pod matches is a failure. */
  readonly failEmpty: boolean;
}

export type End =
  | { readonly kind: 'match' | 'failure' | 'gap'; readonly source: LogSource }
  | { readonly kind: 'idle'; readonly idleMs: number };
