/** Which pods a ReplicaSet deletes first when it has too many (controller_utils.go, ActivePodsWithRanks). */
import type { Pod } from './models.ts';
import { isReady, readySince } from './pod-facts.ts';

const phaseOrder: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** The pods, those to be deleted first in front. `related` are all pods of the same workload: crowded nodes lose first. */
export function byDeletionOrder(pods: readonly Pod[], related: readonly Pod[], nowMs: number): readonly Pod[] {
  const perNode = new Map<string | undefined, number>();
  for (const pod of related) {
    if (isReady(pod)) perNode.set(pod.spec.nodeName, (perNode.get(pod.spec.nodeName) ?? 0) + 1);
  }
  const rank = (pod: Pod): number => perNode.get(pod.spec.nodeName) ?? 0;
  return [...pods].sort(
    (a, b) =>
      Number(a.spec.nodeName !== undefined) - Number(b.spec.nodeName !== undefined) ||
      phaseOf(a) - phaseOf(b) ||
      Number(isReady(a)) - Number(isReady(b)) ||
      deletionCost(a) - deletionCost(b) ||
      rank(b) - rank(a) ||
      (isReady(a) && isReady(b) ? byAge(readySince(a) ?? 0, readySince(b) ?? 0, nowMs) : 0) ||
      restarts(b) - restarts(a) ||
      byAge(Date.parse(a.metadata.creationTimestamp), Date.parse(b.metadata.creationTimestamp), nowMs) ||
      (a.metadata.uid < b.metadata.uid ? -1 : 1),
  );
}

function phaseOf(pod: Pod): number {
  return phaseOrder[pod.status?.phase ?? 'Pending'] ?? 2;
}

function deletionCost(pod: Pod): number {
  const cost = Number(pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0);
  return Number.isInteger(cost) ? cost : 0;
}

function restarts(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount = 0 }) => restartCount));
}

/** The younger first, by orders of magnitude: 0 for pods of about the same age, so that the uid decides between them. */
function byAge(a: number, b: number, nowMs: number): number {
  return a === b ? 0 : magnitude(nowMs - a) - magnitude(nowMs - b);
}

function magnitude(ageMs: number): number {
  return ageMs <= 0 ? -1 : Math.floor(Math.log2(Math.max(1, ageMs * 1e6)));
}
