/** Where the lines of a rotated file meet those of the log that the API gives. */
import { stampReader } from '../local/timestamp.ts';
import { stampBytes } from '../stream/stamp.ts';

const lineFeed = 10;
const readStamp = stampReader();

/**
 * The first line of a block of the API as it stands in a rotated file that was read here: its time in UTC.
 * Undefined where it has no time.
 */
export function firstLineOf(block: Buffer): Buffer | undefined {
  const length = stampBytes(block);
  const stamp = length === 0 ? undefined : readStamp(block.toString('latin1', 0, length - 1));
  if (stamp === undefined) return undefined;
  return Buffer.concat([Buffer.from(`${stamp} `), block.subarray(length, block.indexOf(lineFeed) + 1)]);
}

/** Where the line begins in the block; undefined where it is not in it. */
export function findLine(block: Buffer, line: Buffer): number | undefined {
  for (let at = block.indexOf(line); at >= 0; at = block.indexOf(line, at + 1)) {
    if (at === 0 || block[at - 1] === lineFeed) return at;
  }
  return undefined;
}

/** The moment after that one, to the nanosecond; the same one at the very end of a second. */
export function after(stamp: string): string | undefined {
  const written = readStamp(stamp);
  const digits = written?.slice(20, 29);
  if (written === undefined || digits === undefined || digits === '999999999') return written;
  return `${written.slice(0, 20)}${String(Number(digits) + 1).padStart(9, '0')}Z`;
}
