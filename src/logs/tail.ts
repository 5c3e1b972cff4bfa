/** Follows the logs of all that is selected: one stream for each run of a container, each of them exactly once. */
import { anySignal, type Clock } from '../clock.ts';
import type { Change } from '../cluster/cluster.ts';
import type { LogCluster } from '../cluster/log-cluster.ts';
import type { LogContainer, LogPod } from '../cluster/log-pod.ts';
import { ClusterError, isAbort } from '../errors.ts';
import type { LogTarget, Targets } from './selection/targets.ts';
import type { ResolvedSelection } from './selection/resolve.ts';
import { followContainer, type ContainerStreamRequest, type StreamEnd, type StreamNotice } from './stream/follow.ts';

type PodQuery = ResolvedSelection['queries'][number];

/** One cluster of those that are followed, and what is selected in it. */
export interface TailCluster {
  readonly cluster: Pick<LogCluster, 'open' | 'listPods' | 'watchPods'>;
  readonly selection: ResolvedSelection;
  readonly targets: Targets;
}

/** Where the lines of one container go. */
export interface Outlet {
  /** Whole lines as the server sent them. A promise: wait for it before the next. */
  block(lines: Buffer): Promise<void> | undefined;
  /** Enough has been read. */
  readonly full?: AbortSignal | undefined;
}

/** Told what happens beside the lines. */
export interface TailListener {
  attached(target: LogTarget): void;
  /** `container` is what is known of it now. */
  ended(target: LogTarget, end: StreamEnd, container: LogContainer | undefined): void;
  notice(target: LogTarget, notice: StreamNotice): void;
  /** These wait until others end: there may be no more than so many at once. */
  queued(targets: readonly LogTarget[]): void;
  /** Pods that could not be read or watched; the others go on. */
  lost(error: ClusterError): void;
  outage(error: ClusterError): void;
}

export interface TailOptions {
  readonly follow: boolean;
  /** All that is the same for every stream. */
  readonly request: Omit<ContainerStreamRequest, 'ref' | 'containerId' | 'restartCount' | 'follow'>;
  /** Streams at once: more of them wait. */
  readonly maxStreams: number;
  /** Of a container that ran before when it is first seen: this many lines of that run come first. */
  readonly crashLines: number | undefined;
}

export interface TailDeps {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly listener: TailListener;
  readonly outletFor: (target: LogTarget, run: 'current' | 'previous') => Outlet;
  /** Told when no stream is left, however that came. */
  readonly finished: (result: TailResult) => void;
}

export interface TailResult {
  readonly streams: number;
  /** Logs, and lists of pods, that could not be read. */
  readonly failed: number;
  readonly pods: number;
}

/**
 * Without `follow` it resolves when all is read, with it when the signal fires: then it throws the signal's reason.
 *
 * @throws ClusterError when nothing that was asked for may be read at all
 */
export async function tail(
  clusters: readonly TailCluster[],
  options: TailOptions,
  deps: TailDeps,
): Promise<TailResult> {
  const broken = new AbortController();
  const signal = anySignal(deps.signal, broken.signal);
  const run = new Tail(options, { ...deps, signal }, (error) => broken.abort(error));
  const outcomes = await Promise.all(
    clusters.flatMap((one) => one.selection.queries.map((query, index) => run.select(one, query, index))),
  );
  // What is read once begins when all lists are there: only then can it be put in order.
  run.begin();
  await run.settled();
  deps.finished(run.result);
  signal.throwIfAborted();
  const errors = outcomes.filter((outcome) => outcome instanceof ClusterError);
  if (errors[0] && errors.length === outcomes.length) throw errors[0];
  return run.result;
}

class Tail {
  readonly #options: TailOptions;
  readonly #deps: TailDeps;
  /** Ends all of it. */
  readonly #broken: (error: unknown) => void;
  readonly #running = new Map<string, AbortController>();
  readonly #works = new Set<Promise<void>>();
  readonly #queue: { readonly from: TailCluster; readonly target: LogTarget }[] = [];
  readonly #wakers = new Set<() => void>();
  readonly #pods = new Set<string>();
  #streams = 0;
  #failed = 0;
  /** Queries whose pods may not be read. */
  #unread = 0;

  constructor(options: TailOptions, deps: TailDeps, broken: (error: unknown) => void) {
    this.#options = options;
    this.#deps = deps;
    this.#broken = broken;
  }

  get result(): TailResult {
    return { streams: this.#streams, failed: this.#failed + this.#unread, pods: this.#pods.size };
  }

  /** Reads the pods of a query once, or keeps watching them; the error when they may not be read. */
  async select(from: TailCluster, query: PodQuery, index: number): Promise<ClusterError | undefined> {
    const { signal, listener } = this.#deps;
    const asked = { ...query, signal, onOutage: (error: ClusterError) => listener.outage(error) };
    try {
      if (!this.#options.follow) {
        await this.#apply(from, { type: 'snapshot', items: await from.cluster.listPods(asked) }, index);
        return undefined;
      }
      for await (const change of from.cluster.watchPods(asked)) await this.#apply(from, change, index);
      return undefined;
    } catch (error) {
      if (isAbort(error, signal)) return undefined;
      if (!(error instanceof ClusterError)) {
        this.#broken(error);
        return undefined;
      }
      listener.lost(error);
      this.#unread += 1;
      return error;
    }
  }

  /** Resolves when no stream is left. */
  async settled(): Promise<void> {
    // Each end may have let another begin.
    while (this.#works.size > 0) await Promise.all(this.#works);
  }

  async #apply(from: TailCluster, change: Change<LogPod>, index: number): Promise<void> {
    await from.selection.prepare(change, this.#deps.signal);
    const { opened, closed } = from.targets.apply(change, index);
    for (const { key } of closed) {
      this.#running.get(key)?.abort(new Error('no longer selected'));
      const at = this.#queue.findIndex(({ target }) => target.key === key);
      if (at >= 0) this.#queue.splice(at, 1);
    }
    const queued = new Set(this.#queue.map(({ target }) => target.key));
    for (const target of opened) {
      // It left and came back while its stream still ran, or waited: that goes on.
      if (this.#running.get(target.key)?.signal.aborted === false || queued.has(target.key)) continue;
      this.#pods.add(target.source.podUid);
      this.#queue.push({ from, target });
    }
    if (this.#options.follow) this.begin();
    const news = new Set(opened);
    const wait = this.#queue.map(({ target }) => target).filter((one) => news.has(one) && !this.#running.has(one.key));
    if (wait.length > 0) this.#deps.listener.queued(wait);
    // Those that wait again while being woken wait for the next news.
    const woken = [...this.#wakers];
    for (const wake of woken) wake();
  }

  /** Starts what waits, as far as there is room; what is still ending comes after that. */
  begin(): void {
    while (!this.#deps.signal.aborted && this.#running.size < this.#options.maxStreams) {
      const at = this.#queue.findIndex(({ target }) => !this.#running.has(target.key));
      const [next] = at < 0 ? [] : this.#queue.splice(at, 1);
      if (!next) return;
      this.#start(next.from, next.target);
    }
  }

  #start(from: TailCluster, target: LogTarget): void {
    const own = new AbortController();
    this.#running.set(target.key, own);
    this.#streams += 1;
    const work = this.#stream(from, target, own.signal)
      .catch((error: unknown) => this.#broken(error))
      .finally(() => {
        this.#running.delete(target.key);
        this.#works.delete(work);
        this.begin();
      });
    this.#works.add(work);
  }

  async #stream(from: TailCluster, target: LogTarget, own: AbortSignal): Promise<void> {
    const { listener, signal } = this.#deps;
    listener.attached(target);
    const end = await this.#read(from, target, anySignal(signal, own));
    if (end.kind === 'failed') this.#failed += 1;
    // Whoever ends it all need not be told of each.
    if (!signal.aborted) listener.ended(target, end, from.targets.current(target.key));
  }

  async #read(from: TailCluster, target: LogTarget, signal: AbortSignal): Promise<StreamEnd> {
    const { crashLines, follow, request } = this.#options;
    const before = target.container.state === 'running' && target.container.restartCount > 0;
    if (crashLines !== undefined && target.first && before && !request.previous) {
      const previous = { ...request, previous: true, since: undefined, tailLines: crashLines };
      const end = await this.#once(from, target, { ...previous, follow: false }, 'previous', signal);
      if (end.kind === 'failed')
        this.#deps.listener.notice(target, { kind: 'server-message', text: end.error.message });
    }
    return this.#once(from, target, { ...request, follow: follow && !request.previous }, 'current', signal);
  }

  async #once(
    from: TailCluster,
    target: LogTarget,
    request: Omit<ContainerStreamRequest, 'ref' | 'containerId' | 'restartCount'>,
    run: 'current' | 'previous',
    signal: AbortSignal,
  ): Promise<StreamEnd> {
    const { clock, outletFor, listener } = this.#deps;
    const { namespace, pod, container, containerId } = target.source;
    const outlet = outletFor(target, run);
    const until = outlet.full ? anySignal(signal, outlet.full) : signal;
    try {
      return await followContainer(
        {
          open: from.cluster.open,
          clock,
          container: () => from.targets.current(target.key),
          changed: (waiting) => this.#changed(waiting),
        },
        { ...request, ref: { namespace, pod, container }, containerId, restartCount: target.container.restartCount },
        { block: (lines) => outlet.block(lines), notice: (notice) => listener.notice(target, notice) },
        until,
      );
    } catch (error) {
      if (until.aborted) return { kind: 'ended' };
      throw error;
    }
  }

  /** Resolves at the next news of any pod. */
  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        this.#wakers.delete(done);
        signal.removeEventListener('abort', aborted);
        resolve();
      };
      const aborted = (): void => {
        this.#wakers.delete(done);
        reject(signal.reason as Error);
      };
      if (signal.aborted) return aborted();
      this.#wakers.add(done);
      signal.addEventListener('abort', aborted, { once: true });
    });
  }
}
