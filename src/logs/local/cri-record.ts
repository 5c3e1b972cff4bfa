/** Records as containerd and CRI-O write them: `2026-11-21T02:16:18.123456789Z stdout F message`. */
import type { RecordHead, RecordState } from './record-state.ts';
import { lineFeed, Rewriter } from './rewriter.ts';
import { stampLength, zonedLength, type ReadStamp } from './timestamp.ts';

export interface CriRecord extends RecordHead {
  /** Where the message begins in the chunk. */
  readonly from: number;
}

/** Behind the first tag others may follow, each after a colon (kubelet, `pkg/kubelet/kuberuntime/logs`). */
const headForm = /^(\S{20,40}) (stdout|stderr) ([FP])(?::[^ ]*)?(?: |$)/;
const longestHead = 160;

/** The record of the line from `at` to its line feed at `end`; undefined when it is none. */
export function readCriRecord(chunk: Buffer, at: number, end: number, readStamp: ReadStamp): CriRecord | undefined {
  const match = headForm.exec(chunk.toString('latin1', at, Math.min(end, at + longestHead)));
  if (!match) return undefined;
  const [head, written = '', stream, tag] = match;
  const stamp = readStamp(written);
  if (stamp === undefined) return undefined;
  return { stamp, stream: stream as 'stdout' | 'stderr', partial: tag === 'P', from: at + head.length };
}

const byte = { space: 0x20, dot: 0x2e, colon: 0x3a, full: 0x46, t: 0x54, z: 0x5a, e: 0x65, o: 0x6f, s: 0x73 };

/** Of ` stdout F `. */
const plainHead = 10;

/**
 * Whole lines up to `end`, in the API's form; the chunk is overwritten. Nearly all records are whole lines with nine
 * digits: of them only ` stdout F` is cut out, in place.
 */
export function convertCri(chunk: Buffer, end: number, state: RecordState): Buffer {
  const rewriter = new Rewriter(chunk);
  const longest = stampLength + plainHead + state.maxLineBytes;
  const wanted = state.stream === undefined ? undefined : state.stream === 'stdout' ? byte.o : byte.e;
  for (let at = 0; at < end;) {
    const lineEnd = chunk.indexOf(lineFeed, at);
    const mayBePlain = state.joins.open === 0 && lineEnd - at <= longest;
    const length = mayBePlain ? plainLength(chunk, at, lineEnd, state) : 0;
    if (length === 0) convertOdd(chunk, at, lineEnd, state, rewriter);
    else if (wanted === undefined || chunk[at + length + 4] === wanted) rewriter.cut(at + stampLength, at + length + 9);
    else rewriter.cut(at, lineEnd + 1);
    at = lineEnd + 1;
  }
  return rewriter.take(end);
}

/** How long the timestamp of a whole line is that can stay where it is, in UTC by now; 0 for all other records. */
function plainLength(chunk: Buffer, at: number, end: number, { rewriteZone }: RecordState): number {
  if (chunk[at + 10] !== byte.t || chunk[at + 19] !== byte.dot) return 0;
  if (chunk[at + 29] === byte.z) return isWhole(chunk, at + stampLength, end) ? stampLength : 0;
  const zoned = chunk[at + 32] === byte.colon && isWhole(chunk, at + zonedLength, end) && rewriteZone(chunk, at);
  return zoned ? zonedLength : 0;
}

/** ` std... F `, looked at where another record would differ. */
function isWhole(chunk: Buffer, at: number, end: number): boolean {
  return (
    end - at >= plainHead &&
    chunk[at + 9] === byte.space &&
    chunk[at + 8] === byte.full &&
    chunk[at + 7] === byte.space &&
    chunk[at] === byte.space &&
    chunk[at + 1] === byte.s &&
    (chunk[at + 4] === byte.o || chunk[at + 4] === byte.e)
  );
}

/** Parts of lines, timestamps of another shape, and what is no record. */
function convertOdd(chunk: Buffer, at: number, lineEnd: number, state: RecordState, rewriter: Rewriter): void {
  const { joins, stream, tally, readStamp } = state;
  const record = readCriRecord(chunk, at, lineEnd, readStamp);
  if (!record) {
    tally.bad += 1;
    return;
  }
  if (stream !== undefined && record.stream !== stream) {
    rewriter.cut(at, lineEnd + 1);
  } else if (record.partial) {
    joins.add(record.stream, record.stamp, chunk.toString('latin1', record.from, lineEnd));
    rewriter.cut(at, lineEnd + 1);
  } else if (joins.isOpen(record.stream) || lineEnd - record.from > state.maxLineBytes) {
    const line = joins.close(record.stream, record.stamp, chunk.toString('latin1', record.from, lineEnd));
    rewriter.cut(at, lineEnd + 1);
    rewriter.put(line);
  } else {
    rewriter.cut(at, record.from);
    rewriter.put(`${record.stamp} `);
  }
}
