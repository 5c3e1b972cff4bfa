/** A cluster port played from memory on a FakeClock: records what was asked, answers what the test scripted. */
import { kubectlFor } from '../../src/cli/kubectl.ts';
import type { Budget } from '../../src/cluster/budget.ts';
import type {
  Change,
  Cluster,
  Existence,
  LeaseOutcome,
  NodeChange,
  PodRef,
  RemovalOptions,
  RemovalOutcome,
  WorkloadRef,
} from '../../src/cluster/cluster.ts';
import type { ClusterEvent, NewEvent } from '../../src/cluster/cluster-event.ts';
import type { Lease, LeaseContent } from '../../src/cluster/lease.ts';
import type { Node } from '../../src/cluster/node.ts';
import type { Pod } from '../../src/cluster/pod.ts';
import { podName } from '../../src/cluster/pod.ts';
import type { PersistentVolume, VolumeAttachment, VolumeClaim } from '../../src/cluster/volume.ts';
import type { Workload } from '../../src/cluster/workload.ts';
import { ClusterError } from '../../src/errors.ts';
import type { FakeClock } from './clock.ts';

type Scripted = RemovalOutcome | (() => Promise<RemovalOutcome>);

export class FakeCluster implements Cluster {
  readonly identity = { context: 'test', server: 'https://127.0.0.1:6443', user: 'admin' };
  readonly kubectl = kubectlFor('test');
  readonly namespace = 'default';
  /** What `clusterId` says. */
  id: string | undefined = 'uid-of-kube-system';
  readonly nodes = new Map<string, Node>();
  readonly pods = new Map<string, Pod>();
  readonly daemonSets = new Map<string, Existence>();
  budgets: readonly Budget[] = [];
  /** What was written, in order: `cordon node1`, `evict shop/web-1`, with ` (dry run)`. */
  readonly writes: string[] = [];
  /** All that `changeNode` stored, in order. */
  readonly changes: NodeChange[] = [];
  /** How often each call came that only reads. */
  readonly reads: Partial<Record<keyof Cluster, number>> = {};
  /** When each write came, in ms of the clock. */
  readonly writtenAtMs: number[] = [];
  /** By `namespace/name`: answers to come before evictions are accepted. */
  readonly answers = new Map<string, Scripted[]>();
  /** What budgets say to an eviction that nothing else refuses; undefined: yes. */
  judge: (pod: Pod) => RemovalOutcome | undefined = () => undefined;
  /** How long an accepted pod takes to go; Infinity: it never does. */
  goneAfterMs: number | ((pod: Pod) => number) = 1000;
  /** Thrown by the call of that name, while set. */
  readonly failures = new Map<keyof Cluster, () => Error>();
  evictionsInFlight = 0;
  mostEvictionsInFlight = 0;
  /** How long the server takes to answer an eviction. */
  answerAfterMs = 0;
  /** While true, watches tell nothing. */
  watchLags = false;
  /** Ends all watches with this error. */
  breakWatches: (error: Error) => void = () => {};
  readonly #clock: FakeClock;
  /** By `kind/namespace/name`. */
  readonly workloads = new Map<string, Workload>();
  claims: readonly VolumeClaim[] = [];
  persistentVolumes: readonly PersistentVolume[] = [];
  attachments: readonly VolumeAttachment[] = [];
  readonly leases = new Map<string, Lease>();
  /** Namespaces in which a Lease can be created. */
  readonly leaseNamespaces = new Set<string>();
  /** What others recorded, and what we did. */
  clusterEvents: readonly ClusterEvent[] = [];
  readonly recorded: NewEvent[] = [];
  #version = 1;
  readonly #watchers = new Set<(change: Change<Pod>) => void>();
  readonly #budgetWatchers = new Set<(change: Change<Budget>) => void>();

  constructor(clock: FakeClock, nodes: readonly Node[], pods: readonly Pod[]) {
    this.#clock = clock;
    for (const node of nodes) this.nodes.set(node.name, node);
    for (const pod of pods) this.pods.set(podName(pod), pod);
  }

  /** Adds or replaces a pod, as another client would. */
  put(pod: Pod): void {
    const former = this.pods.get(podName(pod));
    if (former && former.uid !== pod.uid) this.#tell({ type: 'deleted', item: former });
    this.pods.set(podName(pod), pod);
    this.#tell({ type: 'changed', item: pod });
  }

  /** Removes a pod, as another client would. */
  remove(name: string): void {
    const pod = this.pods.get(name);
    this.pods.delete(name);
    if (pod) this.#tell({ type: 'deleted', item: pod });
  }

  clusterId(): Promise<string | undefined> {
    return this.#answer('clusterId', () => this.id);
  }

  namespaceExists(name: string): Promise<Existence> {
    return this.#answer('namespaceExists', () => (this.leaseNamespaces.has(name) ? 'exists' : 'missing'));
  }

  getNode(name: string): Promise<Node | undefined> {
    return this.#answer('getNode', () => this.nodes.get(name));
  }

  listNodes(query: { labelSelector?: string | undefined }): Promise<readonly Node[]> {
    const nodes = (): Node[] => [...this.nodes.values()];
    return this.#answer('listNodes', () => nodes().filter(({ labels }) => matches(labels, query.labelSelector)));
  }

  setUnschedulable(node: Node, unschedulable: boolean, options: { dryRun?: boolean }): Promise<Node> {
    return this.#answer('setUnschedulable', () => {
      this.#wrote(`${unschedulable ? 'cordon' : 'uncordon'} ${node.name}${options.dryRun ? ' (dry run)' : ''}`);
      const patched = { ...(this.nodes.get(node.name) ?? node), unschedulable, resourceVersion: this.#nextVersion() };
      if (!options.dryRun) this.nodes.set(node.name, patched);
      return patched;
    });
  }

  listPods(query: {
    nodeName?: string | undefined;
    namespace?: string | undefined;
    labelSelector?: string | undefined;
  }): Promise<readonly Pod[]> {
    const inNamespace = ({ namespace }: Pod): boolean => namespace === (query.namespace ?? namespace);
    const pods = (): Pod[] => this.#podsOf(query.nodeName).filter(inNamespace);
    return this.#answer('listPods', () => pods().filter(({ labels }) => matches(labels, query.labelSelector)));
  }

  getPod(ref: { namespace: string; name: string }): Promise<Pod | undefined> {
    return this.#answer('getPod', () => this.pods.get(podName(ref)));
  }

  changeNode(node: Node, change: NodeChange, options: { dryRun?: boolean }): Promise<Node> {
    return this.#answer('changeNode', () => {
      const stored = this.nodes.get(node.name);
      if (stored?.uid !== node.uid) throw new ClusterError('no such node', { code: 'cluster.not-found', status: 404 });
      if (stored.resourceVersion !== node.resourceVersion) throw conflict(`node ${node.name}`);
      const cordons = change.unschedulable !== undefined && change.unschedulable !== stored.unschedulable;
      this.changes.push(change);
      // Annotations alone are bookkeeping.
      if (cordons) {
        this.#wrote(
          `${change.unschedulable ? 'cordon' : 'uncordon'} ${node.name}${options.dryRun ? ' (dry run)' : ''}`,
        );
      }
      const changed: Node = {
        ...stored,
        resourceVersion: this.#nextVersion(),
        unschedulable: change.unschedulable ?? stored.unschedulable,
        annotations: merged(stored.annotations, change.annotations),
        labels: merged(stored.labels, change.labels),
        taints: change.taints ?? stored.taints,
      };
      if (!options.dryRun) this.nodes.set(node.name, changed);
      return changed;
    });
  }

  dropAnnotation(node: Node, annotation: string): Promise<Node> {
    return this.#answer('dropAnnotation', () => {
      const stored = this.nodes.get(node.name);
      const same =
        stored?.uid === node.uid &&
        stored.unschedulable &&
        stored.annotations[annotation] !== undefined &&
        stored.annotations[annotation] === node.annotations[annotation];
      if (!same) throw new ClusterError('a test failed', { code: 'cluster.invalid', status: 422 });
      const change = { annotations: { [annotation]: null } };
      this.changes.push(change);
      const annotations = merged(stored.annotations, change.annotations);
      const changed = { ...stored, resourceVersion: this.#nextVersion(), annotations };
      this.nodes.set(node.name, changed);
      return changed;
    });
  }

  async *watchPods(query: { nodeName?: string | undefined; signal: AbortSignal }): AsyncIterable<Change<Pod>> {
    const failure = this.failures.get('watchPods');
    if (failure) throw failure();
    yield* this.#watch(
      this.#watchers,
      () => this.#podsOf(query.nodeName),
      (pod) => query.nodeName === undefined || pod.nodeName === query.nodeName,
      query.signal,
    );
  }

  async *watchBudgets(query: { namespace?: string | undefined; signal: AbortSignal }): AsyncIterable<Change<Budget>> {
    const failure = this.failures.get('watchBudgets');
    if (failure) throw failure();
    yield* this.#watch(
      this.#budgetWatchers,
      () => [...this.budgets],
      ({ namespace }) => query.namespace === undefined || namespace === query.namespace,
      query.signal,
    );
  }

  /** Adds or replaces a budget, as its controller would. */
  putBudget(budget: Budget): void {
    this.budgets = [...this.budgets.filter(({ uid }) => uid !== budget.uid), budget];
    if (!this.watchLags) for (const watcher of this.#budgetWatchers) watcher({ type: 'changed', item: budget });
  }

  listBudgets(): Promise<readonly Budget[]> {
    return this.#answer('listBudgets', () => this.budgets);
  }

  daemonSetExists(ref: { namespace: string; name: string }): Promise<Existence> {
    return this.#answer('daemonSetExists', () => this.daemonSets.get(podName(ref)) ?? 'missing');
  }

  evictPod(ref: PodRef, options: RemovalOptions): Promise<RemovalOutcome> {
    return this.#removal('evict', ref, options);
  }

  deletePod(ref: PodRef, options: RemovalOptions): Promise<RemovalOutcome> {
    return this.#removal('delete', ref, options);
  }

  getWorkload(ref: WorkloadRef): Promise<Workload | undefined> {
    return this.#answer('getWorkload', () => this.workloads.get(workloadKey(ref)));
  }

  listWorkloads(kind: Workload['kind'], query: { namespace?: string | undefined }): Promise<readonly Workload[]> {
    return this.#answer('listWorkloads', () =>
      [...this.workloads.values()].filter(
        (one) => one.kind === kind && (query.namespace === undefined || one.namespace === query.namespace),
      ),
    );
  }

  annotateTemplate(workload: Workload, annotations: Readonly<Record<string, string | null>>): Promise<Workload> {
    return this.#answer('annotateTemplate', () => {
      const stored = this.workloads.get(workloadKey(workload));
      if (!stored || stored.resourceVersion !== workload.resourceVersion) throw conflict(workload.name);
      this.#wrote(`annotate ${workloadKey(workload)} ${JSON.stringify(annotations)}`);
      const changed = {
        ...stored,
        resourceVersion: this.#nextVersion(),
        generation: stored.generation + 1,
        templateAnnotations: merged(stored.templateAnnotations, annotations),
      };
      this.putWorkload(changed);
      return changed;
    });
  }

  putWorkload(workload: Workload): void {
    this.workloads.set(workloadKey(workload), workload);
  }

  listClaims(): Promise<readonly VolumeClaim[]> {
    return this.#answer('listClaims', () => this.claims);
  }

  listPersistentVolumes(): Promise<readonly PersistentVolume[]> {
    return this.#answer('listPersistentVolumes', () => this.persistentVolumes);
  }

  listVolumeAttachments(): Promise<readonly VolumeAttachment[]> {
    return this.#answer('listVolumeAttachments', () => this.attachments);
  }

  getLease(ref: { namespace: string; name: string }): Promise<Lease | undefined> {
    return this.#answer('getLease', () => this.leases.get(podName(ref)));
  }

  putLease(
    ref: { namespace: string; name: string },
    content: LeaseContent,
    former: Lease | undefined,
  ): Promise<LeaseOutcome> {
    return this.#answer<LeaseOutcome>('putLease', () => {
      const stored = this.leases.get(podName(ref));
      if (!stored && !this.leaseNamespaces.has(ref.namespace)) return { kind: 'no-namespace' };
      if (stored?.resourceVersion !== former?.resourceVersion) return { kind: 'conflict' };
      const lease: Lease = {
        name: ref.name,
        namespace: ref.namespace,
        uid: stored?.uid ?? `uid-of-lease-${this.#version}`,
        resourceVersion: this.#nextVersion(),
        labels: {},
        annotations: {},
        finalizers: [],
        creationTimestamp: undefined,
        deletionTimestamp: undefined,
        generation: 0,
        holderIdentity: content.holderIdentity,
        leaseDurationSeconds: content.leaseDurationSeconds,
        acquireTime: content.acquireTime,
        renewTime: content.renewTime,
        leaseTransitions: content.leaseTransitions,
      };
      this.leases.set(podName(ref), lease);
      return { kind: 'stored', lease };
    });
  }

  deleteLease(lease: Lease): Promise<boolean> {
    return this.#answer('deleteLease', () => {
      if (this.leases.get(podName(lease))?.resourceVersion !== lease.resourceVersion) return false;
      return this.leases.delete(podName(lease));
    });
  }

  listEvents({ involvedUid }: { involvedUid: string }): Promise<readonly ClusterEvent[]> {
    return this.#answer('listEvents', () => this.clusterEvents.filter((event) => event.involvedUid === involvedUid));
  }

  createEvent(event: NewEvent): Promise<void> {
    return this.#answer('createEvent', () => void this.recorded.push(event));
  }

  serverVersion(): Promise<string> {
    return this.#answer('serverVersion', () => 'v1.36.3');
  }

  close(): void {}

  async #removal(method: 'evict' | 'delete', ref: PodRef, options: RemovalOptions): Promise<RemovalOutcome> {
    const grace = options.gracePeriodSeconds === undefined ? '' : ` grace ${options.gracePeriodSeconds}`;
    this.#wrote(`${method} ${podName(ref)}${grace}${options.dryRun ? ' (dry run)' : ''}`);
    this.evictionsInFlight += 1;
    this.mostEvictionsInFlight = Math.max(this.mostEvictionsInFlight, this.evictionsInFlight);
    try {
      if (this.answerAfterMs > 0) await this.#clock.sleep(this.answerAfterMs, options.signal);
      const scripted = this.answers.get(podName(ref))?.shift();
      if (scripted) return typeof scripted === 'function' ? await scripted() : scripted;
      return this.#accept(method, ref, options);
    } finally {
      this.evictionsInFlight -= 1;
    }
  }

  #accept(method: 'evict' | 'delete', ref: PodRef, options: RemovalOptions): RemovalOutcome {
    const pod = this.pods.get(podName(ref));
    if (!pod) return { kind: 'gone' };
    if (pod.uid !== ref.uid) return { kind: 'identity-changed', message: 'the UID in the precondition does not match' };
    const refusal = method === 'evict' ? this.judge(pod) : undefined;
    if (refusal) return refusal;
    if (options.dryRun) return { kind: 'accepted' };
    const grace = options.gracePeriodSeconds ?? pod.terminationGracePeriodSeconds;
    const deletionTimestamp = new Date(this.#clock.now() + grace * 1000).toISOString();
    this.put({ ...pod, deletionTimestamp });
    const goneAfterMs = typeof this.goneAfterMs === 'number' ? this.goneAfterMs : this.goneAfterMs(pod);
    if (goneAfterMs !== Infinity) this.#clock.after(goneAfterMs, () => this.remove(podName(ref)));
    return { kind: 'accepted' };
  }

  async *#watch<T>(
    watchers: Set<(change: Change<T>) => void>,
    items: () => T[],
    concerns: (item: T) => boolean,
    signal: AbortSignal,
  ): AsyncIterable<Change<T>> {
    const queue: Change<T>[] = [{ type: 'snapshot', items: items() }];
    let wake = (): void => {};
    let broken: Error | undefined;
    const breakOthers = this.breakWatches;
    this.breakWatches = (error) => {
      breakOthers(error);
      broken = error;
      wake();
    };
    const watcher = (change: Change<T>): void => {
      if (change.type !== 'snapshot' && !concerns(change.item)) return;
      queue.push(change);
      wake();
    };
    watchers.add(watcher);
    try {
      for (;;) {
        signal.throwIfAborted();
        if (broken) throw broken;
        const change = queue.shift();
        if (change) yield change;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
            signal.addEventListener('abort', () => resolve(), { once: true });
          });
        }
      }
    } finally {
      watchers.delete(watcher);
    }
  }

  #nextVersion(): string {
    this.#version += 1;
    return `v${this.#version}`;
  }

  #podsOf(nodeName: string | undefined): Pod[] {
    return [...this.pods.values()].filter((pod) => nodeName === undefined || pod.nodeName === nodeName);
  }

  async #answer<T>(call: keyof Cluster, value: () => T): Promise<T> {
    this.reads[call] = (this.reads[call] ?? 0) + 1;
    const failure = this.failures.get(call);
    if (failure) throw failure();
    return value();
  }

  #wrote(what: string): void {
    this.writes.push(what);
    this.writtenAtMs.push(this.#clock.now());
  }

  #tell(change: Change<Pod>): void {
    if (this.watchLags) return;
    for (const watcher of this.#watchers) watcher(change);
  }
}

function workloadKey({ kind, namespace, name }: WorkloadRef): string {
  return `${kind}/${namespace}/${name}`;
}

function merged(
  former: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string | null>> = {},
): Readonly<Record<string, string>> {
  const all = Object.entries({ ...former, ...change });
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== null));
}

function conflict(what: string): ClusterError {
  return new ClusterError(`${what} was changed meanwhile`, { code: 'cluster.conflict', status: 409 });
}

/** Selectors of the form `key=value`. */
function matches(labels: Readonly<Record<string, string>>, selector: string | undefined): boolean {
  const [key, value] = selector?.split('=') ?? [];
  return key === undefined || labels[key] === value;
}
