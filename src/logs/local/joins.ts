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

/** @param maxLineBytes beyond it the rest of a line is dropped, and a marker says how much that was */
export function createJoins(maxLineBytes: number): Joins {
  const lines = new Map<LogStream, OpenLine>();

  function lineOf(stream: LogStream, stamp: Stamp): OpenLine {
    const line = lines.get(stream) ?? { stamp, parts: [], length: 0, lost: 0 };
    lines.set(stream, line);
    return line;
  }

  function append(line: OpenLine, part: ByteString): void {
    const room = Math.max(0, maxLineBytes - line.length);
    const taken = part.length <= room ? part : part.slice(0, room);
    line.parts.push(taken);
    line.length += taken.length;
    line.lost += part.length - taken.length;
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

function textOfLine({ stamp, parts, lost }: OpenLine): ByteString {
  const marker = lost === 0 ? '' : bytesOf(`…[truncated ${lost} bytes]`);
  return `${stamp} ${parts.join('')}${marker}\n`;
}
