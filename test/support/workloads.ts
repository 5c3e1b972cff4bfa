// The bodies of the workloads that scenarios are made of: as small as the API server accepts them.

import type { Json, KubeObject } from './api.ts';

/** How the fake kubelet treats a pod, and what else a test wants to be true of it. */
export interface PodOptions {
  /** From binding to Running; default 1000. */
  readonly readyAfterMs?: number;
  /** From the deletion to being gone, whatever the grace period; default 1000. */
  readonly goneAfterMs?: number;
  /** Runs, but never becomes Ready. */
  readonly unready?: boolean;
  /** Ends by itself this long after it has become Running. */
  readonly completeAfterMs?: number;
  readonly completePhase?: 'Succeeded' | 'Failed';
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly volumes?: readonly Json[];
  readonly tolerations?: readonly Json[];
  readonly terminationGracePeriodSeconds?: number;
  readonly requests?: { readonly cpu?: string; readonly memory?: string };
  /** Any further field of the pod's spec; wins over the rest. */
  readonly spec?: Readonly<Record<string, Json>>;
}

/** A pod of no controller, or with owners of the test's choice. */
export interface BarePodOptions extends PodOptions {
  /** Bound to this node at once; without it the scheduler chooses one of the scenario's. */
  readonly nodeName?: string;
  readonly ownerReferences?: readonly Json[];
  readonly finalizers?: readonly string[];
}

/** A Pod, as far as tests read it. */
export interface TestPod extends KubeObject {
  spec: { nodeName?: string; terminationGracePeriodSeconds?: number };
  status: {
    phase?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    containerStatuses?: { name: string; ready: boolean; started?: boolean; containerID?: string; imageID?: string }[];
  };
}

/** A PodDisruptionBudget, as far as tests read it. */
export interface TestBudget extends KubeObject {
  spec: { selector?: { matchLabels?: Record<string, string>; matchExpressions?: unknown[] } };
  status?: {
    observedGeneration?: number;
    disruptionsAllowed: number;
    currentHealthy: number;
    desiredHealthy: number;
    expectedPods: number;
    conditions?: { type: string; status: string; reason?: string }[];
  };
}

/** Has this pod the condition Ready=True? */
export function isReadyPod(pod: TestPod): boolean {
  return pod.status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;
}

/** Annotations that the stages of test/cluster/stages read. */
function annotationsOf(options: PodOptions): Record<string, string> {
  const { readyAfterMs, goneAfterMs, completeAfterMs, completePhase, unready } = options;
  return {
    ...(readyAfterMs === undefined ? {} : { 'kmaint.test/ready-after-ms': String(readyAfterMs) }),
    ...(goneAfterMs === undefined ? {} : { 'kmaint.test/gone-after-ms': String(goneAfterMs) }),
    ...(completeAfterMs === undefined ? {} : { 'kmaint.test/complete-after-ms': String(completeAfterMs) }),
    ...(completePhase === undefined ? {} : { 'kmaint.test/complete-phase': completePhase }),
    ...(unready === true ? { 'kmaint.test/unready': 'true' } : {}),
    ...options.annotations,
  };
}

function podSpec(options: PodOptions, nodeSelector: Record<string, string>): Record<string, Json> {
  const { requests, volumes, tolerations, terminationGracePeriodSeconds } = options;
  return {
    automountServiceAccountToken: false,
    containers: [
      { name: 'app', image: 'kmaint.test/app', ...(requests === undefined ? {} : { resources: { requests } }) },
    ],
    nodeSelector,
    ...(volumes === undefined ? {} : { volumes: [...volumes] }),
    ...(tolerations === undefined ? {} : { tolerations: [...tolerations] }),
    ...(terminationGracePeriodSeconds === undefined ? {} : { terminationGracePeriodSeconds }),
    ...options.spec,
  };
}

/** Body of a Deployment, StatefulSet or DaemonSet whose pods carry the label `app: NAME`. */
export function workloadBody(
  kind: 'Deployment' | 'StatefulSet' | 'DaemonSet',
  name: string,
  replicas: number | undefined,
  nodeSelector: Record<string, string>,
  options: PodOptions,
): unknown {
  const labels = { app: name, ...options.labels };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, labels },
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      ...(kind === 'StatefulSet' ? { serviceName: name, podManagementPolicy: 'Parallel' } : {}),
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels, annotations: annotationsOf(options) }, spec: podSpec(options, nodeSelector) },
    },
  };
}

/** Body of a Pod with the label `app: NAME`. */
export function podBody(name: string, nodeSelector: Record<string, string>, options: BarePodOptions): unknown {
  const { nodeName, ownerReferences, finalizers } = options;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: { app: name, ...options.labels },
      annotations: annotationsOf(options),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
      ...(finalizers === undefined ? {} : { finalizers }),
    },
    spec: { ...podSpec(options, nodeSelector), ...(nodeName === undefined ? {} : { nodeName }) },
  };
}
