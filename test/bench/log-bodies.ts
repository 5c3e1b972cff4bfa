/** The bytes of logs as the kubelet would send them, made beforehand so that sending costs nothing but the sending. */
import type { LogContent } from './log-world.ts';

/** Of a numbered line with its line feed, without its timestamp. */
export const messageBytes = 100;
/** `2026-11-21T02:16:18.123456789Z` and a space. */
export const stampBytes = 31;

const lineFeed = 10;
const zero = 48;
const space = 32;
/** Where the nine digits of a line's number are in its message. */
const numberAt = 'line='.length;
const linesPerSecond = 1_000_000;

/** What of a log is asked for. */
export interface Wanted {
  readonly timestamps: boolean;
  /** Milliseconds since the epoch. */
  readonly sinceMs: number | undefined;
  readonly tailLines: number | undefined;
}

/** The part of a log that is there already. */
export interface Body {
  read(wanted: Wanted): Buffer;
}

/** `nowMs`: when the last of the numbered lines was written. */
export function bodyOf(content: LogContent, nowMs: number): Body {
  switch (content.kind) {
    case 'numbered':
      return numberedBody(content.lines, nowMs);
    case 'text':
      return textBody(Buffer.from(content.bytes), content.startMs, content.stepMs);
    case 'quiet':
      return { read: () => Buffer.alloc(0) };
  }
}

/** One in ten is an error with status 503, one a warning with status 404: something to filter and to highlight. */
function messageOf(index: number): string {
  const kind = index % 10;
  const level = kind === 3 ? 'error' : kind === 7 ? 'warn ' : 'info ';
  const status = kind === 3 ? '503' : kind === 7 ? '404' : '200';
  const text = `line=000000000 level=${level} status=${status} path=/api/v1/items/${String(1000 + kind)} took=${String(kind + 3)}ms `;
  return `${text.padEnd(messageBytes - 1, 'abcdefghij')}\n`;
}

/** How many of so many lines `level=(error|warn)` matches. */
export function matchingLines(lines: number): number {
  let found = Math.floor(lines / 10) * 2;
  for (let index = lines - (lines % 10); index < lines; index += 1) {
    if (index % 10 === 3 || index % 10 === 7) found += 1;
  }
  return found;
}

function numberedBody(lines: number, nowMs: number): Body {
  const startMs = Math.floor((nowMs - (lines / linesPerSecond) * 1000) / 1000) * 1000 - 1000;
  const made = new Map<boolean, Buffer>();
  return {
    read({ timestamps, sinceMs, tailLines }) {
      const lineBytes = messageBytes + (timestamps ? stampBytes : 0);
      const all = made.get(timestamps) ?? numberedBytes(lines, timestamps ? startMs : undefined);
      made.set(timestamps, all);
      const bySince = sinceMs === undefined ? 0 : Math.ceil(((sinceMs - startMs) / 1000) * linesPerSecond);
      const first = Math.max(0, bySince, tailLines === undefined ? 0 : lines - tailLines);
      return all.subarray(Math.min(first, lines) * lineBytes);
    },
  };
}

/** With timestamps from `startMs`, a whole second, when it is given. */
function numberedBytes(lines: number, startMs: number | undefined): Buffer {
  const stamp = startMs === undefined ? 0 : stampBytes;
  const lineBytes = messageBytes + stamp;
  const bytes = Buffer.allocUnsafe(lines * lineBytes);
  const pattern = Buffer.from(
    Array.from({ length: 10 }, (_, index) => `${' '.repeat(stamp)}${messageOf(index)}`).join(''),
    'latin1',
  );
  bytes.fill(pattern);
  for (let index = 0, at = 0; index < lines; index += 1, at += lineBytes) {
    digits(bytes, at + stamp + numberAt, index, 9);
    if (startMs !== undefined) stampInto(bytes, at, startMs, index);
  }
  return bytes;
}

function stampInto(bytes: Buffer, at: number, startMs: number, index: number): void {
  if (index % linesPerSecond === 0) {
    const second = new Date(startMs + (index / linesPerSecond) * 1000).toISOString().slice(0, 19);
    bytes.write(`${second}.000000000Z `, at, 'latin1');
    return;
  }
  bytes.copyWithin(at, at - messageBytes - stampBytes, at - messageBytes);
  digits(bytes, at + 20, index % linesPerSecond, 6);
}

function digits(bytes: Buffer, at: number, value: number, count: number): void {
  let rest = value;
  for (let place = at + count - 1; place >= at; place -= 1) {
    bytes[place] = zero + (rest % 10);
    rest = Math.trunc(rest / 10);
  }
}

function textBody(bytes: Buffer, startMs: number, stepMs: number): Body {
  const lines = splitLines(bytes).map((line, index) => ({ line, atMs: startMs + index * stepMs }));
  return {
    read({ timestamps, sinceMs = -Infinity, tailLines }) {
      const since = lines.filter(({ atMs }) => atMs >= sinceMs);
      const last = tailLines === undefined ? since : since.slice(Math.max(0, since.length - tailLines));
      return Buffer.concat(
        last.flatMap(({ line, atMs }) => (timestamps ? [Buffer.from(`${stampOf(atMs)} `), line] : [line])),
      );
    },
  };
}

/** RFC 3339 with nine digits. */
export function stampOf(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, -1)}456789Z`;
}

/** Each with its line feed, where it has one. */
function splitLines(bytes: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const feed = bytes.indexOf(lineFeed, at);
    const end = feed === -1 ? bytes.length : feed + 1;
    lines.push(bytes.subarray(at, end));
    at = end;
  }
  return lines;
}

/** What was found when the lines of a printed output were counted by source and number. */
export interface Count {
  readonly lines: number;
  readonly missing: number;
  readonly doubled: number;
}

/**
 * Counts the numbered lines of an output whose lines end in messages of {@link messageBytes} behind any prefix. Each of
 * `sources` has to have printed each number from 0 to `lines` - 1 once; the prefix says which source a line is from.
 */
export function countNumbered(output: Buffer, sources: number, lines: number): Count {
  const seen = new Map<string, Uint8Array>();
  let all = 0;
  let doubled = 0;
  for (let at = 0; at < output.length;) {
    const feed = output.indexOf(lineFeed, at);
    const end = feed === -1 ? output.length : feed;
    const message = end - messageBytes + 1;
    if (message >= at && output.toString('latin1', message, message + numberAt) === 'line=') {
      const prefix = output.toString('latin1', at, message);
      let numbers = seen.get(prefix);
      if (!numbers) seen.set(prefix, (numbers = new Uint8Array(lines)));
      const number = numberOf(output, message + numberAt);
      if (numbers[number] === 1) doubled += 1;
      else numbers[number] = 1;
    }
    all += 1;
    at = end + 1;
  }
  let found = 0;
  for (const numbers of seen.values()) for (const one of numbers) found += one;
  return { lines: all, missing: sources * lines - found, doubled };
}

function numberOf(bytes: Buffer, at: number): number {
  let value = 0;
  for (let place = at; place < at + 9; place += 1) value = value * 10 + ((bytes[place] ?? space) - zero);
  return value;
}
