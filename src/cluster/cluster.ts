/** The port to Kubernetes: all that workflows may ask of a cluster. */
import type { Budget } from './budget.ts';
import type { Node } from './node.ts';
import type { Pod } from './pod.ts';

/** Every call takes a signal; an aborted one rejects with the signal's reason. */
export interface CallOptions {
  readonly signal: AbortSignal;
}

export interface MutationOptions extends CallOptions {
  /** Send `dryRun=All`: the server decides and admits but stores nothing. */
  readonly dryRun?: boolean;
}

/** Who we are talking to, as whom: the first line of every plan and prompt. */
export interface Identity {
  /** Name of the kubeconfig's context; undefined when there is none (`--server`, in-cluster). */
  readonly context: string | undefined;
  /** URL of the API server. */
  readonly server: string;
  /** The kubeconfig's user, and whom it impersonates: `admin`, `admin as jane`. */
  readonly user: string;
}

export interface NodeQuery extends CallOptions {
  readonly labelSelector?: string | undefined;
  /** Objects a page; 0 asks for all at once. */
  readonly chunkSize?: number | undefined;
}

export interface PodQuery extends NodeQuery {
  /** Only pods bound to this node (`spec.nodeName`). */
  readonly nodeName?: string | undefined;
  readonly namespace?: string | undefined;
}

/** What a watch tells; the first is always a snapshot, and a later one replaces all that was known. */
export type Change<T> =
  | { readonly type: 'snapshot'; readonly items: readonly T[] }
  | { readonly type: 'changed'; readonly item: T }
  | { readonly type: 'deleted'; readonly item: T };

/** Which pod, by identity: a re-created pod of the same name has another uid. */
export interface PodRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface RemovalOptions extends MutationOptions {
  /** Sent as `gracePeriodSeconds`; left out, the pod's own applies. */
  readonly gracePeriodSeconds?: number | undefined;
}

/** How the server answered an eviction or a deletion; every expected answer is a member, none an exception. */
export type RemovalOutcome =
  /** The server took it: the pod is being deleted. */
  | { readonly kind: 'accepted' }
  /** 404: no pod of that name. */
  | { readonly kind: 'gone' }
  /** 409 on the uid precondition: the name belongs to another pod now. */
  | { readonly kind: 'identity-changed'; readonly message: string }
  /** 429 with cause DisruptionBudget (or the 403 of a budget that repairs itself): wait for the budget. */
  | {
      readonly kind: 'blocked-budget';
      readonly message: string;
      readonly budget: string | undefined;
      readonly needs: number | undefined;
      readonly has: number | undefined;
    }
  /** The budget's controller has not caught up: honour `retryAfterMs`. */
  | { readonly kind: 'settling'; readonly message: string; readonly retryAfterMs: number }
  /** 429 without a budget: the API server is busy. */
  | { readonly kind: 'throttled'; readonly message: string; readonly retryAfterMs: number }
  /** Several budgets match the pod: the server will never allow it. */
  | { readonly kind: 'blocked-config'; readonly message: string }
  /** Evictions are refused in a namespace that is being deleted; its controller deletes the pod. */
  | { readonly kind: 'namespace-terminating'; readonly message: string }
  /** An admission webhook said no; some do so while they move the workload themselves. */
  | { readonly kind: 'denied'; readonly message: string; readonly webhook: string }
  /** Worth another try soon: 5xx, conflict, network. */
  | { readonly kind: 'transient'; readonly message: string; readonly retryAfterMs: number | undefined }
  /** Will not get better by itself: forbidden, unauthorised, invalid. */
  | { readonly kind: 'fatal'; readonly message: string; readonly status: number; readonly hint: string | undefined };

/** Answer to "does this object exist": forbidden is an answer too, for users with few rights. */
export type Existence = 'exists' | 'missing' | { readonly unknown: string };

export interface Cluster {
  readonly identity: Identity;

  /** The node, or undefined when there is none of that name. */
  getNode(name: string, options: CallOptions): Promise<Node | undefined>;
  listNodes(query: NodeQuery): Promise<readonly Node[]>;
  /** Patches `spec.unschedulable`, only on the node of that uid; resolves to the node as the server then has it. */
  setUnschedulable(node: Node, unschedulable: boolean, options: MutationOptions): Promise<Node>;

  listPods(query: PodQuery): Promise<readonly Pod[]>;
  /** The pod, or undefined when there is none of that name. */
  getPod(ref: { readonly namespace: string; readonly name: string }, options: CallOptions): Promise<Pod | undefined>;
  /** Lists, then watches for ever, over every interruption; ends by the signal or throws what will not heal. */
  watchPods(query: PodQuery): AsyncIterable<Change<Pod>>;

  /** All budgets of a namespace, or of the cluster. Throws `cluster.forbidden` for users who may not read them. */
  listBudgets(query: CallOptions & { readonly namespace?: string | undefined }): Promise<readonly Budget[]>;
  daemonSetExists(ref: { readonly namespace: string; readonly name: string }, options: CallOptions): Promise<Existence>;

  /** Evicts by name with the uid as a precondition: honours budgets. */
  evictPod(ref: PodRef, options: RemovalOptions): Promise<RemovalOutcome>;
  /** Deletes by name with the uid as a precondition: budgets do not count. */
  deletePod(ref: PodRef, options: RemovalOptions): Promise<RemovalOutcome>;

  /** Version of the API server, such as `v1.36.3`. */
  serverVersion(options: CallOptions): Promise<string>;

  /** Closes idle connections. */
  close(): void;
}
