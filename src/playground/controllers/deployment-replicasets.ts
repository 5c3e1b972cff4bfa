/** A Deployment's ReplicaSets: found, created, scaled, cleaned up (deployment/sync.go). */
import type { ControllerWorld } from '../ports.ts';
import { ApiStatus } from '../status.ts';
import {
  annotationsFor,
  byAge,
  desiredBefore,
  findNew,
  hashLabel,
  limitsOf,
  maxBefore,
  replicasOf,
  revisionAnnotation,
  revisionOf,
  sizeAnnotations,
} from './deployment-revision.ts';
import type { Recorder } from './events.ts';
import { deployments, replicaSets, type Deployment, type ReplicaSet } from './models.ts';
import { controllerReference, isNamespaceTerminating } from './pod-control.ts';
import { templateHash } from './template-hash.ts';

export interface ReplicaSetsOf {
  /** Of the current template; undefined until it is created. */
  readonly current: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
}

export interface Scaler {
  /** Numbers the revisions; creates the current ReplicaSet where that is asked for. */
  find(deployment: Deployment, sets: readonly ReplicaSet[], create: boolean): ReplicaSetsOf;
  scale(deployment: Deployment, set: ReplicaSet, replicas: number, always?: boolean): boolean;
  /** After a change of `spec.replicas`: all active sets grow or shrink in proportion. */
  scaleAll(deployment: Deployment, sets: ReplicaSetsOf): void;
  cleanUp(deployment: Deployment, old: readonly ReplicaSet[]): void;
}

export function total(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + replicasOf(set), 0);
}

export function createScaler({ registry }: ControllerWorld, record: Recorder): Scaler {
  return { find, scale, scaleAll, cleanUp };

  function find(deployment: Deployment, sets: readonly ReplicaSet[], create: boolean): ReplicaSetsOf {
    const found = findNew(deployment, sets);
    const old = sets.filter((set) => set !== found);
    const revision = Math.max(0, ...old.map(revisionOf)) + 1;
    if (found) {
      const current = update(deployment, found, revision);
      noteRevision(deployment, current);
      return { current, old };
    }
    const current = create ? createSet(deployment, old, revision) : undefined;
    if (current) noteRevision(deployment, current);
    return { current, old };
  }

  function update(deployment: Deployment, set: ReplicaSet, revision: number): ReplicaSet {
    const annotations = annotationsFor(deployment, set, revision);
    const { minReadySeconds = 0 } = deployment.spec;
    if (annotations === set.metadata.annotations && minReadySeconds === (set.spec.minReadySeconds ?? 0)) return set;
    return (registry.modify(replicaSets, set.metadata.namespace, set.metadata.name, (now) => ({
      ...now,
      metadata: { ...now.metadata, annotations },
      spec: { ...(now as ReplicaSet).spec, ...(minReadySeconds > 0 ? { minReadySeconds } : {}) },
    })) ?? set) as ReplicaSet;
  }

  function noteRevision({ metadata }: Deployment, set: ReplicaSet): void {
    const revision = set.metadata.annotations?.[revisionAnnotation];
    if (revision === undefined || metadata.annotations?.[revisionAnnotation] === revision) return;
    // With the status subresource, as the real one: otherwise new annotations would count as a new generation.
    registry.modify(
      deployments,
      metadata.namespace,
      metadata.name,
      (now) => ({
        ...now,
        metadata: { ...now.metadata, annotations: { ...now.metadata.annotations, [revisionAnnotation]: revision } },
      }),
      { subresource: 'status' },
    );
  }

  function createSet(deployment: Deployment, old: readonly ReplicaSet[], revision: number): ReplicaSet | undefined {
    const { metadata, spec, status } = deployment;
    const hash = templateHash(spec.template, status?.collisionCount);
    const labels = { ...spec.template.metadata?.labels, [hashLabel]: hash };
    const replicas = newSize(deployment, total(old), 0);
    try {
      const created = registry.create(
        replicaSets,
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          metadata: {
            name: `${metadata.name}-${hash}`,
            ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
            labels,
            annotations: annotationsFor(deployment, undefined, revision),
            ownerReferences: [controllerReference(deployment)],
          },
          spec: {
            replicas,
            ...(spec.minReadySeconds ? { minReadySeconds: spec.minReadySeconds } : {}),
            selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [hashLabel]: hash } },
            template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
          },
        },
        { namespace: metadata.namespace },
      ) as ReplicaSet;
      if (replicas > 0) noteScaling(deployment, created.metadata.name, 0, replicas);
      return created;
    } catch (error) {
      if (isNamespaceTerminating(error)) return undefined;
      if (error instanceof ApiStatus && error.reason === 'AlreadyExists') countCollision(deployment);
      else {
        const text = `Failed to create new replica set "${metadata.name}-${hash}": ${(error as Error).message}`;
        record(deployment, 'Warning', 'ReplicaSetCreateError', text);
      }
      throw error;
    }
  }

  /** Another ReplicaSet has the name: the next try hashes to another one. */
  function countCollision({ metadata }: Deployment): void {
    registry.modify(
      deployments,
      metadata.namespace,
      metadata.name,
      (now) => {
        const status = (now as Deployment).status ?? {};
        return { ...now, status: { ...status, collisionCount: (status.collisionCount ?? 0) + 1 } };
      },
      { subresource: 'status' },
    );
  }

  function scale(deployment: Deployment, set: ReplicaSet, replicas: number, always = false): boolean {
    const before = replicasOf(set);
    if (before === replicas && !always) return false;
    const annotations = { ...set.metadata.annotations, ...sizeAnnotations(deployment) };
    registry.modify(replicaSets, set.metadata.namespace, set.metadata.name, (now) => ({
      ...now,
      metadata: { ...now.metadata, annotations },
      spec: { ...(now as ReplicaSet).spec, replicas },
    }));
    if (before === replicas) return false;
    noteScaling(deployment, set.metadata.name, before, replicas);
    return true;
  }

  function noteScaling(deployment: Deployment, name: string, from: number, to: number): void {
    const way = from < to ? 'up' : 'down';
    const text = `Scaled ${way} replica set ${name} from ${String(from)} to ${String(to)}`;
    record(deployment, 'Normal', 'ScalingReplicaSet', text);
  }

  function scaleAll(deployment: Deployment, { current, old }: ReplicaSetsOf): void {
    const replicas = replicasOf(deployment);
    const all = current ? [...old, current] : [...old];
    const active = all.filter((set) => replicasOf(set) > 0);
    if (active.length <= 1) {
      const only = active[0] ?? current ?? byAge(old).at(-1);
      if (only) scale(deployment, only, replicas, desiredBefore(only) !== replicas);
      return;
    }
    if (current && isSaturated(deployment, current)) {
      for (const set of active) if (set !== current) scale(deployment, set, 0);
      return;
    }
    if ((deployment.spec.strategy?.type ?? 'RollingUpdate') !== 'RollingUpdate') return;
    const allowed = replicas > 0 ? replicas + limitsOf(deployment).surge : 0;
    const toAdd = allowed - total(active);
    // The larger first; of equal ones the newer grows and the older shrinks.
    const ordered = [...byAge(active)];
    if (toAdd > 0) ordered.reverse();
    ordered.sort((a, b) => replicasOf(b) - replicasOf(a));
    let added = 0;
    const sizes = ordered.map((set) => {
      const share = proportion(deployment, set, toAdd, added);
      added += share;
      return replicasOf(set) + share;
    });
    sizes[0] = Math.max(0, (sizes[0] ?? 0) + toAdd - added);
    for (const [at, set] of ordered.entries()) scale(deployment, set, sizes[at] ?? 0, true);
  }

  function cleanUp(deployment: Deployment, old: readonly ReplicaSet[]): void {
    const living = old.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    const excess = living.length - (deployment.spec.revisionHistoryLimit ?? 10);
    if (excess <= 0) return;
    for (const set of [...living].sort((a, b) => revisionOf(a) - revisionOf(b)).slice(0, excess)) {
      const { namespace, name, uid, generation = 1 } = set.metadata;
      const settled = (set.status?.observedGeneration ?? 0) >= generation;
      if (replicasOf(set) !== 0 || (set.status?.replicas ?? 0) !== 0 || !settled) continue;
      registry.delete(replicaSets, namespace, name, { preconditions: { uid } });
    }
  }
}

/** How large the current set may be beside the pods of the others (NewRSNewReplicas). */
export function newSize(deployment: Deployment, others: number, now: number): number {
  const replicas = replicasOf(deployment);
  if ((deployment.spec.strategy?.type ?? 'RollingUpdate') !== 'RollingUpdate') return replicas;
  const room = replicas + limitsOf(deployment).surge - others - now;
  return room <= 0 ? now : now + Math.min(room, replicas - now);
}

function isSaturated(deployment: Deployment, set: ReplicaSet): boolean {
  const replicas = replicasOf(deployment);
  return (
    replicasOf(set) === replicas && desiredBefore(set) === replicas && (set.status?.availableReplicas ?? 0) === replicas
  );
}

/** GetReplicaSetProportion: the set's share of what is to be added or, below 0, taken away. */
function proportion(deployment: Deployment, set: ReplicaSet, toAdd: number, added: number): number {
  const size = replicasOf(set);
  if (size === 0 || toAdd === 0 || toAdd === added) return 0;
  const max = replicasOf(deployment) + limitsOf(deployment).surge;
  const before = maxBefore(set) || deployment.status?.replicas || 0;
  const share = replicasOf(deployment) === 0 ? -size : before === 0 ? 0 : Math.round((size * max) / before) - size;
  return toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added);
}
