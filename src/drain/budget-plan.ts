/** What each PodDisruptionBudget lets happen to all pods of a plan together: how many go now, later or never. */
import type { Placement } from '../capacity/placement.ts';
import type { Budget } from '../cluster/budget.ts';
import type { Pod } from '../cluster/pod.ts';
import { budgetFix, budgetMessage } from './budget-words.ts';
import { budgetsOf, budgetVerdict, indexBudgets, isNever, type BudgetIndex } from './budgets.ts';
import { mayLeave } from './filters.ts';
import type { NodeSnapshot } from './plan.ts';

/** A pod on a node that is not drained, which the budget counts. */
export interface PodElsewhere {
  readonly name: string;
  /** Empty while it has no node. */
  readonly node: string;
  readonly ready: boolean;
}

/**
 * `now`: all of them may go at once. `later`: some have to wait until replacements are ready. `never`: at this size, or
 * with this overlap, none of those that are left ever goes. `settling`: the server has not computed it yet. `bypassed`:
 * `--disable-eviction`. `unknown`: those that wait need replacements for which there is no room.
 */
export type BudgetPlanVerdict = 'now' | 'later' | 'never' | 'settling' | 'bypassed' | 'unknown';

export interface BudgetPlan {
  readonly namespace: string;
  readonly name: string;
  readonly verdict: BudgetPlanVerdict;
  /** Names of the plan's pods that it guards, sorted; those that go free of it are not among them. */
  readonly pods: readonly string[];
  /** How many of them may go at once. */
  readonly now: number;
  /** How many have to wait for their turn; the remainder never gets one. */
  readonly later: number;
  readonly disruptionsAllowed: number;
  readonly desiredHealthy: number;
  readonly currentHealthy: number;
  readonly expectedPods: number;
  /** One clause, without the budget's name. */
  readonly message: string;
  /** Those that hold it up, unready ones first; at most ten. */
  readonly elsewhere: readonly PodElsewhere[];
  /** How many there are; undefined when they were not read. */
  readonly elsewhereCount: number | undefined;
  /** One sentence: what would let the pods go; undefined when nothing is in their way. */
  readonly fix: string | undefined;
}

export interface BudgetPlanInput {
  /** Pods that are to leave their nodes, of all nodes of the plan. */
  readonly leaving: readonly Pod[];
  readonly budgets: readonly Budget[];
  readonly bypassed: boolean;
  /** Names of the plan's nodes. */
  readonly draining: ReadonlySet<string>;
  /** By namespace; one that is not here was not read. */
  readonly podsByNamespace: ReadonlyMap<string, readonly Pod[]>;
  readonly placements: ReadonlyMap<string, Placement>;
}

/** A pod whose eviction a budget decides, and all budgets that match it. */
export interface Guarded {
  readonly pod: Pod;
  readonly matching: readonly Budget[];
}

const mostElsewhere = 10;

/** The budgets that have a say in the plan, sorted by namespace and name. */
export function planBudgets(input: BudgetPlanInput): readonly BudgetPlan[] {
  const guarded = [...guardedBy(input.leaving, indexBudgets(input.budgets))];
  const alike = alikeElsewhere(input);
  return guarded.map(([budget, pods]) => planBudget(budget, pods, input, alike)).sort(byName);
}

/** By namespace: pods elsewhere that have the same labels, and so the same budgets. */
type AlikePods = ReadonlyMap<string, readonly (readonly [Pod, ...Pod[]])[]>;

/** Grouped once, so that a budget looks at one pod of a workload instead of at all of them. */
function alikeElsewhere({ podsByNamespace, draining }: BudgetPlanInput): AlikePods {
  const namespaces = new Map<string, readonly (readonly [Pod, ...Pod[]])[]>();
  for (const [namespace, pods] of podsByNamespace) {
    const groups = new Map<string, [Pod, ...Pod[]]>();
    for (const pod of pods) {
      if (pod.finished || draining.has(pod.nodeName)) continue;
      const key = JSON.stringify(Object.entries(pod.labels));
      const group = groups.get(key);
      if (group) group.push(pod);
      else groups.set(key, [pod]);
    }
    namespaces.set(namespace, [...groups.values()]);
  }
  return namespaces;
}

/** Namespaces whose pods elsewhere are worth reading: a budget there does not let all pods of the plan go at once. */
export function budgetsToExplain(snapshots: readonly NodeSnapshot[]): readonly string[] {
  const namespaces = new Set<string>();
  const indices = new Map<readonly Budget[], BudgetIndex>();
  const perBudget = new Map<Budget, number>();
  for (const { budgets = [], pods } of snapshots) {
    const index = indices.get(budgets) ?? indexBudgets(budgets);
    indices.set(budgets, index);
    for (const [budget, some] of guardedBy(pods.filter(mayLeave), index)) {
      const count = (perBudget.get(budget) ?? 0) + some.length;
      perBudget.set(budget, count);
      if (!budget.settled || count > budget.disruptionsAllowed) namespaces.add(budget.namespace);
    }
  }
  return [...namespaces].sort();
}

function guardedBy(pods: readonly Pod[], index: BudgetIndex): ReadonlyMap<Budget, readonly Guarded[]> {
  const guarded = new Map<Budget, Guarded[]>();
  for (const pod of pods) {
    const matching = budgetsOf(pod, index.get(pod.namespace) ?? []);
    if (budgetVerdict(pod, matching).kind === 'free') continue;
    for (const budget of matching) {
      const known = guarded.get(budget);
      if (known) known.push({ pod, matching });
      else guarded.set(budget, [{ pod, matching }]);
    }
  }
  return guarded;
}

function planBudget(budget: Budget, guarded: readonly Guarded[], input: BudgetPlanInput, alike: AlikePods): BudgetPlan {
  const { verdict, now, later } = arithmetic(budget, guarded, input);
  const { elsewhere, elsewhereCount } = holdingUp(budget, alike);
  const told = { budget, guarded, verdict, now, later, elsewhere, homeless: homeless(guarded, input).length };
  return {
    namespace: budget.namespace,
    name: budget.name,
    verdict,
    pods: guarded.map(({ pod }) => pod.name).sort(),
    now,
    later,
    disruptionsAllowed: budget.disruptionsAllowed,
    desiredHealthy: budget.desiredHealthy,
    currentHealthy: budget.currentHealthy,
    expectedPods: budget.expectedPods,
    message: budgetMessage(told),
    elsewhere,
    elsewhereCount,
    fix: budgetFix(told),
  };
}

/** The server looks for several budgets first, then whether the status is current, then at the numbers. */
function arithmetic(
  budget: Budget,
  guarded: readonly Guarded[],
  input: BudgetPlanInput,
): { readonly verdict: BudgetPlanVerdict; readonly now: number; readonly later: number } {
  if (input.bypassed) return { verdict: 'bypassed', now: guarded.length, later: 0 };
  const alone = guarded.filter(({ matching }) => matching.length === 1).length;
  const overlap = alone < guarded.length;
  if (!budget.settled) return { verdict: overlap ? 'never' : 'settling', now: 0, later: alone };
  const now = Math.min(Math.max(budget.disruptionsAllowed, 0), alone);
  const stuck = now === 0 && isNever(budget);
  const later = stuck ? 0 : alone - now;
  if (overlap || (stuck && alone > 0)) return { verdict: 'never', now, later };
  if (later === 0) return { verdict: 'now', now, later };
  return { verdict: homeless(guarded, input).length > 0 ? 'unknown' : 'later', now, later };
}

/** Pods whose replacements find no room: the others of the budget may wait for them in vain. */
function homeless(guarded: readonly Guarded[], { placements }: BudgetPlanInput): readonly Guarded[] {
  return guarded.filter(({ pod }) => placements.get(pod.uid)?.verdict === 'does-not-fit');
}

function holdingUp(budget: Budget, alike: AlikePods): Pick<BudgetPlan, 'elsewhere' | 'elsewhereCount'> {
  const groups = alike.get(budget.namespace);
  if (!groups) return { elsewhere: [], elsewhereCount: undefined };
  const elsewhere = groups
    .filter(([pod]) => budget.matches(pod.labels))
    .flat()
    .map((pod) => ({
      name: pod.name,
      node: pod.nodeName,
      ready: pod.ready && pod.deletionTimestamp === undefined,
    }))
    .sort((a, b) => Number(a.ready) - Number(b.ready) || (a.name < b.name ? -1 : 1));
  return { elsewhere: elsewhere.slice(0, mostElsewhere), elsewhereCount: elsewhere.length };
}

function byName(a: BudgetPlan, b: BudgetPlan): number {
  const order = a.namespace === b.namespace ? a.name < b.name : a.namespace < b.namespace;
  return order ? -1 : 1;
}
