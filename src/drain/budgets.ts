/** What PodDisruptionBudgets say to the eviction of a pod, decided as the API server decides. */
import type { Budget } from '../cluster/budget.ts';
import type { Pod } from '../cluster/pod.ts';

export type BudgetVerdict =
  /** No budget counts for this pod. */
  | { readonly kind: 'free' }
  | { readonly kind: 'several'; readonly budgets: readonly Budget[] }
  | { readonly kind: 'settling' | 'never' | 'not-now' | 'allowed'; readonly budget: Budget };

/** The budgets whose selector matches the pod, sorted by name. */
export function budgetsOf(pod: Pod, budgets: readonly Budget[]): readonly Budget[] {
  return budgets
    .filter((budget) => budget.namespace === pod.namespace && budget.matches(pod.labels))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Budgets by namespace: a pod is only held against those of its own. */
export type BudgetIndex = ReadonlyMap<string, readonly Budget[]>;

export function indexBudgets(budgets: readonly Budget[]): BudgetIndex {
  const index = new Map<string, Budget[]>();
  for (const budget of budgets) {
    const ofNamespace = index.get(budget.namespace);
    if (ofNamespace) ofNamespace.push(budget);
    else index.set(budget.namespace, [budget]);
  }
  return index;
}

/**
 * The order of the server's own decision (kube-apiserver, `pkg/registry/core/pod/storage/eviction.go`): budgets do not
 * count for pending, finished and terminating pods; two of them are refused whatever the pod's health; an unready pod
 * goes free by the budget's policy; only then the numbers.
 */
export function budgetVerdict(pod: Pod, matching: readonly Budget[]): BudgetVerdict {
  if (pod.phase === 'Pending' || pod.finished || pod.deletionTimestamp !== undefined) return { kind: 'free' };
  const [budget, ...others] = matching;
  if (!budget) return { kind: 'free' };
  if (others.length > 0) return { kind: 'several', budgets: matching };
  if (!pod.ready && unreadyGoesFree(budget)) return { kind: 'free' };
  if (!budget.settled) return { kind: 'settling', budget };
  if (budget.disruptionsAllowed > 0) return { kind: 'allowed', budget };
  return { kind: isNever(budget) ? 'never' : 'not-now', budget };
}

function unreadyGoesFree(budget: Budget): boolean {
  if (budget.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  if (budget.unhealthyPodEvictionPolicy !== 'IfHealthyBudget') return false;
  return budget.desiredHealthy > 0 && budget.currentHealthy >= budget.desiredHealthy;
}

/**
 * At this size and with these numbers no eviction will ever be allowed; growing the workload frees it. A budget that
 * expects no pods, such as `maxUnavailable` over unmanaged ones, always has 0 allowed (`pkg/controller/disruption`).
 */
export function isNever(budget: Budget): boolean {
  return budget.reason === 'SyncFailed' || budget.expectedPods <= 0 || budget.desiredHealthy >= budget.expectedPods;
}
