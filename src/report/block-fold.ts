/** Which blocks are news: the same budget or the same pod is not told again while the heartbeat tells of it. */
import { blockText, budgetOf, type PodBlocked } from './block-text.ts';

/** As long as the pause between two heartbeats: a block is told by one or the other, not by both. */
const quietMs = 30_000;

interface Told {
  /** Uids of the pods that are blocked by it now. */
  readonly pods: Set<string>;
  /** Monotonic milliseconds. */
  atMs: number;
}

/**
 * A block of several hundred pods by one budget is one piece of news, and so is a pod that is refused for hours: told
 * when it begins, and again only when it had ended and half a minute has passed.
 */
export class BlockFold {
  readonly #told = new Map<string, Told>();
  /** By uid: the keys under which the pod is blocked now. */
  readonly #blocked = new Map<string, readonly string[]>();

  /** @param nowMs monotonic milliseconds */
  isNews(event: PodBlocked, nowMs: number): boolean {
    const { uid } = event.pod;
    const own = `${uid} ${event.reason} ${event.budget ?? ''}`;
    const cause = budgetOf(event) ?? `${event.reason} ${blockText(event)}`;
    const keys = [`pod ${own}`, `cause ${cause}`];
    const known = keys.some((key) => this.#isQuiet(key, nowMs));
    this.left(uid);
    this.#blocked.set(uid, keys);
    for (const key of keys) this.#remember(key, uid, known ? undefined : nowMs);
    return !known;
  }

  /** To be called when a pod is no longer blocked. */
  left(uid: string): void {
    for (const key of this.#blocked.get(uid) ?? []) this.#told.get(key)?.pods.delete(uid);
    this.#blocked.delete(uid);
  }

  #isQuiet(key: string, nowMs: number): boolean {
    const told = this.#told.get(key);
    return told !== undefined && (told.pods.size > 0 || nowMs - told.atMs < quietMs);
  }

  #remember(key: string, uid: string, toldMs: number | undefined): void {
    const told = this.#told.get(key) ?? { pods: new Set(), atMs: Number.NEGATIVE_INFINITY };
    told.pods.add(uid);
    if (toldMs !== undefined) told.atMs = toldMs;
    this.#told.set(key, told);
  }
}
