/** Guards the quorum of a stacked etcd: what the cluster loses when a control-plane node goes down. */
import type { Cluster } from '../../cluster/cluster.ts';
import type { Node } from '../../cluster/node.ts';
import { podName, type Pod } from '../../cluster/pod.ts';
import { ClusterError } from '../../errors.ts';
import { retryTransient } from '../retry.ts';

/** Set by k3s and RKE2 on nodes whose etcd they run themselves, with or without a pod. */
const etcdRoleLabel = 'node-role.kubernetes.io/etcd';
const retryBudgetMs = 30_000;
const lookAtEtcd = 'kubectl get pods -n kube-system -l component=etcd -o wide';

/** Whether etcd keeps its quorum without the node; a `warning` says what could not be known. */
export type QuorumVerdict =
  | { readonly ok: true; readonly warning?: string }
  | { readonly ok: false; readonly message: string; readonly hint: string };

/** What the verdict is made from, as it was read. */
export interface QuorumFacts {
  /** Nodes with the control-plane role, and those with an etcd role. */
  readonly controlPlaneNodes: readonly Node[];
  /** Mirror pods of etcd; undefined where these or the nodes could not be read, for the reason in `unreadable`. */
  readonly etcdPods: readonly Pod[] | undefined;
  readonly unreadable?: string;
}

/** What becomes of a verdict: a drain alone stops no etcd, for its pod is a mirror pod; what follows the drain does. */
export interface QuorumObjection {
  readonly severity: 'refuse' | 'warn';
  readonly message: string;
  /** For a refusal: what to do instead. */
  readonly hint?: string;
}

/**
 * Reads the control-plane nodes and etcd's pods once. Call it again before each control-plane node: the answer changes
 * as nodes come and go.
 *
 * @throws the signal's reason; what cannot be read is part of the facts, for a drain by name needs neither list
 */
export async function readQuorum(
  { cluster, clock }: { readonly cluster: Cluster; readonly clock: Parameters<typeof retryTransient>[0] },
  signal: AbortSignal,
): Promise<QuorumFacts> {
  try {
    const list = { chunkSize: 500, signal };
    const nodes = await retryTransient(clock, signal, retryBudgetMs, () => cluster.listNodes(list));
    const query = { namespace: 'kube-system', labelSelector: 'component=etcd', signal };
    const pods = await retryTransient(clock, signal, retryBudgetMs, () => cluster.listPods(query));
    return { controlPlaneNodes: nodes.filter(isOfControlPlane), etcdPods: pods.filter(isEtcdMember) };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ClusterError)) throw error;
    return { controlPlaneNodes: [], etcdPods: undefined, unreadable: error.message };
  }
}

/**
 * Whether etcd keeps its quorum while `target` is down: of the members on other nodes, more than half of all have to be
 * healthy. A control-plane node without an etcd pod counts as a member that is down, for etcd still counts it.
 */
export function quorumVerdict(
  controlPlaneNodes: readonly Node[],
  etcdPods: readonly Pod[],
  target: Node,
): QuorumVerdict {
  const holders = new Set(etcdPods.map(({ nodeName }) => nodeName));
  if (!isOfControlPlane(target) && !holders.has(target.name)) return { ok: true };
  if (etcdPods.length === 0) {
    return {
      ok: true,
      warning: `no etcd pods were seen in kube-system (etcd runs elsewhere, or inside another program), so nobody checked that it keeps its quorum without ${target.name}`,
    };
  }

  const members = new Set([...holders, ...controlPlaneNodes.map(({ name }) => name), target.name]);
  const others = [...members].filter((name) => name !== target.name);
  const ill = others.flatMap((name) => illness(name, controlPlaneNodes, etcdPods) ?? []);
  const healthy = others.length - ill.length;
  const needed = Math.floor(members.size / 2) + 1;
  if (healthy >= needed) return { ok: true };
  if (members.size === 1) {
    return {
      ok: false,
      message: `${target.name} holds the only etcd member: while it is down, the cluster has no API`,
      hint: `back etcd up, drain without --exec (etcd goes on running) and do the work by hand: kmaint drain ${target.name}; or add control-plane nodes first`,
    };
  }
  const because = ill.length === 0 ? '' : ` (${ill.join('; ')})`;
  return {
    ok: false,
    message: `without ${target.name} etcd has ${healthy} healthy of ${members.size} members and needs ${needed}${because}`,
    hint:
      ill.length === 0
        ? `of two members none can be spared: add a control-plane node first; or drain without --exec and do the work by hand: kmaint drain ${target.name}`
        : `bring the others back first; to see them: ${lookAtEtcd}`,
  };
}

/**
 * What to say, or to refuse, before `target` is drained; undefined when nothing is wrong.
 *
 * @param takesDown a program follows that may stop the node (`--exec`)
 */
export function quorumObjection(facts: QuorumFacts, target: Node, takesDown: boolean): QuorumObjection | undefined {
  if (facts.etcdPods === undefined) {
    if (!isOfControlPlane(target)) return undefined;
    return {
      severity: 'warn',
      message: `etcd's members could not be counted, so nobody checked that it keeps its quorum without ${target.name}: ${facts.unreadable ?? 'no reason was given'}`,
    };
  }
  const verdict = quorumVerdict(facts.controlPlaneNodes, facts.etcdPods, target);
  if (!verdict.ok) {
    return takesDown
      ? { severity: 'refuse', message: verdict.message, hint: verdict.hint }
      : { severity: 'warn', message: `do not stop the node after its drain: ${verdict.message}` };
  }
  return verdict.warning === undefined ? undefined : { severity: 'warn', message: verdict.warning };
}

/** Whether the quorum could depend on this node: it is of the control plane, or an etcd pod was seen on it. */
export function concernsQuorum({ etcdPods }: QuorumFacts, node: Node): boolean {
  return isOfControlPlane(node) || (etcdPods ?? []).some(({ nodeName }) => nodeName === node.name);
}

/** Carries the control-plane role, or an etcd role. */
export function isOfControlPlane({ controlPlane, labels }: Node): boolean {
  return controlPlane || labels[etcdRoleLabel] !== undefined;
}

/** kubeadm's labels of a static etcd. */
function isEtcdMember({ mirror, namespace, labels }: Pod): boolean {
  return mirror && namespace === 'kube-system' && labels['component'] === 'etcd' && labels['tier'] === 'control-plane';
}

/** Why the member on that node does not count; undefined when it is healthy. */
function illness(name: string, nodes: readonly Node[], etcdPods: readonly Pod[]): string | undefined {
  const pod = etcdPods.find(({ nodeName }) => nodeName === name);
  if (!pod) return `no etcd pod on ${name}`;
  const node = nodes.find((one) => one.name === name);
  if (node && node.ready !== 'True') return `${name} is not Ready`;
  return pod.ready && pod.deletionTimestamp === undefined ? undefined : `${podName(pod)} is not ready`;
}
