/** What controls pods (Deployment, ReplicaSet, StatefulSet …), narrowed to what decisions need. */
import type { V1DaemonSet, V1Deployment, V1Job, V1ReplicaSet, V1StatefulSet } from '@kubernetes/client-node';
import { controllerOf, metadataOf, type Controller, type Metadata } from './metadata.ts';
import type { Wire } from './wire.ts';

export type WorkloadKind = 'Deployment' | 'ReplicaSet' | 'StatefulSet' | 'ReplicationController' | 'DaemonSet' | 'Job';

/** `prefix` of the API and plural of each kind. */
export const workloadPaths: Readonly<Record<WorkloadKind, readonly [prefix: string, plural: string]>> = {
  Deployment: ['/apis/apps/v1', 'deployments'],
  ReplicaSet: ['/apis/apps/v1', 'replicasets'],
  StatefulSet: ['/apis/apps/v1', 'statefulsets'],
  DaemonSet: ['/apis/apps/v1', 'daemonsets'],
  ReplicationController: ['/api/v1', 'replicationcontrollers'],
  Job: ['/apis/batch/v1', 'jobs'],
};

export interface Workload extends Metadata {
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly controller: Controller | undefined;
  /** Desired number (`spec.replicas`); for a Job its parallelism, for a DaemonSet the nodes that should have a pod. */
  readonly replicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly updatedReplicas: number;
  /** All that exist, of every revision. */
  readonly statusReplicas: number;
  /** False while the status lags behind the spec. */
  readonly settled: boolean;
  readonly paused: boolean;
  readonly minReadySeconds: number;
  /** Deployment: `RollingUpdate` or `Recreate`; empty for others. */
  readonly strategy: string;
  readonly maxSurge: number | string | undefined;
  readonly maxUnavailable: number | string | undefined;
  /** A Deployment's `deployment.kubernetes.io/revision`; empty for others. */
  readonly revision: string;
  /** `spec.template.spec.nodeName`: its pods are bound to this node past the scheduler. */
  readonly templateNodeName: string | undefined;
  readonly templateAnnotations: Readonly<Record<string, string>>;
}

/** Every kind in one: what a kind does not have is undefined. */
export interface WireWorkload {
  readonly metadata?: Wire<V1Deployment>['metadata'];
  readonly spec?: Partial<Specs>;
  readonly status?: Partial<Statuses>;
}

type Kinds = Wire<V1Deployment> & Wire<V1ReplicaSet> & Wire<V1StatefulSet> & Wire<V1Job>;
type Specs = NonNullable<Kinds['spec']>;
type Statuses = NonNullable<Kinds['status']> & NonNullable<Wire<V1DaemonSet>['status']>;

/** The kind of a controller that kmaint knows how to look up, undefined for all others. */
export function workloadKind({ apiVersion, kind }: Pick<Controller, 'apiVersion' | 'kind'>): WorkloadKind | undefined {
  const known = Object.entries(workloadPaths).find(([name]) => name === kind);
  if (!known) return undefined;
  const [name, [prefix]] = known;
  return prefix === (apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`) ? (name as WorkloadKind) : undefined;
}

/** Narrows a workload from the API server. */
export function narrowWorkload(kind: WorkloadKind, raw: WireWorkload): Workload {
  const { spec, status } = raw;
  const metadata = metadataOf(raw.metadata);
  return {
    ...metadata,
    kind,
    namespace: raw.metadata?.namespace ?? '',
    controller: controllerOf(raw.metadata),
    replicas: spec?.replicas ?? spec?.parallelism ?? status?.desiredNumberScheduled ?? 1,
    readyReplicas: status?.readyReplicas ?? status?.ready ?? status?.numberReady ?? 0,
    availableReplicas: status?.availableReplicas ?? status?.numberAvailable ?? 0,
    updatedReplicas: status?.updatedReplicas ?? status?.updatedNumberScheduled ?? 0,
    statusReplicas: status?.replicas ?? status?.currentNumberScheduled ?? 0,
    settled: (status?.observedGeneration ?? 0) >= metadata.generation,
    paused: spec?.paused ?? false,
    minReadySeconds: spec?.minReadySeconds ?? 0,
    strategy: spec?.strategy?.type ?? '',
    maxSurge: spec?.strategy?.rollingUpdate?.maxSurge,
    maxUnavailable: spec?.strategy?.rollingUpdate?.maxUnavailable,
    revision: metadata.annotations['deployment.kubernetes.io/revision'] ?? '',
    templateNodeName: spec?.template?.spec?.nodeName,
    templateAnnotations: spec?.template?.metadata?.annotations ?? {},
  };
}
