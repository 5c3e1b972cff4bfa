/** Keeps watch over the pods of one cluster, and looks up again what they are picked by. */
import type { Clock } from '../clock.ts';
import { follow, type FollowingSignal } from '../cluster/abort.ts';
import type { Change } from '../cluster/cluster.ts';
import type { AtHand } from '../cli/kubectl.ts';
import type { LogCluster, LogPodQuery } from '../cluster/log-cluster.ts';
import type { LogPod } from '../cluster/log-pod.ts';
import { ClusterError, isAbort } from '../errors.ts';
import type { LogReader } from './reader.ts';
import type { ResolvedSelection } from './selection/resolve.ts';
import type { TargetChange, Targets } from './selection/targets.ts';
import type { PodWatch } from './selection/watches.ts';

/** One cluster of those that are followed, and what is selected in it. */
export interface TailCluster {
  readonly cluster: Pick<LogCluster, 'kubectl' | 'open' | 'listPods' | 'watchPods' | 'lacksNamespace'>;
  readonly selection: ResolvedSelection;
  readonly targets: Targets;
  /** How its containers are read, where not by their logs alone. */
  readonly reader?: LogReader | undefined;
}

export interface PodWatchDeps {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly random?: (() => number) | undefined;
  readonly changed: (change: TargetChange) => void;
  /** Told once: all that was there at first has been seen, or could not be. */
  readonly looked: () => void;
  readonly listener: PodWatchListener;
  /** Told of a query that gave nothing at all. */
  readonly refused: (error: ClusterError) => void;
  /** Told of what is no error of the cluster: it ends the run. */
  readonly broken: (error: unknown) => void;
}

export interface PodWatchListener {
  /** Pods that could be watched and cannot be any more; in all namespaces without one. */
  unwatched(error: ClusterError, namespace: string | undefined): void;
  outage(error: ClusterError): void;
  /** There is no such namespace. */
  nowhere(namespace: string, cluster: AtHand): void;
  /** Pods that are left out: see {@link ResolvedSelection.namesake}. */
  namesakes(owner: string, pods: readonly LogPod[]): void;
}

/** How often Services, Ingresses and nodes are looked up again; ±25 %, so that many tails do not ask at once. */
const renewalMs = 40_000;

interface Watch {
  /** For {@link Targets}. */
  readonly id: number;
  readonly query: PodWatch;
  readonly own: FollowingSignal;
  /** Its first snapshot has come. */
  begun: boolean;
  over: boolean;
}

export class PodWatches {
  readonly #from: TailCluster;
  readonly #deps: PodWatchDeps;
  readonly #watches = new Set<Watch>();
  readonly #works = new Set<Promise<void>>();
  readonly #checked = new Set<string>();
  #selection: ResolvedSelection;
  #lastId = -1;
  #looked = false;
  #failed = 0;

  constructor(from: TailCluster, deps: PodWatchDeps) {
    this.#from = from;
    this.#deps = deps;
    this.#selection = from.selection;
  }

  /** Queries whose pods could not be read, or not to the end. */
  get failed(): number {
    return this.#failed;
  }

  /** Reads the pods of every query once. */
  async read(): Promise<void> {
    await Promise.all(this.#selection.queries.map((query) => this.#list(this.#watch(query))));
  }

  /** Goes on until the signal fires, or nothing is watched any more. */
  async follow(): Promise<void> {
    const renewing = follow(this.#deps.signal);
    for (const query of this.#selection.queries) {
      const watch = this.#watch(query);
      this.#keep(watch, this.#changes(watch));
    }
    const renewals = this.#renewals(renewing.signal);
    while (this.#works.size > 0) await Promise.all(this.#works);
    renewing.release();
    renewing.abort(new Error('nothing is watched any more'));
    await renewals;
  }

  #watch(query: PodWatch): Watch {
    this.#lastId += 1;
    const watch = { id: this.#lastId, query, own: follow(this.#deps.signal), begun: false, over: false };
    this.#watches.add(watch);
    return watch;
  }

  #asked({ query, own }: Watch): LogPodQuery {
    return { ...query, signal: own.signal, onOutage: (error) => this.#deps.listener.outage(error) };
  }

  #changes(watch: Watch): AsyncIterator<Change<LogPod>> {
    return this.#from.cluster.watchPods(this.#asked(watch))[Symbol.asyncIterator]();
  }

  async #list(watch: Watch): Promise<void> {
    try {
      await this.#apply(watch, { type: 'snapshot', items: await this.#from.cluster.listPods(this.#asked(watch)) });
    } catch (error) {
      this.#ended(watch, error);
    } finally {
      this.#drop(watch);
    }
    await Promise.all(this.#works);
  }

  #keep(watch: Watch, changes: AsyncIterator<Change<LogPod>>): void {
    this.#work(this.#pump(watch, changes));
  }

  async #pump(watch: Watch, changes: AsyncIterator<Change<LogPod>>): Promise<void> {
    try {
      for await (const change of { [Symbol.asyncIterator]: () => changes }) await this.#apply(watch, change);
    } catch (error) {
      this.#ended(watch, error);
    } finally {
      watch.own.release();
    }
  }

  #work(work: Promise<void>): void {
    const listed = work.finally(() => this.#works.delete(listed));
    this.#works.add(listed);
  }

  async #apply(watch: Watch, change: Change<LogPod>): Promise<void> {
    await this.#selection.prepare(change, watch.own.signal);
    // While that was waited for, others may have taken its place.
    if (watch.own.signal.aborted) return;
    if (!watch.begun) this.#look(watch.query, change);
    watch.begun = true;
    this.#deps.changed(this.#from.targets.apply(change, watch.id));
    this.#tellNamesakes(change);
    this.#tellLooked();
  }

  #tellNamesakes(change: Change<LogPod>): void {
    if (change.type === 'deleted') return;
    const found = new Map<string, LogPod[]>();
    for (const pod of change.type === 'snapshot' ? change.items : [change.item]) {
      const owner = this.#selection.namesake(pod);
      if (owner !== undefined) found.set(owner, [...(found.get(owner) ?? []), pod]);
    }
    for (const [owner, pods] of found) this.#deps.listener.namesakes(owner, pods);
  }

  #tellLooked(): void {
    if (this.#looked || [...this.#watches].some(({ begun, over }) => !begun && !over)) return;
    this.#looked = true;
    this.#deps.looked();
  }

  #ended(watch: Watch, error: unknown): void {
    const { broken, listener } = this.#deps;
    if (isAbort(error, watch.own.signal)) return;
    if (!(error instanceof ClusterError)) {
      broken(error);
      return;
    }
    watch.over = true;
    this.#failed += 1;
    if (!watch.begun) {
      this.#deps.refused(error);
      this.#tellLooked();
      return;
    }
    this.#from.targets.silence(watch.id);
    listener.unwatched(error, watch.query.namespace);
    this.#deps.changed({ opened: [], closed: [] });
  }

  #drop(watch: Watch): void {
    watch.own.release();
    this.#watches.delete(watch);
  }

  /** A namespace without pods may be a slip of the pen. */
  #look({ namespace }: PodWatch, first: Change<LogPod>): void {
    if (namespace === undefined || first.type !== 'snapshot' || first.items.length > 0) return;
    if (this.#checked.has(namespace)) return;
    this.#checked.add(namespace);
    const { listener, signal } = this.#deps;
    const { cluster } = this.#from;
    const told = cluster.lacksNamespace(namespace, signal).then((lacks) => {
      if (lacks && !signal.aborted) listener.nowhere(namespace, cluster);
    });
    this.#work(told.catch((error: unknown) => void (isAbort(error, signal) || this.#deps.broken(error))));
  }

  async #renewals(signal: AbortSignal): Promise<void> {
    const { clock, random = Math.random, broken } = this.#deps;
    try {
      while (this.#selection.renew) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other, at leisure
        await clock.sleep(renewalMs * (0.75 + 0.5 * random()), signal);
        // oxlint-disable-next-line no-await-in-loop
        const next = await this.#selection.renew(signal);
        // oxlint-disable-next-line no-await-in-loop
        if (next) await this.#replace(next, signal);
      }
    } catch (error) {
      if (!isAbort(error, signal)) broken(error);
    }
  }

  /** Goes over to what is selected now once all of it has been read; if it cannot be, the next renewal tries again. */
  async #replace(next: ResolvedSelection, signal: AbortSignal): Promise<void> {
    const wanted = new Map(next.queries.map((query) => [next.keyOf(query), query]));
    const gone: Watch[] = [];
    for (const watch of this.#watches) {
      if (watch.over || !wanted.delete(this.#selection.keyOf(watch.query))) gone.push(watch);
    }
    const came = [...wanted.values()].map((query) => this.#watch(query));
    const begun = await this.#begin(came, next, signal);
    if (!begun) return;
    this.#selection = next;
    const change = this.#from.targets.replace(
      next,
      gone.map(({ id }) => id),
      begun.map(({ watch, items }) => ({ watch: watch.id, items })),
    );
    for (const { watch, changes } of begun) this.#keep(watch, changes);
    for (const watch of gone) this.#leave(watch);
    this.#deps.changed(change);
  }

  /** The first snapshot of each; undefined when one could not be had. */
  async #begin(watches: readonly Watch[], next: ResolvedSelection, signal: AbortSignal) {
    try {
      return await Promise.all(
        watches.map(async (watch) => {
          const changes = this.#changes(watch);
          const first = await changes.next();
          const change = first.done === true ? undefined : first.value;
          if (change?.type !== 'snapshot') throw new Error('a watch of pods began without a list of them');
          await next.prepare(change, signal);
          watch.begun = true;
          return { watch, changes, items: change.items };
        }),
      );
    } catch (error) {
      for (const watch of watches) this.#leave(watch);
      if (!(error instanceof ClusterError)) throw error;
      return undefined;
    }
  }

  #leave(watch: Watch): void {
    watch.own.abort(new Error('other pods are wanted now'));
    this.#drop(watch);
  }
}
