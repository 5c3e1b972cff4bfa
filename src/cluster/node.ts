/** A node, narrowed to what decisions need. */
import type { V1Node } from '@kubernetes/client-node';
import type { Wire } from './wire.ts';
import { resourcesOf, type Resources } from './resources.ts';
import { metadataOf, type Metadata } from './metadata.ts';

export interface Taint {
  readonly key: string;
  readonly value: string | undefined;
  readonly effect: string;
}

export interface NodeCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string | undefined;
  readonly message: string | undefined;
  /** RFC 3339. */
  readonly lastHeartbeatTime: string | undefined;
  readonly lastTransitionTime: string | undefined;
}

export interface Node extends Metadata {
  /** Cordoned: `spec.unschedulable`. */
  readonly unschedulable: boolean;
  readonly taints: readonly Taint[];
  /** Field managers that say so about `spec.unschedulable`; empty where the server keeps no book of them. */
  readonly cordonManagers: readonly string[];
  /** Status of the Ready condition; `Unknown` also when the node has none. */
  readonly ready: 'True' | 'False' | 'Unknown';
  /** Carries the label `node-role.kubernetes.io/control-plane`. */
  readonly controlPlane: boolean;
  readonly kubeletVersion: string;
  readonly allocatable: Resources;
  readonly conditions: readonly NodeCondition[];
  readonly addresses: readonly { readonly type: string; readonly address: string }[];
  /** Another one after each boot of the machine. */
  readonly bootID: string;
  /** Names of images on the node, all of their names. The kubelet reports the 50 largest only. */
  readonly images: readonly string[];
  /** Unique names of volumes, as the attach/detach controller reports them. */
  readonly volumesAttached: readonly string[];
}

/** Narrows a node from the API server. */
export function narrowNode(raw: Wire<V1Node>): Node {
  const metadata = metadataOf(raw.metadata);
  const ready = raw.status?.conditions?.find((condition) => condition.type === 'Ready')?.status;
  return {
    ...metadata,
    unschedulable: raw.spec?.unschedulable ?? false,
    cordonManagers: (raw.metadata?.managedFields ?? []).flatMap(({ manager, fieldsV1 }) =>
      owns(fieldsV1, 'f:spec', 'f:unschedulable') ? [manager ?? ''] : [],
    ),
    taints: (raw.spec?.taints ?? []).map(({ key, value, effect }) => ({ key, value, effect })),
    ready: ready === 'True' || ready === 'False' ? ready : 'Unknown',
    controlPlane: metadata.labels['node-role.kubernetes.io/control-plane'] !== undefined,
    kubeletVersion: raw.status?.nodeInfo?.kubeletVersion ?? '',
    allocatable: resourcesOf(raw.status?.allocatable),
    conditions: (raw.status?.conditions ?? []).map(
      ({ type, status, reason, message, lastHeartbeatTime, lastTransitionTime }) => ({
        type,
        status,
        reason,
        message,
        lastHeartbeatTime,
        lastTransitionTime,
      }),
    ),
    addresses: (raw.status?.addresses ?? []).map(({ type, address }) => ({ type, address })),
    bootID: raw.status?.nodeInfo?.bootID ?? '',
    images: (raw.status?.images ?? []).flatMap(({ names }) => names ?? []),
    volumesAttached: (raw.status?.volumesAttached ?? []).map(({ name }) => name),
  };
}

/** Whether managed fields hold this path. */
function owns(fields: unknown, ...path: readonly string[]): boolean {
  let at = fields;
  for (const name of path) {
    if (typeof at !== 'object' || at === null || !(name in at)) return false;
    at = (at as Readonly<Record<string, unknown>>)[name];
  }
  return true;
}
