/** The plan of a drain as a value: what would happen to every pod of every node, with all reasons. */
import type { Placement } from '../capacity/placement.ts';
import type { Budget } from '../cluster/budget.ts';
import type { Cluster, Existence, Identity } from '../cluster/cluster.ts';
import type { Controller } from '../cluster/metadata.ts';
import type { Node } from '../cluster/node.ts';
import type { Pod } from '../cluster/pod.ts';
import { counted } from '../report/counting.ts';
import { planBudgets, type BudgetPlan } from './budget-plan.ts';
import { decide } from './decide.ts';
import type { ClusterFacts } from './facts.ts';
import type { EscalationOptions } from './options.ts';
import { planScope, type PlanScope } from './plan-scope.ts';
import { policyFor } from './unreachable/profile.ts';
import { orderBy, waveKey, wavesOf } from './waves.ts';

/** What the user allows; kubectl's flags, names and default safety, except `ignoreDaemonSets`, which defaults to true. */
export interface DrainPolicy {
  readonly force: boolean;
  readonly ignoreDaemonSets: boolean;
  readonly deleteEmptyDirData: boolean;
  /** Evictions are deletions: budgets do not count. */
  readonly disableEviction: boolean;
  /** Undefined: each pod's own. */
  readonly gracePeriodSeconds: number | undefined;
  /** 0: never skip. */
  readonly skipWaitForDeleteTimeoutSeconds: number;
  /** Label selector that the server applied to the pod list. */
  readonly podSelector: string | undefined;
  /** Makes the risks that a drain cannot end well with blockers. */
  readonly strict: boolean;
  /** Pods that match a selector go in the wave of that number, the first match winning; all others in wave 0. */
  readonly order: readonly OrderRule[];
}

export interface OrderRule {
  readonly order: number;
  /** A label selector, as in `-l`. */
  readonly selector: string;
}

/** What the decision is made from: one node and all that was read about it. */
export interface NodeSnapshot {
  readonly node: Node;
  readonly pods: readonly Pod[];
  /** By `namespace/name`: does the DaemonSet that a pod names still exist? */
  readonly daemonSets: ReadonlyMap<string, Existence>;
  /** Budgets of the namespaces of these pods; undefined where they could not be read. */
  readonly budgets: readonly Budget[] | undefined;
}

/** Why a pod is left alone. */
export type LeaveReason =
  | 'daemonset'
  | 'mirror'
  /** Its label `cluster.x-k8s.io/drain` is `skip`. */
  | 'skip-label'
  /** It has finished, and its label asks for no more than to wait for that. */
  | 'completed'
  /** `--skip-wait-for-delete-timeout`: it should have been gone for longer than that. */
  | 'terminating-too-long';

export type BlockerKind =
  | 'daemonset'
  | 'daemonset-missing'
  | 'daemonset-unknown'
  | 'local-storage'
  | 'unmanaged'
  | 'several-budgets'
  | 'strict';

export interface Blocker {
  readonly kind: BlockerKind;
  /** One clause, without the pod's name. */
  readonly message: string;
  /** The flag that lifts it, if one does. */
  readonly flag: string | undefined;
}

export type RiskKind =
  | 'empty-dir'
  | 'empty-dir-memory'
  | 'host-path'
  | 'unmanaged'
  | 'daemonset-missing'
  | 'tolerates-unschedulable'
  | 'budget-bypassed'
  | 'budget-never'
  | 'budget-not-now'
  | 'budget-settling'
  | 'finalizers'
  | 'shorter-grace'
  | 'immediate'
  /** It may take more than five minutes to stop. */
  | 'long-grace'
  /** Its label `cluster.x-k8s.io/drain` has a value without a meaning. */
  | 'unknown-label'
  /** The data of a generic ephemeral volume goes with the pod. */
  | 'ephemeral-volume'
  | 'job'
  /** Its workload's template names the node. */
  | 'bound-by-name'
  | 'single-replica'
  /** Every ready replica of the cluster's DNS or of a controller of its network is on the nodes of the plan. */
  | 'system-replicas'
  /** Its data is on the node's own disk. */
  | 'local-volume'
  | 'image-never'
  | 'does-not-fit'
  | 'fit-unknown';

export interface Risk {
  readonly kind: RiskKind;
  readonly message: string;
}

/** What would happen to one pod; every pod of the node has exactly one. */
export interface PodDecision {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: Controller | undefined;
  /**
   * `leave`: not touched. `remove`: evicted (or deleted). `wait`: terminating already, only waited for. `complete`: not
   * touched, but the drain waits until it has finished. `blocked`: in the way of the drain.
   */
  readonly action: 'leave' | 'remove' | 'wait' | 'complete' | 'blocked';
  readonly leave: LeaveReason | undefined;
  readonly blockers: readonly Blocker[];
  readonly risks: readonly Risk[];
  /** Names of the budgets that match, sorted. */
  readonly budgets: readonly string[];
  /** Index into the node's `waves`; 0 for a pod that is left alone. */
  readonly wave: number;
  /** Longest time its containers get to end, in seconds. */
  readonly graceSeconds: number;
  /** Whether its replacement finds room elsewhere; undefined when nobody looked, or none is expected. */
  readonly placement?: Placement | undefined;
}

/** What speaks against taking the node itself out of service, whatever its pods. */
export interface NodeFinding {
  readonly kind: 'etcd-quorum';
  /** One clause that names the node. */
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string | undefined;
}

export interface NodePlan {
  readonly node: string;
  readonly uid: string;
  /** Cordoned before we came. */
  readonly cordoned: boolean;
  /** Sorted by namespace and name. */
  readonly pods: readonly PodDecision[];
  /** What the pods of each wave have in common; one wave goes after the other. */
  readonly waves: readonly string[];
  /** False when the budgets could not be read: the server arbitrates. */
  readonly budgetsKnown: boolean;
  /** In the way of the drain, beside the pods that are; no flag lifts them. Undefined: none. */
  readonly blockers?: readonly NodeFinding[] | undefined;
  /** To know before going on, beside what the pods have. Undefined: none. */
  readonly risks?: readonly NodeFinding[] | undefined;
}

export interface DrainPlan {
  readonly identity: Identity;
  readonly policy: DrainPolicy;
  readonly nodes: readonly NodePlan[];
  /** Those that have a say, over all pods of all nodes; empty where budgets could not be read. */
  readonly budgets: readonly BudgetPlan[];
}

/**
 * Decides what a drain would do to every pod of these nodes. Pure: same input, same plan, whatever the order of the
 * nodes' pods.
 *
 * @param policy what the user asked for; a node whose kubelet is silent is planned as it is drained
 * @param nowMs milliseconds since the epoch; `--skip-wait-for-delete-timeout` and the ends of long grace periods look at it
 * @param facts what else was read; without it fewer risks are known, but nothing is decided otherwise
 * @param escalation as of the drain: pods that it removes by force in the end are waited for until then
 */
export function planDrain(
  { identity, kubectl }: Pick<Cluster, 'identity' | 'kubectl'>,
  snapshots: readonly NodeSnapshot[],
  policy: DrainPolicy,
  nowMs: number,
  facts?: ClusterFacts,
  escalation?: EscalationOptions,
): DrainPlan {
  const forced = escalation?.rung === 'force';
  const policyOf = (node: Node): DrainPolicy => policyFor(node, policy, forced);
  const scope = planScope(snapshots, policyOf, nowMs, facts);
  return {
    identity,
    policy,
    nodes: snapshots.map((snapshot) => nodePlan(snapshot, policyOf(snapshot.node), nowMs, scope)),
    budgets: planBudgets({
      leaving: scope.leaving,
      budgets: budgetsIn(snapshots),
      bypassed: policy.disableEviction,
      draining: scope.draining,
      podsByNamespace: facts?.podsByNamespace ?? new Map<string, readonly Pod[]>(),
      placements: scope.placements,
      kubectl,
    }),
  };
}

/** Each budget once; as a rule all snapshots have the same list, and its index is there already. */
function budgetsIn(snapshots: readonly NodeSnapshot[]): readonly Budget[] {
  const lists = new Set(snapshots.map(({ budgets }) => budgets).filter((budgets) => budgets !== undefined));
  const [first, ...others] = lists;
  return first && others.length === 0 ? first : [...new Set([...lists].flat())];
}

/** The part of {@link planDrain} for one node, from nothing but its own pods; `policy` is the one for this node. */
export function planNode(snapshot: NodeSnapshot, policy: DrainPolicy, nowMs: number): NodePlan {
  return nodePlan(
    snapshot,
    policy,
    nowMs,
    planScope([snapshot], () => policy, nowMs, undefined),
  );
}

function nodePlan(snapshot: NodeSnapshot, policy: DrainPolicy, nowMs: number, scope: PlanScope): NodePlan {
  const { node } = snapshot;
  const decisions = snapshot.pods.map((pod) => ({ pod, decision: decide(pod, snapshot, policy, nowMs, scope) }));
  const going = decisions.filter(({ decision }) => decision.action !== 'leave');
  const orderOf = orderBy(policy.order);
  const { labels, indices } = wavesOf(going.map(({ pod }) => waveKey(pod, orderOf(pod))));
  const waveOf = new Map(going.map(({ decision }, index) => [decision.uid, indices[index] ?? 0]));
  return {
    node: node.name,
    uid: node.uid,
    cordoned: node.unschedulable,
    pods: decisions.map(({ decision }) => ({ ...decision, wave: waveOf.get(decision.uid) ?? 0 })).sort(byName),
    waves: labels,
    budgetsKnown: snapshot.budgets !== undefined,
  };
}

/** True when something is in the way of the node's drain: one of its pods, or what the node itself is for the cluster. */
export function isBlocked({ pods, blockers = [] }: NodePlan): boolean {
  return blockers.length > 0 || pods.some((pod) => pod.action === 'blocked');
}

/** What is in the way, in one sentence without the nodes' names but for what concerns a node itself. */
export function blockedText(plans: readonly NodePlan[]): string {
  const pods = plans.flatMap((plan) => plan.pods).filter(({ action }) => action === 'blocked').length;
  return [
    ...(pods > 0 ? [`${counted(pods, 'pod')} ${pods === 1 ? 'is' : 'are'} in the way`] : []),
    ...plans.flatMap(({ blockers = [] }) => blockers.map(({ message }) => message)),
  ].join('; ');
}

/** What would let refused drains go on, when flags alone can. */
export function liftingFlags(plans: readonly NodePlan[]): readonly string[] {
  if (plans.some(({ blockers = [] }) => blockers.length > 0)) return [];
  const flags = plans.flatMap(({ pods }) => pods.flatMap(({ blockers }) => blockers.map(({ flag }) => flag)));
  return flags.every((flag) => flag !== undefined) ? [...new Set(flags)] : [];
}

/** What to do about what is in the way of these nodes themselves; each once, undefined when there is nothing to say. */
export function blockedHint(plans: readonly NodePlan[]): string | undefined {
  const fixes = new Set(plans.flatMap(({ blockers = [] }) => blockers.flatMap(({ fix }) => fix ?? [])));
  return fixes.size === 0 ? undefined : [...fixes].join('; ');
}

/** The pods that have to be gone at the end. */
export function podsToGo(plan: NodePlan): readonly PodDecision[] {
  return plan.pods.filter((pod) => pod.action === 'remove' || pod.action === 'wait' || pod.action === 'complete');
}

function byName(a: PodDecision, b: PodDecision): number {
  return compare(a.namespace, b.namespace) || compare(a.name, b.name) || compare(a.uid, b.uid);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
