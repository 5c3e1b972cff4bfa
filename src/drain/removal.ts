/** Removes one pod from its node: asks, understands the answer, waits, and asks again. */
import type { LimitFunction } from 'p-limit';
import { createBackoff } from '../backoff.ts';
import { anySignal, type Clock } from '../clock.ts';
import type { Cluster, RemovalOutcome } from '../cluster/cluster.ts';
import { podName, type Pod } from '../cluster/pod.ts';
import { ClusterError } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';
import type { PodId, RemovalMethod } from '../report/events.ts';
import type { Report } from '../report/report.ts';
import { budgetsOf } from './budgets.ts';
import { blockOf, queueBlock, TransientFailures, type Block } from './block.ts';
import { awaitGone, finish, record } from './departure.ts';
import type { Escalation } from './escalation.ts';
import type { DrainPolicy } from './plan.ts';
import type { Presence } from './presence.ts';
import type { Turn, Turns } from './turns.ts';

/** A pod that waits in its budget's queue for longer than this is said to be blocked. */
const noticeMs = 2000;
/** What holds it up is looked at again ever more seldom: hundreds of pods may wait for their turn at once. */
const longestNoticeMs = 30_000;

export interface RemovalContext {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly report: Report;
  readonly node: string;
  readonly policy: DrainPolicy;
  readonly presence: Presence;
  readonly turns: Turns;
  readonly journal: Journal;
  /** Undefined: nothing goes past its budget. */
  readonly escalation: Escalation | undefined;
  /** Resolves when the next step past budgets may begin. */
  readonly pace: (signal: AbortSignal) => Promise<void>;
  /** Bounds the requests in flight over the whole run. */
  readonly inFlight: LimitFunction;
  /** Ends the waiting: an interrupt or a time-out. */
  readonly signal: AbortSignal;
  /** Ends a request already sent: later than `signal`, so that its answer is usually still heard. */
  readonly requestSignal: AbortSignal;
  /** Aborts `signal` when the hold of the node is over by the wall clock. */
  isStillOurs(): boolean;
  /** Called when the server accepted something for the first time. */
  wrote(): void;
}

/** Where a pod stands, kept for the report of what is left. */
export interface Removal {
  readonly pod: PodId;
  state: 'waiting-for-turn' | 'blocked' | 'completing' | 'terminating' | 'completed' | 'gone' | 'skipped' | 'failed';
  /** Why it is blocked or failed. */
  message: string | undefined;
}

/**
 * Drives a pod until it is gone, skipped or failed; `removal` tells how far it is at any time. Never touches a pod that
 * is terminating already, nor one of another uid. Rejects only with the signal's reason.
 */
export async function removePod(context: RemovalContext, removal: Removal): Promise<void> {
  const { presence, inFlight, signal, node, report, journal } = context;
  const { pod } = removal;
  const failures = new TransientFailures(context.clock);
  const backoff = createBackoff(500, 15_000, Math.random);
  const notice = createNotice(context, removal);
  let method: RemovalMethod = context.policy.disableEviction ? 'delete' : 'evict';
  let graceSeconds = context.policy.gracePeriodSeconds;
  /** The budget that refused it, where the plan knows of none. */
  let named: string | undefined;

  for (let asked = 0; ;) {
    const seen = presence.get(pod.uid);
    if (!seen) return finish(context, removal, method);
    if (seen.deletionTimestamp !== undefined) return awaitGone(context, removal, method);
    const overdue = isOverdue(context, seen);
    if (method === 'evict' && asked > 0 && overdue) {
      method = 'delete';
      graceSeconds = context.escalation?.graceSeconds(seen);
      await announceDeletion(context, removal);
      continue;
    }

    const turn = method === 'evict' && !overdue ? await takeTurn(context, removal, named, notice) : undefined;
    if (turn === 'look-again') continue;
    let outcome: RemovalOutcome | undefined;
    try {
      if (asked > 0) {
        const there = await lookAgain(context, pod);
        if (there === 'gone') return finish(context, removal, method);
        if (there === 'ending') return awaitGone(context, removal, method);
      }
      outcome = await inFlight(async () => {
        // A machine that slept may have lost its hold without noticing; if so this aborts the signal.
        context.isStillOurs();
        signal.throwIfAborted();
        asked += 1;
        removal.message = 'was asked to go, and the answer was not heard';
        return send(context, pod, method, graceSeconds);
      });
    } finally {
      turn?.end(outcome ?? 'unused');
    }
    if (outcome.kind === 'accepted') {
      context.wrote();
      record(journal, node, pod, 'evicting');
      report.emit({ type: 'pod.evicting', node, pod, method, dryRun: 'none' });
      return awaitGone(context, removal, method);
    }
    if (outcome.kind === 'gone') return finish(context, removal, method);
    if (outcome.kind === 'fatal' || outcome.kind === 'blocked-config') {
      return fail(context, removal, outcome.kind === 'fatal' ? hinted(outcome) : severalText(context, seen, outcome));
    }

    const block = blockOf(outcome, pod, backoff);
    if (block.reason !== 'transient' && block.reason !== 'throttled') backoff.reset();
    if (block.reason !== 'transient') failures.reset();
    else if (failures.exhausted()) return fail(context, removal, `gave up after ${asked} tries: ${block.message}`);
    // The queue of its budget decides when it asks again.
    const byQueue = block.budget !== undefined && block.reason === 'budget';
    if (byQueue) named = `${pod.namespace}/${block.budget}`;
    notice(withQueueTime(context, seen, named, block, byQueue ? 0 : block.retryInMs), asked);
    if (!byQueue) await pauseBeforeRetry(context, pod, block.retryInMs);
  }
}

type Notice = (block: Block, attempts: number) => void;

/** A budget's queue may ask later than its usual pause, and what is told is when it does; never before `leastMs`. */
function withQueueTime(
  { turns }: RemovalContext,
  pod: Pod,
  named: string | undefined,
  block: Block,
  leastMs: number,
): Block {
  if (block.reason !== 'budget' && block.reason !== 'settling') return block;
  const queueMs = turns.retryInMs(pod, named);
  return queueMs === undefined ? block : { ...block, retryInMs: Math.max(leastMs, queueMs) };
}

/** Says why a pod is blocked, each time that the reason changes. */
function createNotice({ report, node }: RemovalContext, removal: Removal): Notice {
  let lastMessage: string | undefined;
  return (block, attempts) => {
    removal.state = 'blocked';
    removal.message = block.message;
    if (block.message === lastMessage) return;
    lastMessage = block.message;
    report.emit({ type: 'pod.blocked', node, pod: removal.pod, ...block, attempts });
  };
}

/** Waits for the pod's turn; `look-again` when it began to go by itself meanwhile, or its time is up. */
async function takeTurn(
  context: RemovalContext,
  removal: Removal,
  named: string | undefined,
  notice: Notice,
): Promise<Turn | 'look-again'> {
  const { presence, turns, clock, signal, escalation } = context;
  const { uid } = removal.pod;
  const over = new AbortController();
  const look = (): void => over.abort(new Error('the pod has to be looked at again'));
  const seen = presence.get(uid);
  const forget = presence.whenLeaving(uid, look);
  const deleteAtMs = seen && escalation?.deleteAtMs(seen);
  const timers = deleteAtMs === undefined ? [] : [clock.after(deleteAtMs - clock.monotonic(), look)];
  const explainAfter = (waitMs: number): void => {
    const explain = (): void => {
      const pod = presence.get(uid);
      const budget = pod && turns.budgetOf(pod, named);
      if (budget) notice(withQueueTime(context, pod, named, queueBlock(budget), 0), 0);
      explainAfter(Math.min(longestNoticeMs, waitMs * 2));
    };
    timers.push(clock.after(waitMs, explain));
  };
  explainAfter(noticeMs);
  try {
    return await turns.take(() => presence.get(uid), named, anySignal(signal, over.signal));
  } catch (error) {
    if (over.signal.aborted && !signal.aborted) return 'look-again';
    throw error;
  } finally {
    forget();
    for (const timer of timers) timer.cancel();
  }
}

function isOverdue({ escalation, clock }: RemovalContext, pod: Pod): boolean {
  return escalation !== undefined && clock.monotonic() >= escalation.deleteAtMs(pod);
}

/** The first rung past budgets: recorded before it is climbed. */
async function announceDeletion(context: RemovalContext, { pod, message }: Removal): Promise<void> {
  const { report, node, journal, pace, signal } = context;
  await pace(signal);
  await journal.write({
    type: 'intent',
    node,
    step: { kind: 'escalate', pod: podName(pod), uid: pod.uid, rung: 'delete' },
  });
  const why = message === undefined ? '' : ` (${message})`;
  report.emit({
    type: 'pod.escalated',
    node,
    pod,
    rung: 'delete',
    message: `to be gone by the deadline${why}`,
  });
}

/** Waits for the time of the next try, or until the pod goes by itself or is overdue. */
async function pauseBeforeRetry(context: RemovalContext, pod: PodId, ms: number): Promise<void> {
  const { presence, clock, escalation } = context;
  const untilMs = clock.monotonic() + ms;
  for (;;) {
    const seen = presence.get(pod.uid);
    if (!seen || seen.deletionTimestamp !== undefined || isOverdue(context, seen)) return;
    const leftMs = Math.min(untilMs, escalation?.deleteAtMs(seen) ?? Infinity) - clock.monotonic();
    if (leftMs <= 0) return;
    await presence.next(pod.uid, leftMs);
  }
}

/** Sends one eviction or deletion; every failure to get an answer is an outcome as well. */
function send(
  { cluster, requestSignal }: RemovalContext,
  pod: PodId,
  method: RemovalMethod,
  gracePeriodSeconds: number | undefined,
): Promise<RemovalOutcome> {
  const options = { gracePeriodSeconds, signal: requestSignal };
  return method === 'evict' ? cluster.evictPod(pod, options) : cluster.deletePod(pod, options);
}

/**
 * Before a retry the watch may lag behind: a pod of this name can be another one by now. The uid on the wire would
 * protect it, but a refused precondition can still cost its budget a disruption.
 */
async function lookAgain({ cluster, signal }: RemovalContext, pod: PodId): Promise<'gone' | 'ending' | 'there'> {
  try {
    const seen = await cluster.getPod(pod, { signal });
    if (seen?.uid !== pod.uid) return 'gone';
    return seen.deletionTimestamp === undefined ? 'there' : 'ending';
  } catch (error) {
    // Not readable just now, or not by this user: the precondition has to do.
    if (error instanceof ClusterError) return 'there';
    throw error;
  }
}

function fail({ report, node, journal }: RemovalContext, removal: Removal, message: string): void {
  removal.state = 'failed';
  removal.message = message;
  record(journal, node, removal.pod, 'failed');
  report.emit({ type: 'pod.failed', node, pod: removal.pod, message });
}

/** The server names no budget when it refuses a pod for having several; the watch may know them. */
function severalText({ turns }: RemovalContext, pod: Pod, { message }: { readonly message: string }): string {
  const names = budgetsOf(pod, turns.budgets ?? []).map(podName);
  return names.length > 1 ? `${message} (${names.join(', ')})` : message;
}

function hinted(outcome: { readonly message: string; readonly hint?: string | undefined }): string {
  return outcome.hint === undefined ? outcome.message : `${outcome.message} (${outcome.hint})`;
}
