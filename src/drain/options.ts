/** What a user may ask of cordon, uncordon and drain. */
import type { DryRun } from '../report/events.ts';
import type { DrainPolicy } from './plan.ts';

/** Nodes by name or by label selector, never both. */
export interface NodeTargets {
  /** Each once. */
  readonly names: readonly string[];
  readonly selector: string | undefined;
}

/** A number of nodes, or a share of those of the run (rounded down, at least one). */
export type NodeCount = { readonly count: number } | { readonly percent: number };

export interface CordonOptions {
  readonly targets: NodeTargets;
  readonly dryRun: DryRun;
}

export interface DrainOptions extends CordonOptions {
  readonly policy: DrainPolicy;
  /** Objects a page of a list; 0 asks for all at once. */
  readonly chunkSize: number;
  /** For each node's drain, from its first eviction on; undefined waits for ever. */
  readonly timeoutMs: number | undefined;
  /** For the whole run. */
  readonly totalTimeoutMs: number | undefined;
  /** Evictions and deletions in flight at once, over all nodes. */
  readonly maxInFlight: number;
  /** `--yes`: do not ask. */
  readonly assumeYes: boolean;
  /** Nodes that are drained at the same time. */
  readonly parallel: NodeCount;
  /** Whether the room on other nodes is looked at: `auto` where somebody reads the plan. */
  readonly capacity: 'auto' | 'always' | 'never';
  /** What becomes of a cordon of ours when the node's drain did not succeed. */
  readonly onFailure: 'keep' | 'restore';
  readonly ownership: OwnershipOptions;
  readonly continuity: ContinuityOptions;
  /** Undefined: never go past an eviction. */
  readonly escalation: EscalationOptions | undefined;
  readonly unreachable: UnreachableOptions;
  /** Undefined: cordon all, drain, and leave the nodes cordoned. */
  readonly rolling: RollingOptions | undefined;
}

/** Who works on the node, why, and who has to know. */
export interface OwnershipOptions {
  readonly reason: string | undefined;
  readonly ticket: string | undefined;
  /** Take a node from a holder whose time is not over yet. */
  readonly takeOver: boolean;
  /** Set `node.kubernetes.io/exclude-from-external-load-balancers` while the run has the node. */
  readonly excludeFromLoadBalancers: boolean;
  /** Set `cluster-autoscaler.kubernetes.io/scale-down-disabled` while the run has the node. */
  readonly holdAutoscaler: boolean;
  /** A program that is told of start, end and failure: JSON on its stdin, no arguments. */
  readonly notifyExec: string | undefined;
  /** An http(s) URL that the same JSON is POSTed to. May carry a secret: never printed or journalled. */
  readonly notifyUrl: string | undefined;
}

/** What has to be true again before the next wave or node; undefined: not waited for. */
export interface ContinuityOptions {
  /** Longest wait for the owners' ready counts to come back. */
  readonly replacementsMs: number | undefined;
  /** Longest wait for the node's volumes to be detached. */
  readonly volumesMs: number | undefined;
  /** Move single replicas by a rollout restart instead of evicting them. */
  readonly surge: boolean;
}

/** What may be done to a pod that its eviction does not remove. */
export interface EscalationOptions {
  /** From the node's first eviction: when the rung is climbed. */
  readonly deadlineMs: number;
  /** `delete`: past budgets; `force`: also remove the object, only on a node proven dead. */
  readonly rung: 'delete' | 'force';
}

/** Proof that an unreachable node is dead, and what may follow from it. */
export interface UnreachableOptions {
  /** Nodes that the user declares to be off. */
  readonly poweredOff: readonly string[];
  /** A program that fences the node named in KMAINT_NODE; exit 0 proves it. */
  readonly fenceExec: string | undefined;
  /** Set the out-of-service taint on a node proven dead. */
  readonly outOfService: boolean;
}

/** The rolling loop: a window of nodes is drained, worked on, brought back, and looked at before the next. */
export interface RollingOptions {
  readonly maxUnavailable: NodeCount;
  /** The program to run for each drained node and its arguments; the name is in KMAINT_NODE. */
  readonly exec: readonly string[] | undefined;
  /** Longest wait for the node to be Ready again; undefined: not waited for. */
  readonly waitReadyMs: number | undefined;
  readonly uncordon: boolean;
  /** The program reboots the node: go on only when its bootID has changed. */
  readonly expectReboot: boolean;
  /** How long a node has to stay healthy before the next one is begun. */
  readonly minStableMs: number;
  /** Selectors `namespace:key=value`: these pods have to be ready in the whole cluster before each node. */
  readonly criticalPods: readonly string[];
}
