/** Where lines go: to stdout, in the order of their timestamps, or into files; and how many there were. */
import type { Clock } from '../clock.ts';
import type { LineWriter } from '../report/line-writer.ts';
import { createLogFolder } from './folder.ts';
import { createLineGate } from './local/line-gate.ts';
import type { Stamp } from './local/timestamp.ts';
import type { LookOptions, RangeOptions } from './options.ts';
import type { Pipeline } from './pipeline.ts';
import { printTo } from './print.ts';
import type { LogTarget } from './selection/targets.ts';
import { createSorter, type Lane } from './sort.ts';
import { createStatistics } from './statistics.ts';
import type { Outlet, TailResult } from './tail.ts';

export interface Outlets {
  readonly outletFor: (target: LogTarget, run: 'current' | 'previous') => Outlet;
  /** No more lines of that target come. A promise resolves when those that are held back have left. */
  ended(key: string): Promise<void> | undefined;
  /** Writes what is held back. */
  close(): Promise<void>;
  /** What `--stats` says at the end; empty without. */
  statistics(result: TailResult): string;
}

export interface OutletOptions {
  readonly clock: Clock;
  readonly format: Pick<LookOptions, 'sort' | 'sortWindowMs' | 'outputFolder' | 'stats'>;
  readonly range: Pick<RangeOptions, 'follow' | 'headLines' | 'sinceTime'>;
  readonly pipeline: Pipeline;
  readonly stdout: LineWriter;
}

export function outletsFor({ clock, format, range, pipeline, stdout }: OutletOptions): Outlets {
  const folder = format.outputFolder === undefined ? undefined : createLogFolder(format.outputFolder);
  const sorter = format.sort
    ? createSorter({
        clock,
        write: (bytes) => stdout.write(bytes),
        windowMs: range.follow ? format.sortWindowMs : undefined,
      })
    : undefined;
  const lanes = new Map<string, Lane>();
  const leaving = new Set<Promise<void>>();
  const statistics = format.stats ? createStatistics(clock) : undefined;

  function plain(target: LogTarget): Outlet {
    const print = pipeline.printerFor(target.source);
    if (sorter && !folder) {
      const lane = lanes.get(target.key) ?? sorter.lane(print);
      lanes.set(target.key, lane);
      return { block: (block) => lane.block(block) };
    }
    if (!folder) return { block: (block) => printTo(stdout, print, block) };
    const writer = folder.writerFor(target.source);
    return {
      block(block) {
        folder.check(writer);
        // A room is too much for each of many files.
        return writer.write(print(block));
      },
    };
  }

  return {
    outletFor(target, run) {
      const counted = statistics?.counted(target.source, plain(target)) ?? plain(target);
      const outlet = range.headLines === undefined ? counted : headOf(counted, range.headLines);
      // Of the run before, the last lines are wanted whenever they were written.
      return run === 'previous' || range.sinceTime === undefined ? outlet : sinceOf(outlet, range.sinceTime);
    },
    ended(key) {
      const left = lanes.get(key)?.end();
      lanes.delete(key);
      if (left) {
        leaving.add(left);
        void left.then(() => leaving.delete(left));
      }
      return left;
    },
    async close() {
      await sorter?.close();
      await Promise.all(leaving);
      await folder?.close();
    },
    statistics: (result) => statistics?.text(result) ?? '',
  };
}

/** Servers take whole seconds: of the first one, what was written before the moment is left out here. */
function sinceOf(outlet: Outlet, since: Stamp): Outlet {
  if (since.endsWith('.000000000Z')) return outlet;
  const gate = createLineGate({ since, until: undefined, skip: 0, head: undefined });
  return {
    full: outlet.full,
    block(block) {
      // The stream keeps what it gave.
      const lines = gate.pass(Buffer.from(block));
      return lines && outlet.block(lines);
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
