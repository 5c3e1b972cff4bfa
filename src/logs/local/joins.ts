/** Lines that a runtime wrote in parts, put together again: one open line for each of the two streams. */
import { bytesOf, type ByteString } from '../line.ts';
import type { Stamp } from './timestamp.ts';

export type LogStream = 'stdout' | 'stderr';

export interface Joins {
  /** How many streams have a line open. */
  readonly open: number;
  isOpen(stream: LogStream): boolean;
  /** A part after which more of the line follows. */
  add(stream: LogStream, stamp: Stamp, part: ByteString): void;
  /** The whole line, with the timestamp of its first part and a line feed. */
  close(stream: LogStream, stamp: Stamp, part: ByteString): ByteString;
  /** What never got its last part, each as a line; empty when there is nothing. */
  flush(): ByteString;
}

interface OpenLine {
  readonly stamp: Stamp;
  readonly parts: ByteString[];
  length: number;
  lost: number;
}

/** How the mark begins that takes the place of what was cut off. */
export const truncationMark = '…[truncated ';

/** Told how many bytes of a line were left out. */
export type OnTruncated = (bytes: number) => void;

/** @param maxLineBytes beyond it the rest of a line is dropped, and a marker says how much that was */
export function createJoins(maxLineBytes: number, onTruncated: OnTruncated): Joins {
  const lines = new Map<LogStream, OpenLine>();

  function lineOf(stream: LogStream, stamp: Stamp): OpenLine {
    const line = lines.get(stream) ?? { stamp, parts: [], length: 0, lost: 0 };
    lines.set(stream, line);
    return line;
  }

  function append(line: OpenLine, part: ByteString): void {
    // One byte more than is shown tells whether a character ends there.
    const room = maxLineBytes + 1 - line.length;
    const taken = part.length <= room ? part : part.slice(0, room);
    if (taken !== '') line.parts.push(taken);
    line.length += taken.length;
    line.lost += part.length - taken.length;
  }

  function textOfLine({ stamp, parts, lost }: OpenLine): ByteString {
    return `${stamp} ${cutText(parts.join(''), lost, maxLineBytes, onTruncated)}\n`;
  }

  return {
    get open() {
      return lines.size;
    },
    isOpen: (stream) => lines.has(stream),
    add: (stream, stamp, part) => append(lineOf(stream, stamp), part),
    close(stream, stamp, part) {
      const line = lineOf(stream, stamp);
      append(line, part);
      lines.delete(stream);
      return textOfLine(line);
    },
    flush() {
      const left = [...lines.values()].sort((a, b) => (a.stamp < b.stamp ? -1 : 1)).map(textOfLine);
      lines.clear();
      return left.join('');
    },
  };
}

/**
 * The text as it is, or so many bytes of it and a mark.
 *
 * @param lost bytes behind it that were thrown away before
 */
export function cutText(text: ByteString, lost: number, maxLineBytes: number, onTruncated: OnTruncated): ByteString {
  if (text.length <= maxLineBytes) return text;
  const end = characterStart(text, maxLineBytes);
  const bytes = text.length - end + lost;
  onTruncated(bytes);
  return `${text.slice(0, end)}${bytesOf(`${truncationMark}${bytes} bytes]`)}`;
}

/** Where the UTF-8 character begins in which that byte is; what is no UTF-8 is cut there. */
function characterStart(text: ByteString, at: number): number {
  let start = at;
  while (start > at - 3 && start > 0 && isContinued(text, start)) start -= 1;
  return isContinued(text, start) ? at : start;
}

function isContinued(text: ByteString, at: number): boolean {
  return (text.charCodeAt(at) & 0xc0) === 0x80;
}
