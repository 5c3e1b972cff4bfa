/** Plays the garbage collector: what loses all its owners goes, owners wait for or let go of what they own. */
import type { KubeObject, OwnerReference, ResourceType } from '../objects.ts';
import type { ControllerWorld } from '../ports.ts';
import { findType, resourceTypes } from '../resources.ts';
import { ApiStatus } from '../status.ts';
import { observe } from './informer.ts';
import { events } from './models.ts';
import { withoutOwner } from './owned.ts';
import { createQueue } from './queue.ts';

const foreground = 'foregroundDeletion';
const orphan = 'orphan';

interface Dependent {
  readonly type: ResourceType;
  readonly namespace: string | undefined;
  readonly name: string;
}

/** Events have no owners, and there are many of them. */
const collected = resourceTypes.filter((type) => type !== events);

export function garbageCollector(world: ControllerWorld): void {
  const { store, registry } = world;
  /** By the uid of the owner, then by key. */
  const dependents = new Map<string, Map<string, Dependent>>();
  const known = new Map<string, Dependent>();
  const queue = createQueue(world, attend);

  observe(world, collected, ({ kind, type, object, previous }) => {
    const key = keyOf(type, object);
    if (previous?.metadata.ownerReferences !== object.metadata.ownerReferences || kind !== 'modified') {
      for (const { uid } of previous?.metadata.ownerReferences ?? []) forget(uid, key);
      if (kind !== 'deleted')
        for (const { uid } of object.metadata.ownerReferences ?? []) remember(uid, key, type, object);
      if (kind !== 'deleted' && object.metadata.ownerReferences?.length) enqueue(key, type, object);
    }
    if (kind === 'deleted') {
      known.delete(key);
      for (const { uid } of object.metadata.ownerReferences ?? []) awakenOwner(uid, object);
      for (const [dependentKey, dependent] of dependents.get(object.metadata.uid) ?? []) {
        known.set(dependentKey, dependent);
        queue.add(dependentKey);
      }
    } else if (object.metadata.deletionTimestamp !== undefined && object.metadata.finalizers?.length) {
      enqueue(key, type, object);
    } else if (previous?.metadata.ownerReferences !== object.metadata.ownerReferences) {
      for (const { uid } of previous?.metadata.ownerReferences ?? []) awakenOwner(uid, object);
    }
  });

  function remember(uid: string, key: string, type: ResourceType, object: KubeObject): void {
    const of = dependents.get(uid) ?? new Map<string, Dependent>();
    dependents.set(uid, of);
    of.set(key, { type, namespace: object.metadata.namespace, name: object.metadata.name });
  }

  function forget(uid: string, key: string): void {
    const of = dependents.get(uid);
    of?.delete(key);
    if (of?.size === 0) dependents.delete(uid);
  }

  function enqueue(key: string, type: ResourceType, object: KubeObject): void {
    known.set(key, { type, namespace: object.metadata.namespace, name: object.metadata.name });
    queue.add(key);
  }

  /** An owner that waits for its dependents may have lost the last one. */
  function awakenOwner(uid: string, dependent: KubeObject): void {
    for (const reference of dependent.metadata.ownerReferences ?? []) {
      if (reference.uid !== uid) continue;
      const owner = ownerOf(reference, dependent.metadata.namespace);
      if (owner?.object?.metadata.deletionTimestamp !== undefined && owner.type) {
        enqueue(keyOf(owner.type, owner.object), owner.type, owner.object);
      }
    }
  }

  function attend(key: string): void {
    const item = known.get(key);
    if (!item) return;
    const object = store.get(item.type, item.namespace, item.name);
    if (!object) {
      known.delete(key);
      return;
    }
    if (object.metadata.deletionTimestamp !== undefined) {
      if (object.metadata.finalizers?.includes(orphan)) letGo(item, object);
      else if (object.metadata.finalizers?.includes(foreground)) waitForDependents(item, object);
      else known.delete(key);
      return;
    }
    known.delete(key);
    judge(item, object);
  }

  /** Deletes what has references, and none of them to something that lives (attemptToDeleteItem). */
  function judge(item: Dependent, object: KubeObject): void {
    const references = object.metadata.ownerReferences ?? [];
    if (references.length === 0) return;
    const dangling: OwnerReference[] = [];
    const waiting: OwnerReference[] = [];
    let solid = 0;
    for (const reference of references) {
      const owner = ownerOf(reference, object.metadata.namespace);
      if (!owner) solid += 1;
      else if (!owner.object) dangling.push(reference);
      else if (isWaiting(owner.object)) waiting.push(reference);
      else solid += 1;
    }
    if (solid > 0) {
      for (const { uid } of [...dangling, ...waiting]) {
        registry.modify(item.type, item.namespace, item.name, (current) => withoutOwner(current, uid));
      }
      return;
    }
    const blocks = waiting.length > 0 && (dependents.get(object.metadata.uid)?.size ?? 0) > 0;
    remove(item, object, blocks ? 'Foreground' : 'Background');
  }

  function remove(
    { type, namespace, name }: Dependent,
    object: KubeObject,
    propagationPolicy: 'Foreground' | 'Background',
  ): void {
    const { uid, finalizers = [] } = object.metadata;
    const policy = finalizers.includes(orphan)
      ? 'Orphan'
      : finalizers.includes(foreground)
        ? 'Foreground'
        : propagationPolicy;
    try {
      registry.delete(type, namespace, name, { propagationPolicy: policy, preconditions: { uid } });
    } catch (error) {
      if (!(error instanceof ApiStatus) || error.code !== 404) throw error;
    }
  }

  /** Foreground: dependents that block are deleted first, and the owner goes with the last of them. */
  function waitForDependents(item: Dependent, owner: KubeObject): void {
    const { uid } = owner.metadata;
    let blocked = false;
    for (const [key, dependent] of dependents.get(uid) ?? []) {
      const object = store.get(dependent.type, dependent.namespace, dependent.name);
      if (!object) continue;
      if (object.metadata.ownerReferences?.some((one) => one.uid === uid && one.blockOwnerDeletion)) blocked = true;
      if (object.metadata.deletionTimestamp === undefined) {
        known.set(key, dependent);
        queue.add(key);
      }
    }
    if (!blocked) dropFinalizer(item, foreground);
  }

  function letGo(item: Dependent, owner: KubeObject): void {
    const { uid } = owner.metadata;
    for (const { type, namespace, name } of Array.from(dependents.get(uid)?.values() ?? [])) {
      registry.modify(type, namespace, name, (current) => withoutOwner(current, uid));
    }
    dropFinalizer(item, orphan);
  }

  function dropFinalizer({ type, namespace, name }: Dependent, finalizer: string): void {
    registry.modify(type, namespace, name, (current) => {
      const { finalizers = [], ...metadata } = current.metadata;
      const left = finalizers.filter((one) => one !== finalizer);
      return { ...current, metadata: left.length === 0 ? metadata : { ...metadata, finalizers: left } };
    });
  }

  /** Undefined for kinds that are not known here: such an owner may live. Without object: it is gone. */
  function ownerOf(
    { apiVersion, kind, name, uid }: OwnerReference,
    namespace: string | undefined,
  ): { readonly type: ResourceType; readonly object: KubeObject | undefined } | undefined {
    const [first = '', second] = apiVersion.split('/');
    const type = second === undefined ? findType('', first, { kind }) : findType(first, second, { kind });
    if (!type) return undefined;
    const object = store.get(type, type.namespaced ? namespace : undefined, name);
    return { type, object: object?.metadata.uid === uid ? object : undefined };
  }
}

function isWaiting({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(foreground);
}

function keyOf({ group, plural }: ResourceType, { metadata }: KubeObject): string {
  return `${group}/${plural}/${metadata.namespace ?? ''}/${metadata.name}`;
}
