/** Puts the lines of many logs into the order of their timestamps. */
import type { Clock } from '../clock.ts';
import type { ByteString } from './line.ts';
import type { Print } from './print.ts';
import { Arrivals } from './sort/arrivals.ts';
import { SortLane } from './sort/lane.ts';
import { LaneHeap } from './sort/lane-heap.ts';

/** Takes the blocks of one log. */
export interface Lane {
  /** Resolves when the lines have left, or within a window when there is room: then the next block may come. */
  block(lines: Buffer): Promise<void>;
  /** No more will come: the others wait for it no longer. A promise resolves when all that it holds was written. */
  end(): Promise<void> | undefined;
}

export interface Sorter {
  lane(print: Print): Lane;
  /** Writes what is left. */
  close(): Promise<void>;
}

export interface SortOptions {
  readonly clock: Clock;
  readonly write: (bytes: ByteString) => Promise<void> | undefined;
  /**
   * How long a line waits for older ones of other logs, in milliseconds. Undefined: as long as any lane is open, which is
   * exact, and right for logs that end.
   */
  readonly windowMs: number | undefined;
}

/** What one log may hold back within the window, and all of them: beyond it the oldest line goes before its time. */
const laneBytes = 1024 * 1024;
const allBytes = 32 * 1024 * 1024;

/** How far ahead a log is printed that is read to its end. */
const pieceBytes = 8192;

const batchBytes = 65_536;

/**
 * Within one log the order stays as it was written. Memory is bounded: each lane holds the blocks of one chunk of its
 * connection at a time, and within a window all lanes together hold no more than `allBytes`.
 */
export function createSorter(options: SortOptions): Sorter {
  const sorting = new Sorting(options);
  return {
    lane(print) {
      const lane = sorting.open(print);
      return { block: (lines) => sorting.take(lane, lines), end: () => sorting.end(lane) };
    },
    close: () => sorting.close(),
  };
}

class Sorting {
  readonly #options: SortOptions;
  /** Those that have lines. */
  readonly #heap = new LaneHeap<SortLane>();
  /** Of what waits within the window. */
  readonly #arrivals = new Arrivals();
  /** Held up until there is room. */
  readonly #waiting = new Set<SortLane>();
  #lanes = 0;
  /** Lanes without lines that may still bring an older one. */
  #silent = 0;
  #bytes = 0;
  #working: Promise<void> | undefined;
  #timer: { cancel(): void } | undefined;
  #closing = false;

  constructor(options: SortOptions) {
    this.#options = options;
  }

  open(print: Print): SortLane {
    this.#silent += 1;
    this.#lanes += 1;
    return new SortLane(this.#lanes, print, this.#options.windowMs === undefined ? pieceBytes : Infinity);
  }

  async take(lane: SortLane, lines: Buffer): Promise<void> {
    const { clock, windowMs } = this.#options;
    const { empty, bytes } = lane;
    const arrival = { atMs: clock.monotonic(), over: false };
    lane.add(lines, arrival);
    this.#bytes += lane.bytes - bytes;
    if (lane.empty) return;
    if (windowMs !== undefined) this.#arrivals.add(arrival);
    if (empty) {
      this.#heap.add(lane);
      if (!lane.ended) this.#silent -= 1;
    }
    // A window holds lines back on purpose: that alone must not slow their log down.
    if (windowMs !== undefined && this.#hasRoom(lane)) {
      void this.#work();
      return;
    }
    const room = lane.wait();
    if (windowMs !== undefined) this.#waiting.add(lane);
    await this.#work();
    await room;
  }

  end(lane: SortLane): Promise<void> | undefined {
    if (lane.empty && !lane.ended) this.#silent -= 1;
    lane.ended = true;
    // What a printer may throw reaches those who gave the lines: they wait for them to leave.
    this.#work().catch(() => {});
    return lane.empty && !this.#working ? undefined : this.#left(lane);
  }

  async #left(lane: SortLane): Promise<void> {
    // It is woken for room, too.
    while (!lane.empty) await lane.wait();
    // The last of them may be in the batch in hand.
    await this.#working?.catch(() => {});
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#timer?.cancel();
    await this.#working;
    await this.#work();
  }

  /** What may leave now of the lane that holds the oldest line: as much as comes before all others, or that line alone. */
  #mayLeave(lane: SortLane): 'run' | 'line' | 'nothing' {
    // All have passed its moment.
    if (this.#silent === 0 || this.#closing) return 'run';
    if (this.#options.windowMs === undefined) return 'nothing';
    return this.#hasRoom(lane) && this.#dueInMs(this.#options.windowMs) > 0 ? 'nothing' : 'line';
  }

  #hasRoom(lane: SortLane): boolean {
    return lane.bytes < laneBytes && this.#bytes < allBytes;
  }

  /** How long the line may still wait that came first. Once its time is over, all that are older have to leave, too. */
  #dueInMs(windowMs: number): number {
    const first = this.#arrivals.first;
    return first ? first.atMs + windowMs - this.#options.clock.monotonic() : Infinity;
  }

  async #drain(): Promise<void> {
    const { write } = this.#options;
    let batch = '';
    for (let lane = this.#heap.first; lane; lane = this.#heap.first) {
      const what = this.#mayLeave(lane);
      if (what === 'nothing') break;
      batch += this.#takeFrom(lane, what);
      if (batch.length < batchBytes) continue;
      const behind = write(batch);
      batch = '';
      // oxlint-disable-next-line no-await-in-loop -- the reader sets the pace
      if (behind) await behind;
      this.#wakeThoseWithRoom();
    }
    const behind = write(batch);
    if (behind) await behind;
    this.#wakeThoseWithRoom();
  }

  #takeFrom(lane: SortLane, what: 'run' | 'line'): ByteString {
    const { bytes } = lane;
    const text = what === 'run' ? lane.takeRun(this.#heap.second) : lane.takeLine();
    this.#bytes -= bytes - lane.bytes;
    if (!lane.empty) {
      this.#heap.firstMoved();
      return text;
    }
    this.#heap.removeFirst();
    if (!lane.ended) this.#silent += 1;
    // One whose lines have all left cannot be what fills the room.
    this.#waiting.delete(lane);
    lane.wake();
    return text;
  }

  /** A busy log is never empty: its stream goes on once there is room. */
  #wakeThoseWithRoom(): void {
    if (this.#bytes >= allBytes) return;
    for (const lane of this.#waiting) {
      if (lane.bytes >= laneBytes) continue;
      this.#waiting.delete(lane);
      lane.wake();
    }
  }

  async #work(): Promise<void> {
    do {
      this.#working ??= this.#drain().finally(() => {
        this.#working = undefined;
      });
      // oxlint-disable-next-line no-await-in-loop -- what came after its last look is for the next round
      await this.#working;
    } while (this.#heap.first && this.#mayLeave(this.#heap.first) !== 'nothing');
    this.#arm();
  }

  #arm(): void {
    const { clock, windowMs } = this.#options;
    if (windowMs === undefined || this.#closing || this.#timer || this.#heap.size === 0) return;
    this.#timer = clock.after(Math.max(0, Math.ceil(this.#dueInMs(windowMs))), () => {
      this.#timer = undefined;
      void this.#work();
    });
  }
}
