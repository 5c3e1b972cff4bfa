/** Narrowed objects for tests of decisions: only what a test says differs from an ordinary one. */
import type { Budget } from '../../src/cluster/budget.ts';
import type { Node } from '../../src/cluster/node.ts';
import type { Pod } from '../../src/cluster/pod.ts';
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
    ready: 'True',
    controlPlane: false,
    kubeletVersion: 'v1.36.3',
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
    reason: 'SufficientPods',
    unhealthyPodEvictionPolicy: 'IfHealthyBudget',
    ...differences,
  };
}

/** kmaint's defaults. */
export function aPolicy(differences: Partial<DrainPolicy> = {}): DrainPolicy {
  return {
    force: false,
    ignoreDaemonSets: true,
    deleteEmptyDirData: false,
    disableEviction: false,
    gracePeriodSeconds: undefined,
    skipWaitForDeleteTimeoutSeconds: 0,
    podSelector: undefined,
    strict: false,
    ...differences,
  };
}

export function aSnapshot(pods: readonly Pod[], differences: Partial<NodeSnapshot> = {}): NodeSnapshot {
  return { node: aNode(), pods, daemonSets: new Map(), budgets: [], ...differences };
}
