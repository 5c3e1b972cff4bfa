/** Guards the quorum of a stacked etcd: what the cluster loses when a control-plane node goes down. */
import type { Cluster } from '../../cluster/cluster.ts';
import type { Node } from '../../cluster/node.ts';
import { podName, type Pod } from '../../cluster/pod.ts';
import { ClusterError } from '../../errors.ts';
import { retryTransient } from '../retry.ts';
import type { Commands } from '../world.ts';

/** Set by k3s and RKE2 on nodes whose etcd they run themselves, with or without a pod. */
const etcdRoleLabel = 'node-role.kubernetes.io/etcd';
const retryBudgetMs = 30_000;

/**
 * Why etcd has no quorum without the node. `only`: it is the only member. `two`: there is one other, and both are needed.
 * `ill`: others are not well. `together`: others go out of service in the same run.
 */
export type QuorumLoss = 'only' | 'two' | 'ill' | 'together';

/** Whether etcd keeps its quorum without the node; a `warning` says what could not be known. */
export type QuorumVerdict =
  | { readonly ok: true; readonly warning?: string }
  | {
      readonly ok: false;
      readonly loss: QuorumLoss;
      readonly message: string;
      /** The node's own member counts now: without it etcd has one less than before. */
      readonly counts: boolean;
    };

/** What the verdict is made from, as it was read. */
export interface QuorumFacts {
  /** Nodes with the control-plane role, and those with an etcd role. */
  readonly controlPlaneNodes: readonly Node[];
  /** Mirror pods of etcd; undefined where these or the nodes could not be read, for the reason in `unreadable`. */
  readonly etcdPods: readonly Pod[] | undefined;
  readonly unreadable?: string;
}

/** What the run does with the node, beyond its pods. */
export interface QuorumCourse {
  /** A program follows that may stop the node (`--exec`). */
  readonly takesDown: boolean;
  /** Names of nodes that the same run takes out of service before this one, and does not bring back. */
  readonly alongWith?: ReadonlySet<string>;
}

/** What becomes of a verdict. */
export interface QuorumObjection {
  readonly severity: 'refuse' | 'warn';
  readonly message: string;
  /** For a refusal: what to do instead. */
  readonly hint?: string;
  /** The refusal may be none any more when the node's turn comes: others may be well by then. */
  readonly mayPass?: boolean;
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
 *
 * @param alongWith names of nodes that are down then, too
 */
export function quorumVerdict(
  controlPlaneNodes: readonly Node[],
  etcdPods: readonly Pod[],
  target: Node,
  alongWith: ReadonlySet<string> = new Set(),
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
  const away = others.filter((name) => alongWith.has(name) && !illness(name, controlPlaneNodes, etcdPods));
  const healthy = others.length - ill.length;
  const left = healthy - away.length;
  const needed = Math.floor(members.size / 2) + 1;
  if (left >= needed) return { ok: true };
  const counts = illness(target.name, [...controlPlaneNodes, target], etcdPods) === undefined;
  if (members.size === 1) {
    const message = `${target.name} holds the only etcd member: while it is down, the cluster has no API`;
    return { ok: false, loss: 'only', message, counts };
  }
  const reasons = [...ill, ...away.map((name) => `${name} goes out of service in the same run`)];
  const because = reasons.length === 0 ? '' : ` (${reasons.join('; ')})`;
  return {
    ok: false,
    loss: healthy >= needed ? 'together' : ill.length > 0 ? 'ill' : 'two',
    message: `without ${target.name} etcd has ${left} healthy of ${members.size} members and needs ${needed}${because}`,
    counts,
  };
}

/**
 * What to say, or to refuse, before `target` is drained; undefined when nothing is wrong. A drain stops no etcd, for its
 * pod is a mirror pod, but what it is done for does. So it is refused where it takes a healthy member away that the
 * quorum needs; not for the only member, which every maintenance of such a cluster takes away, unless a program that
 * stops the node is part of the run.
 */
export function quorumObjection(
  facts: QuorumFacts,
  target: Node,
  course: QuorumCourse,
  write: Commands,
): QuorumObjection | undefined {
  if (facts.etcdPods === undefined) {
    if (!isOfControlPlane(target)) return undefined;
    return {
      severity: 'warn',
      message: `etcd's members could not be counted, so nobody checked that it keeps its quorum without ${target.name}: ${facts.unreadable ?? 'no reason was given'}`,
    };
  }
  const verdict = quorumVerdict(facts.controlPlaneNodes, facts.etcdPods, target, course.alongWith);
  if (verdict.ok) return verdict.warning === undefined ? undefined : { severity: 'warn', message: verdict.warning };
  const { loss, message, counts } = verdict;
  if (course.takesDown || (counts && loss !== 'only')) {
    const hint = hintFor(loss, target.name, course, write);
    return { severity: 'refuse', message, hint, mayPass: loss === 'ill' };
  }
  return { severity: 'warn', message: `${message}; the drain itself leaves etcd running, stopping the node does not` };
}

function hintFor(
  loss: QuorumLoss,
  name: string,
  { alongWith = new Set() }: QuorumCourse,
  { command, kubectl }: Commands,
): string {
  const look = kubectl('get', 'pods', '-n', 'kube-system', '-l', 'component=etcd', '-o', 'wide');
  switch (loss) {
    case 'only':
      return `back etcd up, drain without --exec (etcd goes on running) and do the work by hand: ${command(['drain', name])}; or add control-plane nodes first`;
    case 'two':
      return `of two members none can be spared: add a control-plane node first; to see them: ${look}`;
    case 'ill':
      return `bring the others back first; to see them: ${look}`;
    case 'together': {
      const words = ['drain', '--max-unavailable=1', '--uncordon', ...alongWith, name];
      return `bring each back before the next is drained: ${command(words)} (with the work on each: --exec -- PROGRAM)`;
    }
  }
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
