/** What is followed, as pods come and go: which logs to open, and which to leave. */
import type { Change } from '../../cluster/cluster.ts';
import type { LogContainer, LogPod } from '../../cluster/log-pod.ts';
import type { LogSource } from '../line.ts';
import { isSole } from './containers.ts';
import type { ResolvedSelection } from './resolve.ts';

/** One run of one container whose log is wanted. */
export interface LogTarget {
  /** The pod's uid, the container's name and the container's id: never that of another run. */
  readonly key: string;
  readonly source: LogSource;
  readonly pod: LogPod;
  /** As it was when the target was opened. */
  readonly container: LogContainer;
  /** It was there when the following began. */
  readonly first: boolean;
  /** So many runs of the container came and went unseen just before this one. */
  readonly missed: number;
  /** So many may have: the pod is news, and its container had been started as often before. */
  readonly earlier: number;
}

export interface TargetChange {
  readonly opened: readonly LogTarget[];
  /** Streams to be cut: the pod is still there, and is not wanted any more. All others end by themselves. */
  readonly closed: readonly LogTarget[];
}

/** What is known of a wanted pod. */
interface Known {
  pod: LogPod;
  /** By container, the run seen last, whether it was opened or not; before the first its id is {@link notRunYet}. */
  readonly seen: Map<string, SeenRun>;
  /** By container, the target opened last. */
  readonly opened: Map<string, LogTarget>;
}

interface SeenRun {
  readonly id: string;
  readonly restartCount: number;
}

/** Where a pod comes from that was not wanted before. */
type Arrival =
  /** It was there when the watch began. */
  | 'first'
  /** It may have been there for long: something else is wanted now. */
  | 'old'
  | 'new';

type Wanted = Pick<ResolvedSelection, 'accepts' | 'containers' | 'states' | 'placeOf'>;

/** The first snapshot of a watch. */
export interface WatchedPods {
  readonly watch: number;
  readonly items: readonly LogPod[];
}

/** Instead of the id of a run. */
const notRunYet = '';

const nothing: TargetChange = { opened: [], closed: [] };

/**
 * The reducer: changes of pods in, targets out. A pod that is deleted is only forgotten, for its last lines are still to
 * come. Should one that left and came back (its labels changed) be opened again while its stream still runs, the key is
 * the same: go on with that stream.
 */
export class Targets {
  /** The kubeconfig's context, where several are followed. */
  readonly context: string | undefined;
  #wanted: Wanted;
  /** By watch, by uid; a watch is there once its first snapshot was. */
  readonly #watches = new Map<number, Map<string, Known>>();
  /** Pods that are there and not wanted: should they be one day, their earlier runs are not. */
  readonly #unwanted = new Set<string>();
  /** Watches that tell no news any more. */
  readonly #silent = new Set<number>();

  constructor(wanted: Wanted, { context }: { readonly context: string | undefined }) {
    this.#wanted = wanted;
    this.context = context;
  }

  /** @param watch which one the change belongs to: a snapshot replaces what was known of that */
  apply(change: Change<LogPod>, watch: number): TargetChange {
    const before = this.#watches.get(watch);
    const pods = before ?? new Map<string, Known>();
    if (!before) this.#watches.set(watch, pods);
    switch (change.type) {
      case 'snapshot': {
        const present = new Set(change.items.map(({ uid }) => uid));
        for (const uid of pods.keys()) if (!present.has(uid)) pods.delete(uid);
        // Those of other watches with them: what is forgotten of them costs a line too many at worst, and no memory.
        for (const uid of this.#unwanted) if (!present.has(uid)) this.#unwanted.delete(uid);
        const changes = change.items.map((pod) => this.#see(pods, pod, before ? 'new' : 'first'));
        return { opened: changes.flatMap(({ opened }) => opened), closed: changes.flatMap(({ closed }) => closed) };
      }
      case 'changed':
        return this.#see(pods, change.item, 'new');
      case 'deleted':
        this.#unwanted.delete(change.item.uid);
        pods.delete(change.item.uid);
        return nothing;
    }
  }

  /**
   * Other pods are wanted from now on, and other watches take the place of some. What is known of a pod goes over with
   * it, so that nothing of it is opened twice; what none of them has is closed.
   *
   * @param came no pod of theirs is in a watch that stays
   */
  replace(wanted: Wanted, gone: readonly number[], came: readonly WatchedPods[]): TargetChange {
    this.#wanted = wanted;
    const left = new Map<string, Known>();
    for (const watch of gone) {
      for (const [uid, known] of this.#watches.get(watch) ?? []) left.set(uid, known);
      this.#watches.delete(watch);
      this.#silent.delete(watch);
    }
    const opened = came.flatMap(({ watch, items }) => {
      const pods = new Map<string, Known>();
      this.#watches.set(watch, pods);
      return items.flatMap((pod) => {
        const known = left.get(pod.uid);
        if (!wanted.accepts(pod)) return [];
        left.delete(pod.uid);
        if (known) pods.set(pod.uid, known);
        return this.#see(pods, pod, 'old').opened;
      });
    });
    return { opened, closed: [...left.values()].flatMap((known) => [...known.opened.values()]) };
  }

  /** No more changes of that watch come: what is known of its pods stays as it is. */
  silence(watch: number): void {
    this.#silent.add(watch);
  }

  /** False when what {@link current} says of that key may be long out of date. */
  isWatched(key: string): boolean {
    const [uid = ''] = key.split('/', 1);
    for (const watch of this.#silent) if (this.#watches.get(watch)?.has(uid) === true) return false;
    return true;
  }

  /** The container of that key's pod as it is now, perhaps in a later run; undefined when the pod is gone or not wanted. */
  current(key: string): LogContainer | undefined {
    const [uid = '', name] = key.split('/', 2);
    for (const pods of this.#watches.values()) {
      const known = pods.get(uid);
      if (known) return known.pod.containers.find((container) => container.name === name);
    }
    return undefined;
  }

  /** All pods that are wanted now. */
  pods(): readonly LogPod[] {
    return [...this.#watches.values()].flatMap((pods) => [...pods.values()].map(({ pod }) => pod));
  }

  #see(pods: Map<string, Known>, pod: LogPod, arrival: Arrival): TargetChange {
    const known = pods.get(pod.uid);
    if (!this.#wanted.accepts(pod)) {
      this.#unwanted.add(pod.uid);
      pods.delete(pod.uid);
      return known ? { opened: [], closed: [...known.opened.values()] } : nothing;
    }
    const as = this.#unwanted.delete(pod.uid) && arrival === 'new' ? 'old' : arrival;
    const now = known ?? { pod, seen: new Map<string, SeenRun>(), opened: new Map<string, LogTarget>() };
    now.pod = pod;
    if (!known) pods.set(pod.uid, now);
    const chosen = this.#wanted.containers(pod);
    const opened = chosen.flatMap((container) => this.#attach(now, container, as, isSole(container, chosen)) ?? []);
    return opened.length === 0 ? nothing : { opened, closed: [] };
  }

  /**
   * stern's rule: the state counts only for a container that has run when it is first seen. Afterwards each new run is
   * taken, for one that is over quickly is never seen running.
   */
  #attach(known: Known, container: LogContainer, arrival: Arrival, sole: boolean): LogTarget | undefined {
    const { containerId, name, state, restartCount } = container;
    const last = known.seen.get(name);
    if (containerId === undefined) {
      // A run that was seen stays seen, should its id be missing for a while.
      if (last === undefined) known.seen.set(name, { id: notRunYet, restartCount });
      return undefined;
    }
    if (containerId === last?.id) return undefined;
    known.seen.set(name, { id: containerId, restartCount });
    if (last === undefined && this.#wanted.states?.has(state) === false) return undefined;
    const missed = missedBefore(container, last, arrival);
    const source = this.#source(known.pod, name, containerId, sole);
    const earlier = last === undefined && arrival === 'new' && missed === 0 ? restartCount : 0;
    const target = this.#target(known.pod, container, source, { first: arrival === 'first', missed, earlier });
    known.opened.set(name, target);
    return target;
  }

  #target(
    pod: LogPod,
    container: LogContainer,
    source: LogSource,
    how: Pick<LogTarget, 'first' | 'missed' | 'earlier'>,
  ): LogTarget {
    // Two contexts may lead to one cluster.
    const place = this.context === undefined ? '' : ` ${this.context}`;
    return { key: `${pod.uid}/${container.name}/${source.containerId}${place}`, source, pod, container, ...how };
  }

  #source(pod: LogPod, container: string, containerId: string, sole: boolean): LogSource {
    const { uid, namespace, labels, annotations, nodeName } = pod;
    return {
      context: this.context,
      namespace,
      pod: pod.name,
      podUid: uid,
      container,
      containerId,
      node: nodeName,
      labels,
      annotations,
      sole,
      place: this.#wanted.placeOf?.(nodeName),
    };
  }
}

/**
 * Of a pod that was never seen before one run is believed: one that restarts for days may only be called otherwise now, and
 * its past was not asked for. So more of them are only told of.
 */
function missedBefore({ restartCount }: LogContainer, last: SeenRun | undefined, arrival: Arrival): number {
  if (last === undefined) return arrival === 'new' && restartCount === 1 ? 1 : 0;
  const next = last.id === notRunYet ? last.restartCount : last.restartCount + 1;
  return Math.max(0, restartCount - next);
}
