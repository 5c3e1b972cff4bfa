/** Remembers the lines that were given last, so that a later reading can be tied to them. */

const lineFeed = 10;
const noBytes = Buffer.alloc(0);

/** A block of this size says enough by itself: TLS cuts a stream into blocks of twice that. */
const largeBytes = 8_192;

/** Small blocks are copied to one buffer, of which half is forgotten when it is full. */
const mostBytes = 32_768;
const firstBytes = 1_024;

/** Costs a copy where much is read, always to the same place, and little memory where little is. */
export class RecentLines {
  #large: Buffer = noBytes;
  #largeUsed = 0;
  #small: Buffer = noBytes;
  #used = 0;
  #complete = true;

  /** Nothing that was added has been forgotten. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Whole lines. */
  add(block: Buffer): void {
    if (block.length >= largeBytes) {
      this.#complete &&= this.#largeUsed === 0 && this.#used === 0;
      if (this.#large.length < block.length) this.#large = Buffer.allocUnsafeSlow(roomFor(block.length));
      this.#large.set(block);
      this.#largeUsed = block.length;
      this.#used = 0;
      return;
    }
    if (this.#used + block.length > this.#small.length) this.#makeRoom(block.length);
    block.copy(this.#small, this.#used);
    this.#used += block.length;
  }

  /** At least the last 8 KiB of what was added, or all of it. */
  bytes(): Buffer {
    return Buffer.concat([this.#large.subarray(0, this.#largeUsed), this.#small.subarray(0, this.#used)]);
  }

  #makeRoom(bytes: number): void {
    const needed = this.#used + bytes;
    if (needed <= mostBytes) {
      const grown = Buffer.allocUnsafeSlow(roomFor(needed));
      this.#small.copy(grown, 0, 0, this.#used);
      this.#small = grown;
      return;
    }
    this.#complete = false;
    this.#largeUsed = 0;
    const from = this.#small.indexOf(lineFeed, this.#used - mostBytes / 2) + 1;
    this.#small.copyWithin(0, from, this.#used);
    this.#used -= from;
  }
}

function roomFor(bytes: number): number {
  return Math.max(firstBytes, 2 ** Math.ceil(Math.log2(bytes)));
}
