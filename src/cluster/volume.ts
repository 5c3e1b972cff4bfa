/** Persistent volumes, their claims and attachments, narrowed to what decisions need. */
import type {
  V1NodeSelectorTerm,
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1VolumeAttachment,
} from '@kubernetes/client-node';
import { metadataOf, type Metadata } from './metadata.ts';
import type { Wire } from './wire.ts';

export interface VolumeClaim extends Metadata {
  readonly namespace: string;
  /** Name of the bound PersistentVolume; undefined while there is none. */
  readonly volumeName: string | undefined;
  readonly accessModes: readonly string[];
  readonly storageClassName: string | undefined;
}

export interface PersistentVolume extends Metadata {
  /** The data is on a node's own disk (`local`, `hostPath`). */
  readonly local: boolean;
  /** Terms of `nodeAffinity.required`, any of which has to match; empty: every node will do. */
  readonly nodeTerms: readonly Wire<V1NodeSelectorTerm>[];
  readonly claim: { readonly namespace: string; readonly name: string } | undefined;
}

export interface VolumeAttachment extends Metadata {
  readonly nodeName: string;
  /** Undefined for a volume that a pod names inline. */
  readonly volumeName: string | undefined;
  readonly attached: boolean;
}

/** Narrows a PersistentVolumeClaim from the API server. */
export function narrowClaim(raw: Wire<V1PersistentVolumeClaim>): VolumeClaim {
  return {
    ...metadataOf(raw.metadata),
    namespace: raw.metadata?.namespace ?? '',
    volumeName: raw.spec?.volumeName === '' ? undefined : raw.spec?.volumeName,
    accessModes: raw.spec?.accessModes ?? [],
    storageClassName: raw.spec?.storageClassName,
  };
}

/** Narrows a PersistentVolume from the API server. */
export function narrowPersistentVolume(raw: Wire<V1PersistentVolume>): PersistentVolume {
  const claim = raw.spec?.claimRef;
  return {
    ...metadataOf(raw.metadata),
    local: raw.spec?.local !== undefined || raw.spec?.hostPath !== undefined,
    nodeTerms: raw.spec?.nodeAffinity?.required?.nodeSelectorTerms ?? [],
    claim: claim && { namespace: claim.namespace ?? '', name: claim.name ?? '' },
  };
}

/** Narrows a VolumeAttachment from the API server. */
export function narrowAttachment(raw: Wire<V1VolumeAttachment>): VolumeAttachment {
  return {
    ...metadataOf(raw.metadata),
    nodeName: raw.spec?.nodeName ?? '',
    volumeName: raw.spec?.source?.persistentVolumeName,
    attached: raw.status?.attached ?? false,
  };
}
