/** The decision on one pod: kubectl's filters, then what its budgets say, then all that is at risk. */
import type { Pod } from '../cluster/pod.ts';
import { podName } from '../cluster/pod.ts';
import { budgetVerdict, indexBudgets, type BudgetVerdict } from './budgets.ts';
import { clusterRisks } from './cluster-risks.ts';
import { filterPod } from './filters.ts';
import type { PlanScope } from './plan-scope.ts';
import type { Blocker, DrainPolicy, NodeSnapshot, PodDecision, Risk } from './plan.ts';
import { budgetRisks, podRisks, strictRisks } from './risks.ts';

export function decide(
  pod: Pod,
  snapshot: NodeSnapshot,
  policy: DrainPolicy,
  nowMs: number,
  scope: PlanScope,
): Omit<PodDecision, 'wave'> {
  const verdict = filterPod(pod, snapshot.daemonSets, policy, nowMs);
  const decision = {
    namespace: pod.namespace,
    name: pod.name,
    uid: pod.uid,
    controller: pod.controller,
    leave: verdict.leave,
    graceSeconds: policy.gracePeriodSeconds ?? pod.terminationGracePeriodSeconds,
  };
  const untouched = { ...decision, blockers: [], risks: [], budgets: [] };
  if (verdict.leave) return { ...untouched, action: 'leave' };
  // Budgets guard against evictions, and this pod is not evicted.
  if (verdict.complete) return { ...untouched, action: 'complete' };

  const matching = indexBudgets(snapshot.budgets ?? noBudgets).of(pod);
  const budget = budgetVerdict(pod, matching);
  const risks = [
    ...verdict.risks,
    ...podRisks(pod, snapshot.node, policy, nowMs),
    ...budgetRisks(pod, budget, policy),
    ...clusterRisks(pod, snapshot.node, scope),
  ];
  const blockers = [...verdict.blockers, ...budgetBlockers(budget, policy), ...strictBlockers(risks, policy)];
  const placement = scope.placements.get(pod.uid);
  return {
    ...decision,
    action: blockers.length > 0 ? 'blocked' : pod.deletionTimestamp === undefined ? 'remove' : 'wait',
    blockers,
    risks,
    budgets: matching.map(({ name }) => name),
    ...(placement === undefined ? {} : { placement }),
  };
}

/** One list for all, so that its index is made once. */
const noBudgets = [] as const;

function budgetBlockers(budget: BudgetVerdict, policy: DrainPolicy): readonly Blocker[] {
  if (budget.kind !== 'several' || policy.disableEviction) return [];
  const names = budget.budgets.map(podName).join(', ');
  const message = `is matched by several budgets (${names}), and the server refuses to evict such a pod`;
  return [{ kind: 'several-budgets', message, flag: undefined }];
}

function strictBlockers(risks: readonly Risk[], { strict }: DrainPolicy): readonly Blocker[] {
  if (!strict) return [];
  return risks
    .filter(({ kind }) => strictRisks.has(kind))
    .map(({ message }) => ({ kind: 'strict', message, flag: undefined }));
}
