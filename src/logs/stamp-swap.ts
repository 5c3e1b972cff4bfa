/** Puts a text in the place of the timestamps of a block, byte by byte: no line becomes a string of its own. */
import type { ByteString } from './line.ts';
import { hasUsualStamp, usualStamp } from './message-start.ts';

/** Puts what is printed of a block where it will be written from. */
export interface BlockSwap {
  /** How many bytes that may take at most. */
  roomFor(block: Buffer): number;
  /** Where the printed lines end that now begin at `start`; undefined: this block has to be printed in another way. */
  into(room: Buffer, start: number, block: Buffer): number | undefined;
}

/** With the space after it. */
const stampBytes = usualStamp + 1;

/**
 * The block is laid to the end of its room and its messages are moved to the front of it, each behind a copy of the prefix:
 * moves within one buffer are the cheapest that there are, and leave nothing for the garbage collector.
 */
export class StampSwap implements BlockSwap {
  readonly #prefix: Buffer;
  readonly #sieve: ((block: ByteString) => ByteString) | undefined;

  constructor(prefix: ByteString, sieve: ((block: ByteString) => ByteString) | undefined) {
    this.#prefix = Buffer.from(prefix, 'latin1');
    this.#sieve = sieve;
  }

  /** In bytes: the block, the prefix, and as much as longer prefixes than timestamps may add. */
  roomFor(block: Buffer): number {
    return this.#ahead(block.length) + block.length + this.#prefix.length;
  }

  /**
   * Where the printed lines end that now begin at `start`. Undefined: a line has no timestamp of the usual length, or no
   * line feed, and has to be looked at; then what is from `start` on means nothing.
   */
  into(room: Buffer, start: number, block: Buffer): number | undefined {
    const whole = block.toString('latin1');
    const text = this.#sieve ? this.#sieve(whole) : whole;
    const from = start + this.#ahead(text.length);
    const prefixFrom = from + text.length;
    const prefixTo = prefixFrom + this.#prefix.length;
    if (this.#sieve) room.write(text, from, 'latin1');
    else room.set(block, from);
    room.set(this.#prefix, prefixFrom);
    let out = start;
    for (let at = 0; at < text.length;) {
      const feed = text.indexOf('\n', at);
      if (feed < at + stampBytes || !hasUsualStamp(text, at)) return undefined;
      room.copyWithin(out, prefixFrom, prefixTo);
      out += this.#prefix.length;
      room.copyWithin(out, from + at + stampBytes, from + feed + 1);
      out += feed + 1 - at - stampBytes;
      at = feed + 1;
    }
    return out;
  }

  /** What is printed must not reach what is not yet moved: each line adds so much, and has a timestamp and a line feed. */
  #ahead(blockBytes: number): number {
    const more = Math.max(0, this.#prefix.length - stampBytes);
    return more * Math.floor(blockBytes / (stampBytes + 1));
  }
}
