/** All that a command line needs of the process it runs in; only bin/ knows the real one. */
import type { Readable } from 'node:stream';
import type { ExitCode } from '../errors.ts';
import type { OutputStream } from '../report/create.ts';

/** A terminal, a pipe or a file. */
export type Output = OutputStream;

export type Input = Readable & { readonly isTTY?: boolean | undefined };

export type SignalName = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** Where signals of the operating system arrive. */
export interface Signals {
  on(name: SignalName, listener: () => void): unknown;
  off(name: SignalName, listener: () => void): unknown;
}

/** The machine, in Node's words. */
export interface Platform {
  /** `linux`, `darwin`, `win32`. */
  readonly os: string;
  readonly arch: string;
  /** Version of Node, with its `v`. */
  readonly node: string;
}

/** Which process this is, and which others there are. */
export interface ProcessFacts {
  readonly pid: number;
  /** Whether this machine has a process of that number. */
  isAlive(pid: number): boolean;
}

export interface Io {
  /** Without the interpreter and the script. */
  readonly argv: readonly string[];
  /** What the user typed to start us: `kmaint`, or `kubectl kmaint` for the plugin. */
  readonly programName: string;
  /** The name of the file that was started, without its ending: a link to kmaint may be called `stern`. */
  readonly calledAs?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly homeDirectory: string;
  readonly workingDirectory: string;
  readonly platform: Platform;
  readonly signals: Signals;
  readonly self: ProcessFacts;
  /** Ends the process at once. */
  leave(exitCode: ExitCode): void;
}
