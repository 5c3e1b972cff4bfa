/** Plays the disruption controller: says in each PodDisruptionBudget how many evictions are allowed now. */
import { isDeepStrictEqual } from 'node:util';
import type { Controller } from '../ports.ts';
import { watchBudgets } from './budget-index.ts';
import { conditionOf, withCondition } from './conditions.ts';
import { expectationOf, type Expectation } from './disruption-scale.ts';
import { createRecorder } from './events.ts';
import {
  budgets,
  pods,
  type Condition,
  type DisruptionBudget,
  type DisruptionBudgetStatus,
  type Pod,
  type Selector,
} from './models.ts';
import { isFinished, isReady, isTerminating } from './pod-facts.ts';
import { createQueue, keyOf, splitKey } from './queue.ts';
import { nowText } from './times.ts';

/** How long an accepted eviction may take until the pod terminates, and a mark on a pod that was not deleted stays. */
const deletionTimeoutMs = 120_000;

export const disruptionController: Controller = (world) => {
  const { store, registry, clock } = world;
  const record = createRecorder(world, 'controllermanager');
  const queue = createQueue(world, sync);
  const stale = createQueue(world, clearStale);
  const index = watchBudgets(world, {
    budgetChanged: (budget) => queue.add(keyOf(budget)),
    podChanged(pod, selecting) {
      // As the real one: only the first of several is looked at again.
      const [first] = selecting;
      if (first) queue.add(keyOf(first));
      if (first && selecting.length > 1) {
        const { namespace = '', name } = pod.metadata;
        const text = `Pod "${namespace}"/"${name}" matches multiple PodDisruptionBudgets.  Chose "${first.metadata.name}" arbitrarily.`;
        record(pod, 'Warning', 'MultiplePodDisruptionBudgets', text);
      }
    },
  });
  watchStale();

  function sync(key: string): void {
    const { namespace, name } = splitKey(key);
    const budget = store.get(budgets, namespace, name) as DisruptionBudget | undefined;
    if (!budget) return;
    const selected = index.podsOf(budget);
    if (selected.length === 0) record(budget, 'Normal', 'NoPods', 'No matching pods found');
    let expectation: Expectation;
    try {
      expectation = expectationOf(store, budget, selected);
    } catch (error) {
      failSafe(budget, (error as Error).message);
      return;
    }
    if (expectation.unmanaged.length > 0)
      record(budget, 'Warning', 'UnmanagedPods', unmanagedText(budget.spec.selector));
    writeStatus(budget, selected, expectation);
  }

  function writeStatus(budget: DisruptionBudget, selected: readonly Pod[], expectation: Expectation): void {
    const { expectedPods, desiredHealthy } = expectation;
    const { disruptedPods, recheckMs } = stillDisrupted(budget, selected);
    const currentHealthy = selected.filter(
      (pod) => !isTerminating(pod) && disruptedPods[pod.metadata.name] === undefined && isReady(pod),
    ).length;
    const disruptionsAllowed = expectedPods <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
    const generation = budget.metadata.generation ?? 1;
    const condition: Condition = {
      type: 'DisruptionAllowed',
      status: disruptionsAllowed > 0 ? 'True' : 'False',
      reason: disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods',
      message: '',
      observedGeneration: generation,
    };
    put(budget, {
      conditions: withGeneration(withCondition(budget.status?.conditions, condition, nowText(clock)), generation),
      currentHealthy,
      desiredHealthy,
      ...(Object.keys(disruptedPods).length > 0 ? { disruptedPods } : {}),
      disruptionsAllowed,
      expectedPods,
      observedGeneration: generation,
    });
    if (recheckMs < Infinity) queue.addAfter(keyOf(budget), recheckMs);
  }

  /** Nothing is allowed while the numbers are not known. */
  function failSafe(budget: DisruptionBudget, message: string): void {
    const text = `Failed to calculate the number of expected pods: ${message}`;
    record(budget, 'Warning', 'CalculateExpectedPodCountFailed', text);
    const { observedGeneration } = budget.status ?? {};
    const condition: Condition = {
      type: 'DisruptionAllowed',
      status: 'False',
      reason: 'SyncFailed',
      message,
      ...(observedGeneration === undefined ? {} : { observedGeneration }),
    };
    put(budget, {
      currentHealthy: 0,
      desiredHealthy: 0,
      expectedPods: 0,
      ...budget.status,
      disruptionsAllowed: 0,
      conditions: withCondition(budget.status?.conditions, condition, nowText(clock)),
    });
  }

  function put(budget: DisruptionBudget, status: DisruptionBudgetStatus): void {
    if (isDeepStrictEqual(status, budget.status)) return;
    registry.update(budgets, { ...budget, status }, { subresource: 'status', namespace: budget.metadata.namespace });
  }

  /** Evicted pods that have not begun to terminate: those of the last two minutes count as gone. */
  function stillDisrupted(
    budget: DisruptionBudget,
    selected: readonly Pod[],
  ): { readonly disruptedPods: Readonly<Record<string, string>>; readonly recheckMs: number } {
    const before = budget.status?.disruptedPods ?? {};
    const disruptedPods: Record<string, string> = {};
    let recheckMs = Infinity;
    for (const pod of selected) {
      const since = before[pod.metadata.name];
      if (since === undefined || isTerminating(pod)) continue;
      const leftMs = Date.parse(since) + deletionTimeoutMs - clock.now();
      if (leftMs < 0) {
        // The real message names the namespace twice.
        const namespace = budget.metadata.namespace ?? '';
        const text = `Pod was expected by PDB ${namespace}/${namespace} to be deleted but it wasn't`;
        record(pod, 'Warning', 'NotDeleted', text);
        continue;
      }
      disruptedPods[pod.metadata.name] = since;
      recheckMs = Math.min(recheckMs, leftMs + 1);
    }
    return { disruptedPods, recheckMs };
  }

  /** A pod that was to be evicted and was not deleted loses the mark after two minutes. */
  function watchStale(): void {
    const stop = store.subscribe(({ kind, type, object }) => {
      if (type !== pods || kind === 'deleted') return;
      const leftMs = staleInMs(object as Pod);
      if (leftMs !== undefined) stale.addAfter(keyOf(object), leftMs);
    });
    world.signal.addEventListener('abort', stop);
  }

  function staleInMs(pod: Pod): number | undefined {
    const mark = conditionOf(pod, 'DisruptionTarget');
    if (mark?.status !== 'True' || isTerminating(pod) || isFinished(pod)) return undefined;
    if (mark.reason === 'TerminationByKubelet') return undefined;
    return Math.max(0, Date.parse(mark.lastTransitionTime ?? '') + deletionTimeoutMs - clock.now());
  }

  function clearStale(key: string): void {
    const { namespace, name } = splitKey(key);
    const pod = store.get(pods, namespace, name) as Pod | undefined;
    const leftMs = pod && staleInMs(pod);
    if (leftMs === undefined) return;
    if (leftMs > 0) {
      stale.addAfter(key, leftMs);
      return;
    }
    registry.modify(
      pods,
      namespace,
      name,
      (current) => {
        const { status } = current as Pod;
        const cleared = { type: 'DisruptionTarget', status: 'False', lastProbeTime: null };
        return {
          ...current,
          status: { ...status, conditions: withCondition(status?.conditions, cleared, nowText(clock)) },
        };
      },
      { subresource: 'status' },
    );
  }
};

/** The condition is of this generation even where nothing else in it changed. */
function withGeneration(conditions: readonly Condition[], generation: number): readonly Condition[] {
  return conditions.map((condition) =>
    condition.type === 'DisruptionAllowed' && condition['observedGeneration'] !== generation
      ? { ...condition, observedGeneration: generation }
      : condition,
  );
}

/** The selector as Go prints it. */
function unmanagedText(selector: Selector | undefined): string {
  const labels = Object.entries(selector?.matchLabels ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${value},`);
  const shown = `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{},}`;
  return (
    `Pods selected by this PodDisruptionBudget (selector: ${shown}) were found to be unmanaged. ` +
    'As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. ' +
    'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.'
  );
}
