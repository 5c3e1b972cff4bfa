/** Evicts a pod as the API server does: budgets first, then the condition that says why, then the deletion. */
import type { V1PodDisruptionBudget, V1PodCondition, V1PodStatus } from '@kubernetes/client-node';
import { compileSelector } from '../../cluster/selector.ts';
import type { Wire } from '../../cluster/wire.ts';
import type { KubeObject } from '../objects.ts';
import type { DeleteRequest } from '../ports.ts';
import { timestamp } from '../meta.ts';
import { checkNamespace } from '../registry-admission.ts';
import { conflict, notFound } from '../registry-errors.ts';
import { typeOf } from '../resources.ts';
import { ApiStatus } from '../status.ts';
import { checkAndDecrement } from './eviction/budget.ts';
import { readEviction } from './eviction/request.ts';
import type { ApiWorld, Target } from './handler.ts';

const pods = typeOf('', 'pods');
const budgets = typeOf('policy', 'poddisruptionbudgets');

type Budget = Wire<V1PodDisruptionBudget>;

/**
 * Answers POST pods/NAME/eviction. Refusals are thrown as ApiStatus. The order of the questions is that of
 * pkg/registry/core/pod/storage/eviction.go; its retries after conflicts are not needed where nothing runs in between.
 */
export async function evict(
  target: Target,
  body: Buffer,
  query: URLSearchParams,
  world: ApiWorld,
  contentType?: string,
): Promise<{ status: number; body: object }> {
  const options = await readEviction(target, body, query, contentType, () =>
    checkNamespace(world.store, pods, target.namespace ?? '', target.name),
  );
  const pod = world.store.get(pods, target.namespace, target.name);
  if (!pod) throw notFound(pods, target.name);
  if (!ignoresBudgets(pod)) askBudgets(pod, world, options.dryRun === true);
  addConditionAndDelete(pod, world, options);
  return {
    status: 201,
    body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 },
  };
}

/** `canIgnorePDB`: such a pod serves nobody any longer, or not yet. */
function ignoresBudgets(pod: KubeObject): boolean {
  const phase = statusOf(pod).phase;
  return (
    phase === 'Succeeded' || phase === 'Failed' || phase === 'Pending' || pod.metadata.deletionTimestamp !== undefined
  );
}

function askBudgets(pod: KubeObject, world: ApiWorld, dryRun: boolean): void {
  const [budget, another] = budgetsOf(pod, world);
  if (!budget) return;
  if (another) {
    throw new ApiStatus(
      500,
      '',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  }
  if (!isReady(pod) && freesUnreadyPods(budget)) return;
  const status = checkAndDecrement(budget, pod.metadata.name, world.clock.now());
  if (dryRun) return;
  world.registry.modify(
    budgets,
    pod.metadata.namespace,
    budget.metadata?.name ?? '',
    (current) => ({ ...current, status }),
    { subresource: 'status' },
  );
}

function budgetsOf(pod: KubeObject, { store }: ApiWorld): Budget[] {
  const labels = pod.metadata.labels ?? {};
  return (store.list(budgets, pod.metadata.namespace) as unknown as readonly Budget[]).filter((budget) =>
    compileSelector(budget.spec?.selector)(labels),
  );
}

/** Evicting an unready pod costs nothing when the policy says so, or while enough of the others are healthy. */
function freesUnreadyPods({ spec, status }: Budget): boolean {
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const desired = status?.desiredHealthy ?? 0;
  return (status?.currentHealthy ?? 0) >= desired && desired > 0;
}

function isReady(pod: KubeObject): boolean {
  return (statusOf(pod).conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');
}

function addConditionAndDelete(pod: KubeObject, world: ApiWorld, options: DeleteRequest): void {
  checkPreconditions(pod, options);
  const { namespace, name } = pod.metadata;
  if (options.dryRun !== true) {
    const now = timestamp(world.clock.now());
    world.registry.modify(pods, namespace, name, (current) => withDisruptionTarget(current, now), {
      subresource: 'status',
    });
  }
  // Our own change of the condition has moved the resourceVersion that the caller asked for.
  const uid = options.preconditions?.uid;
  world.registry.delete(pods, namespace, name, { ...options, preconditions: uid === undefined ? undefined : { uid } });
}

/** Says "Pod", not "pods", as `addConditionAndDeletePod` does. */
function checkPreconditions(pod: KubeObject, { preconditions }: DeleteRequest): void {
  const { name, uid, resourceVersion } = pod.metadata;
  function refuse(text: string): never {
    throw conflict({ group: '', plural: 'Pod' }, name, text);
  }
  const { uid: wantedUid = '', resourceVersion: wantedVersion = '' } = preconditions ?? {};
  if (wantedUid !== '' && wantedUid !== uid) {
    refuse(
      `the UID in the precondition (${wantedUid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  }
  if (wantedVersion !== '' && wantedVersion !== resourceVersion) {
    refuse(
      `the ResourceVersion in the precondition (${wantedVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    );
  }
}

function withDisruptionTarget(pod: KubeObject, now: string): KubeObject {
  const status = statusOf(pod);
  const conditions = status.conditions ?? [];
  const before = conditions.find(({ type }) => type === 'DisruptionTarget');
  const condition: Wire<V1PodCondition> = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastTransitionTime: before?.status === 'True' ? (before.lastTransitionTime ?? now) : now,
  };
  const next = before ? conditions.map((other) => (other === before ? condition : other)) : [...conditions, condition];
  return { ...pod, status: { ...status, conditions: next } };
}

function statusOf(pod: KubeObject): Wire<V1PodStatus> {
  return (pod as unknown as { status?: Wire<V1PodStatus> }).status ?? {};
}
