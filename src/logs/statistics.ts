/** `--stats`: how much was read, and which containers it came from. */
import type { Clock } from '../clock.ts';
import { harmless } from '../report/harmless.ts';
import { tableLines } from '../report/table.ts';
import type { LogSource } from './line.ts';
import type { Outlet, TailResult } from './tail.ts';

/** What one container has written, over all its runs. */
export interface Talker {
  /** `namespace/pod/container`, with the context before it where there are several. */
  readonly name: string;
  readonly lines: number;
  readonly bytes: number;
}

export interface Statistics {
  /** The same outlet; what goes through it counts for that container. */
  counted(source: LogSource, outlet: Outlet): Outlet;
  /** A line, and a table of those that wrote most; without a line feed at the end. */
  text(result: TailResult): string;
}

/** So many containers are named. */
const mostNamed = 10;

export function createStatistics(clock: Pick<Clock, 'monotonic'>): Statistics {
  const startedMs = clock.monotonic();
  const talkers = new Map<string, { readonly name: string; lines: number; bytes: number }>();
  return {
    counted(source, outlet) {
      const name = nameOf(source);
      const talker = talkers.get(name) ?? { name, lines: 0, bytes: 0 };
      talkers.set(name, talker);
      return {
        ...outlet,
        block(block) {
          talker.bytes += block.length;
          talker.lines += linesIn(block);
          return outlet.block(block);
        },
      };
    },
    text(result) {
      const all = [...talkers.values()];
      return [summaryOf(all, result, (clock.monotonic() - startedMs) / 1000), ...talkerTable(all)].join('\n');
    },
  };
}

function summaryOf(talkers: readonly Talker[], { streams, pods, failed }: TailResult, seconds: number): string {
  const lines = talkers.reduce((sum, talker) => sum + talker.lines, 0);
  const failures = failed === 0 ? '' : `, ${failed} could not be read`;
  const place = `of ${streams} logs of ${pods} pods in ${seconds.toFixed(1)} s${failures}`;
  return `${lines} lines, ${totalBytes(talkers)} bytes ${place}`;
}

/** Those that wrote most first, as lines; none where nothing was written. */
export function talkerTable(talkers: readonly Talker[]): string[] {
  const total = totalBytes(talkers);
  const noisy = talkers
    .filter(({ bytes }) => bytes > 0)
    .sort((one, other) => other.bytes - one.bytes || (one.name < other.name ? -1 : 1));
  if (noisy.length === 0) return [];
  const rows = noisy
    .slice(0, mostNamed)
    .map(({ name, lines, bytes }) => [name, String(lines), String(bytes), `${((100 * bytes) / total).toFixed(1)}%`]);
  const more = noisy.length - rows.length;
  return [...tableLines(['CONTAINER', 'LINES', 'BYTES', 'SHARE'], rows), ...(more > 0 ? [`and ${more} more`] : [])];
}

function totalBytes(talkers: readonly Talker[]): number {
  return talkers.reduce((sum, { bytes }) => sum + bytes, 0);
}

function nameOf({ context, namespace, pod, container }: LogSource): string {
  const name = `${namespace}/${pod}/${container}`;
  return harmless(context === undefined ? name : `${context}: ${name}`);
}

function linesIn(block: Buffer): number {
  let count = 0;
  for (let at = block.indexOf(10); at >= 0; at = block.indexOf(10, at + 1)) count += 1;
  return count;
}
