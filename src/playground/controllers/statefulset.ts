/** Plays the StatefulSet controller: one pod per ordinal, in order unless Parallel, never two of a name. */
import { isDeepStrictEqual } from 'node:util';
import { scaled } from './amounts.ts';
import type { Controller } from '../ports.ts';
import { createRecorder } from './events.ts';
import { observe } from './informer.ts';
import { claims, pods, statefulSets, type Pod, type StatefulSet, type StatefulSetStatus } from './models.ts';
import { watchOwned } from './owned.ts';
import { createPodControl } from './pod-control.ts';
import { isAvailable, isFinished, isReady, isTerminating, labelsOf } from './pod-facts.ts';
import { createQueue, keyOf, splitKey } from './queue.ts';
import {
  currentRevision,
  isCollision,
  revisionsOf,
  templateOf,
  truncateRevisions,
  type Revision,
} from './revisions.ts';
import { claimDrafts, ordinalOf, ordinalRange, podExtras, revisionLabel } from './statefulset-pod.ts';

export const statefulSetController: Controller = (world) => {
  const { store, registry, clock } = world;
  const record = createRecorder(world, 'statefulset-controller');
  const control = createPodControl(world, record);
  const queue = createQueue(world, sync);
  const owned = watchOwned<Pod>(world, {
    children: pods,
    owners: statefulSets,
    queue,
    fits: (set, pod) => ordinalOf(set as StatefulSet, pod) !== undefined,
  });

  observe(world, [statefulSets], ({ kind, object }) => {
    if (kind !== 'deleted') queue.add(keyOf(object));
  });

  function sync(key: string): void {
    const { namespace, name } = splitKey(key);
    const set = store.get(statefulSets, namespace, name) as StatefulSet | undefined;
    if (!set) return;
    const update = newestRevision(set);
    const current =
      revisionsOf(world, set).find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update;
    if (set.metadata.deletionTimestamp === undefined) reconcile(set, current, update);
    const own = owned.of(set);
    writeStatus(set, current, update, own);
    const names = own.map((pod) => labelsOf(pod)[revisionLabel] ?? '');
    truncateRevisions(world, set, new Set([...names, current.metadata.name, update.metadata.name]));
    const minReadySeconds = set.spec.minReadySeconds ?? 0;
    const now = clock.now();
    if (own.some((pod) => isReady(pod) && !isAvailable(pod, minReadySeconds, now))) queue.addAfter(key, 1000);
  }

  function newestRevision(set: StatefulSet): Revision {
    const { namespace, name } = set.metadata;
    try {
      return currentRevision(world, set, 'controller.kubernetes.io/hash', set.status?.collisionCount, {});
    } catch (error) {
      if (isCollision(error)) {
        registry.modify(
          statefulSets,
          namespace,
          name,
          (now) => {
            const { status } = now as StatefulSet;
            return { ...now, status: { ...status, collisionCount: (status?.collisionCount ?? 0) + 1 } };
          },
          { subresource: 'status' },
        );
      }
      throw error;
    }
  }

  /** One step, and in order (OrderedReady) no further than the first pod that is not there yet. */
  function reconcile(set: StatefulSet, current: Revision, update: Revision): void {
    const inOrder = set.spec.podManagementPolicy !== 'Parallel';
    const { start, end } = ordinalRange(set);
    const byOrdinal = new Map<number, Pod>();
    for (const pod of owned.of(set)) {
      const ordinal = ordinalOf(set, pod);
      if (ordinal !== undefined) byOrdinal.set(ordinal, pod);
    }
    const available = (pod: Pod): boolean => isRunning(pod) && isAvailable(pod, set.spec.minReadySeconds, clock.now());
    let waits = false;
    for (let ordinal = start; ordinal < end; ordinal += 1) {
      const pod = byOrdinal.get(ordinal);
      if (!pod) createPod(set, ordinal, current, update);
      else if (isFinished(pod)) {
        if (!isTerminating(pod)) remove(set, pod);
        waits = true;
      } else if (!isTerminating(pod) && available(pod)) continue;
      if (inOrder) return;
    }
    if (waits) return;
    const condemned = [...byOrdinal].filter(([ordinal]) => ordinal < start || ordinal >= end).sort(([a], [b]) => b - a);
    const ailing = condemned.findLast(([, pod]) => !available(pod))?.[1];
    for (const [, pod] of condemned) {
      if (isTerminating(pod)) {
        if (inOrder) return;
        continue;
      }
      // In order: a pod that works may go only when none above or beside it is ailing, but the ailing one itself may.
      if (inOrder && !available(pod) && pod !== ailing) return;
      remove(set, pod);
      if (inOrder) return;
    }
    if (condemned.length > 0 && inOrder) return;
    rollUpdate(set, update, byOrdinal, available);
  }

  /** From the highest ordinal down to the partition, as many at once as maxUnavailable leaves. */
  function rollUpdate(
    set: StatefulSet,
    update: Revision,
    byOrdinal: ReadonlyMap<number, Pod>,
    available: (pod: Pod) => boolean,
  ): void {
    const { updateStrategy, replicas = 1 } = set.spec;
    if (updateStrategy?.type === 'OnDelete') return;
    const { start, end } = ordinalRange(set);
    const first = start + (updateStrategy?.rollingUpdate?.partition ?? 0);
    const limit = Math.max(1, scaled(updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, replicas, 'up'));
    let unavailable = 0;
    for (let ordinal = start; ordinal < end; ordinal += 1) {
      const pod = byOrdinal.get(ordinal);
      if (!pod || isTerminating(pod) || !available(pod)) unavailable += 1;
    }
    for (let ordinal = end - 1; ordinal >= first && unavailable < limit; ordinal -= 1) {
      const pod = byOrdinal.get(ordinal);
      if (!pod || isTerminating(pod) || labelsOf(pod)[revisionLabel] === update.metadata.name) continue;
      remove(set, pod);
      unavailable += 1;
    }
  }

  function createPod(set: StatefulSet, ordinal: number, current: Revision, update: Revision): void {
    const { namespace, name } = set.metadata;
    for (const draft of claimDrafts(set, ordinal)) {
      const claim = draft.metadata?.name ?? '';
      if (store.get(claims, namespace, claim)) continue;
      registry.create(claims, draft, { namespace });
      const text = `Create Claim ${claim} Pod ${name}-${String(ordinal)} in StatefulSet ${name} success`;
      record(set, 'Normal', 'SuccessfulCreate', text);
    }
    const { partition = 0 } = set.spec.updateStrategy?.rollingUpdate ?? {};
    const rolling = (set.spec.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate';
    const revision = rolling && ordinal < ordinalRange(set).start + partition ? current : update;
    const template = templateOf(revision);
    const pod = control.create(set, template, podExtras(set, template, ordinal, revision.metadata.name));
    if (pod)
      record(set, 'Normal', 'SuccessfulCreate', `Create Pod ${pod.metadata.name} in StatefulSet ${name} successful`);
  }

  function remove(set: StatefulSet, pod: Pod): void {
    const { namespace, name, uid } = pod.metadata;
    registry.delete(pods, namespace, name, { preconditions: { uid } });
    record(set, 'Normal', 'SuccessfulDelete', `Delete Pod ${name} in StatefulSet ${set.metadata.name} successful`);
  }

  function writeStatus(set: StatefulSet, current: Revision, update: Revision, own: readonly Pod[]): void {
    const living = own.filter((pod) => !isTerminating(pod));
    const ofRevision = ({ metadata }: Revision): number =>
      living.filter((pod) => labelsOf(pod)[revisionLabel] === metadata.name).length;
    const ready = own.filter((pod) => isRunning(pod) && isReady(pod));
    const available = ready.filter((pod) => isAvailable(pod, set.spec.minReadySeconds, clock.now()));
    const replicas = set.spec.replicas ?? 1;
    const updated = ofRevision(update);
    const rolling = (set.spec.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate';
    const complete = rolling && updated === replicas && ready.length === replicas && own.length === replicas;
    const currentReplicas = complete ? updated : ofRevision(current);
    registry.modify(
      statefulSets,
      set.metadata.namespace,
      set.metadata.name,
      (now) => {
        const before = (now as StatefulSet).status;
        const status: StatefulSetStatus = {
          observedGeneration: set.metadata.generation ?? 1,
          replicas: own.length,
          availableReplicas: available.length,
          collisionCount: before?.collisionCount ?? 0,
          currentRevision: (complete ? update : current).metadata.name,
          updateRevision: update.metadata.name,
          ...(ready.length > 0 ? { readyReplicas: ready.length } : {}),
          ...(currentReplicas > 0 ? { currentReplicas } : {}),
          ...(updated > 0 ? { updatedReplicas: updated } : {}),
        };
        return isDeepStrictEqual(status, before) ? now : { ...now, status };
      },
      { subresource: 'status' },
    );
  }
};

function isRunning(pod: Pod): boolean {
  return pod.status?.phase === 'Running';
}
