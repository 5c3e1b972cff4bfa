/** What runs on each node, as the scheduler counts it; computed when asked for, forgotten when a pod there changes. */
import type { Store } from '../ports.ts';
import type { Node, Pod } from './models.ts';
import { isFinished } from './pod-facts.ts';
import { parseQuantity } from './quantity.ts';

export type Amounts = ReadonlyMap<string, number>;

export interface NodeInfo {
  readonly node: Node;
  /** All but finished ones. */
  readonly pods: readonly Pod[];
  readonly requested: Amounts;
  readonly allocatable: Amounts;
  readonly hostPorts: ReadonlySet<string>;
  /** Those that shun others: few, and asked for whenever a pod is placed. */
  readonly antiAffine: readonly Pod[];
}

export interface NodeInfos {
  get(node: Node): NodeInfo;
  forget(nodeName: string): void;
}

export function createNodeInfos(store: Store): NodeInfos {
  const known = new Map<string, NodeInfo>();
  return {
    get(node) {
      const before = known.get(node.metadata.name);
      if (before?.node === node) return before;
      const info = gather(node, before, store);
      known.set(node.metadata.name, info);
      return info;
    },
    forget: (nodeName) => void known.delete(nodeName),
  };
}

function gather(node: Node, before: NodeInfo | undefined, store: Store): NodeInfo {
  const allocatable = new Map(
    Object.entries(node.status?.allocatable ?? {}).map(([name, quantity]) => [name, parseQuantity(quantity)]),
  );
  // A heartbeat changes the node, not its pods.
  if (before) return { ...before, node, allocatable };
  const pods = (store.podsOnNode(node.metadata.name) as readonly Pod[]).filter((pod) => !isFinished(pod));
  const requested = new Map<string, number>();
  const hostPorts = new Set<string>();
  for (const pod of pods) {
    for (const [name, amount] of podRequests(pod)) requested.set(name, (requested.get(name) ?? 0) + amount);
    for (const port of hostPortsOf(pod)) hostPorts.add(port);
  }
  const antiAffine = pods.filter(
    ({ spec }) => spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution !== undefined,
  );
  return { node, pods, requested, allocatable, hostPorts, antiAffine };
}

/** What the pod asks for: the sum of its containers, or its largest init container where that is more (resource helpers). */
export function podRequests(pod: Pod): Amounts {
  const total = new Map<string, number>();
  const peak = new Map<string, number>();
  for (const container of pod.spec.containers ?? []) add(total, container.resources?.requests);
  for (const container of pod.spec.initContainers ?? []) {
    if (container.restartPolicy === 'Always') {
      add(total, container.resources?.requests);
      continue;
    }
    for (const [name, quantity] of Object.entries(container.resources?.requests ?? {})) {
      peak.set(name, Math.max(peak.get(name) ?? 0, parseQuantity(quantity)));
    }
  }
  for (const [name, amount] of peak) total.set(name, Math.max(total.get(name) ?? 0, amount));
  add(total, pod.spec.overhead);
  return total;
}

function add(total: Map<string, number>, requests: Readonly<Record<string, string | number>> | undefined): void {
  for (const name in requests) total.set(name, (total.get(name) ?? 0) + parseQuantity(requests[name]));
}

export function hostPortsOf(pod: Pod): readonly string[] {
  return (pod.spec.containers ?? []).flatMap((container) =>
    (container.ports ?? []).flatMap(({ hostPort, protocol }) =>
      hostPort ? [`${protocol ?? 'TCP'}/${String(hostPort)}`] : [],
    ),
  );
}
