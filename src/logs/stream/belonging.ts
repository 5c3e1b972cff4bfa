/** Keeps account of whose lines a stream has given: its run's, or the next one's of the same container. */
import { endOfRun, firstStamp, isBefore, mayBeOfNext, mayBeOfPod, NameTaken, type Given } from './doubt.ts';
import type { AttemptOptions } from './attempt-options.ts';
import type { NextRead, Run } from './next-read.ts';
import type { Outlet } from './outlet.ts';
import type { ContainerStreamDeps, ContainerStreamRequest } from './stream.ts';
import { isStillRun } from './wait.ts';

/** How a log was opened. */
export interface Opening {
  readonly read: NextRead;
  /** The one that is meant. */
  readonly run: Run;
  /** The one that the container was at; see {@link Belonging.inHand}. */
  readonly inHand: Run;
  readonly openedMs: number;
  readonly isFirst: boolean;
  /** Lines were given before. */
  readonly known: boolean;
}

export class Belonging {
  readonly #deps: ContainerStreamDeps;
  readonly #isFollowed: boolean;
  readonly #outlet: Outlet;
  /** The timestamp of the first line. */
  #first = '';
  #unsure = false;
  #ofOtherPod = false;

  constructor(deps: ContainerStreamDeps, request: ContainerStreamRequest, outlet: Outlet) {
    const { given: left, follow, previous } = request;
    this.#deps = deps;
    this.#isFollowed = follow && !previous;
    this.#outlet = outlet;
    if (!left) return;
    outlet.remember(left.given.lines);
    this.#first = left.given.first;
    this.#unsure = !left.ofNext && left.given.lines.length > 0;
  }

  /** The log that is read may be that of a pod which has taken the name of the one that is meant. */
  get ofOtherPod(): boolean {
    return this.#ofOtherPod;
  }

  /** The run that the container is at, as far as it is known. */
  inHand(): Run {
    const now = this.#deps.container();
    return { containerId: now?.containerId ?? '', restartCount: now?.restartCount };
  }

  /** Lines that were given are looked for in the log, and may stand in another. */
  isUnsure({ read, run, known }: Opening): boolean {
    return known && (this.#unsure || (read === 'previous' && this.isDoubtful(run)));
  }

  /** What {@link AttemptOptions.confirm} is for that connection. */
  confirmation(opening: Opening, signal: AbortSignal): AttemptOptions['confirm'] {
    const { read, run, inHand, openedMs, isFirst, known } = opening;
    if (!this.#isFollowed) return undefined;
    if (this.isUnsure(opening)) return () => Promise.resolve(false);
    if (read === 'previous') {
      // It is the log of the run before the one in hand, if that was in hand all the while.
      return async (lines) => this.#isOf(run, lines) || (await isStillRun(this.#deps, inHand, openedMs, signal));
    }
    return isFirst && !known ? undefined : () => isStillRun(this.#deps, run, openedMs, signal);
  }

  /** Takes a block of the lines that are given. */
  note(block: Buffer): void {
    if (this.#first === '') this.#first = firstStamp(block);
  }

  /** Lines that were given have come again in the log of the run. */
  found(): void {
    this.#unsure = false;
  }

  /** What was given may be of a later run than that. */
  isDoubtful(run: Run): boolean {
    return mayBeOfNext(this.#first, endOfRun(this.#deps.container(), run));
  }

  /** Lines that begin like this were surely written before that run ended. */
  #isOf(run: Run, lines: Buffer): boolean {
    const end = endOfRun(this.#deps.container(), run);
    const first = firstStamp(lines);
    return end !== undefined && first !== '' && isBefore(first, end);
  }

  /**
   * Calls back once when another run is seen, or another pod of that name, and says whether what was given may be that
   * one's; returns what ends that.
   *
   * @param openedAt when the log was opened first, by the server's clock
   */
  onReplaced(run: () => Run, openedAt: () => string | undefined, then: (doubtful: boolean) => void): () => void {
    const { replaced, doubted } = this.#deps;
    const look = (): void => {
      const reason: unknown = replaced?.reason;
      const taken = reason instanceof NameTaken ? reason : undefined;
      this.#ofOtherPod = taken !== undefined && (taken.sameContainer || mayBeOfPod(openedAt(), taken.createdAt));
      const doubtful = taken ? this.#ofOtherPod : this.isDoubtful(run());
      if (doubtful) doubted?.();
      then(doubtful);
    };
    if (replaced?.aborted === true) look();
    replaced?.addEventListener('abort', look, { once: true });
    return () => replaced?.removeEventListener('abort', look);
  }

  /** At the end of a run of which nobody has seen the next: that has to look at it. */
  leaveDoubtful(run: Run): void {
    if (this.isDoubtful(run)) this.#leave(false);
  }

  /** Nothing could be found out; false: there is nothing to be left either. */
  leave(): boolean {
    if (this.#first !== '') this.#leave(false);
    return this.#first !== '';
  }

  #leave(ofNext: boolean): void {
    this.#deps.left?.({ given: this.#given(), ofNext });
  }

  /** What was given stands nowhere in the log of the run. */
  disown(run: Run, read: NextRead): void {
    // In the log before the one in hand: then it is of the one in hand, unless it is older.
    if (read === 'previous' && this.isDoubtful(run)) this.#leave(true);
    this.#outlet.forget();
    this.#first = '';
    this.#unsure = false;
  }

  #given(): Given {
    return { lines: Buffer.from(this.#outlet.recent()), first: this.#first };
  }
}
