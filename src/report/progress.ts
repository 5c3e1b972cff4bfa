/** How far a run is: what live view and heartbeat are made from. */
import type { DrainPlan, PodDecision } from '../drain/plan.ts';
import type { Event, NodeWait, PodId } from './events.ts';
import { blockText, budgetOf } from './block-text.ts';

/** `completing`: not touched, only waited for until it has finished by itself. */
export type PodState = 'failed' | 'blocked' | 'terminating' | 'completing' | 'waiting';

export interface PodProgress {
  readonly node: string;
  /** `namespace/name`. */
  readonly pod: string;
  readonly state: PodState;
  /** Monotonic milliseconds. */
  readonly sinceMs: number;
  /** Monotonic milliseconds of the latest news of it. */
  readonly newsMs: number;
  /** Why it is blocked or failed, or what is done to it past its eviction. */
  readonly reason: string;
  /** Monotonic milliseconds of the next try. */
  readonly retryAtMs: number | undefined;
  /** `namespace/name` of the budget that blocks it. */
  readonly budget: string | undefined;
  /** How often it was asked to go, as far as was told: attempts without news are not. */
  readonly attempts: number;
  /** Monotonic milliseconds at which its grace period ends; undefined unless it is known to the second. */
  readonly graceEndsMs: number | undefined;
}

export interface NodeProgress {
  readonly node: string;
  /** `pending`: planned, and nothing seen of it yet but that it waits for its turn. */
  readonly phase: 'pending' | 'active' | 'finished';
  /** Finished, and all went well. */
  readonly done: boolean;
  /** Monotonic milliseconds at which its phase became `active`. */
  readonly startedMs: number;
  readonly total: number;
  readonly gone: number;
  readonly wave: { readonly wave: number; readonly waves: number } | undefined;
  /** What it waits for besides its pods. */
  readonly waiting: { readonly waitsFor: NodeWait; readonly message: string; readonly sinceMs: number } | undefined;
}

/** Waits during which pods of the same node may go on going. */
const besidesPods: ReadonlySet<NodeWait> = new Set(['surge']);

/** Follows the events of a run: all its nodes, and the pods that are left on those that are being worked on. */
export class RunProgress {
  #graceSeconds = new Map<string, number>();
  #plan: DrainPlan | undefined;
  #startedMs: number | undefined;
  readonly #nodes = new Map<string, NodeProgress>();
  readonly #pods = new Map<string, PodProgress>();

  /** @param nowMs monotonic milliseconds */
  apply(event: Event, nowMs: number): void {
    switch (event.type) {
      case 'drain.planned':
        this.#planned(event.plan);
        return;
      case 'node.waiting':
        this.#waiting(event, nowMs);
        return;
      case 'node.step':
        this.#change(event.node, { waiting: undefined });
        return;
      case 'node.draining':
        this.#activate(event.node, nowMs, { total: Math.max(0, event.pods), gone: 0, waiting: undefined });
        this.#seed(event.node, nowMs);
        return;
      case 'wave.started':
        this.#change(event.node, { wave: { wave: event.wave, waves: event.waves }, waiting: undefined });
        return;
      case 'pod.evicting':
        this.#goes(event.node);
        if (event.dryRun !== 'none') this.#drop(event, true);
        else this.#put(event, { state: 'terminating', graceEndsMs: this.#graceEnd(event.pod, nowMs) }, nowMs);
        return;
      case 'pod.escalated': {
        // Removing the object by force waits for no grace period.
        const graceEndsMs = event.rung === 'delete' ? this.#graceEnd(event.pod, nowMs) : undefined;
        this.#put(event, { state: 'terminating', reason: event.message, graceEndsMs }, nowMs);
        return;
      }
      case 'pod.blocked': {
        const { attempts, retryInMs } = event;
        const news = { reason: blockText(event), retryAtMs: nowMs + retryInMs, budget: budgetOf(event), attempts };
        this.#put(event, { state: 'blocked', ...news }, nowMs);
        return;
      }
      case 'pod.failed':
        this.#put(event, { state: 'failed', reason: event.message }, nowMs);
        return;
      case 'pod.gone':
      case 'pod.skipped':
        this.#drop(event, event.type === 'pod.gone');
        return;
      case 'node.finished':
        this.#finished(event);
        return;
      default:
    }
  }

  /** All nodes of the run, in the order in which they were heard of. */
  get nodes(): readonly NodeProgress[] {
    return [...this.#nodes.values()];
  }

  /** Something is being done that takes time. */
  get busy(): boolean {
    return this.nodes.some(({ phase }) => phase === 'active');
  }

  /** Monotonic milliseconds at which the first node was begun; undefined before. */
  get startedMs(): number | undefined {
    return this.#startedMs;
  }

  /** Pods left on nodes that are being worked on, in no order. */
  get pods(): readonly PodProgress[] {
    return [...this.#pods.values()];
  }

  #planned(plan: DrainPlan): void {
    this.#plan = plan;
    const pods = plan.nodes.flatMap((node) => node.pods);
    this.#graceSeconds = new Map(pods.map(({ uid, graceSeconds }) => [uid, graceSeconds]));
    for (const node of plan.nodes) {
      const known = this.#nodes.get(node.node);
      if (known && known.phase !== 'pending') continue;
      const total = node.pods.filter(({ action }) => startState(action) !== undefined).length;
      this.#nodes.set(node.node, { ...(known ?? unheardOf(node.node)), total });
    }
  }

  #waiting(event: Extract<Event, { readonly type: 'node.waiting' }>, nowMs: number): void {
    const { node, waitsFor, message } = event;
    const before = this.#nodes.get(node)?.waiting;
    // The clock goes on while only the words change.
    const waiting = { waitsFor, message, sinceMs: before?.waitsFor === waitsFor ? before.sinceMs : nowMs };
    if (waitsFor === 'turn') this.#nodes.set(node, { ...(this.#nodes.get(node) ?? unheardOf(node)), waiting });
    else this.#activate(node, nowMs, { waiting });
  }

  #activate(node: string, nowMs: number, changes: Partial<NodeProgress>): void {
    this.#startedMs ??= nowMs;
    const known = this.#nodes.get(node) ?? unheardOf(node);
    const startedMs = known.phase === 'active' ? known.startedMs : nowMs;
    this.#nodes.set(node, { ...known, ...changes, phase: 'active', startedMs });
  }

  #change(node: string, changes: Partial<NodeProgress>): void {
    const known = this.#nodes.get(node);
    if (known) this.#nodes.set(node, { ...known, ...changes });
  }

  /** A pod is asked to go, so that what its node waited for has come. */
  #goes(node: string): void {
    const waiting = this.#nodes.get(node)?.waiting;
    if (waiting && !besidesPods.has(waiting.waitsFor)) this.#change(node, { waiting: undefined });
  }

  #finished({ node, outcome, gone }: Extract<Event, { readonly type: 'node.finished' }>): void {
    const known = this.#nodes.get(node) ?? unheardOf(node);
    const ended = { phase: 'finished', done: outcome === 'done', waiting: undefined } as const;
    this.#nodes.set(node, { ...known, ...ended, gone: Math.max(0, gone) });
    for (const [uid, pod] of this.#pods) if (pod.node === node) this.#pods.delete(uid);
  }

  #seed(node: string, nowMs: number): void {
    for (const { action, uid, namespace, name } of this.#plan?.nodes.find((plan) => plan.node === node)?.pods ?? []) {
      const state = startState(action);
      if (state) this.#put({ node, pod: { uid, namespace, name } }, { state }, nowMs);
    }
  }

  #graceEnd({ uid }: PodId, nowMs: number): number | undefined {
    const seconds = this.#graceSeconds.get(uid);
    return seconds === undefined ? undefined : nowMs + seconds * 1000;
  }

  #drop({ node, pod }: { readonly node: string; readonly pod: PodId }, gone: boolean): void {
    this.#pods.delete(pod.uid);
    const known = this.#nodes.get(node);
    if (known && gone && known.phase === 'active') this.#change(node, { gone: known.gone + 1 });
  }

  #put(
    { node, pod }: { readonly node: string; readonly pod: PodId },
    to: Pick<PodProgress, 'state'> & Partial<PodProgress>,
    nowMs: number,
  ): void {
    // Pods of a node that is not being worked on have no place in the view: late or stray news.
    if (this.#nodes.get(node)?.phase !== 'active') return;
    const before = this.#pods.get(pod.uid);
    this.#pods.set(pod.uid, {
      node,
      pod: `${pod.namespace}/${pod.name}`,
      reason: '',
      retryAtMs: undefined,
      budget: undefined,
      attempts: 0,
      graceEndsMs: undefined,
      ...to,
      newsMs: nowMs,
      sinceMs: before?.state === to.state ? before.sinceMs : nowMs,
    });
  }
}

function unheardOf(node: string): NodeProgress {
  return {
    node,
    phase: 'pending',
    done: false,
    startedMs: 0,
    total: 0,
    gone: 0,
    wave: undefined,
    waiting: undefined,
  };
}

/** Undefined for pods that the drain does not wait for. */
function startState(action: PodDecision['action']): PodState | undefined {
  switch (action) {
    case 'remove':
      return 'waiting';
    case 'wait':
      return 'terminating';
    case 'complete':
      return 'completing';
    case 'leave':
    case 'blocked':
      return undefined;
  }
}
