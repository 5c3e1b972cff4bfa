/** What PodDisruptionBudgets say to the eviction of a pod, decided as the API server decides. */
import type { Budget } from '../cluster/budget.ts';
import { labelsText } from '../cluster/labels-text.ts';
import type { Pod } from '../cluster/pod.ts';

export type BudgetVerdict =
  /** No budget counts for this pod. */
  | { readonly kind: 'free' }
  | { readonly kind: 'several'; readonly budgets: readonly Budget[] }
  | { readonly kind: 'settling' | 'never' | 'not-now' | 'allowed'; readonly budget: Budget };

/** The budgets whose selector matches the pod, sorted by name. */
export function budgetsOf(pod: Pod, budgets: readonly Budget[]): readonly Budget[] {
  return matchingIn(
    budgets.filter(({ namespace }) => namespace === pod.namespace),
    pod.labels,
  );
}

/** Finds the budgets that match a pod, sorted by name. */
export interface BudgetIndex {
  of(pod: Pick<Pod, 'namespace' | 'labels'>): readonly Budget[];
}

const indices = new WeakMap<readonly Budget[], BudgetIndex>();

/**
 * An index of this list, made once for as long as the list is there. Pods with the same labels have the same budgets,
 * so that each budget is held against a workload, not against each of its pods each time somebody asks.
 */
export function indexBudgets(budgets: readonly Budget[]): BudgetIndex {
  const index = indices.get(budgets) ?? createIndex(budgets);
  indices.set(budgets, index);
  return index;
}

function createIndex(budgets: readonly Budget[]): BudgetIndex {
  const byNamespace = new Map<string, Budget[]>();
  for (const budget of budgets) {
    const others = byNamespace.get(budget.namespace);
    if (others) others.push(budget);
    else byNamespace.set(budget.namespace, [budget]);
  }
  const known = new Map<string, readonly Budget[]>();
  return {
    of({ namespace, labels }) {
      const key = `${namespace} ${labelsText(labels)}`;
      const matching = known.get(key) ?? matchingIn(byNamespace.get(namespace) ?? [], labels);
      known.set(key, matching);
      return matching;
    },
  };
}

function matchingIn(budgets: readonly Budget[], labels: Pod['labels']): readonly Budget[] {
  return budgets.filter((budget) => budget.matches(labels)).sort((a, b) => (a.name < b.name ? -1 : 1));
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
