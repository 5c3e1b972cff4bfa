/** Where the lines of a rotated file meet those of the log that the API gives. */
import { createLineGate } from '../local/line-gate.ts';
import { neighbour, stampReader, type Stamp } from '../local/timestamp.ts';
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

/** The last line of a block of whole lines. */
export function lastLineOf(block: Buffer): Buffer {
  return block.subarray(block.length < 2 ? 0 : block.lastIndexOf(lineFeed, block.length - 2) + 1);
}

export interface Behind {
  /** What is surely behind the line, of this block of whole lines and of those before it; the block is overwritten. */
  pass(block: Buffer): Buffer | undefined;
  /** What is behind it by its time alone: no more blocks come. */
  rest(): Buffer | undefined;
}

/** The line is not looked for in more than that. */
const heldBytes = 4 * 1024 * 1024;

/**
 * Finds in rotated files what stands behind a line that was given: not all that is later, for stdout and stderr are not
 * in the order of time, and several lines may have one timestamp.
 *
 * @param line as it stands in files; undefined, or not there: what stands behind it begins at `since`
 */
export function createBehind(line: Buffer | undefined, since: Stamp | undefined): Behind {
  const gate = createLineGate({ since, until: undefined, skip: 0, head: undefined });
  let searched = line;
  let found = false;
  let held: Buffer[] = [];
  let size = 0;

  function rest(): Buffer | undefined {
    searched = undefined;
    const blocks = held;
    held = [];
    return blocks.length === 0 ? undefined : Buffer.concat(blocks);
  }

  return {
    pass(block) {
      if (found) return block;
      const at = searched && findLine(block, searched);
      if (searched && at !== undefined) {
        found = true;
        held = [];
        const end = at + searched.length;
        return end === block.length ? undefined : block.subarray(end);
      }
      const later = gate.pass(block);
      if (!searched || !later) return later;
      held.push(later);
      size += later.length;
      return size > heldBytes ? rest() : undefined;
    },
    rest,
  };
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
  return written === undefined || written.endsWith('.999999999Z') ? written : neighbour(written, 1);
}
