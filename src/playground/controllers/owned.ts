/** What a workload controls: its own by reference, with orphans adopted and strangers released. */
import type { KubeObject, ResourceType } from '../objects.ts';
import type { ControllerWorld } from '../ports.ts';
import { observe } from './informer.ts';
import { pods, type Pod, type Selector } from './models.ts';
import { controllerReference } from './pod-control.ts';
import { controllerOf, isActive, labelsOf } from './pod-facts.ts';
import { keyOf, type WorkQueue } from './queue.ts';
import { matcherOf } from './selectors.ts';

export interface Owned<T extends KubeObject> {
  /** All that this object controls now, terminating and finished ones too. */
  of(owner: KubeObject): readonly T[];
}

export interface OwnedOptions<T extends KubeObject> {
  readonly children: ResourceType;
  readonly owners: ResourceType;
  readonly queue: WorkQueue;
  /** May this owner take this child at all? */
  readonly fits?: (owner: KubeObject, child: T) => boolean;
}

/**
 * Queues the owner of every child that changes, and for one without owner all that select it by `spec.selector`.
 * Adopts and releases as controller_ref_manager.go does.
 */
export function watchOwned<T extends KubeObject>(
  world: ControllerWorld,
  { children, owners, queue, fits = () => true }: OwnedOptions<T>,
): Owned<T> {
  const { store, registry } = world;
  /** Children that nobody controls, by namespace: few, and the only ones that adoption must look through. */
  const orphans = new Map<string, Map<string, T>>();

  observe(world, [children], ({ kind, object, previous }) => {
    const namespace = object.metadata.namespace ?? '';
    for (const owner of [controllerOf(object), previous && controllerOf(previous)]) {
      if (owner?.kind === owners.kind) queue.add(`${namespace}/${owner.name}`);
    }
    const here = orphans.get(namespace);
    if (kind === 'deleted' || controllerOf(object)) {
      here?.delete(object.metadata.name);
      return;
    }
    if (here) here.set(object.metadata.name, object as T);
    else orphans.set(namespace, new Map([[object.metadata.name, object as T]]));
    if (!isAdoptable(object)) return;
    for (const owner of store.list(owners, namespace)) {
      if (matcherOf(selectorOf(owner))(labelsOf(object))) queue.add(keyOf(owner));
    }
  });

  return {
    of(owner) {
      const matches = matcherOf(selectorOf(owner));
      const terminating = owner.metadata.deletionTimestamp !== undefined;
      const own: T[] = [];
      for (const child of store.controlledBy(owner.metadata.uid) as readonly T[]) {
        if (child.kind !== children.kind) continue;
        if (terminating || matches(labelsOf(child))) own.push(child);
        else release(owner, child);
      }
      const here = orphans.get(owner.metadata.namespace ?? '');
      if (!here || terminating) return own;
      for (const child of here.values()) {
        if (!isAdoptable(child) || !matches(labelsOf(child)) || !fits(owner, child)) continue;
        const adopted = adopt(owner, child);
        if (adopted) own.push(adopted);
      }
      return own;
    },
  };

  function isAdoptable(child: KubeObject): boolean {
    return children === pods ? isActive(child as Pod) : child.metadata.deletionTimestamp === undefined;
  }

  function adopt(owner: KubeObject, child: T): T | undefined {
    const { namespace, name, uid } = child.metadata;
    return registry.modify(children, namespace, name, (current) => {
      if (current.metadata.uid !== uid || controllerOf(current)) return current;
      const ownerReferences = [...(current.metadata.ownerReferences ?? []), controllerReference(owner)];
      return { ...current, metadata: { ...current.metadata, ownerReferences } };
    }) as T | undefined;
  }

  function release(owner: KubeObject, child: T): void {
    const { namespace, name, uid } = child.metadata;
    registry.modify(children, namespace, name, (current) =>
      current.metadata.uid === uid ? withoutOwner(current, owner.metadata.uid) : current,
    );
  }
}

/** The object without references to this owner. */
export function withoutOwner(object: KubeObject, uid: string): KubeObject {
  const { ownerReferences = [], ...metadata } = object.metadata;
  const left = ownerReferences.filter((reference) => reference.uid !== uid);
  if (left.length === ownerReferences.length) return object;
  return { ...object, metadata: left.length === 0 ? metadata : { ...metadata, ownerReferences: left } };
}

/** The selector of a workload; a ReplicationController's is a plain map. */
function selectorOf(owner: KubeObject): Selector | undefined {
  const selector = (owner['spec'] as { readonly selector?: Selector } | undefined)?.selector;
  if (!selector || owner.kind !== 'ReplicationController') return selector;
  const known = maps.get(selector);
  if (known) return known;
  const compiled: Selector = { matchLabels: selector as unknown as Record<string, string> };
  maps.set(selector, compiled);
  return compiled;
}

const maps = new WeakMap<object, Selector>();
