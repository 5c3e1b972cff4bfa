/** The only door to other programs: starts one, collects what it says, and leaves nothing of it behind. */
import type { Clock } from '../clock.ts';
import { killTree } from './kill.ts';
import { LineTap } from './line-tap.ts';

export interface RunOptions {
  /** A path, or a name looked up in the PATH of `env`. */
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment of the program; nothing is added. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The user's own stdin, none, or a text. */
  readonly stdin: 'inherit' | 'ignore' | { readonly text: string };
  /** Through to the user's terminal, or collected. */
  readonly stderr: 'inherit' | 'pipe';
  /** Is told what is not inherited of both streams, line by line as it comes; nothing of it is collected then. */
  readonly onLine?: ((line: string) => void) | undefined;
  /**
   * Runs it in a process group of its own, so that its children end with it; the default unless stdin is inherited.
   * It then has no terminal: a program that may ask the user must not have one.
   */
  readonly ownGroup?: boolean | undefined;
  /** Aborting ends the program and rejects with the signal's reason. */
  readonly signal: AbortSignal;
  readonly timeoutMs?: number | undefined;
}

/** How a program ended; what it printed is text, unchanged. */
export type RunOutcome =
  | { readonly kind: 'exited'; readonly exitCode: number; readonly stdout: string; readonly stderr: string }
  /** Ended by a signal that we did not send. */
  | { readonly kind: 'killed'; readonly signalName: string; readonly stdout: string; readonly stderr: string }
  /** Ended by us after `timeoutMs`. */
  | { readonly kind: 'timed-out'; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'not-found' }
  /** Found but not startable: not executable, no such folder to run in. `why` is the system's code and text. */
  | { readonly kind: 'not-started'; readonly why: string };

export type RunProgram = (options: RunOptions) => Promise<RunOutcome>;

/** Milliseconds between asking a program to end and ending it. */
const forceAfterMs = 2000;

/** Makes the runner of real programs; `clock` measures time-outs. */
export function programRunner(clock: Clock): RunProgram {
  return async (options) => {
    options.signal.throwIfAborted();
    // Loaded late: most commands never start a program.
    const { execa } = await import('execa');
    options.signal.throwIfAborted();

    const ownGroup = (options.ownGroup ?? options.stdin !== 'inherit') && process.platform !== 'win32';
    const child = execa(options.file, options.args, {
      env: definedOnly(options.env),
      extendEnv: false,
      cwd: options.cwd,
      ...(typeof options.stdin === 'string' ? { stdin: options.stdin } : { input: options.stdin.text }),
      stdout: options.onLine ? tapped(options.onLine) : 'pipe',
      stderr: options.onLine && options.stderr === 'pipe' ? tapped(options.onLine) : options.stderr,
      detached: ownGroup,
      reject: false,
      stripFinalNewline: false,
    });

    let timedOut = false;
    const kill = (signalName: 'SIGTERM' | 'SIGKILL') => killTree(child, ownGroup, signalName);
    let force: { cancel(): void } | undefined;
    const end = () => {
      kill('SIGTERM');
      force ??= clock.after(forceAfterMs, () => kill('SIGKILL'));
    };
    const leave = () => kill('SIGKILL');
    const timer =
      options.timeoutMs === undefined
        ? undefined
        : clock.after(options.timeoutMs, () => {
            timedOut = true;
            end();
          });
    options.signal.addEventListener('abort', end, { once: true });
    // A detached child outlives us unless we see to it.
    process.once('exit', leave);
    try {
      const result = await child;
      // The leader is gone; what it started and left behind goes too.
      if (force) kill('SIGKILL');
      options.signal.throwIfAborted();
      const said = { stdout: result.stdout, stderr: result.stderr ?? '' };
      if (timedOut) return { kind: 'timed-out', ...said };
      if (result.exitCode !== undefined) return { kind: 'exited', exitCode: result.exitCode, ...said };
      if (result.signal !== undefined) return { kind: 'killed', signalName: result.signal, ...said };
      return await notStarted(options, result.code, result.originalMessage);
    } finally {
      timer?.cancel();
      force?.cancel();
      options.signal.removeEventListener('abort', end);
      process.removeListener('exit', leave);
    }
  };
}

/** A stream that yields nothing: all of it is told. */
function tapped(onLine: (line: string) => void): {
  readonly binary: true;
  transform(chunk: unknown): Generator<never>;
  final(): Generator<never>;
} {
  const tap = new LineTap(onLine);
  return {
    binary: true,
    *transform(chunk) {
      tap.push(chunk as Uint8Array);
      yield* [];
    },
    *final() {
      tap.end();
      yield* [];
    },
  };
}

/** ENOENT is the answer for a missing program and for a missing folder to run it in alike. */
async function notStarted(options: RunOptions, code = 'unknown', text = ''): Promise<RunOutcome> {
  if (code !== 'ENOENT') return { kind: 'not-started', why: text.includes(code) ? text : `${code} ${text}`.trim() };
  const { stat } = await import('node:fs/promises');
  try {
    await stat(options.cwd);
    return { kind: 'not-found' };
  } catch {
    return { kind: 'not-started', why: `the folder to run it in does not exist: ${options.cwd}` };
  }
}

function definedOnly(env: RunOptions['env']): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
