/** A node, narrowed to what decisions need. */
import type { V1Node } from '@kubernetes/client-node';
import type { Wire } from './wire.ts';
import { metadataOf, type Metadata } from './metadata.ts';

export interface Taint {
  readonly key: string;
  readonly value: string | undefined;
  readonly effect: string;
}

export interface Node extends Metadata {
  /** Cordoned: `spec.unschedulable`. */
  readonly unschedulable: boolean;
  readonly taints: readonly Taint[];
  /** Status of the Ready condition; `Unknown` also when the node has none. */
  readonly ready: 'True' | 'False' | 'Unknown';
  /** Carries the label `node-role.kubernetes.io/control-plane`. */
  readonly controlPlane: boolean;
  readonly kubeletVersion: string;
}

/** Narrows a node from the API server. */
export function narrowNode(raw: Wire<V1Node>): Node {
  const metadata = metadataOf(raw.metadata);
  const ready = raw.status?.conditions?.find((condition) => condition.type === 'Ready')?.status;
  return {
    ...metadata,
    unschedulable: raw.spec?.unschedulable ?? false,
    taints: (raw.spec?.taints ?? []).map(({ key, value, effect }) => ({ key, value, effect })),
    ready: ready === 'True' || ready === 'False' ? ready : 'Unknown',
    controlPlane: metadata.labels['node-role.kubernetes.io/control-plane'] !== undefined,
    kubeletVersion: raw.status?.nodeInfo?.kubeletVersion ?? '',
  };
}
