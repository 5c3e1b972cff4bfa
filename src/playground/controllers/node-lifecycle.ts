/** Plays the node lifecycle controller: taints by condition, NotReady of nodes whose kubelet is silent. */
import type { ControllerWorld } from '../ports.ts';
import { conditionOf, withCondition } from './conditions.ts';
import { createRecorder } from './events.ts';
import { observe } from './informer.ts';
import { leases, nodes, pods, type Lease, type Node, type Pod, type Taint } from './models.ts';
import { isReady } from './pod-facts.ts';
import { createQueue } from './queue.ts';
import { nowText } from './times.ts';

// kube-controller-manager's --node-monitor-period and --node-monitor-grace-period.
const monitorMs = 5_000;
const graceMs = 50_000;

/** Which status of which condition is which taint (`nodeConditionToTaintKeyStatusMap`). */
const conditionTaints: readonly (readonly [type: string, status: string, key: string])[] = [
  ['Ready', 'False', 'node.kubernetes.io/not-ready'],
  ['Ready', 'Unknown', 'node.kubernetes.io/unreachable'],
  ['MemoryPressure', 'True', 'node.kubernetes.io/memory-pressure'],
  ['DiskPressure', 'True', 'node.kubernetes.io/disk-pressure'],
  ['NetworkUnavailable', 'True', 'node.kubernetes.io/network-unavailable'],
  ['PIDPressure', 'True', 'node.kubernetes.io/pid-pressure'],
];
const unschedulableKey = 'node.kubernetes.io/unschedulable';

interface Sign {
  /** The last words of the kubelet. */
  readonly words: string;
  readonly heardAtMs: number;
}

export function nodeLifecycle(world: ControllerWorld): void {
  const { store, registry, clock, signal } = world;
  const record = createRecorder(world, 'node-controller');
  const signs = new Map<string, Sign>();
  const queue = createQueue(world, sync);

  observe(world, [nodes], ({ kind, object, previous }) => {
    const { name } = object.metadata;
    if (kind === 'deleted') {
      signs.delete(name);
      record(object, 'Normal', 'RemovingNode', `Node ${name} event: Removing Node ${name} from Controller`);
      return;
    }
    if (kind === 'added') {
      record(object, 'Normal', 'RegisteredNode', `Node ${name} event: Registered Node ${name} in Controller`);
    }
    if (previous && fellSilent(previous, object)) {
      record(object, 'Normal', 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
      markPodsNotReady(name);
    }
    queue.add(name);
  });
  let timer = clock.after(monitorMs, monitor);
  signal.addEventListener('abort', () => timer.cancel());

  function sync(name: string): void {
    registry.modify(nodes, undefined, name, (current) => {
      const node = current as Node;
      const taints = withConditionTaints(node, nowText(clock));
      if (taints === (node.spec?.taints ?? [])) return node;
      const { taints: _replaced, ...rest } = node.spec ?? {};
      return { ...node, spec: taints.length === 0 ? rest : { ...rest, taints } };
    });
  }

  function monitor(): void {
    timer = clock.after(monitorMs, monitor);
    const now = clock.monotonic();
    for (const node of store.list(nodes) as readonly Node[]) {
      const { name } = node.metadata;
      const lease: Lease | undefined = store.get(leases, 'kube-node-lease', name);
      const words = `${lease?.spec?.renewTime ?? ''} ${JSON.stringify(conditionOf(node, 'Ready')?.['lastHeartbeatTime'])}`;
      const sign = signs.get(name);
      if (sign?.words !== words) signs.set(name, { words, heardAtMs: now });
      else if (now - sign.heardAtMs > graceMs) declareUnknown(node);
    }
  }

  function declareUnknown(node: Node): void {
    if (conditionOf(node, 'Ready')?.status === 'Unknown') return;
    const now = nowText(clock);
    registry.modify(
      nodes,
      undefined,
      node.metadata.name,
      (current) => {
        const status = (current as Node).status ?? {};
        let { conditions } = status;
        for (const type of ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']) {
          const before = conditionOf(current, type);
          const condition = before
            ? {
                ...before,
                status: 'Unknown',
                reason: 'NodeStatusUnknown',
                message: 'Kubelet stopped posting node status.',
              }
            : {
                type,
                status: 'Unknown',
                reason: 'NodeStatusNeverUpdated',
                message: 'Kubelet never posted node status.',
                lastHeartbeatTime: node.metadata.creationTimestamp,
              };
          conditions = withCondition(conditions, condition, now);
        }
        return { ...current, status: { ...status, conditions } };
      },
      { subresource: 'status' },
    );
  }

  /** Nobody knows of pods on a silent node whether they are ready (controller/util/node, MarkPodsNotReady). */
  function markPodsNotReady(nodeName: string): void {
    for (const pod of store.podsOnNode(nodeName) as readonly Pod[]) {
      if (!isReady(pod)) continue;
      registry.modify(
        pods,
        pod.metadata.namespace,
        pod.metadata.name,
        (current) => ({
          ...current,
          status: {
            ...(current as Pod).status,
            conditions: (current as Pod).status?.conditions?.map((condition) =>
              condition.type === 'Ready'
                ? { ...condition, status: 'False', lastTransitionTime: nowText(clock) }
                : condition,
            ),
          },
        }),
        { subresource: 'status' },
      );
      record(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
    }
  }
}

/**
 * A kubelet that says itself that it is not ready still reports its pods: the controller then leaves them alone, because
 * it looks only for conditions that it has changed itself (monitorNodeHealth).
 */
function fellSilent(before: Node, after: Node): boolean {
  return conditionOf(before, 'Ready')?.status === 'True' && conditionOf(after, 'Ready')?.status === 'Unknown';
}

/** The node's taints as its conditions and its mark demand; the list itself when they are so already. */
export function withConditionTaints(node: Node, now: string): readonly Taint[] {
  const before = node.spec?.taints ?? [];
  const demanded: { readonly key: string; readonly effect: string }[] = [];
  for (const [type, status, key] of conditionTaints) {
    if (conditionOf(node, type)?.status !== status) continue;
    demanded.push({ key, effect: 'NoSchedule' });
    if (type === 'Ready') demanded.push({ key, effect: 'NoExecute' });
  }
  if (node.spec?.unschedulable) demanded.push({ key: unschedulableKey, effect: 'NoSchedule' });
  const same = (a: { key: string; effect: string }, b: { key: string; effect: string }): boolean =>
    a.key === b.key && a.effect === b.effect;
  const kept = before.filter((taint) => !isOurs(taint) || demanded.some((one) => same(one, taint)));
  const missing = demanded.filter((one) => !before.some((taint) => same(one, taint)));
  if (missing.length === 0 && kept.length === before.length) return before;
  return [...kept, ...missing.map((one) => ({ ...one, timeAdded: now }))];
}

/** Does the controller own the taint: may it take it away? */
function isOurs({ key, effect }: Taint): boolean {
  const known = key === unschedulableKey || conditionTaints.some(([, , one]) => one === key);
  const ofReadiness = key === 'node.kubernetes.io/not-ready' || key === 'node.kubernetes.io/unreachable';
  return known && (effect === 'NoSchedule' || (effect === 'NoExecute' && ofReadiness));
}
