/** Asks one PodDisruptionBudget whether a pod may go, and counts it off. */
import type { V1Condition, V1PodDisruptionBudget, V1PodDisruptionBudgetStatus } from '@kubernetes/client-node';
import type { Wire } from '../../../cluster/wire.ts';
import { timestamp } from '../../meta.ts';
import { typeOf } from '../../resources.ts';
import { forbidden } from '../../registry-errors.ts';
import { ApiStatus } from '../../status.ts';

type Budget = Wire<V1PodDisruptionBudget>;

/** The counts are always there once the disruption controller has looked; before, they are zero. */
type Counts = 'currentHealthy' | 'desiredHealthy' | 'disruptionsAllowed' | 'expectedPods';
type BudgetStatus = Wire<V1PodDisruptionBudgetStatus> & { readonly [count in Counts]: number };

/** `MaxDisruptedPodSize` in pkg/registry/core/pod/storage/eviction.go. */
const mostDisruptedPods = 2000;

/** Its own name for the kind, in the singular: `policy.Resource("poddisruptionbudget")`. */
const refusedAs = { ...typeOf('policy', 'poddisruptionbudgets'), plural: 'poddisruptionbudget' };

/** The budget's status after the eviction of that pod; throws the refusal. Follows `checkAndDecrement` there. */
export function checkAndDecrement(budget: Budget, podName: string, nowMs: number): BudgetStatus {
  const name = budget.metadata?.name ?? '';
  const status: BudgetStatus = { ...emptyStatus, ...budget.status };
  if ((status.observedGeneration ?? 0) < (budget.metadata?.generation ?? 0)) {
    throw tooMany(`The disruption budget ${name} is still being processed by the server.`, 10);
  }
  if (status.disruptionsAllowed < 0) throw forbidden(refusedAs, name, 'pdb disruptions allowed is negative');
  if (Object.keys(status.disruptedPods ?? {}).length > mostDisruptedPods) {
    throw forbidden(refusedAs, name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  }
  if (status.disruptionsAllowed === 0) throw tooMany(exhausted(name, status));
  const now = timestamp(nowMs);
  const left = status.disruptionsAllowed - 1;
  return {
    ...status,
    disruptionsAllowed: left,
    disruptedPods: { ...status.disruptedPods, [podName]: now },
    ...(left === 0 && { conditions: withoutAllowance(status, now) }),
  };
}

const emptyStatus: BudgetStatus = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };

function exhausted(name: string, status: BudgetStatus): string {
  const refusing = (status.conditions ?? []).find(
    ({ type, status: value, message }) => type === 'DisruptionAllowed' && value === 'False' && message !== '',
  );
  if (refusing?.reason === 'SyncFailed') {
    return `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${refusing.message}`;
  }
  if (status.currentHealthy <= status.desiredHealthy) {
    return `The disruption budget ${name} needs ${String(status.desiredHealthy)} healthy pods and has ${String(status.currentHealthy)} currently`;
  }
  const why = refusing ? ` (${refusing.reason}): ${refusing.message}` : '';
  return `The disruption budget ${name} does not allow evicting pods currently${why}`;
}

/** `UpdateDisruptionAllowedCondition` of component-helpers, for a budget that has just run out. */
function withoutAllowance(status: BudgetStatus, now: string): Wire<V1Condition>[] {
  const conditions = status.conditions ?? [];
  const before = conditions.find(({ type }) => type === 'DisruptionAllowed');
  const condition: Wire<V1Condition> = {
    type: 'DisruptionAllowed',
    status: 'False',
    ...(status.observedGeneration !== undefined && { observedGeneration: status.observedGeneration }),
    lastTransitionTime: before?.status === 'False' ? before.lastTransitionTime : now,
    reason: 'InsufficientPods',
    message: '',
  };
  return before ? conditions.map((other) => (other === before ? condition : other)) : [...conditions, condition];
}

function tooMany(cause: string, retryAfterSeconds?: number): ApiStatus {
  return new ApiStatus(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: 'DisruptionBudget', message: cause }],
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });
}
