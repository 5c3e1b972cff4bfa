/** Deletion: preconditions, grace, finalizers of the garbage collector (apiserver pkg/registry/rest/delete.go, generic/registry/store.go). */
import { timestamp } from './meta.ts';
import type { KubeObject, ObjectMeta, ResourceType } from './objects.ts';
import type { DeleteRequest } from './ports.ts';
import { conflict } from './registry-errors.ts';

/** Refuses to delete another object, or another version, than the caller has seen. */
export function checkPreconditions(type: ResourceType, object: KubeObject, request: DeleteRequest): void {
  const { uid, resourceVersion } = request.preconditions ?? {};
  const { metadata } = object;
  // The server names the kind here, where all other conflicts name the resource.
  const subject = { group: type.group, plural: type.kind };
  if (uid !== undefined && uid !== metadata.uid) {
    const what = `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`;
    throw conflict(subject, metadata.name, what);
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const what = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`;
    throw conflict(subject, metadata.name, what);
  }
}

/** What a deletion does to an object: `next` is stored unless it is `current`, and `remove` says that it then goes. */
export interface DeletionStep {
  readonly next: KubeObject;
  readonly remove: boolean;
}

/** Decides what becomes of an object that somebody deletes. */
export function planDeletion(
  type: ResourceType,
  current: KubeObject,
  request: DeleteRequest,
  nowMs: number,
): DeletionStep {
  if (type.kind === 'Namespace') return planNamespaceDeletion(current, request, nowMs);
  const graceful = type.kind === 'Pod' ? planGrace(current, request, nowMs) : undefined;
  if (graceful === 'pending') return { next: current, remove: false };
  const marked = graceful ?? current;
  const finalizers = finalizersFor(marked.metadata.finalizers ?? [], request);
  const withFinalizers = sameFinalizers(marked, finalizers) ? marked : replaceMeta(marked, { finalizers });
  const mustWait = finalizers.length > 0;
  if (mustWait) return { next: markDeleting(withFinalizers, nowMs), remove: false };
  return { next: withFinalizers, remove: (withFinalizers.metadata.deletionGracePeriodSeconds ?? 0) === 0 };
}

/** The pod with its time of death, `pending` when that is already set, undefined when it may go at once. */
function planGrace(pod: KubeObject, request: DeleteRequest, nowMs: number): KubeObject | 'pending' | undefined {
  const { deletionTimestamp, deletionGracePeriodSeconds: running } = pod.metadata;
  if (deletionTimestamp !== undefined) {
    if (running === undefined || running === 0) return undefined;
    const asked = request.gracePeriodSeconds;
    if (asked === undefined || asked >= running) return 'pending';
    const endMs = Date.parse(deletionTimestamp) + (asked - running) * 1000;
    return replaceMeta(pod, { deletionTimestamp: timestamp(endMs), deletionGracePeriodSeconds: asked });
  }
  const graceSeconds = gracePeriodOf(pod, request.gracePeriodSeconds);
  return replaceMeta(pod, {
    ...bumped(pod),
    deletionTimestamp: timestamp(nowMs + graceSeconds * 1000),
    deletionGracePeriodSeconds: graceSeconds,
  });
}

/** pkg/registry/core/pod/strategy.go CheckGracefulDelete: nobody has to say goodbye where nothing runs. */
function gracePeriodOf(pod: KubeObject, asked: number | undefined): number {
  const spec = (pod['spec'] ?? {}) as { nodeName?: string; terminationGracePeriodSeconds?: number };
  const { phase } = (pod['status'] ?? {}) as { phase?: string };
  if (!spec.nodeName || phase === 'Succeeded' || phase === 'Failed') return 0;
  const seconds = asked ?? spec.terminationGracePeriodSeconds ?? 30;
  return seconds < 0 ? 1 : seconds;
}

/** The content goes first; the namespace's controller takes the finalizer of the spec away when it has gone. */
function planNamespaceDeletion(namespace: KubeObject, request: DeleteRequest, nowMs: number): DeletionStep {
  const spec = (namespace['spec'] ?? {}) as { finalizers?: readonly string[] };
  const finalizers = finalizersFor(namespace.metadata.finalizers ?? [], request);
  const empty = (spec.finalizers ?? []).length === 0 && finalizers.length === 0;
  if (empty) return { next: namespace, remove: true };
  if (namespace.metadata.deletionTimestamp !== undefined) return { next: namespace, remove: false };
  const status = { ...(namespace['status'] as object | undefined), phase: 'Terminating' };
  const next = replaceMeta(namespace, {
    deletionTimestamp: timestamp(nowMs),
    ...(finalizers.length > 0 ? { finalizers } : {}),
  });
  return { next: { ...next, status }, remove: false };
}

function markDeleting(object: KubeObject, nowMs: number): KubeObject {
  if (object.metadata.deletionTimestamp !== undefined) return object;
  return replaceMeta(object, {
    ...bumped(object),
    deletionTimestamp: timestamp(nowMs),
    deletionGracePeriodSeconds: 0,
  });
}

/** `deletionFinalizersForGarbageCollection`: without a policy, what is there stays. */
function finalizersFor(present: readonly string[], { propagationPolicy }: DeleteRequest): readonly string[] {
  if (propagationPolicy === undefined) return present;
  const kept = present.filter((finalizer) => finalizer !== 'orphan' && finalizer !== 'foregroundDeletion');
  if (propagationPolicy === 'Orphan') return [...kept, 'orphan'];
  return propagationPolicy === 'Foreground' ? [...kept, 'foregroundDeletion'] : kept;
}

function sameFinalizers(object: KubeObject, finalizers: readonly string[]): boolean {
  const present = object.metadata.finalizers ?? [];
  return present.length === finalizers.length && present.every((finalizer, at) => finalizer === finalizers[at]);
}

function bumped({ metadata }: KubeObject): { generation?: number } {
  return metadata.generation === undefined ? {} : { generation: metadata.generation + 1 };
}

function replaceMeta(object: KubeObject, change: Partial<ObjectMeta>): KubeObject {
  const { finalizers = [], ...rest } = { ...object.metadata, ...change };
  return { ...object, metadata: finalizers.length > 0 ? { ...rest, finalizers } : rest };
}

/** Whether a terminating object has nothing left to wait for, so that a change removes it. */
export function mayGo(type: ResourceType, object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  if (deletionTimestamp === undefined || finalizers.length > 0 || deletionGracePeriodSeconds > 0) return false;
  if (type.kind !== 'Namespace') return true;
  return (((object['spec'] ?? {}) as { finalizers?: readonly string[] }).finalizers ?? []).length === 0;
}
