/** Removes one pod from its node: asks, understands the answer, waits, and asks again. */
import type { LimitFunction } from 'p-limit';
import { createBackoff, type Backoff } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import type { Cluster, RemovalOutcome } from '../cluster/cluster.ts';
import type { Pod } from '../cluster/pod.ts';
import { deletionTimeMs } from '../cluster/pod.ts';
import { ClusterError } from '../errors.ts';
import { counted } from '../report/counting.ts';
import type { BlockReason, PodId, RemovalMethod } from '../report/events.ts';
import type { Report } from '../report/report.ts';
import type { DrainPolicy } from './plan.ts';
import type { Presence } from './presence.ts';

/** kubectl's pause between two tries of a refused eviction. */
const budgetRetryMs = 5000;
/** Webhooks that say no while they move the workload themselves need time. */
const deniedRetryMs = 10_000;
/** How long passing errors of one pod are put up with before it is given up. */
const transientBudgetMs = 120_000;

export interface RemovalContext {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly report: Report;
  readonly node: string;
  readonly policy: DrainPolicy;
  readonly presence: Presence;
  /** Bounds the requests in flight over the whole run. */
  readonly inFlight: LimitFunction;
  /** Ends the waiting: an interrupt or a time-out. */
  readonly signal: AbortSignal;
  /** Ends a request already sent: later than `signal`, so that its answer is usually still heard. */
  readonly requestSignal: AbortSignal;
  /** Called when the server accepted something for the first time. */
  wrote(): void;
}

/** Where a pod stands, kept for the report of what is left. */
export interface Removal {
  readonly pod: PodId;
  state: 'waiting-for-turn' | 'blocked' | 'terminating' | 'gone' | 'skipped' | 'failed';
  /** Why it is blocked or failed. */
  message: string | undefined;
}

interface Block {
  readonly reason: BlockReason;
  readonly message: string;
  readonly retryInMs: number;
  readonly budget?: string | undefined;
  readonly needs?: number | undefined;
  readonly has?: number | undefined;
}

/**
 * Drives a pod until it is gone, skipped or failed; `removal` tells how far it is at any time. Never touches a pod that
 * is terminating already, nor one of another uid. Rejects only with the signal's reason.
 */
export async function removePod(context: RemovalContext, removal: Removal): Promise<void> {
  const { presence, inFlight, signal, node, report } = context;
  const { pod } = removal;
  const method: RemovalMethod = context.policy.disableEviction ? 'delete' : 'evict';
  const failures = new TransientFailures(context.clock);
  const backoff = createBackoff(500, 15_000, Math.random);
  let lastMessage: string | undefined;

  for (let attempts = 1; ; attempts += 1) {
    const seen = presence.get(pod.uid);
    if (!seen) return finish(context, removal, method);
    if (seen.deletionTimestamp !== undefined) return awaitGone(context, removal, method);
    if (attempts > 1 && !(await isStillThere(context, pod))) return finish(context, removal, method);

    const outcome = await inFlight(() => {
      signal.throwIfAborted();
      return send(context, pod, method);
    });
    if (outcome.kind === 'accepted') {
      context.wrote();
      report.emit({ type: 'pod.evicting', node, pod, method, dryRun: 'none' });
      return awaitGone(context, removal, method);
    }
    if (outcome.kind === 'gone') return finish(context, removal, method);
    if (outcome.kind === 'fatal' || outcome.kind === 'blocked-config') {
      return fail(context, removal, hinted(outcome));
    }

    const block = blockOf(outcome, pod, backoff);
    if (block.reason !== 'transient' && block.reason !== 'throttled') backoff.reset();
    if (block.reason !== 'transient') failures.reset();
    else if (failures.exhausted()) return fail(context, removal, `gave up after ${attempts} tries: ${block.message}`);
    removal.state = 'blocked';
    removal.message = block.message;
    if (block.message !== lastMessage) {
      lastMessage = block.message;
      report.emit({ type: 'pod.blocked', node, pod, ...block, attempts });
    }
    await pauseBeforeRetry(context, pod, block.retryInMs);
  }
}

/** Waits for the time of the next try, or until the pod goes by itself; its other changes do not shorten the wait. */
async function pauseBeforeRetry({ presence, clock }: RemovalContext, pod: PodId, ms: number): Promise<void> {
  const untilMs = clock.monotonic() + ms;
  for (;;) {
    const leftMs = untilMs - clock.monotonic();
    const seen = presence.get(pod.uid);
    if (leftMs <= 0 || !seen || seen.deletionTimestamp !== undefined) return;
    await presence.next(pod.uid, leftMs);
  }
}

/** Sends one eviction or deletion; every failure to get an answer is an outcome as well. */
function send(context: RemovalContext, pod: PodId, method: RemovalMethod): Promise<RemovalOutcome> {
  const { cluster, policy, requestSignal } = context;
  const options = { gracePeriodSeconds: policy.gracePeriodSeconds, signal: requestSignal };
  return method === 'evict' ? cluster.evictPod(pod, options) : cluster.deletePod(pod, options);
}

/**
 * Before a retry the watch may lag behind: a pod of this name can be another one by now. The uid on the wire would
 * protect it, but a refused precondition can still cost its budget a disruption.
 */
async function isStillThere({ cluster, signal }: RemovalContext, pod: PodId): Promise<boolean> {
  try {
    return (await cluster.getPod(pod, { signal }))?.uid === pod.uid;
  } catch (error) {
    // Not readable just now, or not by this user: the precondition has to do.
    if (error instanceof ClusterError) return true;
    throw error;
  }
}

async function awaitGone(context: RemovalContext, removal: Removal, method: RemovalMethod): Promise<void> {
  const { presence, policy, clock, report, node } = context;
  const { pod } = removal;
  removal.state = 'terminating';
  removal.message = undefined;
  for (;;) {
    const seen = presence.get(pod.uid);
    if (!seen) return finish(context, removal, method);
    removal.message = terminatingReason(seen);
    const skipInMs = msUntilSkipped(seen, policy, clock.now());
    if (skipInMs !== undefined && skipInMs <= 0) {
      removal.state = 'skipped';
      removal.message = `terminating for more than ${policy.skipWaitForDeleteTimeoutSeconds}s beyond its grace period`;
      report.emit({ type: 'pod.skipped', node, pod, message: `${removal.message}; no longer waited for` });
      return;
    }
    await presence.next(pod.uid, skipInMs);
  }
}

/** What a terminating pod still waits for. */
function terminatingReason(pod: Pod): string {
  const until = pod.deletionTimestamp === undefined ? '' : ` until ${pod.deletionTimestamp}`;
  return pod.finalizers.length > 0
    ? `terminating: held by the finalizers ${pod.finalizers.join(', ')}`
    : `terminating: its containers have time to stop${until}`;
}

/** kubectl skips a pod once strictly more than N whole seconds have passed since its deletion time. */
function msUntilSkipped(pod: Pod, policy: DrainPolicy, nowMs: number): number | undefined {
  const deletedAtMs = deletionTimeMs(pod);
  if (policy.skipWaitForDeleteTimeoutSeconds <= 0 || deletedAtMs === undefined) return undefined;
  return deletedAtMs + (policy.skipWaitForDeleteTimeoutSeconds + 1) * 1000 - nowMs;
}

function finish({ report, node }: RemovalContext, removal: Removal, method: RemovalMethod): void {
  removal.state = 'gone';
  removal.message = undefined;
  report.emit({ type: 'pod.gone', node, pod: removal.pod, method });
}

function fail({ report, node }: RemovalContext, removal: Removal, message: string): void {
  removal.state = 'failed';
  removal.message = message;
  report.emit({ type: 'pod.failed', node, pod: removal.pod, message });
}

function hinted(outcome: { readonly message: string; readonly hint?: string | undefined }): string {
  return outcome.hint === undefined ? outcome.message : `${outcome.message} (${outcome.hint})`;
}

type Retryable = Exclude<RemovalOutcome, { readonly kind: 'accepted' | 'gone' | 'fatal' | 'blocked-config' }>;

/** What to tell and how long to wait, by answer. */
function blockOf(outcome: Retryable, { namespace }: PodId, backoff: Backoff): Block {
  const { message } = outcome;
  switch (outcome.kind) {
    case 'blocked-budget': {
      const { budget, needs, has } = outcome;
      const numbered = budget !== undefined && needs !== undefined;
      return {
        reason: 'budget',
        message: numbered
          ? `budget ${namespace}/${budget} needs ${counted(needs, 'healthy pod')} and has ${has}`
          : message,
        budget,
        needs,
        has,
        // Jitter keeps pods of one budget from asking in step.
        retryInMs: budgetRetryMs * (1 + Math.random() / 5),
      };
    }
    case 'settling':
      return { reason: 'settling', message, retryInMs: outcome.retryAfterMs };
    case 'throttled':
      return {
        reason: 'throttled',
        message,
        retryInMs: Math.max(outcome.retryAfterMs, backoff.nextMs()),
      };
    case 'namespace-terminating':
      return { reason: 'namespace-terminating', message, retryInMs: budgetRetryMs };
    case 'denied':
      return { reason: 'webhook', message, retryInMs: deniedRetryMs };
    case 'identity-changed':
      // The next turn looks again: the pod is gone, or it was only the server's view that lagged.
      return { reason: 'transient', message, retryInMs: 200 };
    case 'transient':
      return {
        reason: 'transient',
        message,
        retryInMs: Math.max(outcome.retryAfterMs ?? 0, backoff.nextMs()),
      };
  }
}

/** Counts how long a pod has met nothing but passing errors. */
class TransientFailures {
  readonly #clock: Clock;
  #sinceMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  reset(): void {
    this.#sinceMs = undefined;
  }

  exhausted(): boolean {
    this.#sinceMs ??= this.#clock.monotonic();
    return this.#clock.monotonic() - this.#sinceMs > transientBudgetMs;
  }
}
