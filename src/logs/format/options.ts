/** What the user may ask of the way lines are printed. */
import type { ColumnName, OutputFormat } from '../options.ts';
import type { CountingOptions } from './counting-colors.ts';
import type { CompileRegexp } from './highlight.ts';
import type { LookOptions } from './look.ts';
import type { ControlChars } from './neutralise.ts';
import type { LineTemplate } from './templated.ts';
import type { TimestampMode } from './timestamp.ts';
import type { ZerologFields } from './zerolog.ts';

export interface FormatOptions extends LookOptions {
  readonly output: OutputFormat;
  /** A Go template that takes the output's place; undefined or empty: none. */
  readonly template: string | undefined;
  /** Take the output's place; undefined or empty: none. */
  readonly columns?: readonly ColumnName[] | undefined;
  /** Before the message and part of it, as in stern 1.34. */
  readonly timestamps: TimestampMode;
  /** An IANA name, `Local` or `UTC`. */
  readonly timeZone: string;
  /** `-A`: extjson and ppextjson name the namespace only then, not for several `-n`. */
  readonly allNamespaces: boolean;
  /** `none`: outputs with a text before each message leave it out. */
  readonly prefix: 'full' | 'none';
  /** Patterns of `--include`, then of `--highlight`; without colours they change nothing. */
  readonly highlight: readonly string[];
  /** `raw` unless what is printed goes to a terminal. */
  readonly controlChars: ControlChars;
  /** For `kubetail`; undefined: its own defaults. */
  readonly counting?: CountingOptions | undefined;
  /** For `zerolog`; undefined: its own defaults. */
  readonly zerologFields?: ZerologFields | undefined;
}

export interface FormatDeps {
  /** For `--template`; colours of its functions are on or off as a whole. */
  readonly compileTemplate: (
    source: string,
    options: { readonly color: boolean },
  ) => { readonly value: LineTemplate } | { readonly problem: string };
  /** For highlighting; see {@link CompileRegexp}. */
  readonly compileRegexp: CompileRegexp;
  /** Told when the template fails for a line, which is then left out; the message may quote the line, whatever it holds. */
  readonly onFailure: (message: string) => void;
}
