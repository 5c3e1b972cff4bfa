/** Looks again and again until there is nothing left to wait for, and says what it waits for whenever that changes. */
import { createBackoff } from '../../backoff.ts';
import { withDeadline } from '../../clock.ts';
import { ClusterError, isAbort } from '../../errors.ts';
import type { NodeWait } from '../../report/events.ts';
import type { ContinuityContext, WaitLimit, WaitOutcome } from './context.ts';

/** Between two looks: short at first and after each change, so that a quick replacement costs no time. */
const firstPauseMs = 1000;
const longestPauseMs = 5000;

/**
 * Calls `look` until it answers undefined. An error of the cluster does not end the wait: it is one more reason to wait.
 *
 * @param look what is still missing, in one sentence
 * @throws the signal's reason when it aborts
 */
export async function waitUntil(
  context: Pick<ContinuityContext, 'clock' | 'report' | 'node' | 'signal'>,
  waitsFor: NodeWait,
  { timeoutMs }: WaitLimit,
  look: (signal: AbortSignal) => Promise<string | undefined>,
): Promise<WaitOutcome> {
  const { clock, report, node } = context;
  const backoff = createBackoff(firstPauseMs, longestPauseMs, Math.random);
  const deadline = withDeadline(clock, timeoutMs, context.signal, () => new Error('the wait is over'));
  let missing: string | undefined;
  try {
    for (;;) {
      const message = await lookOnce(look, deadline.signal);
      if (message === undefined) return { kind: 'ready' };
      if (message !== missing) {
        missing = message;
        report.emit({ type: 'node.waiting', node, waitsFor, message });
        backoff.reset();
      }
      await clock.sleep(backoff.nextMs(), deadline.signal);
    }
  } catch (error) {
    context.signal.throwIfAborted();
    if (!isAbort(error, deadline.signal)) throw error;
    return { kind: 'timeout', message: missing ?? 'the cluster did not answer' };
  } finally {
    deadline.cancel();
  }
}

async function lookOnce(
  look: (signal: AbortSignal) => Promise<string | undefined>,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    signal.throwIfAborted();
    return await look(signal);
  } catch (error) {
    if (signal.aborted || !(error instanceof ClusterError)) throw error;
    return `the cluster did not tell: ${error.message}`;
  }
}
