/** The port to Kubernetes: all that workflows may ask of a cluster. */
import type { Kubectl } from '../cli/kubectl.ts';
import type { Budget } from './budget.ts';
import type { ClusterEvent, NewEvent } from './cluster-event.ts';
import type { Lease, LeaseContent } from './lease.ts';
import type { Node, Taint } from './node.ts';
import type { Pod } from './pod.ts';
import type { PersistentVolume, VolumeAttachment, VolumeClaim } from './volume.ts';
import type { Workload, WorkloadKind } from './workload.ts';

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

export interface ListQuery extends CallOptions {
  /** Objects a page; 0 asks for all at once. */
  readonly chunkSize?: number | undefined;
}

export interface NodeQuery extends ListQuery {
  readonly labelSelector?: string | undefined;
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

/** What is changed on a node; all of it in one request. */
export interface NodeChange {
  readonly unschedulable?: boolean;
  /** Null removes one; those not named stay. */
  readonly annotations?: Readonly<Record<string, string | null>>;
  readonly labels?: Readonly<Record<string, string | null>>;
  /** All of the node's taints from now on. */
  readonly taints?: readonly Taint[];
}

export interface WorkloadRef {
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
}

export interface NamespaceQuery extends ListQuery {
  /** The whole cluster without it. */
  readonly namespace?: string | undefined;
}

/** How a write to a Lease ended. */
export type LeaseOutcome =
  | { readonly kind: 'stored'; readonly lease: Lease }
  /** Somebody else wrote first. */
  | { readonly kind: 'conflict' }
  | { readonly kind: 'no-namespace' };

/** Answer to "does this object exist": forbidden is an answer too, for users with few rights. */
export type Existence = 'exists' | 'missing' | { readonly unknown: string };

export interface Cluster {
  readonly identity: Identity;
  /** Writes commands of kubectl that reach this cluster as this user. */
  readonly kubectl: Kubectl;
  /** Where a name without one is looked up: the context's namespace, or the user's. */
  readonly namespace: string;
  /** What tells this cluster from all others: the uid of kube-system; undefined when it may not be read. */
  clusterId(options: CallOptions): Promise<string | undefined>;
  namespaceExists(name: string, options: CallOptions): Promise<Existence>;

  /** The node, or undefined when there is none of that name. */
  getNode(name: string, options: CallOptions): Promise<Node | undefined>;
  listNodes(query: NodeQuery): Promise<readonly Node[]>;
  /** Patches `spec.unschedulable`, only on the node of that uid; resolves to the node as the server then has it. */
  setUnschedulable(node: Node, unschedulable: boolean, options: MutationOptions): Promise<Node>;

  /**
   * Compare and swap: changes the node only as it was read (its uid and resourceVersion).
   * @throws ClusterError `cluster.conflict` when somebody changed it meanwhile
   */
  changeNode(node: Node, change: NodeChange, options: MutationOptions): Promise<Node>;

  /**
   * Removes one annotation in one request, whatever else has changed since the node was read: only from the node of that
   * uid, only while it is cordoned, and only while the annotation has the value that was read.
   * @throws ClusterError when that is not so (any more); then nothing was changed
   */
  dropAnnotation(node: Node, annotation: string, options: CallOptions): Promise<Node>;

  listPods(query: PodQuery): Promise<readonly Pod[]>;
  /** The pod, or undefined when there is none of that name. */
  getPod(ref: { readonly namespace: string; readonly name: string }, options: CallOptions): Promise<Pod | undefined>;
  /** Lists, then watches for ever, over every interruption; ends by the signal or throws what will not heal. */
  watchPods(query: PodQuery): AsyncIterable<Change<Pod>>;

  /** All budgets of a namespace, or of the cluster. Throws `cluster.forbidden` for users who may not read them. */
  listBudgets(query: NamespaceQuery): Promise<readonly Budget[]>;
  /** As {@link watchPods}, for budgets. */
  watchBudgets(query: NamespaceQuery): AsyncIterable<Change<Budget>>;
  daemonSetExists(ref: { readonly namespace: string; readonly name: string }, options: CallOptions): Promise<Existence>;

  /** Evicts by name with the uid as a precondition: honours budgets. */
  evictPod(ref: PodRef, options: RemovalOptions): Promise<RemovalOutcome>;
  /** Deletes by name with the uid as a precondition: budgets do not count. */
  deletePod(ref: PodRef, options: RemovalOptions): Promise<RemovalOutcome>;

  /** The workload, or undefined when there is none of that name. */
  getWorkload(ref: WorkloadRef, options: CallOptions): Promise<Workload | undefined>;
  listWorkloads(kind: WorkloadKind, query: NamespaceQuery): Promise<readonly Workload[]>;
  /**
   * Sets annotations of the pod template (null removes one), which rolls its pods over; only on the workload as read.
   * @throws ClusterError `cluster.conflict` when somebody changed it meanwhile
   */
  annotateTemplate(
    workload: Workload,
    annotations: Readonly<Record<string, string | null>>,
    options: MutationOptions,
  ): Promise<Workload>;

  listClaims(query: NamespaceQuery): Promise<readonly VolumeClaim[]>;
  listPersistentVolumes(query: ListQuery): Promise<readonly PersistentVolume[]>;
  listVolumeAttachments(options: CallOptions): Promise<readonly VolumeAttachment[]>;

  /** The Lease, or undefined when there is none of that name, or no such namespace. */
  getLease(
    ref: { readonly namespace: string; readonly name: string },
    options: CallOptions,
  ): Promise<Lease | undefined>;
  /** Creates the Lease, or with `former` changes it as it was read; nothing is overwritten unseen. */
  putLease(
    ref: { readonly namespace: string; readonly name: string },
    content: LeaseContent,
    former: Lease | undefined,
    options: CallOptions,
  ): Promise<LeaseOutcome>;
  /** Removes the Lease as it was read; false when somebody else wrote meanwhile or it was gone. */
  deleteLease(lease: Lease, options: CallOptions): Promise<boolean>;

  /** What was recorded about the object of that uid, oldest first. */
  listEvents(
    query: CallOptions & { readonly namespace: string; readonly involvedUid: string },
  ): Promise<readonly ClusterEvent[]>;
  createEvent(event: NewEvent, options: CallOptions): Promise<void>;

  /** Version of the API server, such as `v1.36.3`. */
  serverVersion(options: CallOptions): Promise<string>;

  /** Closes idle connections. */
  close(): void;
}
