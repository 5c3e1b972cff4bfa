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
  | { readonly kind: 'match' | 'failure'; readonly source: LogSource }
  /** `onNode`: the files on the node were read, and there is no other place to look at. */
  | { readonly kind: 'gap'; readonly source: LogSource; readonly onNode?: boolean }
  | { readonly kind: 'idle'; readonly idleMs: number };
