/** Puts the lines of many logs into the order of their timestamps. */
import type { Clock } from '../clock.ts';
import type { ByteString } from './line.ts';
import type { Print } from './print.ts';

/** Takes the blocks of one log. */
export interface Lane {
  /** Resolves when the lines have left: then the next block may come. */
  block(lines: Buffer): Promise<void>;
  /** No more will come: the others wait for it no longer. */
  end(): void;
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

interface Entry {
  /** Never less than that of the line before it in the same log. */
  readonly key: string;
  readonly bytes: ByteString;
  readonly arrivedMs: number;
}

interface LaneState {
  readonly print: Print;
  entries: Entry[];
  next: number;
  waitingBytes: number;
  lastKey: string;
  ended: boolean;
  taken: (() => void) | undefined;
}

/** What one log may hold back within the window. */
const windowBytes = 1024 * 1024;

/** Within one log the order stays as it was written; each lane holds one block at a time, or a little more within a window, so that memory is bounded. */
export function createSorter({ clock, write, windowMs }: SortOptions): Sorter {
  const lanes = new Set<LaneState>();
  let working: Promise<void> | undefined;
  let timer: { cancel(): void } | undefined;
  let closing = false;

  const hasEntries = (lane: LaneState): boolean => lane.next < lane.entries.length;

  /** The oldest line that may go now; undefined while a lane without lines may still bring an older one. */
  function oldest(): LaneState | undefined {
    let found: LaneState | undefined;
    for (const lane of lanes) {
      const entry = lane.entries[lane.next];
      if (!entry) {
        if (windowMs === undefined && !lane.ended && !closing) return undefined;
        continue;
      }
      const best = found?.entries[found.next];
      if (!best || entry.key < best.key) found = lane;
    }
    if (windowMs === undefined || closing || !found) return found;
    const entry = found.entries[found.next];
    return entry && clock.monotonic() - entry.arrivedMs >= windowMs ? found : undefined;
  }

  async function drain(): Promise<void> {
    let batch = '';
    for (let lane = oldest(); lane; lane = oldest()) {
      batch += lane.entries[lane.next]?.bytes ?? '';
      lane.next += 1;
      if (!hasEntries(lane)) release(lane);
      if (batch.length < 65_536) continue;
      const behind = write(batch);
      batch = '';
      // oxlint-disable-next-line no-await-in-loop -- the reader sets the pace
      if (behind) await behind;
    }
    const behind = write(batch);
    if (behind) await behind;
  }

  function release(lane: LaneState): void {
    lane.entries = [];
    lane.next = 0;
    lane.waitingBytes = 0;
    if (lane.ended) lanes.delete(lane);
    const { taken } = lane;
    lane.taken = undefined;
    taken?.();
  }

  async function work(): Promise<void> {
    do {
      working ??= drain().finally(() => {
        working = undefined;
      });
      // oxlint-disable-next-line no-await-in-loop -- what came after its last look is for the next round
      await working;
    } while (oldest());
    if (windowMs !== undefined && !closing && !timer && [...lanes].some(hasEntries)) {
      timer = clock.after(Math.min(windowMs, 100), () => {
        timer = undefined;
        void work();
      });
    }
  }

  return {
    lane(print) {
      const lane: LaneState = {
        print,
        entries: [],
        next: 0,
        waitingBytes: 0,
        lastKey: '',
        ended: false,
        taken: undefined,
      };
      lanes.add(lane);
      return {
        async block(lines) {
          const arrivedMs = clock.monotonic();
          for (const line of linesOf(lines)) {
            const bytes = print(line);
            const key = line.toString('latin1', 0, 30);
            if (key > lane.lastKey) lane.lastKey = key;
            if (bytes !== '') lane.entries.push({ key: lane.lastKey, bytes, arrivedMs });
          }
          lane.waitingBytes += lines.length;
          if (!hasEntries(lane)) return;
          // A window holds lines back on purpose: that alone must not slow their log down.
          if (windowMs !== undefined && lane.waitingBytes < windowBytes) {
            void work();
            return;
          }
          const taken = new Promise<void>((resolve) => {
            lane.taken = resolve;
          });
          await work();
          await taken;
        },
        end() {
          lane.ended = true;
          if (!hasEntries(lane)) lanes.delete(lane);
          void work();
        },
      };
    },
    async close() {
      closing = true;
      timer?.cancel();
      await working;
      await work();
    },
  };
}

function* linesOf(block: Buffer): Generator<Buffer> {
  for (let start = 0; start < block.length;) {
    const feed = block.indexOf(10, start);
    const end = feed < 0 ? block.length : feed + 1;
    yield block.subarray(start, end);
    start = end;
  }
}
