/** A pod, narrowed to what decisions need. */
import type { V1Pod } from '@kubernetes/client-node';
import type { Wire } from './wire.ts';
import { controllerOf, epochMs, metadataOf, type Controller, type Metadata } from './metadata.ts';

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';

/** A volume of the pod; only what a drain can destroy or strand is told apart. */
export interface PodVolume {
  readonly name: string;
  readonly kind: 'emptyDir' | 'hostPath' | 'persistentVolumeClaim' | 'ephemeral' | 'other';
  /** For an emptyDir: true when `medium: Memory`. */
  readonly inMemory: boolean;
  /** For a persistentVolumeClaim: the claim's name. */
  readonly claimName: string | undefined;
}

export interface Toleration {
  readonly key: string | undefined;
  readonly operator: 'Exists' | 'Equal';
  readonly value: string | undefined;
  readonly effect: string | undefined;
}

export interface Pod extends Metadata {
  readonly namespace: string;
  /** Empty while unscheduled. */
  readonly nodeName: string;
  readonly phase: PodPhase;
  /** The Ready condition is True. */
  readonly ready: boolean;
  /** `status.phase` is Succeeded or Failed. */
  readonly finished: boolean;
  /** Represents a static pod: the kubelet's manifest counts, not this object. */
  readonly mirror: boolean;
  /** The owner reference with `controller: true`. */
  readonly controller: Controller | undefined;
  /** The pod's own grace period (`spec.terminationGracePeriodSeconds`). */
  readonly terminationGracePeriodSeconds: number;
  readonly volumes: readonly PodVolume[];
  readonly tolerations: readonly Toleration[];
  readonly priorityClassName: string | undefined;
}

/** `namespace/name`, as pods print everywhere. */
export function podName(pod: { readonly namespace: string; readonly name: string }): string {
  return `${pod.namespace}/${pod.name}`;
}

/** Narrows a pod from the API server. */
export function narrowPod(raw: Wire<V1Pod>): Pod {
  const metadata = metadataOf(raw.metadata);
  const phase = (raw.status?.phase ?? 'Unknown') as PodPhase;
  return {
    ...metadata,
    namespace: raw.metadata?.namespace ?? '',
    nodeName: raw.spec?.nodeName ?? '',
    phase,
    ready: raw.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false,
    finished: phase === 'Succeeded' || phase === 'Failed',
    mirror: metadata.annotations['kubernetes.io/config.mirror'] !== undefined,
    controller: controllerOf(raw.metadata),
    // The API server defaults it to 30; only a hand-made object lacks it.
    terminationGracePeriodSeconds: raw.spec?.terminationGracePeriodSeconds ?? 30,
    volumes: (raw.spec?.volumes ?? []).map((volume) => ({
      name: volume.name,
      kind: volumeKind(volume),
      inMemory: volume.emptyDir?.medium === 'Memory',
      claimName: volume.persistentVolumeClaim?.claimName,
    })),
    tolerations: (raw.spec?.tolerations ?? []).map((toleration) => ({
      key: toleration.key,
      operator: toleration.operator === 'Exists' ? 'Exists' : 'Equal',
      value: toleration.value,
      effect: toleration.effect,
    })),
    priorityClassName: raw.spec?.priorityClassName,
  };
}

type WireVolume = NonNullable<NonNullable<Wire<V1Pod>['spec']>['volumes']>[number];

function volumeKind(volume: WireVolume): PodVolume['kind'] {
  if (volume.emptyDir) return 'emptyDir';
  if (volume.hostPath) return 'hostPath';
  if (volume.persistentVolumeClaim) return 'persistentVolumeClaim';
  if (volume.ephemeral) return 'ephemeral';
  return 'other';
}

/** When the pod must be gone by, in ms since the epoch (deletion time + grace); undefined unless terminating. */
export function deletionTimeMs(pod: Pod): number | undefined {
  return epochMs(pod.deletionTimestamp);
}
