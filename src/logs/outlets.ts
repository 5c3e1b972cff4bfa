/** Where lines go: to stdout, in the order of their timestamps, or into files; and how many there were. */
import type { Clock } from '../clock.ts';
import type { LineWriter } from '../report/line-writer.ts';
import { createLogFolder } from './folder.ts';
import type { LookOptions, RangeOptions } from './options.ts';
import type { Pipeline } from './pipeline.ts';
import type { LogTarget } from './selection/targets.ts';
import { createSorter, type Lane } from './sort.ts';
import type { Outlet, TailResult } from './tail.ts';

export interface Outlets {
  readonly outletFor: (target: LogTarget, run: 'current' | 'previous') => Outlet;
  /** No more lines of that target come. */
  ended(key: string): void;
  /** Writes what is held back. */
  close(): Promise<void>;
  /** One line for `--stats`. */
  statistics(result: TailResult): string;
}

export interface OutletOptions {
  readonly clock: Clock;
  readonly format: Pick<LookOptions, 'sort' | 'outputFolder' | 'stats'>;
  readonly range: Pick<RangeOptions, 'follow' | 'headLines'>;
  readonly pipeline: Pipeline;
  readonly stdout: LineWriter;
}

/** How long a line that is followed waits for older ones of other logs. */
const sortWindowMs = 1000;

export function outletsFor({ clock, format, range, pipeline, stdout }: OutletOptions): Outlets {
  const folder = format.outputFolder === undefined ? undefined : createLogFolder(format.outputFolder);
  const sorter = format.sort
    ? createSorter({
        clock,
        write: (bytes) => stdout.write(bytes),
        windowMs: range.follow ? sortWindowMs : undefined,
      })
    : undefined;
  const lanes = new Map<string, Lane>();
  const startedMs = clock.monotonic();
  let lines = 0;
  let bytes = 0;

  function plain(target: LogTarget): Outlet {
    const print = pipeline.printerFor(target.source);
    if (sorter && !folder) {
      const lane = lanes.get(target.key) ?? sorter.lane(print);
      lanes.set(target.key, lane);
      return { block: (block) => lane.block(block) };
    }
    const writer = folder?.writerFor(target.source) ?? stdout;
    return {
      block(block) {
        folder?.check(writer);
        return writer.write(print(block));
      },
    };
  }

  function counted(outlet: Outlet): Outlet {
    return {
      ...outlet,
      block(block) {
        bytes += block.length;
        lines += linesIn(block);
        return outlet.block(block);
      },
    };
  }

  return {
    outletFor(target) {
      const outlet = format.stats ? counted(plain(target)) : plain(target);
      return range.headLines === undefined ? outlet : headOf(outlet, range.headLines);
    },
    ended(key) {
      lanes.get(key)?.end();
      lanes.delete(key);
    },
    async close() {
      await sorter?.close();
      await folder?.close();
    },
    statistics({ streams, pods, failed }) {
      const seconds = (clock.monotonic() - startedMs) / 1000;
      const failures = failed === 0 ? '' : `, ${failed} could not be read`;
      return `${lines} lines, ${bytes} bytes of ${streams} logs of ${pods} pods in ${seconds.toFixed(1)} s${failures}`;
    },
  };
}

/** The first lines of a log; then its stream is cut. */
function headOf(outlet: Outlet, lines: number): Outlet {
  const full = new AbortController();
  let left = lines;
  return {
    full: full.signal,
    block(block) {
      if (left <= 0) return undefined;
      let end = 0;
      while (left > 0 && end < block.length) {
        const feed = block.indexOf(10, end);
        end = feed < 0 ? block.length : feed + 1;
        left -= 1;
      }
      const written = outlet.block(block.subarray(0, end));
      if (left > 0) return written;
      const cut = (): void => full.abort(new Error('enough lines'));
      // What was written is to be taken before the next log has its turn.
      if (written) return written.then(cut);
      cut();
      return undefined;
    },
  };
}

function linesIn(block: Buffer): number {
  let count = 0;
  for (let at = block.indexOf(10); at >= 0; at = block.indexOf(10, at + 1)) count += 1;
  return count;
}
