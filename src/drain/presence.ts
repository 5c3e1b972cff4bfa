/** Which pods are on a node right now, followed by one watch instead of a poll for each pod. */
import { createBackoff } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import type { Cluster, PodQuery } from '../cluster/cluster.ts';
import type { Pod } from '../cluster/pod.ts';
import { ClusterError } from '../errors.ts';

/** Between two lists where watching is forbidden. */
const pollMs = 1000;
/** How long the first list may fail. */
const firstListMs = 120_000;

export interface PresenceContext {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly warn: (message: string) => void;
  /** Objects a page of the lists. */
  readonly chunkSize?: number | undefined;
}

interface Waiter {
  readonly wake: () => void;
  readonly abort: (reason: Error) => void;
}

export class Presence {
  /** Resolves with the first full list; rejects when the pods cannot be followed. */
  readonly synced: Promise<void>;
  /** Rejects when the pods can no longer be followed; never resolves. */
  readonly broken: Promise<never>;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #waiting = new Map<string, Set<Waiter>>();
  readonly #leaving = new Map<string, Set<() => void>>();
  #pods = new Map<string, Pod>();
  #synced = false;
  #onSynced: () => void = () => {};

  /** Follows a node's pods until the signal aborts; `warn` hears of a fallback. */
  constructor({ cluster, clock, warn, chunkSize }: PresenceContext, nodeName: string, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    // One listener for all pods that wait.
    signal.addEventListener('abort', () => this.#abort(signal.reason as Error), { once: true });
    const query: PodQuery = { nodeName, chunkSize, signal };
    this.broken = this.#follow(cluster, query).catch((error: unknown) => {
      if (!isForbiddenWatch(error)) throw error;
      warn(`pods may not be watched, so they are listed every second instead (${error.message})`);
      return this.#poll(cluster, query);
    });
    this.synced = Promise.race([new Promise<void>((resolve) => (this.#onSynced = resolve)), this.broken]);
    // Whoever races against these hears of a failure; nobody has to.
    this.broken.catch(() => {});
    this.synced.catch(() => {});
  }

  /** The pod as last seen; undefined once it is gone, or replaced by another of its name. */
  get(uid: string): Pod | undefined {
    return this.#pods.get(uid);
  }

  /** All pods of the node as last seen. */
  get pods(): readonly Pod[] {
    return [...this.#pods.values()];
  }

  /** Calls back once, as soon as the pod is terminating or gone, which may be at once; the result takes it back. */
  whenLeaving(uid: string, callback: () => void): () => void {
    if (this.#isLeaving(uid)) {
      callback();
      return () => {};
    }
    const callbacks = this.#leaving.get(uid) ?? new Set();
    this.#leaving.set(uid, callbacks.add(callback));
    return () => {
      callbacks.delete(callback);
      if (callbacks.size === 0) this.#leaving.delete(uid);
    };
  }

  /** Resolves when something about this pod changed, or after `ms`; rejects with the signal's reason when it aborts. */
  next(uid: string, ms: number | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#signal.aborted) {
        reject(this.#signal.reason as Error);
        return;
      }
      const waiters = this.#waiting.get(uid) ?? new Set();
      this.#waiting.set(uid, waiters);
      const forget = (): void => {
        waiters.delete(waiter);
        if (waiters.size === 0) this.#waiting.delete(uid);
        timer?.cancel();
      };
      const waiter: Waiter = {
        wake() {
          forget();
          resolve();
        },
        abort(reason) {
          forget();
          reject(reason);
        },
      };
      const timer = ms === undefined ? undefined : this.#clock.after(ms, waiter.wake);
      waiters.add(waiter);
    });
  }

  /** Resolves when the pod is known here, or after `ms`: a list may be ahead of the watch. */
  async known(uid: string, ms: number): Promise<void> {
    const untilMs = this.#clock.monotonic() + ms;
    while (!this.#pods.has(uid) && this.#clock.monotonic() < untilMs) {
      await this.next(uid, untilMs - this.#clock.monotonic());
    }
  }

  /** The first list is asked for again while it fails for a passing reason; later the watch itself sees to that. */
  async #follow(cluster: Cluster, query: PodQuery): Promise<never> {
    const startMs = this.#clock.monotonic();
    const backoff = createBackoff(500, 5000, Math.random);
    for (;;) {
      try {
        return await this.#watch(cluster, query);
      } catch (error) {
        const late = this.#clock.monotonic() - startMs > firstListMs;
        if (this.#synced || late || !(error instanceof ClusterError) || !error.transient) throw error;
        await this.#clock.sleep(backoff.nextMs(), query.signal);
      }
    }
  }

  async #watch(cluster: Cluster, query: PodQuery): Promise<never> {
    for await (const change of cluster.watchPods(query)) {
      if (change.type === 'snapshot') this.#replaceAll(change.items);
      else {
        if (change.type === 'changed') this.#pods.set(change.item.uid, change.item);
        else this.#pods.delete(change.item.uid);
        this.#wake(change.item.uid);
      }
    }
    throw new ClusterError('the watch of the pods ended unexpectedly', { code: 'cluster.server' });
  }

  async #poll(cluster: Cluster, query: PodQuery): Promise<never> {
    for (;;) {
      try {
        this.#replaceAll(await cluster.listPods(query));
      } catch (error) {
        if (!(error instanceof ClusterError) || !error.transient) throw error;
      }
      await this.#clock.sleep(pollMs, query.signal);
    }
  }

  #abort(reason: Error): void {
    for (const waiters of this.#waiting.values()) for (const waiter of waiters) waiter.abort(reason);
  }

  #replaceAll(items: readonly Pod[]): void {
    this.#pods = new Map(items.map((pod) => [pod.uid, pod]));
    for (const uid of new Set([...this.#waiting.keys(), ...this.#leaving.keys()])) this.#wake(uid);
    this.#synced = true;
    this.#onSynced();
  }

  #wake(uid: string): void {
    for (const waiter of this.#waiting.get(uid) ?? []) waiter.wake();
    if (!this.#isLeaving(uid)) return;
    const callbacks = this.#leaving.get(uid) ?? [];
    this.#leaving.delete(uid);
    for (const callback of callbacks) callback();
  }

  #isLeaving(uid: string): boolean {
    const pod = this.#pods.get(uid);
    return !pod || pod.deletionTimestamp !== undefined;
  }
}

function isForbiddenWatch(error: unknown): error is ClusterError {
  return error instanceof ClusterError && error.code === 'cluster.forbidden';
}
