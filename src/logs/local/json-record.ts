/** Records of docker's json-file driver: `{"log":"message\n","stream":"stdout","time":"2026-11-21T02:16:18.1Z"}`. */
import { bytesOf, type ByteString } from '../line.ts';
import type { LogStream } from './joins.ts';
import type { RecordHead, RecordState } from './record-state.ts';
import { lineFeed, Rewriter } from './rewriter.ts';
import type { ReadStamp } from './timestamp.ts';

export interface JsonRecord extends RecordHead {
  /** Without the line feed that ends a whole line. */
  readonly message: ByteString;
}

/** A record whose message has nothing escaped but the line feed at its end: most need no JSON parser. */
const plainForm = /^\{"log":"([^"\\]*)(\\n)?","stream":"(stdout|stderr)","time":"([^"\\]+)"\}\s*$/;

/** The record of the line from `at` to its line feed at `end`; undefined when it is none. */
export function readJsonRecord(chunk: Buffer, at: number, end: number, readStamp: ReadStamp): JsonRecord | undefined {
  const match = plainForm.exec(chunk.toString('latin1', at, end));
  if (!match) return parseRecord(chunk.toString('utf8', at, end), readStamp);
  const [, message = '', ended, stream, time = ''] = match;
  const stamp = readStamp(time);
  return stamp === undefined
    ? undefined
    : { stamp, stream: stream as LogStream, partial: ended === undefined, message };
}

/** Whole lines up to `end`, in the API's form; the chunk is overwritten. */
export function convertJson(chunk: Buffer, end: number, state: RecordState): Buffer {
  const rewriter = new Rewriter(chunk);
  for (let at = 0; at < end;) {
    const lineEnd = chunk.indexOf(lineFeed, at);
    const record = readJsonRecord(chunk, at, lineEnd, state.readStamp);
    if (record) {
      rewriter.cut(at, lineEnd + 1);
      const line = lineOf(record, state);
      if (line !== undefined) rewriter.put(line);
    } else {
      state.tally.bad += 1;
    }
    at = lineEnd + 1;
  }
  return rewriter.take(end);
}

function lineOf(record: JsonRecord, { stream, joins, maxLineBytes }: RecordState): ByteString | undefined {
  if (stream !== undefined && record.stream !== stream) return undefined;
  if (record.partial) {
    joins.add(record.stream, record.stamp, record.message);
    return undefined;
  }
  return joins.isOpen(record.stream) || record.message.length > maxLineBytes
    ? joins.close(record.stream, record.stamp, record.message)
    : `${record.stamp} ${record.message}\n`;
}

function parseRecord(text: string, readStamp: ReadStamp): JsonRecord | undefined {
  const { log, stream, time } = objectOf(text);
  if (typeof log !== 'string' || typeof time !== 'string') return undefined;
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  const stamp = readStamp(time);
  if (stamp === undefined) return undefined;
  const partial = !log.endsWith('\n');
  return { stamp, stream, partial, message: bytesOf(partial ? log : log.slice(0, -1)) };
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
