/** Explains a PodDisruptionBudget: how many of its pods may go, why no more, and what would help. */
import type { Kubectl } from '../cli/kubectl.ts';
import type { Budget } from '../cluster/budget.ts';
import type { Pod } from '../cluster/pod.ts';
import { podName } from '../cluster/pod.ts';
import type { Workload } from '../cluster/workload.ts';
import { counted } from '../report/counting.ts';
import { budgetsOf, isNever } from './budgets.ts';
import type { Explanation, ExplanationVerdict } from './explain.ts';
import { neverFixes, overlapFixes, podFixes, unhealthyFix } from './explain-fixes.ts';
import { arithmeticOf, isPercentage } from './explain-numbers.ts';
import { explainedPods, isHealthy, podState } from './explain-pod-state.ts';

/** All that is known of a budget and what it covers. */
export interface BudgetFacts {
  readonly budget: Budget;
  /** All budgets of its namespace. */
  readonly budgets: readonly Budget[];
  /** All pods of its namespace; undefined when they could not be read. */
  readonly pods: readonly Pod[] | undefined;
  /** What keeps up the numbers of the pods covered, as far as it could be read; each once. */
  readonly owners: readonly Workload[];
  readonly kubectl: Kubectl;
}

/** Decides from the budget's status as the server would, and explains it by its pods. */
export function explainBudget(facts: BudgetFacts): Explanation {
  const { budget } = facts;
  const covered = coveredPods(facts);
  const verdict = verdictOf(facts, covered);
  return {
    kind: 'poddisruptionbudget',
    namespace: budget.namespace,
    name: budget.name,
    verdict,
    sentences: [verdictSentence(verdict, facts, covered), ...circumstances(facts, covered)],
    arithmetic: budget.settled ? arithmeticOf(budget) : [],
    pods: explainedPods(covered, budget),
    fixes: fixesOf(verdict, facts, covered),
  };
}

/** What else is worth knowing of a budget that does not let pods go: which of its pods are unhealthy, and what is odd. */
export function circumstances(facts: BudgetFacts, covered = coveredPods(facts)): readonly string[] {
  const { budget, pods } = facts;
  if (!pods) return ['which pods it covers is not known: they could not be read'];
  const sentences: string[] = [];
  const living = covered.filter(({ finished }) => !finished);
  const unhealthy = living.filter((pod) => !isHealthy(pod, budget));
  sentences.push(...unhealthy.map((pod) => `${podName(pod)} is ${podState(pod, budget)}`));
  const missing = budget.expectedPods - living.length;
  if (budget.settled && missing > 0) {
    sentences.push(`${counted(missing, 'expected pod')} ${missing === 1 ? 'does' : 'do'} not exist (yet)`);
  }
  const unmanaged = living.filter(({ controller }) => controller === undefined);
  if (unmanaged.length > 0 && (budget.maxUnavailable !== undefined || isPercentage(budget.minAvailable))) {
    sentences.push(
      `${names(unmanaged)} ${unmanaged.length === 1 ? 'has' : 'have'} no controller, and with ${limitText(budget)} such pods add nothing to expectedPods`,
    );
  }
  if (budget.disruptionsAllowed <= 0 && unhealthy.some(({ ready, phase }) => !ready && phase === 'Running')) {
    sentences.push(...policySentences(budget));
  }
  return sentences;
}

/** `kubectl` commands for a verdict on this budget. */
export function fixesOf(
  verdict: ExplanationVerdict,
  facts: BudgetFacts,
  covered = coveredPods(facts),
): readonly string[] {
  const { budget, budgets, owners, kubectl } = facts;
  const unready = covered.filter((pod) => !pod.ready && !pod.finished && pod.deletionTimestamp === undefined);
  switch (verdict) {
    case 'several-budgets': {
      const overlapping = covered.flatMap((pod) => (overlaps(pod, budgets) ? budgetsOf(pod, budgets) : []));
      return overlapFixes([...new Set(overlapping)], kubectl);
    }
    case 'never':
      return [
        ...(budget.reason === 'SyncFailed' ? [kubectl('describe', 'pdb', budget.name, '-n', budget.namespace)] : []),
        ...neverFixes(budget, owners, covered.length, kubectl),
      ];
    case 'blocked':
      return [
        ...unready.slice(0, 3).flatMap((pod) => podFixes(pod, kubectl)),
        ...(unready.some(({ phase }) => phase === 'Running') && holdsUnready(budget)
          ? [unhealthyFix(budget, kubectl)]
          : []),
      ];
    case 'may-go':
    case 'settling':
    case 'terminating':
    case 'finished':
    case 'left-alone':
    case 'unknown':
      return [];
  }
}

/** Says the verdict and its reason. */
export function verdictSentence(
  verdict: ExplanationVerdict,
  { budget, budgets }: BudgetFacts,
  covered: readonly Pod[],
): string {
  const { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods } = budget;
  switch (verdict) {
    case 'settling':
      return 'the server has not computed it since it was changed: evictions have to wait for that, mostly for seconds';
    case 'several-budgets': {
      const both = covered.filter((pod) => overlaps(pod, budgets));
      const all = [...new Set(both.flatMap((pod) => budgetsOf(pod, budgets).map(podName)))];
      return `${names(both)} ${both.length === 1 ? 'is' : 'are'} covered by several budgets (${all.join(', ')}), and the server refuses to evict such pods`;
    }
    case 'never':
      return `it never allows a disruption at this size: ${neverReason(budget)}`;
    case 'blocked':
      return `it allows no disruption now: it needs ${desiredHealthy} healthy of ${counted(expectedPods, 'expected pod')}, and has ${currentHealthy}`;
    default:
      if (covered.length === 0)
        return 'it selects no pod, so it protects nothing: compare its selector with the labels of the pods';
      return `it allows ${counted(disruptionsAllowed, 'disruption')} now: it has ${currentHealthy} healthy of ${counted(expectedPods, 'expected pod')}, and needs ${desiredHealthy}`;
  }
}

export function coveredPods({ budget, pods }: BudgetFacts): readonly Pod[] {
  return (pods ?? []).filter((pod) => budgetsOf(pod, [budget]).length > 0);
}

function verdictOf({ budget, budgets, pods }: BudgetFacts, covered: readonly Pod[]): ExplanationVerdict {
  if (covered.some((pod) => overlaps(pod, budgets))) return 'several-budgets';
  if (pods && covered.length === 0) return 'may-go';
  if (!budget.settled) return 'settling';
  if (budget.disruptionsAllowed > 0) return 'may-go';
  return isNever(budget) ? 'never' : 'blocked';
}

/** For pods that are finished or terminating the server does not look at budgets. */
function overlaps(pod: Pod, budgets: readonly Budget[]): boolean {
  return !pod.finished && pod.deletionTimestamp === undefined && budgetsOf(pod, budgets).length > 1;
}

function neverReason(budget: Budget): string {
  const { reason, expectedPods, desiredHealthy, maxUnavailable, minAvailable } = budget;
  if (reason === 'SyncFailed') {
    return 'the server could not compute it (SyncFailed), mostly because an owner of its pods cannot be scaled';
  }
  if (expectedPods <= 0) return 'it expects no pods, because none of those it covers has an owner that can be scaled';
  const limit = maxUnavailable === undefined && minAvailable === undefined ? 'it' : limitText(budget);
  return `${limit} needs ${desiredHealthy} healthy of ${counted(expectedPods, 'expected pod')}, so none can be spared`;
}

function limitText({ maxUnavailable, minAvailable }: Budget): string {
  return maxUnavailable === undefined ? `minAvailable ${minAvailable}` : `maxUnavailable ${maxUnavailable}`;
}

/** Whether unready pods have to wait for the numbers as well; for pending ones no budget counts. */
function holdsUnready({ unhealthyPodEvictionPolicy, currentHealthy, desiredHealthy }: Budget): boolean {
  if (unhealthyPodEvictionPolicy === 'AlwaysAllow') return false;
  return desiredHealthy <= 0 || currentHealthy < desiredHealthy;
}

function policySentences({ unhealthyPodEvictionPolicy, currentHealthy, desiredHealthy }: Budget): readonly string[] {
  switch (unhealthyPodEvictionPolicy) {
    case 'AlwaysAllow':
      return ['pods that are not ready may go all the same (unhealthyPodEvictionPolicy AlwaysAllow)'];
    case 'IfHealthyBudget':
      return currentHealthy >= desiredHealthy && desiredHealthy > 0
        ? ['pods that are not ready may go all the same, because enough others are healthy']
        : [
            'pods that are not ready may not go either, because too few others are healthy (unhealthyPodEvictionPolicy IfHealthyBudget)',
          ];
    default:
      return [
        `whether pods that are not ready may go is not known (unhealthyPodEvictionPolicy ${unhealthyPodEvictionPolicy})`,
      ];
  }
}

function names(pods: readonly Pod[]): string {
  const shown = pods.slice(0, 5).map(podName).join(', ');
  return pods.length > 5 ? `${shown} and ${pods.length - 5} more` : shown;
}
