/** A cluster port played from memory on a FakeClock: records what was asked, answers what the test scripted. */
import type { Budget } from '../../src/cluster/budget.ts';
import type { Change, Cluster, Existence, PodRef, RemovalOptions, RemovalOutcome } from '../../src/cluster/cluster.ts';
import type { Node } from '../../src/cluster/node.ts';
import type { Pod } from '../../src/cluster/pod.ts';
import { podName } from '../../src/cluster/pod.ts';
import type { FakeClock } from './clock.ts';

type Scripted = RemovalOutcome | (() => Promise<RemovalOutcome>);

export class FakeCluster implements Cluster {
  readonly identity = { context: 'test', server: 'https://127.0.0.1:6443', user: 'admin' };
  readonly nodes = new Map<string, Node>();
  readonly pods = new Map<string, Pod>();
  readonly daemonSets = new Map<string, Existence>();
  budgets: readonly Budget[] = [];
  /** What was written, in order: `cordon node1`, `evict shop/web-1`, with ` (dry run)`. */
  readonly writes: string[] = [];
  /** How often each call came that only reads. */
  readonly reads: Partial<Record<keyof Cluster, number>> = {};
  /** When each write came, in ms of the clock. */
  readonly writtenAtMs: number[] = [];
  /** By `namespace/name`: answers to come before evictions are accepted. */
  readonly answers = new Map<string, Scripted[]>();
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
  readonly #watchers = new Set<(change: Change<Pod>) => void>();

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
      const patched = { ...node, unschedulable };
      if (!options.dryRun) this.nodes.set(node.name, patched);
      return patched;
    });
  }

  listPods(query: { nodeName?: string | undefined; labelSelector?: string | undefined }): Promise<readonly Pod[]> {
    const pods = (): Pod[] => this.#podsOf(query.nodeName);
    return this.#answer('listPods', () => pods().filter(({ labels }) => matches(labels, query.labelSelector)));
  }

  getPod(ref: { namespace: string; name: string }): Promise<Pod | undefined> {
    return this.#answer('getPod', () => this.pods.get(podName(ref)));
  }

  async *watchPods(query: { nodeName?: string | undefined; signal: AbortSignal }): AsyncIterable<Change<Pod>> {
    const failure = this.failures.get('watchPods');
    if (failure) throw failure();
    const queue: Change<Pod>[] = [{ type: 'snapshot', items: this.#podsOf(query.nodeName) }];
    let wake = (): void => {};
    let broken: Error | undefined;
    this.breakWatches = (error) => {
      broken = error;
      wake();
    };
    const watcher = (change: Change<Pod>): void => {
      if (change.type !== 'snapshot' && query.nodeName !== undefined && change.item.nodeName !== query.nodeName) return;
      queue.push(change);
      wake();
    };
    this.#watchers.add(watcher);
    try {
      for (;;) {
        query.signal.throwIfAborted();
        if (broken) throw broken;
        const change = queue.shift();
        if (change) yield change;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
            query.signal.addEventListener('abort', () => resolve(), { once: true });
          });
        }
      }
    } finally {
      this.#watchers.delete(watcher);
    }
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
      return this.#accept(ref, options);
    } finally {
      this.evictionsInFlight -= 1;
    }
  }

  #accept(ref: PodRef, options: RemovalOptions): RemovalOutcome {
    const pod = this.pods.get(podName(ref));
    if (!pod) return { kind: 'gone' };
    if (pod.uid !== ref.uid) return { kind: 'identity-changed', message: 'the UID in the precondition does not match' };
    if (options.dryRun) return { kind: 'accepted' };
    const grace = options.gracePeriodSeconds ?? pod.terminationGracePeriodSeconds;
    const deletionTimestamp = new Date(this.#clock.now() + grace * 1000).toISOString();
    this.put({ ...pod, deletionTimestamp });
    const goneAfterMs = typeof this.goneAfterMs === 'number' ? this.goneAfterMs : this.goneAfterMs(pod);
    if (goneAfterMs !== Infinity) this.#clock.after(goneAfterMs, () => this.remove(podName(ref)));
    return { kind: 'accepted' };
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

/** Selectors of the form `key=value`. */
function matches(labels: Readonly<Record<string, string>>, selector: string | undefined): boolean {
  const [key, value] = selector?.split('=') ?? [];
  return key === undefined || labels[key] === value;
}
