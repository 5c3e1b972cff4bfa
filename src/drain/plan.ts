/** The plan of a drain as a value: what would happen to every pod of every node, with all reasons. */
import type { Budget } from '../cluster/budget.ts';
import type { Existence, Identity } from '../cluster/cluster.ts';
import type { Node } from '../cluster/node.ts';
import type { Controller } from '../cluster/metadata.ts';
import type { Pod } from '../cluster/pod.ts';

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
  /** Makes risks blockers. */
  readonly strict: boolean;
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
export type LeaveReason = 'daemonset' | 'mirror' | 'already-terminating-long';

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
  | 'budget-unknown'
  | 'finalizers'
  | 'shorter-grace'
  | 'immediate';

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
   * `leave`: not touched. `remove`: evicted (or deleted). `wait`: terminating already, only waited for.
   * `blocked`: in the way of the drain.
   */
  readonly action: 'leave' | 'remove' | 'wait' | 'blocked';
  readonly leave: LeaveReason | undefined;
  readonly blockers: readonly Blocker[];
  readonly risks: readonly Risk[];
  /** Names of the budgets that match, sorted. */
  readonly budgets: readonly string[];
}

export interface NodePlan {
  readonly node: string;
  readonly uid: string;
  /** Cordoned before we came. */
  readonly cordoned: boolean;
  /** Sorted by namespace and name. */
  readonly pods: readonly PodDecision[];
  /** False when the budgets could not be read: the server arbitrates. */
  readonly budgetsKnown: boolean;
}

export interface DrainPlan {
  readonly identity: Identity;
  readonly policy: DrainPolicy;
  readonly nodes: readonly NodePlan[];
}
