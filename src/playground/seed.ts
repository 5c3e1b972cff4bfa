/** Fills an empty playground with the objects of a seed. */
import { UsageError } from '../errors.ts';
import type { DraftObject, KubeObject, ObjectMeta, OwnerReference, ResourceType } from './objects.ts';
import type { Registry, Store } from './ports.ts';
import { findType, typeOf } from './resources.ts';
import type { SeedObject } from './seed-file.ts';
import { draftOf } from './seed-kind.ts';
import { ApiStatus } from './status.ts';

export interface SeedTarget {
  readonly store: Store;
  readonly registry: Registry;
}

interface Seedling {
  readonly draft: DraftObject;
  readonly type: ResourceType;
  readonly name: string;
  readonly place: string;
}

/** Owners before what they own; the rest in between. */
const ranks: Readonly<Record<string, number>> = {
  Namespace: 0,
  Node: 1,
  PriorityClass: 1,
  StorageClass: 1,
  CronJob: 3,
  DaemonSet: 3,
  Deployment: 3,
  ReplicationController: 3,
  StatefulSet: 3,
  Job: 4,
  ReplicaSet: 4,
  Pod: 5,
};
const otherRank = 2;

/**
 * Creates the objects as the API server would, then gives them back what only a running cluster has: their status, uid
 * and times, as far as the seed tells. Namespaces that no document declares are made.
 *
 * @throws UsageError with every object that cannot be created, and why
 */
export function seedObjects(target: SeedTarget, objects: readonly SeedObject[]): void {
  const problems: string[] = [];
  const seedlings: Seedling[] = [];
  for (const { value, place } of objects) {
    const found = draftOf(value);
    if ('problem' in found) problems.push(`${place}: ${found.problem}`);
    else seedlings.push({ ...found, place });
  }
  seedlings.sort((a, b) => (ranks[a.type.kind] ?? otherRank) - (ranks[b.type.kind] ?? otherRank));
  const systemRevision = target.store.revision;
  for (const seedling of seedlings) {
    try {
      plant(target, seedling, systemRevision);
    } catch (error) {
      if (!(error instanceof ApiStatus)) throw error;
      problems.push(`${seedling.place}: ${error.message}`);
    }
  }
  if (problems.length > 0) throw new UsageError(problems, { code: 'usage.seed' });
}

function plant(target: SeedTarget, { draft, type, name }: Seedling, systemRevision: number): void {
  const { store, registry } = target;
  const namespace = type.namespaced ? (draft.metadata?.namespace ?? 'default') : undefined;
  if (namespace !== undefined) ensureNamespace(target, namespace);
  const owned = withOwners(store, draft, namespace);
  // A seed made from a cluster holds what every cluster has, and what is here already.
  const found = store.get(type, namespace, name);
  const ofSystem = found && Number(found.metadata.resourceVersion) <= systemRevision;
  const created = ofSystem ? found : registry.create(type, asNew(owned), { namespace });
  const complete = asItWas(created, draft);
  if (complete === created) return;
  // To everybody an object of another uid is another object.
  if (complete.metadata.uid !== created.metadata.uid) store.remove(type, namespace, name);
  store.put(type, complete);
}

function ensureNamespace({ store, registry }: SeedTarget, name: string): void {
  const type = typeOf('', 'namespaces');
  if (!store.get(type, undefined, name)) {
    registry.create(type, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
}

/** Without what the registry does not take from clients. */
function asNew({ status: _status, ...draft }: DraftObject): DraftObject {
  const { resourceVersion: _version, ...metadata } = draft.metadata ?? {};
  return { ...draft, metadata };
}

/** What the registry makes up for a new object although the seed knows better. */
function asItWas(created: KubeObject, { status, metadata = {} }: DraftObject): KubeObject {
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds } = metadata;
  const kept: Partial<ObjectMeta> = {
    ...(uid === undefined ? {} : { uid }),
    ...(creationTimestamp === undefined || creationTimestamp === null ? {} : { creationTimestamp }),
    ...(deletionTimestamp === undefined
      ? {}
      : { deletionTimestamp, deletionGracePeriodSeconds: deletionGracePeriodSeconds ?? 30 }),
  };
  const changed = Object.keys(kept).length > 0;
  if (!changed && status === undefined) return created;
  return {
    ...created,
    ...(changed ? { metadata: { ...created.metadata, ...kept } } : {}),
    ...(status === undefined ? {} : { status: { ...(created['status'] as object), ...(status as object) } }),
  };
}

/** Seeds written by hand name owners without their uids, which nobody knows beforehand. */
function withOwners(store: Store, draft: DraftObject, namespace: string | undefined): DraftObject {
  const references = draft.metadata?.ownerReferences;
  if (!references?.some(({ uid }) => (uid as string | undefined) === undefined)) return draft;
  const ownerReferences = references.map((reference): OwnerReference => {
    if ((reference.uid as string | undefined) !== undefined) return reference;
    const owner = ownerOf(store, reference, namespace);
    if (owner) return { ...reference, uid: owner.metadata.uid };
    throw new ApiStatus(422, 'Invalid', `its owner ${reference.kind} ${reference.name} is not in the seed`);
  });
  return { ...draft, metadata: { ...draft.metadata, ownerReferences } };
}

function ownerOf(store: Store, reference: OwnerReference, namespace: string | undefined): KubeObject | undefined {
  const [version = '', group = ''] = reference.apiVersion.split('/').toReversed();
  const type = findType(group, version, { kind: reference.kind });
  return type && store.get(type, type.namespaced ? namespace : undefined, reference.name);
}
