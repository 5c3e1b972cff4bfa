/** Sources and lines for the tests of formats. */
import type { Finder } from '../../../src/logs/format/highlight.ts';
import { compileFormat } from '../../../src/logs/format/compile.ts';
import type { FormatDeps, FormatOptions } from '../../../src/logs/format/options.ts';
import type { ByteString, LogLine, LogSource } from '../../../src/logs/line.ts';
import { aSource } from '../../support/log-source.ts';

export const source = aSource();

export const stamp = '2026-11-21T02:16:18.123456789Z';

/** A line of bytes; text has to be made bytes first. */
export function aLine(message: ByteString, timestamp = stamp): LogLine {
  return { timestamp, message, ascii: !/[\x80-\xff]/.test(message) };
}

/** What a terminal in UTF-8 would get. */
export function shown(bytes: ByteString | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes, 'latin1').toString('utf8');
}

export const plainOptions: FormatOptions = {
  output: 'default',
  template: undefined,
  timestamps: 'off',
  timeZone: 'UTC',
  showNamespace: false,
  allNamespaces: false,
  showContext: false,
  colors: undefined,
  diffContainer: false,
  highlight: [],
  controlChars: 'raw',
  prefix: 'full',
};

/** Patterns in which JavaScript and Go agree. */
export function finderOf(pattern: string): { readonly value: Finder } | { readonly problem: string } {
  let find: RegExp;
  try {
    // Go's dot stops at line feeds only.
    find = new RegExp(pattern.replaceAll(/(?<!\\)\./g, '[^\\n]'), 'gu');
  } catch (error) {
    return { problem: `${pattern}: ${(error as Error).message}` };
  }
  return {
    value: {
      matches(text) {
        let last = -1;
        return Array.from(text.matchAll(find), (match) => ({
          start: match.index,
          end: match.index + match[0].length,
        })).filter(({ start, end }) => {
          const counts = start < end || start !== last;
          last = end;
          return counts;
        });
      },
    },
  };
}

export const plainDeps: FormatDeps = {
  compileTemplate: () => ({ problem: 'no templates here' }),
  compileRegexp: finderOf,
  onFailure: (message) => {
    throw new Error(message);
  },
};

/** Prints one message, decoded as UTF-8. */
export function printed(
  options: Partial<FormatOptions>,
  message: ByteString,
  from: LogSource = source,
  line: LogLine = aLine(message),
): string | undefined {
  const format = compileFormat({ ...plainOptions, ...options }, plainDeps);
  if ('problems' in format) throw new Error(format.problems.join('; '));
  return shown(format.value.forSource(from)(line));
}
