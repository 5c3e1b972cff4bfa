/** Turns whole blocks of a log, as the server sent them, into what is printed. */
import { isAscii as isAsciiBlock } from 'node:buffer';
import type { LineWriter } from '../report/line-writer.ts';
import { isAscii, type ByteString, type Format, type LineTest, type LogLine, type LogSource } from './line.ts';
import { messageStart } from './message-start.ts';
import { ContextLines, groupSeparator } from './regexp/context-lines.ts';
import { StampSwap, type BlockSwap } from './stamp-swap.ts';

/** Whole lines in, with their timestamps and line feeds; what is to be written out. */
export interface Print {
  (block: Buffer): ByteString;
  /** The quick way, for whom it is there: see {@link printTo}. */
  readonly swap?: BlockSwap | undefined;
}

/** Prints a block and writes what comes of it; the promise is the writer's. */
export function printTo(writer: LineWriter, print: Print, block: Buffer): Promise<void> | undefined {
  const room = print.swap && writer.room?.(print.swap.roomFor(block));
  const end = room && print.swap?.into(room.bytes, room.start, block);
  return end === undefined ? writer.write(print(block)) : writer.filled?.(end);
}

export interface PrintOptions {
  readonly format: Format;
  /** All must keep a line. */
  readonly tests: readonly LineTest[];
  /** Cuts a block down to the lines that may be kept, without looking at the others; undefined where that is not possible. */
  readonly sieve?: ((block: ByteString) => ByteString) | undefined;
  /** Lines around each one kept that are printed too; undefined: none. */
  readonly context?: { readonly before: number; readonly after: number } | undefined;
}

/**
 * Formats that put the same text before every message, without filters, are printed a block at a time: one pass over the
 * bytes swaps the timestamps for that text. All others go line by line.
 */
export function printerFor(source: LogSource, { format, tests, sieve, context }: PrintOptions): Print {
  const prefix = tests.length === 0 && !context ? format.prefixFor?.(source) : undefined;
  if (prefix !== undefined) return Object.assign(wholeBlocks(prefix, sieve), { swap: new StampSwap(prefix, sieve) });
  const print = format.forSource(source);
  let out = '';
  const show = (line: LogLine): void => {
    out += print(line) ?? '';
  };
  const around =
    context &&
    new ContextLines<LogLine>(context.before, context.after, {
      line: show,
      separator: () => {
        out += `${groupSeparator}\n`;
      },
    });

  return (block) => {
    const ascii = isAsciiBlock(block);
    let text = block.toString('latin1');
    if (sieve && !around) text = sieve(text);
    out = '';
    for (let start = 0; start < text.length;) {
      let end = text.indexOf('\n', start);
      if (end < 0) end = text.length;
      const line = lineOf(text, start, end, ascii);
      start = end + 1;
      const kept = passes(tests, line);
      if (around) around.next(line, kept);
      else if (kept) show(line);
    }
    return out;
  };
}

function passes(tests: readonly LineTest[], line: LogLine): boolean {
  for (const test of tests) if (!test(line)) return false;
  return true;
}

/**
 * Slices of one string, joined: V8 copies the bytes once, when they are written. A regular expression over the whole block
 * takes twice as long, copying in JavaScript half as long again.
 */
function wholeBlocks(prefix: ByteString, sieve: PrintOptions['sieve']): Print {
  return (block) => {
    let text = block.toString('latin1');
    if (sieve) text = sieve(text);
    let out = '';
    for (let start = 0; start < text.length;) {
      let end = text.indexOf('\n', start);
      if (end < 0) {
        text += '\n';
        end = text.length - 1;
      }
      const message = messageStart(text, start, end);
      out += prefix + text.slice(Math.min(message, end), end + 1);
      start = end + 1;
    }
    return out;
  };
}

function lineOf(text: ByteString, start: number, end: number, ascii: boolean): LogLine {
  const message = messageStart(text, start, end);
  const timestamp = message === start ? '' : text.slice(start, message - 1);
  const rest = text.slice(Math.min(message, end), end);
  return { timestamp, message: rest, ascii: ascii || isAscii(rest) };
}
