/** The words for what a PodDisruptionBudget means for a plan, and what would help. */
import type { Kubectl } from '../cli/kubectl.ts';
import type { Budget } from '../cluster/budget.ts';
import { podName } from '../cluster/pod.ts';
import { counted } from '../report/counting.ts';
import type { BudgetPlan, Guarded } from './budget-plan.ts';

/** All that the words are made from. */
export interface ToldBudget extends Pick<BudgetPlan, 'verdict' | 'now' | 'later' | 'elsewhere'> {
  readonly budget: Budget;
  readonly guarded: readonly Guarded[];
  /** Of those guarded: pods whose replacements fit on no other node. */
  readonly homeless: number;
  readonly kubectl: Kubectl;
}

/** `1 now, 2 later (allows 1; needs 2 healthy of 3, has 3)`. */
export function budgetMessage(told: ToldBudget): string {
  const { budget, verdict, now, later, guarded, homeless } = told;
  switch (verdict) {
    case 'bypassed':
      return `bypassed by --disable-eviction: ${guarded.length} at once`;
    case 'settling':
      return 'settling: the server has not computed it yet';
    case 'never':
      return neverMessage(told);
    case 'now':
      return `${now} now (${numbers(budget)})`;
    case 'later':
      return `${now} now, ${later} later (${numbers(budget)})`;
    case 'unknown': {
      const fit = homeless === 1 ? 'fits' : 'fit';
      return `${now} now, ${later} only if replacements become ready, of which ${homeless} ${fit} on no other node (${numbers(budget)})`;
    }
  }
}

function numbers({ disruptionsAllowed, desiredHealthy, currentHealthy, expectedPods }: Budget): string {
  return `allows ${disruptionsAllowed}; needs ${desiredHealthy} healthy of ${expectedPods}, has ${currentHealthy}`;
}

function neverMessage({ budget, guarded, now, later }: ToldBudget): string {
  const overlapping = guarded.filter(({ matching }) => matching.length > 1);
  if (overlapping.length > 0) {
    const names = overlapNames(overlapping);
    const many = names.length === 2 ? 'two' : String(names.length);
    const others = guarded.length - overlapping.length;
    const rest = others > 0 ? `; of ${counted(others, 'other pod')} ${now} now, ${later} later` : '';
    const verb = `${many} budgets match ${counted(overlapping.length, 'pod')}`;
    return `never: ${verb}: ${names.join(', ')}${rest}`;
  }
  if (budget.reason === 'SyncFailed') return 'never: the server cannot compute it (SyncFailed), so it allows nothing';
  if (budget.expectedPods <= 0) return 'never: it expects no pods, so it allows nothing';
  return `never at this size: desiredHealthy ${budget.desiredHealthy} of ${budget.expectedPods} expected`;
}

function overlapNames(overlapping: readonly Guarded[]): readonly string[] {
  return [...new Set(overlapping.flatMap(({ matching }) => matching.map(({ name }) => name)))].sort();
}

/** One sentence; undefined where nothing is in the way. */
export function budgetFix(told: ToldBudget): string | undefined {
  switch (told.verdict) {
    case 'now':
    case 'bypassed':
      return undefined;
    case 'settling':
      return 'wait: its controller usually catches up within seconds';
    case 'never':
      return neverFix(told);
    case 'unknown':
      return 'make room on other nodes for the replacements, or scale the workload up there first';
    case 'later':
      return laterFix(told);
  }
}

function neverFix({ budget, guarded, kubectl }: ToldBudget): string {
  const overlapping = guarded.filter(({ matching }) => matching.length > 1);
  if (overlapping.length > 0) {
    return `remove all but one of the budgets ${overlapNames(overlapping).join(', ')}, or narrow their selectors`;
  }
  if (budget.reason === 'SyncFailed') {
    const describe = kubectl('describe', 'pdb', budget.name, '-n', budget.namespace);
    return `${describe} says why; pods without a scalable owner need a number as minAvailable`;
  }
  if (budget.expectedPods <= 0) return 'use a number as minAvailable: pods without a scalable owner count only then';
  if (budget.maxUnavailable !== undefined) return 'raise its maxUnavailable above 0';
  if (budget.minAvailable === '100%') return 'lower its minAvailable: at 100% no size is enough';
  return `scale its workload to more than ${counted(budget.desiredHealthy, 'pod')}, or lower its minAvailable`;
}

function laterFix({ budget, now, guarded, elsewhere }: ToldBudget): string {
  const [first, ...others] = elsewhere.filter(({ ready }) => !ready);
  if (first && now === 0) {
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    const where = first.node === '' ? 'without a node' : `on ${first.node}`;
    const name = podName({ namespace: budget.namespace, name: first.name });
    return `wait until ${name} (${where})${more} ${others.length === 0 ? 'is' : 'are'} ready`;
  }
  if (now === 0 && guarded.some(({ pod }) => !pod.ready)) {
    return 'set unhealthyPodEvictionPolicy: AlwaysAllow, so that the pods that are not ready may go first';
  }
  if (now === 0)
    return `wait until more than ${budget.desiredHealthy} of its pods are healthy, or scale its workload up`;
  return 'wait: each of the others may go when a replacement is ready';
}
