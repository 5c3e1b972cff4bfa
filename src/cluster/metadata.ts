/** The parts of an object's metadata that kmaint looks at. */
import type { V1ObjectMeta } from '@kubernetes/client-node';
import type { Wire } from './wire.ts';

export interface Controller {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

export interface Metadata {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly finalizers: readonly string[];
  /** RFC 3339. */
  readonly creationTimestamp: string | undefined;
  /** RFC 3339; set while the object is terminating, and for a pod it lies its grace period in the future. */
  readonly deletionTimestamp: string | undefined;
  readonly generation: number;
}

/** Narrows an object's metadata; absent maps and lists become empty ones. */
export function metadataOf(raw: Wire<V1ObjectMeta> | undefined): Metadata {
  return {
    name: raw?.name ?? '',
    uid: raw?.uid ?? '',
    resourceVersion: raw?.resourceVersion ?? '',
    labels: raw?.labels ?? {},
    annotations: raw?.annotations ?? {},
    finalizers: raw?.finalizers ?? [],
    creationTimestamp: raw?.creationTimestamp,
    deletionTimestamp: raw?.deletionTimestamp,
    generation: raw?.generation ?? 0,
  };
}

/** The owner reference with `controller: true`, if any; the owner itself may be gone already. */
export function controllerOf(raw: Wire<V1ObjectMeta> | undefined): Controller | undefined {
  const owner = raw?.ownerReferences?.find((reference) => reference.controller === true);
  return owner && { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name, uid: owner.uid };
}

/** An RFC 3339 time in milliseconds since the epoch. */
export function epochMs(timestamp: string | undefined): number | undefined {
  return timestamp === undefined ? undefined : Date.parse(timestamp);
}
