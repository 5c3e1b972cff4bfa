/** Keeps a hold alive until it is given back or lost. */
import { createBackoff } from '../../backoff.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { Node } from '../../cluster/node.ts';
import { withDeadline, type Clock } from '../../clock.ts';
import { ClusterError, type KmaintError } from '../../errors.ts';
import { holdAnnotation } from './annotations.ts';
import { holdText } from './hold-change.ts';
import { holdMs } from './judge.ts';
import { lossOf, lostContact, lostLease } from './loss.ts';
import type { NodeLease } from './node-lease.ts';

/** How often both are renewed. */
const renewEveryMs = 20_000;
/** One renewal; a connection that hangs must not use up the whole hold. */
const attemptMs = 10_000;
/** The kubelet writes to its node all the time; that many of its writes in a row are a failure. */
const maxConflicts = 8;

export interface RenewalContext {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly runId: string;
  readonly holder: string;
}

/** What is kept, and since when. */
export interface Kept {
  readonly node: Node;
  readonly lease: NodeLease;
  readonly cordoned: boolean;
  readonly wasCordoned: boolean;
  /** On the monotonic clock: when the annotation was written that stands now. */
  readonly sinceMs: number;
}

/** A hold, and the node as the server had it after the last write of ours. */
interface Held extends Kept {
  latest: Node;
}

export interface Renewal {
  /** The node as the server had it after our last write to it. */
  readonly latest: Node;
  /** Aborts with the reason as soon as the node is not ours any more. */
  readonly lost: AbortSignal;
  /** By the clock that others judge the hold by; aborts `lost` when it has run out. */
  isStillOurs(): boolean;
  stop(): void;
}

/** Starts renewing at once; goes on after an interrupt of the run, until `stop`. */
export function renewHold(context: RenewalContext, kept: Kept): Renewal {
  const { clock, cluster } = context;
  const held: Held = { ...kept, latest: kept.node };
  const over = new AbortController();
  const lost = new AbortController();
  let lastFailure: Error | undefined;
  let expiry = expireFrom(kept.sinceMs);
  // By the clock that others judge us by: the monotonic one stands still while the machine sleeps.
  let untilMs = clock.now() + holdMs - (clock.monotonic() - kept.sinceMs);

  // A timer of its own: it also fires while a request hangs.
  function expireFrom(sinceMs: number): { cancel(): void } {
    return clock.after(sinceMs + holdMs - clock.monotonic(), () =>
      end(lostContact(cluster, kept.node.name, lastFailure)),
    );
  }
  function end(reason: unknown): void {
    if (over.signal.aborted) return;
    stop();
    lost.abort(reason);
  }
  function stop(): void {
    expiry.cancel();
    over.abort(new Error('the hold is not renewed any more'));
  }
  function isStillOurs(): boolean {
    if (!lost.signal.aborted && clock.now() > untilMs) end(lostContact(cluster, kept.node.name, lastFailure));
    return !lost.signal.aborted;
  }
  async function run(): Promise<void> {
    const backoff = createBackoff(1000, 5000, Math.random);
    let waitMs = renewEveryMs;
    for (;;) {
      await clock.sleep(waitMs, over.signal);
      const startMs = clock.monotonic();
      const startedAtMs = clock.now();
      try {
        const loss = await renewOnce(context, held, over.signal);
        over.signal.throwIfAborted();
        if (loss) throw loss;
        expiry.cancel();
        expiry = expireFrom(startMs);
        untilMs = startedAtMs + holdMs;
        backoff.reset();
        waitMs = renewEveryMs;
      } catch (error) {
        if (!(error instanceof ClusterError)) throw error;
        lastFailure = error;
        waitMs = backoff.nextMs();
      }
    }
  }
  run().catch(end);
  return {
    get latest() {
      return held.latest;
    },
    lost: lost.signal,
    isStillOurs,
    stop,
  };
}

/** Renews annotation, then Lease. Resolves to the loss, if the node is not ours any more. */
async function renewOnce(context: RenewalContext, held: Held, parent: AbortSignal): Promise<KmaintError | undefined> {
  const { clock } = context;
  const { node, lease } = held;
  const deadline = withDeadline(clock, attemptMs, parent, noAnswer);
  const { signal } = deadline;
  try {
    const loss = await renewAnnotation(context, held, signal);
    if (loss) return loss;
    const put = await lease.put('renew', { signal });
    if (put.kind === 'held') return lostLease(context.cluster, node.name, put.message);
    if (put.kind === 'conflict')
      throw new ClusterError('the Lease is changed all the time', { code: 'cluster.conflict' });
    return undefined;
  } finally {
    deadline.cancel();
  }
}

/**
 * Writes to the node as we left it, which nobody has touched where that succeeds; it is read only when somebody has. A
 * node that is gone is found so by the reading.
 */
async function renewAnnotation(
  { cluster, clock, runId, holder }: RenewalContext,
  held: Held,
  signal: AbortSignal,
): Promise<KmaintError | undefined> {
  const { node, cordoned, wasCordoned } = held;
  let now: Node | undefined = held.latest;
  for (let conflicts = 0; ; conflicts += 1) {
    const loss = lossOf(now, { node, runId, cluster, cordoned });
    if (loss || !now) return loss;
    const text = holdText({ runId, holder, nowMs: clock.now(), wasCordoned });
    try {
      held.latest = await cluster.changeNode(now, { annotations: { [holdAnnotation]: text } }, { signal });
      return undefined;
    } catch (error) {
      if (!isOutdated(error) || conflicts === maxConflicts) throw error;
    }
    now = await cluster.getNode(node.name, { signal });
  }
}

/** True when the node is another than it was read: changed, replaced or gone. */
function isOutdated(error: unknown): boolean {
  return isConflict(error) || (error instanceof ClusterError && error.code === 'cluster.not-found');
}

/** True when somebody else wrote first. */
export function isConflict(error: unknown): boolean {
  return error instanceof ClusterError && error.code === 'cluster.conflict';
}

function noAnswer(): ClusterError {
  return new ClusterError(`the server did not answer within ${attemptMs / 1000} s`, { code: 'cluster.timeout' });
}
