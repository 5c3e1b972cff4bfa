/** A pod, narrowed to what decisions need. */
import type { V1Affinity, V1Pod, V1TopologySpreadConstraint } from '@kubernetes/client-node';
import type { Wire } from './wire.ts';
import { createPool } from './pool.ts';
import { podRequests, type Resources } from './resources.ts';
import { controllerOf, epochMs, type Controller, type Metadata } from './metadata.ts';

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
  /** Only those of {@link podAnnotations}. */
  readonly annotations: Readonly<Record<string, string>>;
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

const mirrorAnnotation = 'kubernetes.io/config.mirror';

/**
 * The annotations that decisions look at. Network plugins and `kubectl apply` write kilobytes of others to every pod,
 * which would be most of what the pods of a large cluster take in memory.
 */
export const podAnnotations = [
  mirrorAnnotation,
  'cluster-autoscaler.kubernetes.io/safe-to-evict',
  'karpenter.sh/do-not-disrupt',
] as const;

function decisive(all: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const kept: Record<string, string> = {};
  for (const key of podAnnotations) if (all[key] !== undefined) kept[key] = all[key];
  return kept;
}

/** What pods of one template have in common, in one list as in the next; a cluster has some thousand at once. */
const labelPool = createPool(5000);
const ownerPool = createPool(5000);
const specPool = createPool(5000);
const volumePool = createPool(5000);

/** Narrows a pod from the API server; equal parts of pods are one object. */
export function narrowPod(raw: Wire<V1Pod>): Pod {
  const { metadata, status } = raw;
  const controller = controllerOf(metadata);
  const phase = (status?.phase ?? 'Unknown') as PodPhase;
  const ready = status?.conditions?.find(({ type, status: is }) => type === 'Ready' && is === 'True');
  const spec = specPool.share(specOf(raw));
  // Field by field: spreads of other objects took most of the time where there are many pods.
  return {
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    resourceVersion: metadata?.resourceVersion ?? '',
    labels: labelPool.share(metadata?.labels ?? {}),
    annotations: labelPool.share(decisive(metadata?.annotations ?? {})),
    finalizers: metadata?.finalizers ?? none,
    creationTimestamp: metadata?.creationTimestamp,
    deletionTimestamp: metadata?.deletionTimestamp,
    generation: metadata?.generation ?? 0,
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds,
    tolerations: spec.tolerations,
    priorityClassName: spec.priorityClassName,
    priority: spec.priority,
    requests: spec.requests,
    scheduling: spec.scheduling,
    containers: spec.containers,
    namespace: metadata?.namespace ?? '',
    nodeName: raw.spec?.nodeName ?? '',
    phase,
    ready: ready !== undefined,
    finished: phase === 'Succeeded' || phase === 'Failed',
    mirror: metadata?.annotations?.[mirrorAnnotation] !== undefined,
    controller: controller && ownerPool.share(controller),
    volumes: volumePool.share(volumesOf(raw)),
    waiting: waitingContainers(raw),
    unschedulableMessage: status?.conditions?.find(
      ({ type, status: is, reason }) => type === 'PodScheduled' && is === 'False' && reason === 'Unschedulable',
    )?.message,
    readySince: ready?.lastTransitionTime,
  };
}

const none: readonly never[] = [];

/** What comes from the template and is the same for all of its pods, as a rule. */
type PodSpec = Pick<
  Pod,
  | 'terminationGracePeriodSeconds'
  | 'tolerations'
  | 'priorityClassName'
  | 'priority'
  | 'requests'
  | 'scheduling'
  | 'containers'
>;

function specOf(raw: Wire<V1Pod>): PodSpec {
  const { spec } = raw;
  return {
    // The API server defaults it to 30; only a hand-made object lacks it.
    terminationGracePeriodSeconds: spec?.terminationGracePeriodSeconds ?? 30,
    tolerations: (spec?.tolerations ?? []).map((toleration) => ({
      key: toleration.key,
      operator: toleration.operator === 'Exists' ? 'Exists' : 'Equal',
      value: toleration.value,
      effect: toleration.effect,
    })),
    priorityClassName: spec?.priorityClassName,
    priority: spec?.priority ?? 0,
    requests: podRequests(spec),
    scheduling: schedulingOf(raw),
    containers: (spec?.containers ?? []).map(({ name, image, imagePullPolicy }) => ({
      name,
      image: image ?? '',
      imagePullPolicy: imagePullPolicy ?? 'IfNotPresent',
    })),
  };
}

function volumesOf({ spec }: Wire<V1Pod>): readonly PodVolume[] {
  return (spec?.volumes ?? []).map((volume) => ({
    name: volume.name,
    kind: volumeKind(volume),
    inMemory: volume.emptyDir?.medium === 'Memory',
    claimName: volume.persistentVolumeClaim?.claimName,
  }));
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
  let waiting: WaitingContainer[] | undefined;
  for (const statuses of [status?.initContainerStatuses, status?.containerStatuses]) {
    for (const { name, state } of statuses ?? none) {
      if (state?.waiting === undefined) continue;
      waiting ??= [];
      waiting.push({ container: name, reason: state.waiting.reason ?? '', message: state.waiting.message });
    }
  }
  return waiting ?? none;
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
