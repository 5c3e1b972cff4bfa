/** The ports between the playground's parts: where objects live, how they may be changed, who plays the cluster. */
import type { Clock } from '../clock.ts';
import type { DraftObject, KubeObject, ResourceType } from './objects.ts';

/** A change of one object, in the order of `revision`. */
export interface StoreEvent {
  readonly kind: 'added' | 'modified' | 'deleted';
  readonly type: ResourceType;
  /** For `deleted`: the last state, with the revision of its deletion as resourceVersion. */
  readonly object: KubeObject;
  /** The state before; undefined for `added`. Selectors need it: an object that stops matching leaves a watch. */
  readonly previous: KubeObject | undefined;
  readonly revision: number;
}

/** Objects in memory under one counter of revisions, as in etcd; synchronous, knows no rules. */
export interface Store {
  /** Of the latest change. */
  readonly revision: number;
  get(type: ResourceType, namespace: string | undefined, name: string): KubeObject | undefined;
  /** Ordered by namespace and name, as etcd orders its keys. */
  list(type: ResourceType, namespace?: string): readonly KubeObject[];
  /** Pods by `spec.nodeName`, without walking all of them. */
  podsOnNode(nodeName: string): readonly KubeObject[];
  /** Objects whose controller owner reference has this uid, without walking all of them. */
  controlledBy(uid: string): readonly KubeObject[];
  /** Stores under the next revision and tells the listeners before it returns. */
  put(type: ResourceType, object: KubeObject): KubeObject;
  remove(type: ResourceType, namespace: string | undefined, name: string): KubeObject | undefined;
  /** Called for each change of any object, in order; returns how to stop. */
  subscribe(listener: (event: StoreEvent) => void): () => void;
  /** Changes of this type after the revision; undefined when some of them are forgotten (410). */
  since(type: ResourceType, revision: number): readonly StoreEvent[] | undefined;
  /** Forgets changes up to this revision, as etcd's compaction does; without one, all. */
  compact(revision?: number): void;
}

export interface DeleteRequest {
  readonly gracePeriodSeconds?: number | undefined;
  readonly preconditions?:
    | { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined }
    | undefined;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan' | undefined;
  readonly dryRun?: boolean | undefined;
}

/**
 * The API server's rules in front of the store: names, uids, defaults, validation, generations, optimistic locking,
 * finalizers, graceful deletion, terminating namespaces. HTTP and the controllers both go through it. Every refusal is
 * thrown as an ApiStatus (status.ts), which is the answer's body.
 */
export interface Registry {
  create(
    type: ResourceType,
    draft: DraftObject,
    options?: { namespace?: string | undefined; dryRun?: boolean },
  ): KubeObject;
  /**
   * Replaces spec and metadata, or only `status` with that subresource. A resourceVersion in the object must be the
   * current one. An object that is terminating and loses its last finalizer is removed.
   */
  update(
    type: ResourceType,
    object: DraftObject,
    options?: { subresource?: 'status' | 'scale' | undefined; namespace?: string | undefined; dryRun?: boolean },
  ): KubeObject;
  /** Reads, changes and updates in one step; undefined when it does not exist, the object itself when nothing changed. */
  modify(
    type: ResourceType,
    namespace: string | undefined,
    name: string,
    change: (current: KubeObject) => KubeObject,
    options?: { subresource?: 'status' | undefined },
  ): KubeObject | undefined;
  /** Removes at once, or marks as terminating: a pod on a node for its grace period, anything with finalizers for ever. */
  delete(
    type: ResourceType,
    namespace: string | undefined,
    name: string,
    request?: DeleteRequest,
  ): { readonly object: KubeObject; readonly removed: boolean };
}

/** What every controller is given; each runs until the signal aborts. */
export interface ControllerWorld {
  readonly store: Store;
  readonly registry: Registry;
  /** Runs at the playground's time scale. */
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Starts playing one controller (or kubelet, or scheduler): subscribes, reconciles, stops by the signal. */
export type Controller = (world: ControllerWorld) => void;
