/** A pod, narrowed to what decisions need. */
import type { V1Affinity, V1Pod, V1TopologySpreadConstraint } from '@kubernetes/client-node';
import type { Wire } from './wire.ts';
import { podRequests, type Resources } from './resources.ts';
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

export interface PodContainer {
  readonly name: string;
  readonly image: string;
  readonly imagePullPolicy: string;
}

/** A container that does not run, and why: `CrashLoopBackOff`, `ImagePullBackOff`. */
export interface WaitingContainer {
  readonly container: string;
  readonly reason: string;
  readonly message: string | undefined;
}

/** What ties a pod to nodes, as it stands in its spec; undefined or empty where it says nothing. */
export interface PodScheduling {
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly affinity: Wire<V1Affinity> | undefined;
  readonly topologySpreadConstraints: readonly Wire<V1TopologySpreadConstraint>[];
  readonly hostPorts: readonly { readonly port: number; readonly protocol: string; readonly hostIP: string }[];
  readonly schedulerName: string;
  /** While there are any, the scheduler does not look at the pod. */
  readonly schedulingGates: readonly string[];
  /** Names of DRA claims: kmaint cannot judge them. */
  readonly resourceClaims: readonly string[];
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
  readonly priority: number;
  readonly requests: Resources;
  readonly scheduling: PodScheduling;
  readonly containers: readonly PodContainer[];
  readonly waiting: readonly WaitingContainer[];
  /** The scheduler's own words on why it has no place for the pod (condition PodScheduled=False). */
  readonly unschedulableMessage: string | undefined;
  /** RFC 3339 of the Ready condition's last change. */
  readonly readySince: string | undefined;
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
    priority: raw.spec?.priority ?? 0,
    requests: podRequests(raw.spec),
    scheduling: schedulingOf(raw),
    containers: (raw.spec?.containers ?? []).map(({ name, image, imagePullPolicy }) => ({
      name,
      image: image ?? '',
      imagePullPolicy: imagePullPolicy ?? 'IfNotPresent',
    })),
    waiting: waitingContainers(raw),
    unschedulableMessage: raw.status?.conditions?.find(
      ({ type, status, reason }) => type === 'PodScheduled' && status === 'False' && reason === 'Unschedulable',
    )?.message,
    readySince: raw.status?.conditions?.find(({ type, status }) => type === 'Ready' && status === 'True')
      ?.lastTransitionTime,
  };
}

function schedulingOf({ spec }: Wire<V1Pod>): PodScheduling {
  // Of init containers only sidecars keep their ports.
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const containers = [...(spec?.containers ?? []), ...sidecars];
  return {
    nodeSelector: spec?.nodeSelector ?? {},
    affinity: spec?.affinity,
    topologySpreadConstraints: spec?.topologySpreadConstraints ?? [],
    hostPorts: containers.flatMap(({ ports }) =>
      (ports ?? []).flatMap(({ hostPort, protocol, hostIP }) =>
        hostPort === undefined || hostPort === 0
          ? []
          : [{ port: hostPort, protocol: protocol ?? 'TCP', hostIP: hostIP ?? '0.0.0.0' }],
      ),
    ),
    schedulerName: spec?.schedulerName ?? 'default-scheduler',
    schedulingGates: (spec?.schedulingGates ?? []).map(({ name }) => name),
    resourceClaims: (spec?.resourceClaims ?? []).map(({ name }) => name),
  };
}

function waitingContainers({ status }: Wire<V1Pod>): readonly WaitingContainer[] {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return all.flatMap(({ name, state }) =>
    state?.waiting === undefined
      ? []
      : [{ container: name, reason: state.waiting.reason ?? '', message: state.waiting.message }],
  );
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
