/** Runs a program in our place: on the user's own terminal, ended by the user's own signals. */
import { isatty } from 'node:tty';
import { InterruptedError } from '../errors.ts';

export interface ForegroundOptions {
  /** A path, or a name looked up in the PATH of `env`. */
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment of the program; nothing is added. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborting passes the signal of an InterruptedError on, another reason as SIGTERM, and waits for the program to end. */
  readonly signal: AbortSignal;
}

export type ForegroundOutcome =
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'killed'; readonly signalName: NodeJS.Signals }
  | { readonly kind: 'not-found' }
  /** Found but not startable. `why` is the system's text. */
  | { readonly kind: 'not-started'; readonly why: string };

/** Resolves when the program has ended, never before: it is the user's. It does not outlive this process. */
export async function runForeground(options: ForegroundOptions): Promise<ForegroundOutcome> {
  const { signal } = options;
  signal.throwIfAborted();
  const { execa } = await import('execa');
  signal.throwIfAborted();

  const child = execa(options.file, options.args, {
    env: Object.fromEntries(Object.entries(options.env).filter((entry) => entry[1] !== undefined)),
    extendEnv: false,
    cwd: options.cwd,
    stdio: 'inherit',
    reject: false,
  });
  // A terminal sends its Ctrl-C to the program as well as to us; twice would mean: leave at once.
  const onTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor));
  const passOn = (): void => {
    const reason: unknown = signal.reason;
    const signalName = reason instanceof InterruptedError ? reason.signalName : 'SIGTERM';
    if (signalName !== 'SIGINT' || !onTerminal) child.kill(signalName);
  };
  const leave = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', passOn, { once: true });
  process.once('exit', leave);
  try {
    const { exitCode, signal: signalName, code, originalMessage } = await child;
    if (exitCode !== undefined) return { kind: 'exited', exitCode };
    if (signalName !== undefined) return { kind: 'killed', signalName };
    return code === 'ENOENT' ? { kind: 'not-found' } : { kind: 'not-started', why: originalMessage ?? 'unknown' };
  } finally {
    signal.removeEventListener('abort', passOn);
    process.removeListener('exit', leave);
  }
}
