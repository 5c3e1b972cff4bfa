/** Which nodes can take a pod, and what the scheduler says when none can. */
import type { Store } from '../ports.ts';
import type { Node, Pod, Toleration } from './models.ts';
import { matchesNodeAffinity, namedNodes } from './node-affinity.ts';
import { type Amounts, hostPortsOf, type NodeInfo, podRequests } from './node-info.ts';
import { createPodAffinity } from './pod-affinity.ts';
import { tolerates, toleratesAll } from './taints.ts';

export interface Rejection {
  readonly reasons: readonly string[];
  /** Could preempting pods help, were there pods of lower priority? */
  readonly resolvable: boolean;
}

export interface FilterResult {
  readonly feasible: readonly NodeInfo[];
  readonly rejections: readonly Rejection[];
}

const unschedulableTaint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** Judges all nodes, in the order of kube-scheduler's default plugins: the first that refuses a node gives the reason. */
export function filterNodes(store: Store, pod: Pod, infos: readonly NodeInfo[]): FilterResult {
  const named = namedNodes(pod);
  const requests = podRequests(pod);
  const ports = hostPortsOf(pod);
  const byOthers = createPodAffinity(store, pod, infos, ({ node }) => matchesNodeAffinity(pod, node));
  const feasible: NodeInfo[] = [];
  const rejections: Rejection[] = [];
  for (const info of infos) {
    const rejection = judge(info);
    if (rejection) rejections.push(rejection);
    else feasible.push(info);
  }
  return { feasible, rejections };

  function judge(info: NodeInfo): Rejection | undefined {
    const { node } = info;
    if (named && !named.has(node.metadata.name)) return final("node(s) didn't satisfy plugin(s) [NodeAffinity]");
    const byNode = judgeNode(pod, node);
    if (byNode) return byNode;
    if (ports.some((port) => info.hostPorts.has(port))) {
      return { reasons: ["node(s) didn't have free ports for the requested pod ports"], resolvable: true };
    }
    const short = lacks(requests, info);
    if (short) return short;
    const verdict = byOthers(info);
    return verdict && { reasons: [verdict.reason], resolvable: verdict.resolvable };
  }
}

/** What the node itself says: its mark, its taints, its labels. */
function judgeNode(pod: Pod, node: Node): Rejection | undefined {
  const tolerations: readonly Toleration[] = pod.spec.tolerations ?? [];
  if (node.spec?.unschedulable && !tolerations.some((toleration) => tolerates(toleration, unschedulableTaint))) {
    return final('node(s) were unschedulable');
  }
  if (!toleratesAll(tolerations, node.spec?.taints, ['NoSchedule', 'NoExecute'])) {
    return final('node(s) had untolerated taint(s)');
  }
  return matchesNodeAffinity(pod, node) ? undefined : final("node(s) didn't match Pod's node affinity/selector");
}

function final(reason: string): Rejection {
  return { reasons: [reason], resolvable: false };
}

/** Every resource that does not fit; asking for more than the whole node has cannot be resolved (plugin NodeResourcesFit). */
function lacks(requests: Amounts, { pods, requested, allocatable }: NodeInfo): Rejection | undefined {
  const reasons: string[] = [];
  let resolvable = true;
  const podLimit = allocatable.get('pods');
  if (podLimit !== undefined && pods.length + 1 > podLimit) reasons.push('Too many pods');
  for (const [name, amount] of requests) {
    if (amount === 0) continue;
    const whole = allocatable.get(name) ?? 0;
    // Sums of thousandths of a core are not exact.
    if (amount + (requested.get(name) ?? 0) <= whole + 1e-9) continue;
    reasons.push(`Insufficient ${name}`);
    if (amount > whole) resolvable = false;
  }
  return reasons.length === 0 ? undefined : { reasons, resolvable };
}

/** kube-scheduler's message for a pod that fits nowhere (`FitError.Error`, with its preemption's result). */
export function unschedulableMessage(total: number, rejections: readonly Rejection[]): string {
  if (total === 0) return 'no nodes available to schedule pods';
  const of = `0/${String(total)} nodes are available:`;
  const why = histogram(rejections.flatMap(({ reasons }) => reasons));
  const preemption = histogram(
    rejections.map(({ resolvable }) =>
      resolvable ? 'No preemption victims found for incoming pod' : 'Preemption is not helpful for scheduling',
    ),
  );
  return `${of} ${why}. no new claims to deallocate, preemption: ${of} ${preemption}.`;
}

function histogram(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${String(count)} ${reason}`)
    .sort()
    .join(', ');
}
