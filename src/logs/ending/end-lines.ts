/** Finds in blocks of a log the line with which the tail ends: `--until-match` and `--fail-on`. */
import { isAscii as isAsciiBlock } from 'node:buffer';
import type { LogLine, LogSource } from '../line.ts';
import type { Pipeline } from '../pipeline.ts';
import { compileAny, type AnyRegexp } from '../regexp/any-regexp.ts';
import { blockFilter } from '../regexp/block-filter.ts';
import { stampBytes } from '../stream/stamp.ts';
import type { EndingOptions } from './options.ts';

export interface EndLine {
  readonly kind: 'match' | 'failure';
  /** Bytes of the block up to and with that line. */
  readonly bytes: number;
}

/** For one source: the first line of the block that ends it all. */
export type FindEnd = (block: Buffer) => EndLine | undefined;

type Compiled =
  /** Undefined: no such line was asked for. */
  { readonly value: ((source: LogSource) => FindEnd) | undefined } | { readonly problems: readonly string[] };

/**
 * A line counts only if it passes the filters: what `--exclude` hides does not end anything. The patterns see messages, as
 * those of `--include` do. A line that matches both kinds is a failure.
 *
 * @param filters gives nothing for a line that a filter drops, and looks at each line by itself
 * @returns every problem, each with the flag it belongs to
 */
export function compileEndLines(
  { untilMatch, failOn }: Pick<EndingOptions, 'untilMatch' | 'failOn'>,
  filters: Pick<Pipeline, 'printerFor'> | undefined,
): Compiled {
  const wanted = compileAny(untilMatch);
  const unwanted = compileAny(failOn);
  if ('problems' in wanted || 'problems' in unwanted) {
    return { problems: [...problemsOf('--until-match', wanted), ...problemsOf('--fail-on', unwanted)] };
  }
  if (!filters || untilMatch.length + failOn.length === 0) return { value: undefined };
  // Where no line of a block matches, and that is nearly always, none is looked at.
  const sieve = blockFilter([...wanted.value.patterns, ...unwanted.value.patterns], []);
  const kindOf = kindWith(wanted.value, unwanted.value);
  return {
    value: (source) => {
      const passes = filters.printerFor(source);
      return (block) => {
        if (sieve?.(block.toString('latin1')) === '') return undefined;
        return firstOf(block, kindOf, (line) => passes(line) !== '');
      };
    },
  };
}

type KindOf = (line: LogLine) => EndLine['kind'] | undefined;

function kindWith(wanted: AnyRegexp, unwanted: AnyRegexp): KindOf {
  return (line) => {
    if (unwanted.testLine(line)) return 'failure';
    return wanted.testLine(line) ? 'match' : undefined;
  };
}

function firstOf(block: Buffer, kindOf: KindOf, passes: (line: Buffer) => boolean): EndLine | undefined {
  const ascii = isAsciiBlock(block);
  for (let start = 0; start < block.length;) {
    const feed = block.indexOf(10, start);
    const end = feed < 0 ? block.length : feed;
    const message = block.toString('latin1', start + stampBytes(block, start), end);
    const bytes = Math.min(block.length, end + 1);
    const kind = kindOf({ timestamp: '', message, ascii });
    if (kind !== undefined && passes(block.subarray(start, bytes))) return { kind, bytes };
    start = end + 1;
  }
  return undefined;
}

function problemsOf(flag: string, compiled: object): readonly string[] {
  return 'problems' in compiled ? (compiled.problems as readonly string[]).map((problem) => `${flag}: ${problem}`) : [];
}
