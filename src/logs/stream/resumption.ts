/** Finds in a log that is read again where the lines end that were given before. */
import type { ByteString } from '../line.ts';
import type { Cursor } from './cursor.ts';
import { isLater, secondOf, stampBytes, stampOf } from './stamp.ts';

/** Lines are missing between these two timestamps, or may be. */
export interface Gap {
  readonly from: string;
  readonly to: string;
}

/** Timestamps of lines so close to each other need not be in the order of the lines. */
const disorderSeconds = 1;

/** What is kept until the known lines are found. Beyond it the oldest is dropped: no line of it can be new. */
const heldBytes = 4 * 1024 * 1024;

/** A fragment of a line is shorter than the line by one record of the container runtime or more. */
const shortestRecord = 8_192;

export interface ResumptionOptions {
  /** The first of the cursor's lines may be the end of a longer one: `tailLines` counts records, not lines. */
  readonly firstIsTail?: boolean;
}

/**
 * The kubelet sends all lines from some second on, in the order of its file. So the cursor's lines come again as they
 * were, after lines that are older still, and what follows them is new; text and timestamps may well repeat. When the
 * file has been rotated, only the last of them come, first of all, or none: then lines may be missing.
 */
export class Resumption {
  readonly #cursor: Cursor;
  readonly #firstIsTail: boolean;
  /** For each line, how many lines before it are also the first ones (Knuth, Morris and Pratt). */
  readonly #borders: readonly number[];
  readonly #decisiveSecond: number;
  #matched = 0;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Nothing was dropped: what is held is what came first. */
  #beginsWithHeld = true;
  /** Something held is later than all that was given. */
  #later = false;
  #searching = true;
  #gap: Gap | undefined;

  constructor(cursor: Cursor, options: ResumptionOptions = {}) {
    this.#cursor = cursor;
    this.#firstIsTail = options.firstIsTail === true;
    this.#borders = bordersOf(cursor.lines);
    this.#decisiveSecond = secondOf(cursor.latest) + disorderSeconds;
  }

  /** It is not known yet where the new lines begin. */
  get searching(): boolean {
    return this.#searching;
  }

  /** Something was read that may be new. */
  get holding(): boolean {
    return this.#held.length > 0;
  }

  /** Something held is later than all that was given. */
  get later(): boolean {
    return this.#later;
  }

  /** Set once the search has ended and none of the known lines was found. */
  get gap(): Gap | undefined {
    return this.#gap;
  }

  /** Takes whole lines as they come; returns those that are new as soon as that is known. */
  push(block: Buffer): Buffer | undefined {
    if (!this.#searching) return block;
    const text = block.toString('latin1');
    let start = 0;
    for (let feed = text.indexOf('\n'); feed !== -1; feed = text.indexOf('\n', start)) {
      const line = text.slice(start, feed);
      start = feed + 1;
      if (this.#endsMatch(line)) {
        this.#stop();
        return start < block.length ? block.subarray(start) : undefined;
      }
      const stamp = stampOf(line);
      if (stamp === '' || !isLater(stamp, this.#cursor.latest)) continue;
      this.#later = true;
      if (secondOf(stamp) > this.#decisiveSecond) {
        this.#hold(block);
        return this.settle();
      }
    }
    this.#hold(block);
    return this.#heldBytes > heldBytes ? this.#relieve() : undefined;
  }

  /** Ends the search: what is there must do. Returns the lines that are taken to be new. */
  settle(): Buffer | undefined {
    if (!this.holding) return undefined;
    const held = Buffer.concat(this.#held);
    const known = this.#beginsWithHeld ? overlap(this.#cursor.lines, held) : 0;
    this.#stop();
    if (known === held.length) return undefined;
    if (known > 0) return held.subarray(known);
    const to = held.toString('latin1', 0, Math.max(0, stampBytes(held) - 1));
    this.#gap = { from: this.#cursor.last, to };
    return held;
  }

  #stop(): void {
    this.#searching = false;
    this.#held = [];
    this.#heldBytes = 0;
  }

  #hold(block: Buffer): void {
    this.#held.push(block);
    this.#heldBytes += block.length;
  }

  #relieve(): Buffer | undefined {
    if (this.#later) return this.settle();
    this.#beginsWithHeld = false;
    this.#heldBytes -= this.#held.shift()?.length ?? 0;
    return undefined;
  }

  /** Whether all of the cursor's lines have come, this one the last of them. */
  #endsMatch(line: ByteString): boolean {
    while (this.#matched > 0 && !this.#isLine(this.#matched, line))
      this.#matched = this.#borders[this.#matched - 1] ?? 0;
    if (this.#isLine(this.#matched, line)) this.#matched += 1;
    return this.#matched === this.#cursor.lines.length;
  }

  #isLine(index: number, line: ByteString): boolean {
    const wanted = this.#cursor.lines[index] ?? '';
    if (wanted === line) return true;
    if (index > 0 || !this.#firstIsTail || line.length < wanted.length + shortestRecord) return false;
    const message = wanted.slice(stampOf(wanted).length + 1);
    return line.endsWith(message);
  }
}

function bordersOf(lines: readonly ByteString[]): readonly number[] {
  const borders = [0];
  let length = 0;
  for (let index = 1; index < lines.length; index += 1) {
    while (length > 0 && lines[length] !== lines[index]) length = borders[length - 1] ?? 0;
    if (lines[length] === lines[index]) length += 1;
    borders.push(length);
  }
  return borders;
}

/** How many bytes at the start of what was read are the last of the known lines. */
function overlap(known: readonly ByteString[], read: Buffer): number {
  const lines = firstLines(read, known.length);
  for (let count = lines.length; count > 0; count -= 1) {
    const from = known.length - count;
    let same = 0;
    while (same < count && lines[same] === known[from + same]) same += 1;
    if (same === count) return lines.slice(0, count).reduce((bytes, line) => bytes + line.length + 1, 0);
  }
  return 0;
}

function firstLines(block: Buffer, count: number): ByteString[] {
  const lines: ByteString[] = [];
  let start = 0;
  while (lines.length < count && start < block.length) {
    const feed = block.indexOf('\n', start);
    lines.push(block.toString('latin1', start, feed));
    start = feed + 1;
  }
  return lines;
}
