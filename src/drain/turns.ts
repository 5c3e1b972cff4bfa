/** Whose turn it is to be evicted: one queue for each disruption budget, shared by all nodes of a run. */
import type { Clock } from '../clock.ts';
import type { Budget } from '../cluster/budget.ts';
import type { Change, RemovalOutcome } from '../cluster/cluster.ts';
import { podName, type Pod } from '../cluster/pod.ts';
import { budgetsOf, budgetVerdict } from './budgets.ts';

/** The least time between two tries that no news of the budget has prompted; kubectl asks for each pod that often. */
const firstProbeMs = 5000;
const longestProbeMs = 30_000;
/**
 * Who has just used a budget up knows why it allows nothing: for a while the replacements are waited for, and asking in
 * between would only burden a server that is busy with them.
 */
const usedUpMs = 60_000;
const usedUpProbeMs = 15_000;
/** After this an eviction counts as seen by the budget, whatever its status says: the server judges the next one. */
const reflectionMs = 2000;

/** Permission to send one eviction; must be given back with what came of it. */
export interface Turn {
  /** `unused`: nothing was sent. */
  end(outcome: RemovalOutcome | 'unused'): void;
}

interface Waiter {
  readonly pod: () => Pod | undefined;
  readonly grant: (turn: Turn) => void;
}

interface Queue {
  readonly key: string;
  /** Undefined where budgets may not be read: then answers are all that is known. */
  budget: Budget | undefined;
  /** In order of arrival. */
  readonly waiting: Set<Waiter>;
  asking: boolean;
  /** Names of pods whose granted evictions the budget's status does not show yet, and since when. */
  readonly unseen: Map<string, number>;
  /** The server said no to what the numbers allow: they are old, so wait for news. */
  refused: boolean;
  /** How often news came; what came while the server was being asked may be younger than its answer. */
  news: number;
  /** A no that news had outrun was not taken for an answer; the next one is. */
  doubted: boolean;
  /** Not before this time unless there is news; monotonic milliseconds. */
  notBeforeMs: number;
  probeMs: number;
  /** When the last eviction was accepted. */
  acceptedAtMs: number;
  timer: { readonly atMs: number; cancel(): void } | undefined;
}

/**
 * Lets pods without a budget ask at once, and those of a budget one request at a time and only while it allows a
 * disruption that no other eviction of this run has taken. News of budgets wake the queues; where none come, the head of
 * a queue asks again after a jittered pause of 5 s and more. The server has the last word in any case.
 */
export class Turns {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #queues = new Map<string, Queue>();
  #budgets: Map<string, Budget[]> | undefined;

  constructor(clock: Clock, random: () => number = Math.random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** What is known of the budgets; undefined while or where nothing is. */
  get budgets(): readonly Budget[] | undefined {
    return this.#budgets && [...this.#budgets.values()].flat();
  }

  /** The budget that a pod waits for, as last seen; undefined when none is known. */
  budgetOf(pod: Pod, named: string | undefined): Budget | undefined {
    return named === undefined ? budgetsOf(pod, this.#budgets?.get(pod.namespace) ?? [])[0] : this.#find(named);
  }

  /**
   * Milliseconds until the queue that a pod waits in asks again unless news of its budget come before; undefined where
   * it waits in none, or its turn has come.
   */
  retryInMs(pod: Pod, named: string | undefined): number | undefined {
    const budget = this.budgetOf(pod, named);
    const queue = this.#queues.get(named ?? (budget ? podName(budget) : ''));
    if (!queue) return undefined;
    const nowMs = this.#clock.monotonic();
    const atMs = queue.notBeforeMs > nowMs ? queue.notBeforeMs : (queue.timer?.atMs ?? nowMs);
    return atMs > nowMs ? atMs - nowMs : undefined;
  }

  /** Takes news from the watch of budgets. */
  apply(change: Change<Budget>): void {
    if (change.type === 'snapshot') {
      this.#budgets = new Map();
      for (const budget of change.items) this.#store(budget);
      // A list is younger than all that was granted before it was asked for.
      for (const queue of this.#queues.values()) this.#news(queue, this.#find(queue.key), true);
      return;
    }
    const { item } = change;
    const others = (this.#budgets?.get(item.namespace) ?? []).filter(({ name }) => name !== item.name);
    this.#budgets?.set(item.namespace, others);
    if (change.type === 'changed') this.#store(item);
    const queue = this.#queues.get(podName(item));
    if (queue) this.#news(queue, change.type === 'changed' ? item : undefined, false);
  }

  /**
   * Resolves when the pod may ask to be evicted. `budget` (`namespace/name`) is the one that the server named, for when
   * it is not known here. Rejects with the signal's reason.
   */
  take(pod: () => Pod | undefined, budget: string | undefined, signal: AbortSignal): Promise<Turn> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const queue = this.#queueOf(pod(), budget);
      if (!queue) {
        resolve({ end: () => {} });
        return;
      }
      const waiter: Waiter = {
        pod,
        grant(turn) {
          signal.removeEventListener('abort', aborted);
          resolve(turn);
        },
      };
      const aborted = (): void => {
        queue.waiting.delete(waiter);
        if (queue.waiting.size === 0) this.#cancelTimer(queue);
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', aborted, { once: true });
      queue.waiting.add(waiter);
      this.#serve(queue);
    });
  }

  #store(budget: Budget): void {
    const ofNamespace = this.#budgets?.get(budget.namespace) ?? [];
    ofNamespace.push(budget);
    this.#budgets?.set(budget.namespace, ofNamespace);
  }

  #find(key: string): Budget | undefined {
    const [namespace = '', name] = key.split('/');
    return this.#budgets?.get(namespace)?.find((budget) => budget.name === name);
  }

  #queueOf(pod: Pod | undefined, named: string | undefined): Queue | undefined {
    const matching = pod && budgetsOf(pod, this.#budgets?.get(pod.namespace) ?? []);
    const key = named ?? (matching?.[0] && podName(matching[0]));
    if (key === undefined) return undefined;
    const known = this.#queues.get(key);
    if (known) return known;
    const queue: Queue = {
      key,
      budget: this.#find(key),
      waiting: new Set(),
      asking: false,
      unseen: new Map(),
      refused: false,
      news: 0,
      doubted: false,
      notBeforeMs: 0,
      probeMs: firstProbeMs,
      acceptedAtMs: -Infinity,
      timer: undefined,
    };
    // Only a refusal names a budget that is not known here.
    if (named !== undefined) this.#pause(queue, 0);
    this.#queues.set(key, queue);
    return queue;
  }

  #news(queue: Queue, budget: Budget | undefined, complete: boolean): void {
    queue.budget = budget;
    if (complete) queue.unseen.clear();
    for (const name of budget?.disruptedPods ?? []) queue.unseen.delete(name);
    queue.refused = false;
    queue.news += 1;
    queue.probeMs = firstProbeMs;
    queue.notBeforeMs = 0;
    this.#serve(queue);
  }

  /** Grants the next turn of a queue if there is one to grant, or sees to it that it is looked at again. */
  #serve(queue: Queue): void {
    if (queue.asking) return;
    const nowMs = this.#clock.monotonic();
    const next = this.#next(queue, nowMs);
    if (next) {
      this.#cancelTimer(queue);
      this.#grant(queue, next);
    } else if (queue.waiting.size > 0) this.#serveLater(queue, nowMs);
  }

  /** Who may ask now: a pod that costs the budget nothing, else the first one that is not ready, else the first. */
  #next(queue: Queue, nowMs: number): Waiter | undefined {
    const { budget, waiting } = queue;
    let unready: Waiter | undefined;
    for (const waiter of waiting) {
      const pod = waiter.pod();
      // Its own loop finds out that it is gone.
      if (!pod || pod.deletionTimestamp !== undefined) continue;
      if (budget && !queue.refused && budgetVerdict(pod, [budget]).kind === 'free') return waiter;
      if (!pod.ready) unready ??= waiter;
    }
    const [first] = waiting;
    const due = queue.notBeforeMs <= nowMs;
    if (budget) {
      const allowed = budget.settled && !queue.refused && budget.disruptionsAllowed > this.#unseen(queue, nowMs);
      if (!allowed && (queue.notBeforeMs === 0 || !due)) return undefined;
    } else if (!due) return undefined;
    return unready ?? first;
  }

  #unseen({ unseen }: Queue, nowMs: number): number {
    for (const [name, sinceMs] of unseen) if (nowMs - sinceMs >= reflectionMs) unseen.delete(name);
    return unseen.size;
  }

  #grant(queue: Queue, waiter: Waiter): void {
    queue.waiting.delete(waiter);
    queue.asking = true;
    const known = queue.news;
    const pod = waiter.pod();
    const free = pod && queue.budget && budgetVerdict(pod, [queue.budget]).kind === 'free';
    // From now on, not from the answer on: the budget's news often overtake it.
    if (pod && !free) queue.unseen.set(pod.name, this.#clock.monotonic());
    let ended = false;
    waiter.grant({
      end: (outcome) => {
        if (ended) return;
        ended = true;
        queue.asking = false;
        if (pod && (outcome === 'unused' || outcome.kind !== 'accepted')) queue.unseen.delete(pod.name);
        // A server that took long to answer takes as long to show it.
        else if (pod && queue.unseen.has(pod.name)) queue.unseen.set(pod.name, this.#clock.monotonic());
        if (outcome !== 'unused') this.#learn(queue, outcome, queue.news !== known);
        this.#serve(queue);
      },
    });
  }

  /** `outrun`: news came after the server was asked. */
  #learn(queue: Queue, outcome: RemovalOutcome, outrun: boolean): void {
    if (outcome.kind === 'accepted') {
      // A budget that is seen tells by itself what it allows next; one that is not is asked again at once.
      queue.notBeforeMs = 0;
      queue.probeMs = firstProbeMs;
      queue.acceptedAtMs = this.#clock.monotonic();
      queue.doubted = false;
    } else if (outcome.kind === 'blocked-budget') {
      // What has been allowed since then must not wait for still more news, which may be long in coming.
      const doubt = outrun && !queue.doubted;
      queue.doubted = doubt;
      if (doubt) return;
      queue.refused = true;
      this.#pause(queue, 0);
    } else if (outcome.kind === 'settling') {
      queue.refused = true;
      this.#pause(queue, outcome.retryAfterMs);
    }
  }

  #pause(queue: Queue, leastMs: number): void {
    const nowMs = this.#clock.monotonic();
    const usedUp = queue.budget && !queue.refused && nowMs - queue.acceptedAtMs < usedUpMs;
    const probeMs = Math.max(queue.probeMs, usedUp ? usedUpProbeMs : 0);
    queue.notBeforeMs = nowMs + Math.max(leastMs, probeMs * (1 + this.#random() / 5));
    // Where nobody tells when the budget allows more, asking is the only way to find out.
    if (queue.budget) queue.probeMs = Math.min(longestProbeMs, queue.probeMs * 1.5);
  }

  #serveLater(queue: Queue, nowMs: number): void {
    if (queue.notBeforeMs <= nowMs) {
      const [oldest] = queue.unseen.values();
      const allowed = queue.budget && !queue.refused && queue.budget.settled && queue.budget.disruptionsAllowed > 0;
      if (allowed && oldest !== undefined) {
        this.#arm(queue, oldest + reflectionMs, nowMs);
        return;
      }
      this.#pause(queue, 0);
    }
    this.#arm(queue, queue.notBeforeMs, nowMs);
  }

  #arm(queue: Queue, atMs: number, nowMs: number): void {
    if (queue.timer && queue.timer.atMs <= atMs && queue.timer.atMs > nowMs) return;
    this.#cancelTimer(queue);
    const timer = this.#clock.after(atMs - nowMs, () => {
      queue.timer = undefined;
      this.#serve(queue);
    });
    queue.timer = { atMs, cancel: () => timer.cancel() };
  }

  #cancelTimer(queue: Queue): void {
    queue.timer?.cancel();
    queue.timer = undefined;
  }
}
