/** A verb as data: what its help says, which flags it has, how they become work. */
import type { ExitCode } from '../errors.ts';
import type { Completes } from './completion/completes.ts';
import type { AnyFlag, Flag } from './flag.ts';
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
  /** The program in whose manner the words were read; see {@link Manners}. */
  readonly manner?: string | undefined;
  /** Takes what is wrong with flags and arguments; all of it is shown at once and nothing is sent. */
  readonly problem: (message: string) => void;
}

/** The work of one command; only called when there was no problem. Resolves to the exit code. */
export type Work = (run: Run) => Promise<ExitCode>;

/** Another program's way of saying what the verb does. */
export interface Manner {
  /** The verb's flags, with the letters and the defaults of that program. */
  readonly flags: readonly AnyFlag[];
  /** By flag, the variable that the program reads. */
  readonly variables: ReadonlyMap<string, string>;
}

/** Programs that a verb stands in for, by flag or because kmaint was started under the name of one. */
export interface Manners {
  readonly flag: Flag<string | undefined>;
  /** Names of programs by which kmaint may be called. */
  readonly programs: readonly string[];
  /** Undefined for a name that stands for none. */
  of(name: string): Manner | undefined;
}

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
  readonly manners?: Manners;
  /** What a shell may offer as the next operand, after those; without it nothing. */
  completes?(operands: readonly string[]): Completes | undefined;
  /** Turns flags and arguments into work; sends nothing. */
  prepare(input: VerbInput): Work;
}
