/** Mends lines that runtimes and old kubelets cut to pieces, and cuts those that are longer than memory should bear. */
import { stampBytes } from './stamp.ts';

const lineFeed = 10;

/** Container runtimes cut a line into records of so many bytes: containerd, CRI-O. */
const recordBytes = [16_384, 8_192] as const;
const shortestRecord = 8_192;

/** A timestamp and its space, at most. */
const stampRoom = 36;

/** Told how many bytes of a line were left out. */
export type OnTruncated = (bytes: number) => void;

/** How much of a raw line has to be kept so that `maxLineBytes` of its message are there when it has been mended. */
export function rawLineBytes(maxLineBytes: number): number {
  return maxLineBytes + stampRoom * (1 + Math.ceil(maxLineBytes / shortestRecord));
}

/**
 * Whole lines with the long ones among them mended: the same buffer where there are none, which is found out in leaps,
 * without a look at single lines.
 */
export function mendLines(block: Buffer, maxLineBytes: number, onTruncated: OnTruncated): Buffer {
  const suspect = Math.min(shortestRecord, maxLineBytes) + 1;
  const pieces: Buffer[] = [];
  let done = 0;
  let at = 0;
  while (at + suspect < block.length) {
    const feed = block.lastIndexOf(lineFeed, at + suspect - 1);
    if (feed >= at) {
      at = feed + 1;
      continue;
    }
    const end = block.indexOf(lineFeed, at) + 1;
    const line = block.subarray(at, end);
    const mended = mendLine(line, 0, maxLineBytes, onTruncated);
    if (mended !== line) {
      pieces.push(block.subarray(done, at), mended);
      done = end;
    }
    at = end;
  }
  if (done === 0) return block;
  pieces.push(block.subarray(done));
  return Buffer.concat(pieces);
}

/**
 * One line with its line feed: timestamps in its midst are taken out, and of its message `maxLineBytes` are left with a
 * mark that says how much is missing. `missing` counts bytes that were thrown away before its line feed.
 */
export function mendLine(line: Buffer, missing: number, maxLineBytes: number, onTruncated: OnTruncated): Buffer {
  const whole = withoutInnerStamps(line);
  const start = stampBytes(whole);
  const left = start + maxLineBytes;
  const over = whole.length - 1 - left + missing;
  if (over <= 0) return whole;
  const end = characterStart(whole, Math.min(left, whole.length - 1));
  const bytes = whole.length - 1 - end + missing;
  onTruncated(bytes);
  return Buffer.concat([whole.subarray(0, end), Buffer.from(`…[truncated ${String(bytes)} bytes]\n`)]);
}

/** Where the character begins in which that byte is. */
function characterStart(bytes: Buffer, at: number): number {
  let start = at;
  while (start > at - 3 && start > 0 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1;
  return ((bytes[start] ?? 0) & 0xc0) === 0x80 ? at : start;
}

/** Before 1.26 kubelets wrote a timestamp in front of every record, not of every line (kubernetes PR 113481). */
function withoutInnerStamps(line: Buffer): Buffer {
  const start = stampBytes(line);
  if (start === 0) return line;
  const record = recordBytes.find((bytes) => stampBytes(line, start + bytes) > 0);
  if (record === undefined) return line;
  const pieces = [line.subarray(0, start + record)];
  let at = start + record;
  for (let stamp = stampBytes(line, at); stamp > 0; stamp = stampBytes(line, at)) {
    const end = Math.min(line.length, at + stamp + record);
    pieces.push(line.subarray(at + stamp, end));
    at = end;
  }
  pieces.push(line.subarray(at));
  return Buffer.concat(pieces);
}
