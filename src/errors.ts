/** The few error classes of kmaint and the exit codes they end with. */

/** Exit codes; the meanings are documented in the README and never change within a major version. */
export const exitCodes = {
  done: 0,
  incomplete: 1,
  usage: 2,
  refused: 3,
  cluster: 4,
  held: 5,
  drift: 6,
  gate: 7,
  rebootAdvisable: 10,
  bug: 70,
  timeout: 124,
} as const;

/** A documented exit code: one of {@link exitCodes}, or 128 + the number of the signal that interrupted the run. */
export type ExitCode = number;

export interface KmaintErrorOptions {
  /** Stable, dotted and machine-readable, such as `cluster.forbidden`. */
  readonly code: string;
  readonly exitCode: ExitCode;
  /** What to do next: a command, or one sentence. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** An end that the user should read as a message, not as a stack trace. */
export class KmaintError extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;

  constructor(message: string, options: KmaintErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    this.exitCode = options.exitCode;
    this.hint = options.hint;
  }
}

/** What was asked for makes no sense; nothing was sent or changed. Carries every problem found, not only the first. */
export class UsageError extends KmaintError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options: { code?: string; hint?: string | undefined } = {}) {
    super(problems.join('\n'), { code: options.code ?? 'usage', exitCode: exitCodes.usage, hint: options.hint });
    this.problems = problems;
  }
}

/** What went wrong between kmaint and the API server; `code` says which kind. */
export type ClusterErrorCode =
  | 'cluster.unreachable'
  | 'cluster.unauthorized'
  | 'cluster.forbidden'
  | 'cluster.not-found'
  | 'cluster.expired'
  | 'cluster.certificate'
  | 'cluster.credentials'
  | 'cluster.timeout'
  | 'cluster.throttled'
  | 'cluster.conflict'
  | 'cluster.invalid'
  | 'cluster.server';

/** The cluster could not be reached, did not accept us, or answered what no caller expects. */
export class ClusterError extends KmaintError {
  declare readonly code: ClusterErrorCode;
  /** HTTP status, when there was an answer. */
  readonly status: number | undefined;
  /** Milliseconds that the server asked us to wait before the next try. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    options: {
      code: ClusterErrorCode;
      status?: number | undefined;
      retryAfterMs?: number | undefined;
      hint?: string | undefined;
      cause?: unknown;
    },
  ) {
    super(message, { code: options.code, exitCode: exitCodes.cluster, hint: options.hint, cause: options.cause });
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
  }

  /** True where the same request may well succeed a moment later: 5xx, 429, a reset connection, a time-out. */
  get transient(): boolean {
    return (
      this.code === 'cluster.unreachable' ||
      this.code === 'cluster.timeout' ||
      this.code === 'cluster.throttled' ||
      this.code === 'cluster.server' ||
      this.code === 'cluster.conflict'
    );
  }
}

const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** The reason of an AbortSignal that a signal from the operating system fired. */
export class InterruptedError extends KmaintError {
  readonly signalName: keyof typeof signalNumbers;

  constructor(signalName: keyof typeof signalNumbers) {
    super(`interrupted by ${signalName}`, { code: 'interrupted', exitCode: 128 + signalNumbers[signalName] });
    this.signalName = signalName;
  }
}

/** True for what an aborted wait or request throws: the signal's own reason or Node's AbortError. */
export function isAbort(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && (error === signal.reason || (error instanceof Error && error.name === 'AbortError'));
}
