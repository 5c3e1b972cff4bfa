/** What state a pod is in, in a clause, as far as its budget and its removal are concerned. */
import type { Budget } from '../cluster/budget.ts';
import type { Pod } from '../cluster/pod.ts';
import type { ExplainedPod } from './explain.ts';

/** The pods that a budget covers, unhealthy ones first. */
export function explainedPods(pods: readonly Pod[], budget: Budget): readonly ExplainedPod[] {
  return pods
    .map((pod) => explainedPod(pod, budget))
    .sort((a, b) => Number(a.healthy) - Number(b.healthy) || (a.name < b.name ? -1 : 1));
}

/** Healthy as the budget's controller counts: Ready, not terminating, no eviction granted that it has yet to see. */
export function isHealthy(pod: Pod, { disruptedPods }: Pick<Budget, 'disruptedPods'>): boolean {
  return pod.ready && pod.deletionTimestamp === undefined && !disruptedPods.has(pod.name);
}

/** `ready`, or why the pod is not: `not ready: container app waits: CrashLoopBackOff (back-off 5m0s)`. */
export function podState(pod: Pod, { disruptedPods }: Pick<Budget, 'disruptedPods'>): string {
  if (pod.deletionTimestamp !== undefined) return `terminating, until ${pod.deletionTimestamp} at the latest`;
  if (pod.finished) return `finished (${pod.phase})`;
  if (disruptedPods.has(pod.name))
    return 'on its way out: its eviction was granted (forgotten after 2 minutes, should it stay)';
  if (pod.phase === 'Pending' && pod.unschedulableMessage !== undefined) {
    return `pending: the scheduler has no place for it: ${pod.unschedulableMessage}`;
  }
  if (pod.ready) return 'ready';
  const waiting = pod.waiting.map(
    ({ container, reason, message }) =>
      `container ${container} waits: ${reason === '' ? 'no reason given' : reason}${message === undefined ? '' : ` (${message})`}`,
  );
  const why = waiting.length === 0 ? '' : `: ${waiting.join('; ')}`;
  return `${pod.phase === 'Pending' ? 'pending' : 'not ready'}${why}`;
}

function explainedPod(pod: Pod, budget: Budget): ExplainedPod {
  const { namespace, name, nodeName } = pod;
  return { namespace, name, node: nodeName, healthy: isHealthy(pod, budget), state: podState(pod, budget) };
}
