/** Follows the logs of all that is selected: one stream for each run of a container, each of them exactly once. */
import type { Clock } from '../clock.ts';
import { follow, type FollowingSignal } from '../cluster/abort.ts';
import { ClusterError } from '../errors.ts';
import type { LogContainer } from '../cluster/log-pod.ts';
import { willNotHeal } from '../cluster/watch-stream.ts';
import { PodWatches, type PodWatchListener, type TailCluster } from './pod-watches.ts';
import type { LogTarget, TargetChange } from './selection/targets.ts';
import { cursorOf } from './stream/cursor.ts';
import type { Left } from './stream/doubt.ts';
import { isRun, type Run } from './stream/next-read.ts';
import { RunOrder, type LeftOfRun, type Turn } from './stream/run-order.ts';
import type { ContainerStreamDeps } from './stream/stream.ts';
import { followContainer, type ContainerStreamRequest, type StreamEnd, type StreamNotice } from './stream/follow.ts';

/** Where the lines of one container go. */
export interface Outlet {
  /** Whole lines as the server sent them. A promise: wait for it before the next. */
  block(lines: Buffer): Promise<void> | undefined;
  /** Enough has been read. */
  readonly full?: AbortSignal | undefined;
}

/** Told what happens beside the lines. */
export interface TailListener extends PodWatchListener {
  /** Pods that could not be read at all; the others go on. */
  lost(error: ClusterError): void;
  attached(target: LogTarget): void;
  /** `container` is what is known of it now. */
  ended(target: LogTarget, end: StreamEnd, container: LogContainer | undefined): void;
  notice(target: LogTarget, notice: StreamNotice): void;
  /** These wait until others end: there may be no more than so many at once. */
  queued(targets: readonly LogTarget[]): void;
}

export type { TailCluster } from './pod-watches.ts';

export interface TailOptions {
  readonly follow: boolean;
  /** All that is the same for every stream. */
  readonly request: Omit<ContainerStreamRequest, 'ref' | 'containerId' | 'restartCount' | 'follow' | 'given'>;
  /** Streams at once: more of them wait. */
  readonly maxStreams: number;
  /** Of a container that ran before when it is first seen: this many lines of that run come first. */
  readonly crashLines: number | undefined;
}

export interface TailDeps {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly random?: (() => number) | undefined;
  readonly listener: TailListener;
  readonly outletFor: (target: LogTarget, run: 'current' | 'previous') => Outlet;
  /** While following: all pods that are there were looked at, and none of them has a log that is wanted. */
  readonly nothingYet?: (() => void) | undefined;
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
  const all = follow(deps.signal);
  const { signal } = all;
  try {
    const shared = { ...deps, signal, broken: (error: unknown) => all.abort(error) };
    const run = new Tail(options, shared);
    let askedOf = clusters.reduce((sum, { selection }) => sum + selection.queries.length, 0);
    let nothingLeft: ClusterError | undefined;
    const refused = (error: ClusterError): void => {
      askedOf -= 1;
      // The last hope is told of by whoever started this.
      if (askedOf === 0) nothingLeft = error;
      else deps.listener.lost(error);
    };
    let unseen = clusters.length;
    const looked = (): void => {
      unseen -= 1;
      if (!options.follow || unseen > 0 || nothingLeft) return;
      if (run.result.pods === 0) deps.nothingYet?.();
    };
    const watches = clusters.map(
      (from) => new PodWatches(from, { ...shared, refused, looked, changed: (change) => run.changed(from, change) }),
    );
    await Promise.all(watches.map((one) => (options.follow ? one.follow() : one.read())));
    // What is read once begins when all lists are there: only then can it be put in order.
    run.begin();
    await run.settled();
    const unread = watches.reduce((sum, { failed }) => sum + failed, 0);
    const result = { ...run.result, failed: run.result.failed + unread };
    deps.finished(result);
    signal.throwIfAborted();
    if (nothingLeft) throw nothingLeft;
    return result;
  } finally {
    all.release();
  }
}

type StreamDeps = Omit<TailDeps, 'finished' | 'nothingYet'> & { readonly broken: (error: unknown) => void };

class Tail {
  readonly #options: TailOptions;
  readonly #deps: StreamDeps;
  readonly #running = new Map<string, FollowingSignal>();
  readonly #works = new Set<Promise<void>>();
  readonly #queue: { readonly from: TailCluster; readonly target: LogTarget }[] = [];
  readonly #wakers = new Set<() => void>();
  readonly #pods = new Set<string>();
  readonly #order = new RunOrder();
  #streams = 0;
  #failed = 0;

  constructor(options: TailOptions, deps: StreamDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  get result(): TailResult {
    return { streams: this.#streams, failed: this.#failed, pods: this.#pods.size };
  }

  /** Resolves when no stream is left. */
  async settled(): Promise<void> {
    // Each end may have let another begin.
    while (this.#works.size > 0) await Promise.all(this.#works);
  }

  changed(from: TailCluster, { opened, closed }: TargetChange): void {
    for (const { key } of closed) {
      this.#running.get(key)?.abort(new Error('no longer selected'));
      const at = this.#queue.findIndex(({ target }) => target.key === key);
      if (at >= 0) this.#queue.splice(at, 1);
    }
    const queued = new Set(this.#queue.map(({ target }) => target.key));
    for (const target of opened) {
      // It left and came back while its stream still ran, or waited: that goes on.
      if (this.#running.get(target.key)?.signal.aborted === false || queued.has(target.key)) continue;
      this.#order.seen(target);
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
    // Containers come and go for weeks: nothing of a stream that has ended may stay with the signal of all.
    const own = follow(this.#deps.signal);
    this.#running.set(target.key, own);
    this.#streams += 1;
    const turn = this.#order.begin(target, () => from.targets.current(target.key) !== undefined);
    const work = this.#stream(from, target, own.signal, turn)
      .catch((error: unknown) => this.#deps.broken(error))
      .finally(() => {
        turn.end();
        own.release();
        this.#running.delete(target.key);
        this.#works.delete(work);
        this.begin();
      });
    this.#works.add(work);
  }

  async #stream(from: TailCluster, target: LogTarget, own: AbortSignal, turn: Turn): Promise<void> {
    const { listener, signal } = this.#deps;
    listener.attached(target);
    const end = await this.#read(from, target, own, turn);
    if (end.kind === 'failed') this.#failed += 1;
    // Whoever ends it all need not be told of each.
    if (!signal.aborted) listener.ended(target, end, from.targets.current(target.key));
  }

  async #read(from: TailCluster, target: LogTarget, signal: AbortSignal, turn: Turn): Promise<StreamEnd> {
    const { crashLines } = this.#options;
    const request = { ...this.#options.request, ...runOf(target) };
    const before = target.container.state === 'running' && target.container.restartCount > 0;
    if (crashLines !== undefined && target.first && before && !request.previous) {
      const previous = { ...request, previous: true, since: undefined, tailLines: crashLines };
      const end = await this.#once(from, target, { ...previous, follow: false }, signal, 'previous');
      this.#tellFailure(target, end);
    }
    const follow = this.#options.follow && !request.previous;
    // A file is no log of a run: it is not taken up in the middle.
    if (!follow || (from.reader && !from.reader.readsLog))
      return this.#once(from, target, { ...request, follow }, signal, 'current');
    const given = await this.#readMissed(from, target, await turn.before(), signal);
    turn.begun();
    return this.#once(from, target, { ...request, follow, given }, signal, 'current', turn.deps);
  }

  /** Reads what is missing of the run before; returns what was given of this one by mistake, or may have been. */
  async #readMissed(
    from: TailCluster,
    target: LogTarget,
    left: LeftOfRun | undefined,
    signal: AbortSignal,
  ): Promise<Left | undefined> {
    const { missed, earlier, container } = target;
    // What was left of a pod of the same name says that they were seen.
    if (earlier > 0 && !left) this.#deps.listener.notice(target, { kind: 'earlier-runs', count: earlier });
    if (missed > 1) this.#tellMissed(target, left);
    // Lines of a pod that had the same name are looked for in this log alone.
    if (missed === 0 && (left === undefined || left.ofNext || left.ofOtherPod)) return left;
    // By then the log of the run before is gone.
    if (container.state === 'waiting') return left;
    const unseen = { containerId: `before ${target.source.containerId}`, restartCount: container.restartCount - 1 };
    const run = missed === 0 && left ? left.run : unseen;
    const given = left && { ...left, ofNext: false };
    let next: Left | undefined;
    const deps = { left: (of: Left) => void (next = of) };
    const request = { ...this.#options.request, ...run, given, follow: true };
    this.#tellFailure(target, await this.#once(from, target, request, signal, 'previous', deps));
    return next;
  }

  #tellFailure(target: LogTarget, end: StreamEnd): void {
    if (end.kind === 'failed') this.#deps.listener.notice(target, { kind: 'server-message', text: end.error.message });
  }

  #tellMissed(target: LogTarget, left: Left | undefined): void {
    const { lastTerminated, restartCount } = target.container;
    const to = lastTerminated?.finishedAt ?? '';
    const from = (left && cursorOf(left.given.lines)?.last) ?? '';
    const why = `the container was started ${target.missed + 1} times before the watch told of it; it is at restart ${restartCount}`;
    this.#deps.listener.notice(target, { kind: 'gap', from, to, why });
  }

  async #once(
    from: TailCluster,
    target: LogTarget,
    request: Omit<ContainerStreamRequest, 'ref'>,
    signal: AbortSignal,
    run: 'current' | 'previous',
    order: Pick<ContainerStreamDeps, 'replaced' | 'doubted' | 'left'> = {},
  ): Promise<StreamEnd> {
    const { clock, outletFor, listener, random } = this.#deps;
    const { namespace, pod, container } = target.source;
    const outlet = outletFor(target, run);
    const until = follow(signal);
    outlet.full?.addEventListener('abort', () => until.abort(outlet.full?.reason), { once: true });
    const read = from.reader?.bind(undefined, target.source) ?? followContainer;
    try {
      return await read(
        {
          open: from.cluster.open,
          clock,
          kubectl: from.cluster.kubectl,
          ...(random && { random }),
          container: () => from.targets.current(target.key),
          watched: () => from.targets.isWatched(target.key),
          isStillAt: (run, waiting) => isStillAt(from.cluster, target, run, waiting),
          changed: (waiting) => this.#changed(waiting),
          ...order,
        },
        { ...request, ref: { namespace, pod, container } },
        { block: (lines) => outlet.block(lines), notice: (notice) => listener.notice(target, notice) },
        until.signal,
      );
    } catch (error) {
      if (until.signal.aborted) return { kind: 'ended' };
      throw error;
    } finally {
      until.release();
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

function runOf({ source: { containerId }, container: { restartCount } }: LogTarget): Run {
  return { containerId, restartCount };
}

/** Asked by name: a pod that has gone may have been followed by another of its name, whose log is the one that was opened. */
async function isStillAt(
  cluster: TailCluster['cluster'],
  { source: { namespace, pod, podUid, container } }: LogTarget,
  run: Run,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const [now] = await cluster.listPods({ namespace, fieldSelector: `metadata.name=${pod}`, signal });
    const found = now?.containers.find(({ name }) => name === container);
    return now === undefined || (now.uid === podUid && (found === undefined || isRun(found, run)));
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    return willNotHeal(error);
  }
}
