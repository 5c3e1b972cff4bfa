/** Turns a chunk of a log file into a block of lines within the chunk's own memory. */

/** The byte that ends a line. */
export const lineFeed = 0x0a;

/**
 * What stays moves up to what stayed before, so that a line costs one move and no allocation. The chunk belongs to the
 * rewriter: its bytes are overwritten. Positions have to be given in ascending order.
 */
export class Rewriter {
  readonly #chunk: Buffer;
  readonly #pieces: Buffer[] = [];
  /** Where the piece in hand begins, and how far it is written. */
  #start = 0;
  #written = 0;
  /** What stays begins here and was not moved yet. */
  #kept = 0;

  constructor(chunk: Buffer) {
    this.#chunk = chunk;
  }

  /** Leaves out the bytes from `from` up to `to`. */
  cut(from: number, to: number): void {
    if (this.#written !== this.#kept) this.#chunk.copyWithin(this.#written, this.#kept, from);
    this.#written += from - this.#kept;
    this.#kept = to;
  }

  /** Puts bytes where the last cut was: into its gap where they fit. */
  put(bytes: string): void {
    if (bytes.length <= this.#kept - this.#written) {
      this.#written += this.#chunk.write(bytes, this.#written, 'latin1');
      return;
    }
    this.#pieces.push(this.#chunk.subarray(this.#start, this.#written), Buffer.from(bytes, 'latin1'));
    this.#start = this.#written;
  }

  /** The block, where the chunk is used up to `end`. */
  take(end: number): Buffer {
    this.cut(end, end);
    const last = this.#chunk.subarray(this.#start, this.#written);
    return this.#pieces.length === 0 ? last : Buffer.concat([...this.#pieces, last]);
  }
}
