/** Tells others of start and end of a run: by a program, by a URL. */
import { createBackoff } from '../../backoff.ts';
import type { Identity } from '../../cluster/cluster.ts';
import { withDeadline, type Clock } from '../../clock.ts';
import { exitCodes, isAbort, KmaintError, type ExitCode } from '../../errors.ts';
import type { RunOutcome, RunProgram } from '../../process/run.ts';
import type { Outcome } from '../../report/events.ts';
import type { Report } from '../../report/report.ts';
import type { OwnershipOptions } from '../options.ts';
import { outcomeOf } from '../outcome.ts';
import type { Post } from './http-post.ts';

/** For each of both ways, with all its tries. */
const limitMs = 30_000;
const tryMs = 10_000;
const maxTries = 3;

export interface NotifierDeps {
  readonly run: RunProgram;
  readonly post: Post;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly report: Report;
}

/** What every notice says. */
export interface NotifierOptions {
  readonly ownership: Pick<OwnershipOptions, 'notifyExec' | 'notifyUrl' | 'reason' | 'ticket'>;
  readonly runId: string;
  readonly verb: string;
  readonly identity: Identity;
  /** `user@host`. */
  readonly holder: string;
}

export interface EndFacts {
  readonly outcome: Outcome;
  readonly exitCode: ExitCode;
  readonly message?: string | undefined;
}

export interface Notifier {
  /** Before anything is written. Resolves when both ways were tried; rejects only with the signal's reason. */
  started(nodes: readonly string[], signal: AbortSignal): Promise<void>;
  /** The final notice; only the first call sends one. Bounded by itself, for the run's signal may have fired. */
  finished(facts: EndFacts): Promise<void>;
}

/** Makes the notifier of one run. What cannot be delivered is a warning and changes nothing else. */
export function createNotifier(deps: NotifierDeps, options: NotifierOptions): Notifier {
  let nodes: readonly string[] = [];
  let final: Promise<void> | undefined;
  return {
    async started(names, signal) {
      nodes = names;
      await send(deps, options, noticeText(deps, options, nodes, undefined), signal);
    },
    finished(facts) {
      final ??= send(deps, options, noticeText(deps, options, nodes, facts), new AbortController().signal);
      return final;
    },
  };
}

/**
 * Runs `work` so that its end, whatever it is, becomes the final notice: its exit code, a KmaintError, the reason of an
 * interrupt, or a bug. What it throws is thrown on.
 */
export async function withFinalNotice(
  notifier: Notifier,
  signal: AbortSignal,
  work: () => Promise<ExitCode>,
): Promise<ExitCode> {
  try {
    const exitCode = await work();
    await notifier.finished({ outcome: outcomeOf(exitCode), exitCode });
    return exitCode;
  } catch (thrown) {
    const error: unknown = isAbort(thrown, signal) ? signal.reason : thrown;
    const exitCode = error instanceof KmaintError ? error.exitCode : exitCodes.bug;
    const message = error instanceof KmaintError ? error.message : 'kmaint ran into a bug of its own';
    await notifier.finished({ outcome: outcomeOf(exitCode), exitCode, message });
    throw thrown;
  }
}

function noticeText(
  { clock }: NotifierDeps,
  { runId, verb, identity, holder, ownership: { reason, ticket } }: NotifierOptions,
  nodes: readonly string[],
  end: EndFacts | undefined,
): string {
  const ended = end?.exitCode === exitCodes.done ? 'finished' : 'failed';
  return JSON.stringify({
    event: end ? ended : 'started',
    runId,
    verb,
    cluster: identity,
    nodes,
    reason,
    ticket,
    holder,
    ...end,
    time: new Date(clock.now()).toISOString(),
  });
}

/** Both ways side by side, so that a slow one does not keep the other from telling. */
async function send(
  deps: NotifierDeps,
  { ownership: { notifyExec, notifyUrl } }: NotifierOptions,
  text: string,
  signal: AbortSignal,
): Promise<void> {
  const ways = [
    ...(notifyExec === undefined ? [] : [{ name: `--notify-exec ${notifyExec}`, tell: execTeller(notifyExec) }]),
    ...(notifyUrl === undefined ? [] : [{ name: `--notify-url ${originOf(notifyUrl)}`, tell: urlTeller(notifyUrl) }]),
  ];
  await Promise.all(
    ways.map(async ({ name, tell }) => {
      const failure = await tell(deps, text, signal).catch((error: unknown) => {
        signal.throwIfAborted();
        return error instanceof Error ? error.message : String(error);
      });
      if (failure === undefined) return;
      deps.report.emit({ type: 'warning', message: `${name} was not told: ${failure}` });
    }),
  );
}

/** Delivers the text; resolves to what went wrong, if anything did. */
type Teller = (deps: NotifierDeps, text: string, signal: AbortSignal) => Promise<string | undefined>;

function execTeller(file: string): Teller {
  return async ({ run, env, cwd }, text, signal) => {
    const stdin = { text: `${text}\n` };
    return programFailure(await run({ file, args: [], env, cwd, stdin, stderr: 'pipe', timeoutMs: limitMs, signal }));
  };
}

function programFailure(outcome: RunOutcome): string | undefined {
  switch (outcome.kind) {
    case 'exited':
      return outcome.exitCode === 0 ? undefined : `it ended with ${outcome.exitCode}${lastLine(outcome.stderr)}`;
    case 'killed':
      return `it was ended by ${outcome.signalName}${lastLine(outcome.stderr)}`;
    case 'timed-out':
      return `it was not done within ${limitMs / 1000} s${lastLine(outcome.stderr)}`;
    case 'not-found':
      return 'there is no such program';
    case 'not-started':
      return outcome.why;
  }
}

function lastLine(text: string): string {
  const line = text.trim().split('\n').at(-1) ?? '';
  return line === '' ? '' : `: ${line.slice(0, 200)}`;
}

function urlTeller(url: string): Teller {
  return async ({ clock, post }, text, parent) => {
    const all = withDeadline(clock, limitMs, parent, () => new Error(`no answer within ${limitMs / 1000} s`));
    const backoff = createBackoff(1000, 5000, Math.random);
    try {
      for (let tries = 1; ; tries += 1) {
        const { failure, final } = await postOnce(clock, post, url, text, all.signal);
        if (failure === undefined || final || tries === maxTries) return failure;
        await clock.sleep(backoff.nextMs(), all.signal);
      }
    } finally {
      all.cancel();
    }
  };
}

async function postOnce(
  clock: Clock,
  post: Post,
  url: string,
  text: string,
  parent: AbortSignal,
): Promise<{ readonly failure: string | undefined; readonly final: boolean }> {
  const one = withDeadline(clock, tryMs, parent, () => new Error(`no answer within ${tryMs / 1000} s`));
  try {
    const status = await post(url, text, { signal: one.signal });
    if (status >= 200 && status < 300) return { failure: undefined, final: true };
    // A refusal and a redirect stay what they are; a busy or broken server may recover.
    return { failure: `it answered ${status}`, final: status < 500 && status !== 408 && status !== 429 };
  } catch (error) {
    parent.throwIfAborted();
    return { failure: error instanceof Error ? error.message : String(error), final: false };
  } finally {
    one.cancel();
  }
}

/** All of the URL that may be shown: paths and queries of hooks hold their secrets. */
function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'that is no URL';
}
