/** A coordination.k8s.io Lease, narrowed: who holds something, and until when. */
import type { V1Lease } from '@kubernetes/client-node';
import { metadataOf, type Metadata } from './metadata.ts';
import type { Wire } from './wire.ts';

export interface Lease extends Metadata {
  readonly namespace: string;
  readonly holderIdentity: string | undefined;
  readonly leaseDurationSeconds: number | undefined;
  /** RFC 3339 with microseconds. */
  readonly acquireTime: string | undefined;
  readonly renewTime: string | undefined;
  readonly leaseTransitions: number;
}

/** What a holder writes. */
export interface LeaseContent {
  readonly holderIdentity: string;
  readonly leaseDurationSeconds: number;
  readonly acquireTime: string;
  readonly renewTime: string;
  readonly leaseTransitions: number;
  readonly owner?: { readonly kind: string; readonly apiVersion: string; readonly name: string; readonly uid: string };
}

/** Narrows a Lease from the API server. */
export function narrowLease(raw: Wire<V1Lease>): Lease {
  const { spec } = raw;
  return {
    ...metadataOf(raw.metadata),
    namespace: raw.metadata?.namespace ?? '',
    holderIdentity: spec?.holderIdentity,
    leaseDurationSeconds: spec?.leaseDurationSeconds,
    acquireTime: spec?.acquireTime,
    renewTime: spec?.renewTime,
    leaseTransitions: spec?.leaseTransitions ?? 0,
  };
}
