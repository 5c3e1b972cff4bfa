/** Plays the controllers of ReplicaSets and ReplicationControllers: as many pods as asked for, and a status. */
import { isDeepStrictEqual } from 'node:util';
import type { ResourceType } from '../objects.ts';
import type { Controller, ControllerWorld } from '../ports.ts';
import { conditionOf, withCondition, withoutCondition } from './conditions.ts';
import { createRecorder } from './events.ts';
import { observe } from './informer.ts';
import {
  pods,
  replicaSets,
  replicationControllers,
  type Pod,
  type ReplicaSet,
  type ReplicaSetStatus,
} from './models.ts';
import { watchOwned } from './owned.ts';
import { createPodControl } from './pod-control.ts';
import { controllerOf, isActive, isAvailable, isFinished, isReady, isTerminating, labelsOf } from './pod-facts.ts';
import { byDeletionOrder } from './pod-ranking.ts';
import { createQueue, keyOf, splitKey } from './queue.ts';
import { nowText } from './times.ts';

/** How many pods one sync creates or deletes at most (replicaset.BurstReplicas). */
const burst = 500;

export const replicaSetController: Controller = (world) => {
  startReplicas(world, replicaSets, 'replicaset-controller');
};

export const replicationController: Controller = (world) => {
  startReplicas(world, replicationControllers, 'replication-controller');
};

function startReplicas(world: ControllerWorld, type: ResourceType, component: string): void {
  const { store, registry, clock } = world;
  const record = createRecorder(world, component);
  const control = createPodControl(world, record);
  const queue = createQueue(world, sync);
  const owned = watchOwned<Pod>(world, { children: pods, owners: type, queue });

  observe(world, [type], ({ kind, object }) => {
    if (kind !== 'deleted') queue.add(keyOf(object));
  });

  function sync(key: string): void {
    const { namespace, name } = splitKey(key);
    const set = store.get(type, namespace, name) as ReplicaSet | undefined;
    if (!set) return;
    const all = owned.of(set);
    const active = all.filter(isActive);
    let failure: Error | undefined;
    try {
      if (set.metadata.deletionTimestamp === undefined) manage(set, active);
    } catch (error) {
      failure = error as Error;
    }
    writeStatus(set, active, all, failure);
    if (failure) throw failure;
    const { minReadySeconds = 0 } = set.spec;
    if (minReadySeconds > 0) waitForAvailability(key, active, minReadySeconds);
  }

  function manage(set: ReplicaSet, active: readonly Pod[]): void {
    const excess = active.length - (set.spec.replicas ?? 1);
    for (let missing = Math.min(burst, -excess); missing > 0; missing -= 1) {
      if (!control.create(set, set.spec.template)) return;
    }
    if (excess <= 0) return;
    for (const pod of byDeletionOrder(active, relatedTo(set, active), clock.now()).slice(0, Math.min(burst, excess))) {
      control.delete(set, pod);
    }
  }

  /** Pods of all ReplicaSets of the same Deployment. */
  function relatedTo(set: ReplicaSet, active: readonly Pod[]): readonly Pod[] {
    const deployment = controllerOf(set);
    if (!deployment) return active;
    return store
      .controlledBy(deployment.uid)
      .flatMap((sibling) => store.controlledBy(sibling.metadata.uid) as readonly Pod[])
      .filter(isActive);
  }

  function writeStatus(set: ReplicaSet, active: readonly Pod[], all: readonly Pod[], failure: Error | undefined): void {
    const { namespace, name, uid, generation = 1 } = set.metadata;
    const template = Object.entries(set.spec.template.metadata?.labels ?? {});
    const ready = active.filter(isReady);
    const available = ready.filter((pod) => isAvailable(pod, set.spec.minReadySeconds, clock.now()));
    const labelled = active.filter((pod) => template.every(([label, value]) => labelsOf(pod)[label] === value));
    const terminating = all.filter((pod) => isTerminating(pod) && !isFinished(pod)).length;
    registry.modify(
      type,
      namespace,
      name,
      (current) => {
        if (current.metadata.uid !== uid) return current;
        const before = (current as ReplicaSet).status;
        const conditions = conditionsOf(set, active.length, failure);
        const status: ReplicaSetStatus = {
          ...(conditions?.length ? { conditions } : {}),
          observedGeneration: Math.max(generation, before?.observedGeneration ?? 0),
          replicas: active.length,
          ...(labelled.length > 0 ? { fullyLabeledReplicas: labelled.length } : {}),
          ...(ready.length > 0 ? { readyReplicas: ready.length } : {}),
          ...(available.length > 0 ? { availableReplicas: available.length } : {}),
          ...(type === replicaSets ? { terminatingReplicas: terminating } : {}),
        };
        return isDeepStrictEqual(status, before) ? current : { ...current, status };
      },
      { subresource: 'status' },
    );
  }

  function conditionsOf(set: ReplicaSet, count: number, failure: Error | undefined): ReplicaSetStatus['conditions'] {
    const before = set.status?.conditions;
    if (!failure) return withoutCondition(before, 'ReplicaFailure');
    if (conditionOf(set, 'ReplicaFailure')) return before;
    const reason = count < (set.spec.replicas ?? 1) ? 'FailedCreate' : 'FailedDelete';
    const condition = { type: 'ReplicaFailure', status: 'True', reason, message: failure.message };
    return withCondition(before, condition, nowText(clock));
  }

  function waitForAvailability(key: string, active: readonly Pod[], minReadySeconds: number): void {
    const now = clock.now();
    if (active.some((pod) => isReady(pod) && !isAvailable(pod, minReadySeconds, now))) queue.addAfter(key, 1000);
  }
}
