/** How far a run is: what live view and heartbeat are made from. */
import type { DrainPlan } from '../drain/plan.ts';
import type { Event, PodId } from './events.ts';

export interface PodProgress {
  readonly node: string;
  /** `namespace/name`. */
  readonly pod: string;
  /** Worst first: the order of the live view. */
  readonly state: 'failed' | 'blocked' | 'terminating' | 'waiting';
  /** Monotonic milliseconds. */
  readonly sinceMs: number;
  /** Why it is blocked or failed. */
  readonly reason: string;
  /** Monotonic milliseconds of the next try. */
  readonly retryAtMs: number | undefined;
}

export interface NodeProgress {
  readonly node: string;
  readonly startedMs: number;
  readonly total: number;
  readonly gone: number;
}

const worstFirst = ['failed', 'blocked', 'terminating', 'waiting'] as const;

/** Follows the events of a run; knows only nodes that are being drained right now, and their pods that are left. */
export class RunProgress {
  #plan: DrainPlan | undefined;
  readonly #nodes = new Map<string, NodeProgress>();
  readonly #pods = new Map<string, PodProgress>();

  /** @param nowMs monotonic milliseconds */
  apply(event: Event, nowMs: number): void {
    switch (event.type) {
      case 'drain.planned':
        this.#plan = event.plan;
        return;
      case 'node.draining':
        this.#nodes.set(event.node, { node: event.node, startedMs: nowMs, total: event.pods, gone: 0 });
        this.#seed(event.node, nowMs);
        return;
      case 'pod.evicting':
        if (event.dryRun === 'none') this.#put(event, { state: 'terminating' }, nowMs);
        else this.#drop(event, true);
        return;
      case 'pod.blocked':
        this.#put(event, { state: 'blocked', reason: blockText(event), retryAtMs: nowMs + event.retryInMs }, nowMs);
        return;
      case 'pod.failed':
        this.#put(event, { state: 'failed', reason: event.message }, nowMs);
        return;
      case 'pod.gone':
      case 'pod.skipped':
        this.#drop(event, event.type === 'pod.gone');
        return;
      case 'node.finished':
        this.#nodes.delete(event.node);
        for (const [uid, pod] of this.#pods) if (pod.node === event.node) this.#pods.delete(uid);
        return;
      default:
    }
  }

  get nodes(): readonly NodeProgress[] {
    return [...this.#nodes.values()];
  }

  /** Worst first, and within a state the one that has been in it longest. */
  get pods(): readonly PodProgress[] {
    return [...this.#pods.values()].sort(
      (a, b) =>
        worstFirst.indexOf(a.state) - worstFirst.indexOf(b.state) ||
        a.sinceMs - b.sinceMs ||
        (a.pod < b.pod ? -1 : a.pod > b.pod ? 1 : 0),
    );
  }

  #seed(node: string, nowMs: number): void {
    for (const { action, uid, namespace, name } of this.#plan?.nodes.find((plan) => plan.node === node)?.pods ?? []) {
      if (action !== 'remove' && action !== 'wait') continue;
      const state = action === 'wait' ? 'terminating' : 'waiting';
      this.#put({ node, pod: { uid, namespace, name } }, { state }, nowMs);
    }
  }

  #drop({ node, pod }: { readonly node: string; readonly pod: PodId }, gone: boolean): void {
    this.#pods.delete(pod.uid);
    const known = this.#nodes.get(node);
    if (known && gone) this.#nodes.set(node, { ...known, gone: known.gone + 1 });
  }

  #put(
    { node, pod }: { readonly node: string; readonly pod: PodId },
    to: Pick<PodProgress, 'state'> & Partial<PodProgress>,
    nowMs: number,
  ): void {
    // Pods of a node that is not being drained have no place in the view: late or stray news.
    if (!this.#nodes.has(node)) return;
    const before = this.#pods.get(pod.uid);
    this.#pods.set(pod.uid, {
      node,
      pod: `${pod.namespace}/${pod.name}`,
      reason: '',
      retryAtMs: undefined,
      ...to,
      sinceMs: before?.state === to.state ? before.sinceMs : nowMs,
    });
  }
}

/** Why a pod cannot go yet: `budget shop/web needs 2 healthy pods and has 2`. */
export function blockText(event: Extract<Event, { readonly type: 'pod.blocked' }>): string {
  const { reason, message, pod } = event;
  switch (reason) {
    case 'budget':
    case 'settling':
      return message;
    case 'namespace-terminating':
      return `namespace ${pod.namespace} is being deleted, which will delete the pod`;
    case 'throttled':
      return `the API server is busy: ${message}`;
    case 'webhook':
      return message.includes('webhook') ? message : `an admission webhook refused: ${message}`;
    case 'transient':
      return `passing error: ${message}`;
  }
}
