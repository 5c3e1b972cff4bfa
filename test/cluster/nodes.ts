// Fake nodes: made here, played by kwok.

import { waitFor } from '../support/api.ts';
import type { Api, KubeObject } from '../support/api.ts';

/** A Node, as far as tests read it. */
export interface FakeNode extends KubeObject {
  spec: { unschedulable?: boolean; taints?: { key: string; effect: string; value?: string }[] };
  status: {
    conditions?: { type: string; status: string; reason?: string; lastHeartbeatTime?: string }[];
    nodeInfo: { kubeletVersion: string };
  };
}

/** What a fake node has to offer, as Kubernetes quantities. */
export interface NodeShape {
  readonly cpu?: string;
  readonly memory?: string;
  readonly pods?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly { key: string; effect: string; value?: string }[];
}

/**
 * Creates a Node that kwok makes Ready.
 * @param kubeletVersion as shown by `kubectl get nodes`, e.g. `v1.36.3`
 */
export async function createFakeNode(
  api: Api,
  name: string,
  kubeletVersion: string,
  shape: NodeShape = {},
): Promise<void> {
  const resources = { cpu: shape.cpu ?? '32', memory: shape.memory ?? '256Gi', pods: shape.pods ?? '1000' };
  const labels = {
    'kubernetes.io/hostname': name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    ...shape.labels,
  };
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels, annotations: { 'kwok.x-k8s.io/node': 'fake' } },
    spec: shape.taints === undefined ? {} : { taints: shape.taints },
    status: {
      capacity: resources,
      allocatable: resources,
      nodeInfo: {
        architecture: 'amd64',
        bootID: '',
        containerRuntimeVersion: 'containerd://2.1.0',
        kernelVersion: '6.1.0',
        kubeProxyVersion: '',
        kubeletVersion,
        machineID: '',
        operatingSystem: 'linux',
        osImage: 'Debian GNU/Linux 12 (bookworm)',
        systemUUID: '',
      },
    },
  };
  await api.create('/api/v1/nodes', node);
}

/** Ready, with the not-ready taint of its first moments taken away again: pods can be scheduled. */
export function isSettled(node: FakeNode): boolean {
  const ready = node.status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;
  return ready && !(node.spec.taints ?? []).some((taint) => taint.key === 'node.kubernetes.io/not-ready');
}

/** Waits until pods can be scheduled to every one of these nodes. */
export async function waitForNodes(api: Api, names: readonly string[]): Promise<void> {
  const wanted = new Set(names);
  await waitFor(
    `${String(names.length)} nodes to be Ready`,
    async () => {
      const nodes = await api.list<FakeNode>('/api/v1/nodes');
      return nodes.filter((node) => wanted.has(node.metadata.name) && isSettled(node)).length === names.length
        ? true
        : undefined;
    },
    { timeoutMs: 60_000, everyMs: 100 },
  );
}
