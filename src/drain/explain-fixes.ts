/** Commands that would let pods go, written so that a user can run them as they stand. */
import type { Kubectl } from '../cli/kubectl.ts';
import type { Budget } from '../cluster/budget.ts';
import type { Pod } from '../cluster/pod.ts';
import type { Workload } from '../cluster/workload.ts';
import { isPercentage, sufficientSize } from './explain-numbers.ts';

/** For a budget that never allows anything: a larger workload where that helps, else another limit. */
export function neverFixes(
  budget: Budget,
  owners: readonly Workload[],
  coveredPods: number,
  kubectl: Kubectl,
): readonly string[] {
  const size = budget.reason === 'SyncFailed' ? undefined : sufficientSize(budget);
  const [owner, ...others] = owners;
  const fixes: string[] = [];
  if (owner && others.length === 0 && isScalable(owner) && size !== undefined && budget.expectedPods > 0) {
    fixes.push(kubectl('scale', owner.kind.toLowerCase(), owner.name, `--replicas=${size}`, '-n', budget.namespace));
  }
  return [...fixes, kubectl(...patch(budget, otherLimit(budget, coveredPods)))];
}

/** Lets unready pods go whatever the numbers say. */
export function unhealthyFix(budget: Budget, kubectl: Kubectl): string {
  return kubectl(...patch(budget, { unhealthyPodEvictionPolicy: 'AlwaysAllow' }));
}

/** Where to look at what keeps a pod from being ready. */
export function podFixes(pod: Pod, kubectl: Kubectl): readonly string[] {
  const { namespace, name, waiting } = pod;
  const crashed = waiting.find(({ reason }) => reason === 'CrashLoopBackOff');
  if (crashed) return [kubectl('logs', name, '-n', namespace, '-c', crashed.container, '--previous')];
  return [kubectl('describe', 'pod', name, '-n', namespace)];
}

/** Budgets that match the same pod have to be told apart by their owner. */
export function overlapFixes(budgets: readonly Budget[], kubectl: Kubectl): readonly string[] {
  return budgets.slice(1).map(({ namespace, name }) => kubectl('edit', 'pdb', name, '-n', namespace));
}

/** Pods that no scalable owner stands for are counted only against a number of available ones. */
function otherLimit(budget: Budget, coveredPods: number): Readonly<Record<string, unknown>> {
  const unscaled = budget.reason === 'SyncFailed' || budget.expectedPods <= 0;
  if (unscaled && (budget.maxUnavailable !== undefined || isPercentage(budget.minAvailable))) {
    return { maxUnavailable: null, minAvailable: Math.max(0, coveredPods - 1) };
  }
  return budget.maxUnavailable === undefined ? { minAvailable: null, maxUnavailable: 1 } : { maxUnavailable: 1 };
}

function patch({ namespace, name }: Budget, spec: Readonly<Record<string, unknown>>): readonly string[] {
  return ['patch', 'pdb', name, '-n', namespace, '--type=merge', '-p', JSON.stringify({ spec })];
}

function isScalable({ kind, controller }: Workload): boolean {
  // What another object controls is set back by it.
  if (controller !== undefined) return false;
  return kind === 'Deployment' || kind === 'StatefulSet' || kind === 'ReplicaSet' || kind === 'ReplicationController';
}
