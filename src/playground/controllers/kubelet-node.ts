/** Plays what kubelets say of their nodes: the conditions, a heartbeat, the Lease. */
import { isDeepStrictEqual } from 'node:util';
import type { ControllerWorld } from '../ports.ts';
import { conditionOf, withCondition } from './conditions.ts';
import { createRecorder } from './events.ts';
import { observe } from './informer.ts';
import { leases, nodes, type Condition, type Node, type NodeStatus } from './models.ts';
import { createQueue } from './queue.ts';
import { microTime, nowText } from './times.ts';

/** Label of a node whose kubelet reports that it cannot run pods (test/cluster/stages/node-not-ready.yaml). */
const notReadyLabel = 'kmaint.test/not-ready';
/** Label of a node whose kubelet says nothing any more: dead, or cut off. */
const silentLabel = 'kmaint.test/silent';

const leaseNamespace = 'kube-node-lease';
// The kubelet renews every quarter of the 40 s that a lease lasts, and reports an unchanged status once a minute here.
const renewMs = 10_000;
const heartbeatMs = 60_000;

export function isSilent(node: Node): boolean {
  return node.metadata.labels?.[silentLabel] !== undefined;
}

/** The address at which pods on the node find their host. */
export function hostAddress(node: Node | undefined): string {
  return node?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '127.0.0.1';
}

export function kubeletNode(world: ControllerWorld): void {
  const { store, registry, clock, signal } = world;
  const record = createRecorder(world, 'kubelet');
  const queue = createQueue(world, sync);
  let addressed = 0;
  let reportedAtMs = clock.monotonic();

  observe(world, [nodes], ({ kind, object }) => {
    if (kind !== 'deleted') queue.add(object.metadata.name);
  });
  let timer = clock.after(renewMs, beat);
  signal.addEventListener('abort', () => timer.cancel());

  function sync(name: string): void {
    const node: Node | undefined = store.get(nodes, undefined, name);
    if (!node || isSilent(node)) return;
    if (!store.get(leases, leaseNamespace, name)) renew(node);
    const ready = conditionOf(node, 'Ready')?.status;
    if (node.metadata.labels?.[notReadyLabel] !== undefined) {
      if (ready === 'False') return;
      report(node, (status, now) => notReadyStatus(status, now));
      record(node, 'Normal', 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
    } else if (ready !== 'True') {
      const address = hostAddressOf(node);
      report(node, (status, now) => readyStatus(node, status, address, now));
      record(node, 'Normal', 'NodeReady', `Node ${name} status is now: NodeReady`);
    }
  }

  function hostAddressOf(node: Node): string {
    const given = node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
    if (given !== undefined) return given;
    addressed += 1;
    return `192.168.${String(64 + Math.floor(addressed / 250))}.${String(1 + (addressed % 250))}`;
  }

  /** All kubelets speak at once: one timer, however many nodes there are. */
  function beat(): void {
    timer = clock.after(renewMs, beat);
    const reporting = clock.monotonic() - reportedAtMs >= heartbeatMs;
    if (reporting) reportedAtMs = clock.monotonic();
    for (const node of store.list(nodes) as readonly Node[]) {
      if (isSilent(node)) continue;
      try {
        renew(node);
        if (reporting) report(node, heartbeat);
      } catch {
        // The next beat tries again.
      }
    }
  }

  function report(node: Node, change: (status: NodeStatus, now: string) => NodeStatus): void {
    registry.modify(
      nodes,
      undefined,
      node.metadata.name,
      (current) => {
        const status = (current as Node).status ?? {};
        const after = change(status, nowText(clock));
        return isDeepStrictEqual(after, status) ? current : { ...current, status: after };
      },
      { subresource: 'status' },
    );
  }

  function renew(node: Node): void {
    const { name, uid } = node.metadata;
    const renewTime = microTime(clock.now());
    const renewed = registry.modify(leases, leaseNamespace, name, (lease) => ({
      ...lease,
      spec: { ...(lease['spec'] as object | undefined), holderIdentity: name, leaseDurationSeconds: 40, renewTime },
    }));
    if (renewed) return;
    registry.create(
      leases,
      {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: {
          name,
          namespace: leaseNamespace,
          ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }],
        },
        spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime },
      },
      { namespace: leaseNamespace },
    );
  }
}

function heartbeat(status: NodeStatus, now: string): NodeStatus {
  return {
    ...status,
    conditions: (status.conditions ?? []).map((condition) => ({ ...condition, lastHeartbeatTime: now })),
  };
}

function notReadyStatus(status: NodeStatus, now: string): NodeStatus {
  const condition = {
    type: 'Ready',
    status: 'False',
    reason: 'KubeletNotReady',
    message: 'container runtime is down',
    lastHeartbeatTime: now,
  };
  return { ...status, conditions: withCondition(status.conditions, condition, now) };
}

const healthy: readonly Condition[] = [
  ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ['NetworkUnavailable', 'False', 'RouteCreated', 'RouteController created a route'],
].map(([type = '', status = '', reason = '', message = '']) => ({ type, status, reason, message }));

function readyStatus(node: Node, status: NodeStatus, address: string, now: string): NodeStatus {
  const { name, uid } = node.metadata;
  let conditions = status.conditions;
  for (const condition of healthy) {
    conditions = withCondition(conditions, { ...condition, lastHeartbeatTime: now }, now);
  }
  const size = status.capacity ?? status.allocatable ?? { cpu: '4', memory: '8Gi', pods: '110' };
  const info = status.nodeInfo ?? {};
  return {
    ...status,
    capacity: size,
    allocatable: status.allocatable ?? size,
    ...(conditions ? { conditions } : {}),
    addresses: status.addresses ?? [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
    nodeInfo: {
      architecture: info['architecture'] || 'amd64',
      bootID: info['bootID'] || uid,
      containerRuntimeVersion: info['containerRuntimeVersion'] || 'containerd://2.1.0',
      kernelVersion: info['kernelVersion'] || '6.1.0',
      kubeProxyVersion: info['kubeProxyVersion'] || '',
      kubeletVersion: info['kubeletVersion'] || 'v1.36.3',
      machineID: info['machineID'] || uid,
      operatingSystem: info['operatingSystem'] || 'linux',
      osImage: info['osImage'] || 'Debian GNU/Linux 12 (bookworm)',
      systemUUID: info['systemUUID'] || uid,
    },
  };
}
