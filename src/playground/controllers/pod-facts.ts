/** What pods are to controllers: ready, available, active, finished, terminating. */
import type { OwnerReference } from '../objects.ts';
import { conditionOf } from './conditions.ts';
import type { Labels, Pod } from './models.ts';

export function isReady(pod: Pod): boolean {
  return conditionOf(pod, 'Ready')?.status === 'True';
}

/** Since when it is ready, in milliseconds; undefined when it is not. */
export function readySince(pod: Pod): number | undefined {
  const ready = conditionOf(pod, 'Ready');
  if (ready?.status !== 'True') return undefined;
  return Date.parse(ready.lastTransitionTime ?? '');
}

/** Ready for at least `minReadySeconds` (podutil.IsPodAvailable). */
export function isAvailable(pod: Pod, minReadySeconds: number | undefined, nowMs: number): boolean {
  const sinceMs = readySince(pod);
  if (sinceMs === undefined) return false;
  return !minReadySeconds || sinceMs + minReadySeconds * 1000 <= nowMs;
}

export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** Counts as a replica (controller.IsPodActive). */
export function isActive(pod: Pod): boolean {
  return !isFinished(pod) && !isTerminating(pod);
}

/** The owner that controls the object. */
export function controllerOf(object: {
  readonly metadata: { readonly ownerReferences?: readonly OwnerReference[] };
}): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller);
}

export function labelsOf(object: { readonly metadata: { readonly labels?: Labels } }): Labels {
  return object.metadata.labels ?? {};
}
