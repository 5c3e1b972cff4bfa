/** Waits for a pod that is on its way out, and says what it waits for. */
import type { RemovalOutcome } from '../cluster/cluster.ts';
import type { Pod } from '../cluster/pod.ts';
import { deletionTimeMs } from '../cluster/pod.ts';
import type { PodId, RemovalMethod } from '../report/events.ts';
import type { DrainPolicy } from './plan.ts';
import type { Removal, RemovalContext } from './removal.ts';

/** Waits until the pod is gone, or is no longer waited for. */
export async function awaitGone(context: RemovalContext, removal: Removal, method: RemovalMethod): Promise<void> {
  const { presence, policy, clock, escalation } = context;
  const { pod } = removal;
  removal.state = 'terminating';
  removal.message = undefined;
  let forced = false;
  for (;;) {
    const seen = presence.get(pod.uid);
    if (!seen) return finish(context, removal, method);
    removal.message = terminatingReason(seen, clock.now());
    const endInMs = (deletionTimeMs(seen) ?? 0) - clock.now();
    const skipInMs = msUntilSkipped(seen, policy, clock.now());
    const forceInMs = forced || !escalation?.forceAtMs ? undefined : escalation.forceAtMs - clock.monotonic();
    if (forceInMs !== undefined && forceInMs <= 0) {
      forced = true;
      await forceAway(context, removal);
      await presence.next(pod.uid, 5000);
      continue;
    }
    if (forceInMs === undefined && skipInMs !== undefined && skipInMs <= 0) return skip(context, removal);
    // What is said of it is another thing once its time is over.
    await presence.next(pod.uid, soonest(forceInMs ?? skipInMs, endInMs >= 0 ? endInMs + 1 : undefined));
  }
}

/** Waits until a pod that may finish its work has done so, or is gone; its object may stay. */
export async function awaitCompletion(context: RemovalContext, removal: Removal): Promise<void> {
  const { presence } = context;
  const { pod } = removal;
  removal.state = 'completing';
  removal.message = 'works on: its label cluster.x-k8s.io/drain=wait-completed asks to let it finish';
  for (;;) {
    const seen = presence.get(pod.uid);
    if (!seen) return finish(context, removal, 'evict');
    if (seen.finished) {
      removal.state = 'completed';
      removal.message = `has finished (${seen.phase})`;
      context.report.emit({ type: 'pod.skipped', node: context.node, pod, message: removal.message });
      return;
    }
    await presence.next(pod.uid, undefined);
  }
}

/** The last rung: nothing on a dead node will ever confirm that the pod has ended, so its object is removed. */
async function forceAway(context: RemovalContext, removal: Removal): Promise<void> {
  const { cluster, report, node, signal, requestSignal, journal, pace } = context;
  const { pod } = removal;
  await pace(signal);
  await journal.write({
    type: 'intent',
    node,
    step: { kind: 'escalate', pod: `${pod.namespace}/${pod.name}`, uid: pod.uid, rung: 'force' },
  });
  const message = 'the node is proven dead, and nothing on it will confirm its end';
  report.emit({ type: 'pod.escalated', node, pod, rung: 'force', message });
  context.isStillOurs();
  signal.throwIfAborted();
  const outcome: RemovalOutcome = await cluster.deletePod(pod, { gracePeriodSeconds: 0, signal: requestSignal });
  if (outcome.kind !== 'accepted' && outcome.kind !== 'gone') {
    report.emit({
      type: 'warning',
      message: `pod ${pod.namespace}/${pod.name} could not be removed by force: ${outcome.message}`,
    });
  }
}

/** It is there still, and nobody waits for it any longer. */
export function skip({ policy, report, node }: RemovalContext, removal: Removal): void {
  removal.state = 'skipped';
  removal.message = `terminating for more than ${policy.skipWaitForDeleteTimeoutSeconds}s beyond its grace period`;
  report.emit({ type: 'pod.skipped', node, pod: removal.pod, message: `${removal.message}; no longer waited for` });
}

/** What a terminating pod still waits for. */
function terminatingReason(pod: Pod, nowMs: number): string {
  const end = pod.deletionTimestamp;
  const overdue = (deletionTimeMs(pod) ?? Infinity) < nowMs;
  const since = overdue ? `, and should have been gone at ${end}` : '';
  if (pod.finalizers.length > 0) return `terminating: held by the finalizers ${pod.finalizers.join(', ')}${since}`;
  if (overdue) return `terminating: should have been gone at ${end}, and its kubelet has not said that it has stopped`;
  return `terminating: its containers have time to stop${end === undefined ? '' : ` until ${end}`}`;
}

/** kubectl skips a pod once strictly more than N whole seconds have passed since its deletion time. */
function msUntilSkipped(pod: Pod, policy: DrainPolicy, nowMs: number): number | undefined {
  const deletedAtMs = deletionTimeMs(pod);
  if (policy.skipWaitForDeleteTimeoutSeconds <= 0 || deletedAtMs === undefined) return undefined;
  return deletedAtMs + (policy.skipWaitForDeleteTimeoutSeconds + 1) * 1000 - nowMs;
}

function soonest(...waits: readonly (number | undefined)[]): number | undefined {
  const given = waits.filter((wait) => wait !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}

export function finish({ report, node, journal }: RemovalContext, removal: Removal, method: RemovalMethod): void {
  removal.state = 'gone';
  removal.message = undefined;
  record(journal, node, removal.pod, 'gone');
  report.emit({ type: 'pod.gone', node, pod: removal.pod, method });
}

/** A line that may be lost: what became of a pod is read from the cluster anyway. */
export function record(
  journal: RemovalContext['journal'],
  node: string,
  { namespace, name, uid }: PodId,
  state: 'evicting' | 'gone' | 'failed' | 'skipped',
): void {
  void journal.write({ type: 'pod', node, pod: `${namespace}/${name}`, uid, state }).catch(() => {});
}
