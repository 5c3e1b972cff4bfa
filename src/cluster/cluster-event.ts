/** Kubernetes Events: what the cluster says about an object, and what we say. */
import type { CoreV1Event } from '@kubernetes/client-node';
import type { Wire } from './wire.ts';

/** An Event that somebody else recorded. */
export interface ClusterEvent {
  readonly reason: string;
  readonly message: string;
  readonly type: string;
  /** RFC 3339 of its last occurrence. */
  readonly lastSeen: string | undefined;
  readonly involvedUid: string;
}

/** An Event to record. */
export interface NewEvent {
  readonly involved: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace: string | undefined;
    readonly name: string;
    readonly uid: string;
  };
  readonly type: 'Normal' | 'Warning';
  /** CamelCase: `DrainStarted`. */
  readonly reason: string;
  readonly message: string;
}

/** Narrows an Event from the API server. */
export function narrowEvent(raw: Wire<CoreV1Event>): ClusterEvent {
  return {
    reason: raw.reason ?? '',
    message: raw.message ?? '',
    type: raw.type ?? '',
    lastSeen: raw.series?.lastObservedTime ?? raw.lastTimestamp ?? raw.eventTime ?? raw.metadata.creationTimestamp,
    involvedUid: raw.involvedObject.uid ?? '',
  };
}
