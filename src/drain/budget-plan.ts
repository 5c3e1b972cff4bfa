/** What each PodDisruptionBudget lets happen to all pods of a plan together: how many go now, later or never. */
import type { Kubectl } from '../cli/kubectl.ts';
import type { Placement } from '../capacity/placement.ts';
import type { Budget } from '../cluster/budget.ts';
import type { Pod } from '../cluster/pod.ts';
import { budgetFix, budgetMessage } from './budget-words.ts';
import { budgetVerdict, indexBudgets, isNever, type BudgetIndex } from './budgets.ts';
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
  readonly kubectl: Kubectl;
}

/** A pod whose eviction a budget decides, and all budgets that match it. */
export interface Guarded {
  readonly pod: Pod;
  readonly matching: readonly Budget[];
}

const mostElsewhere = 10;

/** The budgets that have a say in the plan, sorted by namespace and name. */
export function planBudgets(input: BudgetPlanInput): readonly BudgetPlan[] {
  const index = indexBudgets(input.budgets);
  const guarded = guardedBy(input.leaving, index);
  const elsewhere = podsElsewhere(input, index, guarded);
  return [...guarded].map(([budget, pods]) => planBudget(budget, pods, input, elsewhere.get(budget))).sort(byName);
}

/** The pods of these budgets that are on other nodes; a budget that is not here was not looked at. */
function podsElsewhere(
  { podsByNamespace, draining }: BudgetPlanInput,
  index: BudgetIndex,
  guarded: ReadonlyMap<Budget, unknown>,
): ReadonlyMap<Budget, readonly Pod[]> {
  const found = new Map<Budget, Pod[]>();
  for (const budget of guarded.keys()) if (podsByNamespace.has(budget.namespace)) found.set(budget, []);
  for (const pod of [...podsByNamespace.values()].flat()) {
    if (pod.finished || draining.has(pod.nodeName)) continue;
    for (const budget of index.of(pod)) found.get(budget)?.push(pod);
  }
  return found;
}

/** Namespaces whose pods elsewhere are worth reading: a budget there does not let all pods of the plan go at once. */
export function budgetsToExplain(snapshots: readonly NodeSnapshot[]): readonly string[] {
  const namespaces = new Set<string>();
  const perBudget = new Map<Budget, number>();
  for (const { budgets = [], pods } of snapshots) {
    for (const [budget, some] of guardedBy(pods.filter(mayLeave), indexBudgets(budgets))) {
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
    const matching = index.of(pod);
    if (budgetVerdict(pod, matching).kind === 'free') continue;
    for (const budget of matching) {
      const known = guarded.get(budget);
      if (known) known.push({ pod, matching });
      else guarded.set(budget, [{ pod, matching }]);
    }
  }
  return guarded;
}

function planBudget(
  budget: Budget,
  guarded: readonly Guarded[],
  input: BudgetPlanInput,
  others: readonly Pod[] | undefined,
): BudgetPlan {
  const { verdict, now, later } = arithmetic(budget, guarded, input);
  const { elsewhere, elsewhereCount } = holdingUp(others);
  const { kubectl } = input;
  const told = { budget, guarded, verdict, now, later, elsewhere, homeless: homeless(guarded, input).length, kubectl };
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

function holdingUp(others: readonly Pod[] | undefined): Pick<BudgetPlan, 'elsewhere' | 'elsewhereCount'> {
  if (!others) return { elsewhere: [], elsewhereCount: undefined };
  const elsewhere = others
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
