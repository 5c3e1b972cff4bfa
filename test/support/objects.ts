/** Narrowed objects for tests of decisions: only what a test says differs from an ordinary one. */
import type { Budget } from '../../src/cluster/budget.ts';
import type { Node } from '../../src/cluster/node.ts';
import type { Pod } from '../../src/cluster/pod.ts';
import type { Workload } from '../../src/cluster/workload.ts';
import { defaultPolicy } from '../../src/drain/default-policy.ts';
import type { DrainPolicy, NodeSnapshot } from '../../src/drain/plan.ts';

const metadata = {
  resourceVersion: '1',
  labels: {},
  annotations: {},
  finalizers: [],
  creationTimestamp: '2026-01-01T00:00:00Z',
  deletionTimestamp: undefined,
  generation: 1,
};

/** A running, ready pod of a ReplicaSet on node1. */
export function aPod(differences: Partial<Pod> = {}): Pod {
  const name = differences.name ?? 'web-1';
  return {
    ...metadata,
    name,
    uid: `uid-of-${differences.namespace ?? 'shop'}-${name}`,
    namespace: 'shop',
    nodeName: 'node1',
    phase: 'Running',
    ready: true,
    finished: false,
    mirror: false,
    controller: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'uid-of-web' },
    terminationGracePeriodSeconds: 30,
    volumes: [],
    tolerations: [],
    priorityClassName: undefined,
    priority: 0,
    requests: {},
    scheduling: {
      nodeSelector: {},
      affinity: undefined,
      topologySpreadConstraints: [],
      hostPorts: [],
      schedulerName: 'default-scheduler',
      schedulingGates: [],
      resourceClaims: [],
    },
    containers: [{ name: 'app', image: 'registry.test/app:1', imagePullPolicy: 'IfNotPresent' }],
    waiting: [],
    unschedulableMessage: undefined,
    readySince: '2026-01-01T00:00:00Z',
    ...differences,
  };
}

export function aVolume(kind: Pod['volumes'][number]['kind'], inMemory = false): Pod['volumes'][number] {
  return { name: `a-${kind}`.toLowerCase(), kind, inMemory, claimName: undefined };
}

export function aNode(differences: Partial<Node> = {}): Node {
  const name = differences.name ?? 'node1';
  return {
    ...metadata,
    name,
    uid: `uid-of-${name}`,
    unschedulable: false,
    taints: [],
    cordonManagers: [],
    ready: 'True',
    controlPlane: false,
    kubeletVersion: 'v1.36.3',
    allocatable: { cpu: 4_000, memory: 8 * 2 ** 30 * 1000, pods: 110_000 },
    conditions: [],
    addresses: [{ type: 'InternalIP', address: '192.0.2.1' }],
    bootID: `boot-of-${name}`,
    images: [],
    volumesAttached: [],
    ...differences,
  };
}

/** A budget over the whole namespace `shop` that allows one disruption. */
export function aBudget(differences: Partial<Budget> = {}): Budget {
  return {
    ...metadata,
    name: 'web',
    uid: 'uid-of-budget-web',
    namespace: 'shop',
    matches: () => true,
    minAvailable: 1,
    maxUnavailable: undefined,
    disruptionsAllowed: 1,
    currentHealthy: 2,
    desiredHealthy: 1,
    expectedPods: 2,
    settled: true,
    disruptedPods: new Set(),
    reason: 'SufficientPods',
    unhealthyPodEvictionPolicy: 'IfHealthyBudget',
    ...differences,
  };
}

/** A Deployment of two ready replicas. */
export function aWorkload(differences: Partial<Workload> = {}): Workload {
  const name = differences.name ?? 'web';
  return {
    ...metadata,
    name,
    uid: `uid-of-${name}`,
    kind: 'Deployment',
    namespace: 'shop',
    controller: undefined,
    replicas: 2,
    readyReplicas: 2,
    availableReplicas: 2,
    updatedReplicas: 2,
    statusReplicas: 2,
    settled: true,
    paused: false,
    minReadySeconds: 0,
    strategy: 'RollingUpdate',
    maxSurge: '25%',
    maxUnavailable: '25%',
    revision: '1',
    templateNodeName: undefined,
    templateAnnotations: {},
    ...differences,
  };
}

/** kmaint's defaults. */
export function aPolicy(differences: Partial<DrainPolicy> = {}): DrainPolicy {
  return { ...defaultPolicy, ...differences };
}

export function aSnapshot(pods: readonly Pod[], differences: Partial<NodeSnapshot> = {}): NodeSnapshot {
  return { node: aNode(), pods, daemonSets: new Map(), budgets: [], ...differences };
}
