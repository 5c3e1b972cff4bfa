/** Puts the lines of many logs into the order of their timestamps. */
import type { Clock } from '../clock.ts';
import type { ByteString } from './line.ts';
import type { Print } from './print.ts';
import { secondOf, stampBytes, stampOfSecond } from './stream/stamp.ts';

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
  taken: (() => void)[];
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
    let complete = true;
    for (const lane of lanes) {
      const entry = lane.entries[lane.next];
      if (!entry) {
        if (windowMs === undefined && !lane.ended && !closing) return undefined;
        if (!lane.ended) complete = false;
        continue;
      }
      const best = found?.entries[found.next];
      if (!best || entry.key < best.key) found = lane;
    }
    // All have passed its moment; or its log holds back all that it may.
    if (windowMs === undefined || closing || complete || !found || found.waitingBytes >= windowBytes) return found;
    const entry = found.entries[found.next];
    return entry && clock.monotonic() - entry.arrivedMs >= windowMs ? found : undefined;
  }

  async function drain(): Promise<void> {
    let batch = '';
    for (let lane = oldest(); lane; lane = oldest()) {
      const bytes = lane.entries[lane.next]?.bytes ?? '';
      batch += bytes;
      lane.waitingBytes -= bytes.length;
      lane.next += 1;
      if (hasEntries(lane)) trim(lane);
      else release(lane);
      if (batch.length < 65_536) continue;
      const behind = write(batch);
      batch = '';
      // oxlint-disable-next-line no-await-in-loop -- the reader sets the pace
      if (behind) await behind;
    }
    const behind = write(batch);
    if (behind) await behind;
  }

  /** A busy log is never empty: what has gone is let go of, and its stream goes on once there is room. */
  function trim(lane: LaneState): void {
    if (lane.next >= 4096) {
      lane.entries = lane.entries.slice(lane.next);
      lane.next = 0;
    }
    if (windowMs !== undefined && lane.waitingBytes < windowBytes) wake(lane);
  }

  function release(lane: LaneState): void {
    lane.entries = [];
    lane.next = 0;
    lane.waitingBytes = 0;
    if (lane.ended) lanes.delete(lane);
    wake(lane);
  }

  /** A chunk of the connection gives two blocks, and each of them is waited for. */
  function wake(lane: LaneState): void {
    const { taken } = lane;
    lane.taken = [];
    for (const resolve of taken) resolve();
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
        taken: [],
      };
      lanes.add(lane);
      return {
        async block(lines) {
          const arrivedMs = clock.monotonic();
          for (const line of linesOf(lines)) {
            const bytes = print(line);
            const key = keyOf(line);
            if (key > lane.lastKey) lane.lastKey = key;
            if (bytes === '') continue;
            lane.entries.push({ key: lane.lastKey, bytes, arrivedMs });
            lane.waitingBytes += bytes.length;
          }
          if (!hasEntries(lane)) return;
          // A window holds lines back on purpose: that alone must not slow their log down.
          if (windowMs !== undefined && lane.waitingBytes < windowBytes) {
            void work();
            return;
          }
          const taken = new Promise<void>((resolve) => {
            lane.taken.push(resolve);
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

/** Its moment in UTC with nine digits; empty without a timestamp: then it stays behind the line before it. */
function keyOf(line: Buffer): string {
  const usual = line[10] === 0x54 && line[19] === 0x2e && line[29] === 0x5a && line[30] === 0x20;
  if (usual) return line.toString('latin1', 0, 29);
  const stamp = line.toString('latin1', 0, Math.max(0, stampBytes(line) - 1));
  const second = secondOf(stamp);
  if (stamp === '' || Number.isNaN(second)) return '';
  const fraction = /\.(\d+)/.exec(stamp)?.[1] ?? '';
  return `${stampOfSecond(second).slice(0, 19)}.${fraction.slice(0, 9).padEnd(9, '0')}`;
}

function* linesOf(block: Buffer): Generator<Buffer> {
  for (let start = 0; start < block.length;) {
    const feed = block.indexOf(10, start);
    const end = feed < 0 ? block.length : feed + 1;
    yield block.subarray(start, end);
    start = end;
  }
}
