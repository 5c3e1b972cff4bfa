/** A verb as data: what its help says, which flags it has, how they become work. */
import type { ExitCode } from '../errors.ts';
import type { AnyFlag } from './flag.ts';
import type { Run } from './run.ts';
import type { Settings } from './settings.ts';

export interface VerbInput {
  readonly settings: Settings;
  /** Arguments that are no flags. */
  readonly operands: readonly string[];
  /** What stands after `--`; undefined without it, and for a verb that takes no command there. */
  readonly command?: readonly string[] | undefined;
  /** `kmaint`, or `kubectl kmaint`. */
  readonly programName: string;
  /** Takes what is wrong with flags and arguments; all of it is shown at once and nothing is sent. */
  readonly problem: (message: string) => void;
}

/** The work of one command; only called when there was no problem. Resolves to the exit code. */
export type Work = (run: Run) => Promise<ExitCode>;

export interface Verb {
  readonly name: string;
  /** What stands after the name: `NODE... | -l SELECTOR`. */
  readonly operands: string;
  /** One line for the list of verbs. */
  readonly summary: string;
  /** What it does and what it does not, the first thing in its help. */
  readonly about: string;
  /** Shown with `kmaint` replaced by what the program is called. */
  readonly examples: string;
  /** The last part of its help: tables and exit codes. */
  readonly notes: string;
  readonly flags: readonly AnyFlag[];
  /** Flags that users of kubectl may still know, and what to use instead. */
  readonly removedFlags: Readonly<Record<string, string>>;
  /** What stands after `--` is a program with its arguments, and none of ours. */
  readonly takesCommand?: boolean;
  /** Turns flags and arguments into work; sends nothing. */
  prepare(input: VerbInput): Work;
}
