// Tells whether what a scenario asked for has come about.

import type { Api, KubeObject } from './api.ts';
import { isReadyPod } from './workloads.ts';
import type { TestBudget, TestPod } from './workloads.ts';

interface Workload extends KubeObject {
  spec: { replicas?: number };
  status: {
    observedGeneration?: number;
    readyReplicas?: number;
    desiredNumberScheduled?: number;
    numberReady?: number;
  };
}

function isWorkloadReady(kind: string, { metadata, spec, status }: Workload): boolean {
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 1)) return false;
  return kind === 'daemonsets'
    ? status.desiredNumberScheduled === (status.numberReady ?? 0)
    : (spec.replicas ?? 1) === (status.readyReplicas ?? 0);
}

/** A pod of no controller counts as ready, too, when it is meant to stay unready, or has ended. */
function isBarePodReady(pod: TestPod): boolean {
  if (isReadyPod(pod) || pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed') return true;
  return pod.metadata.annotations?.['kmaint.test/unready'] !== undefined && pod.status.phase === 'Running';
}

/** Names of the workloads and bare pods that are not Ready yet, e.g. `deployments/web`. Terminating pods do not count. */
export async function unreadyParts(api: Api, namespaces: readonly string[]): Promise<string[]> {
  const perNamespace = namespaces.map(async (namespace) => {
    const kinds = ['deployments', 'statefulsets', 'daemonsets'].map(async (kind) => {
      const workloads = await api.list<Workload>(`/apis/apps/v1/namespaces/${namespace}/${kind}`);
      return workloads.filter((one) => !isWorkloadReady(kind, one)).map((one) => `${kind}/${one.metadata.name}`);
    });
    const pods = await api.list<TestPod>(`/api/v1/namespaces/${namespace}/pods`);
    const bare = pods.filter(
      ({ metadata }) => metadata.ownerReferences === undefined && metadata.deletionTimestamp === undefined,
    );
    const unready = bare.filter((pod) => !isBarePodReady(pod)).map((pod) => `pods/${pod.metadata.name}`);
    return [...(await Promise.all(kinds)).flat(), ...unready];
  });
  return (await Promise.all(perNamespace)).flat();
}

function matches(pod: TestPod, wanted: Record<string, string>): boolean {
  return Object.entries(wanted).every(([key, value]) => pod.metadata.labels?.[key] === value);
}

/** Guards the budget pods that another one guards too? The controller then tells only one of them when a pod changes. */
function isShared(budget: TestBudget, budgets: readonly TestBudget[], pods: readonly TestPod[]): boolean {
  const own = budget.spec.selector?.matchLabels ?? {};
  return budgets.some((other) => {
    const labels = other.spec.selector?.matchLabels ?? {};
    return other !== budget && pods.some((pod) => matches(pod, own) && matches(pod, labels));
  });
}

function isSettled(budget: TestBudget, budgets: readonly TestBudget[], pods: readonly TestPod[]): boolean {
  const { status } = budget;
  if (status === undefined || (status.observedGeneration ?? 0) < (budget.metadata.generation ?? 1)) return false;
  // A budget over pods of no controller may be one that the controller cannot compute: it stays at zero for good.
  if (status.conditions?.some((one) => one.reason === 'SyncFailed') === true) return true;
  const labels = budget.spec.selector?.matchLabels;
  if (labels === undefined || budget.spec.selector?.matchExpressions !== undefined) return true;
  if (isShared(budget, budgets, pods)) return true;
  const healthy = pods.filter(
    (pod) => matches(pod, labels) && isReadyPod(pod) && pod.metadata.deletionTimestamp === undefined,
  );
  return status.currentHealthy === healthy.length;
}

/** Have the budgets counted the pods that are Ready now? */
export async function budgetsSettled(api: Api, namespaces: readonly string[]): Promise<boolean> {
  const perNamespace = namespaces.map(async (namespace) => {
    const budgets = await api.list<TestBudget>(`/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`);
    if (budgets.length === 0) return true;
    const pods = await api.list<TestPod>(`/api/v1/namespaces/${namespace}/pods`);
    return budgets.every((budget) => isSettled(budget, budgets, pods));
  });
  return (await Promise.all(perNamespace)).every(Boolean);
}
