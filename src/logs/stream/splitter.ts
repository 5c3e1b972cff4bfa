/** Cuts a stream of bytes into blocks of whole lines. */
import { mendLine, mendLines, rawLineBytes, type OnTruncated } from './long-line.ts';

const lineFeed = 10;
const noBytes = Buffer.alloc(0);

export interface SplitterOptions {
  /** Of the message; what is beyond is left out and a mark put in its place. */
  readonly maxLineBytes: number;
  /** Takes whole lines, at most twice for each chunk. The buffer shares the chunk's memory. */
  readonly give: (lines: Buffer) => void;
  readonly onTruncated: OnTruncated;
}

/** Looks for the last line feed of each chunk and leaves the others alone; what comes after it waits for the next chunk. */
export class LineSplitter {
  readonly #options: SplitterOptions;
  readonly #longest: number;
  #carry: Buffer[] = [];
  #carried = 0;
  #dropped = 0;

  constructor(options: SplitterOptions) {
    this.#options = options;
    this.#longest = rawLineBytes(options.maxLineBytes);
  }

  push(chunk: Buffer): void {
    const end = chunk.lastIndexOf(lineFeed) + 1;
    if (end === 0) {
      this.#keep(chunk);
      return;
    }
    const { give, maxLineBytes, onTruncated } = this.#options;
    let start = 0;
    if (this.#carried > 0) {
      start = chunk.indexOf(lineFeed) + 1;
      give(this.#close(chunk.subarray(0, start)));
    }
    if (start < end) give(mendLines(chunk.subarray(start, end), maxLineBytes, onTruncated));
    if (end < chunk.length) this.#keep(chunk.subarray(end));
  }

  /** What came after the last line feed. */
  get half(): Buffer {
    return this.#carried === 0 ? noBytes : Buffer.concat(this.#carry);
  }

  /** Gives the half line as a whole one: it was the last, and nobody will end it. */
  endLine(): void {
    if (this.#carried > 0) this.#options.give(this.#close(Buffer.of(lineFeed)));
  }

  /** Forgets the half line. */
  dropLine(): void {
    this.#carry = [];
    this.#carried = 0;
    this.#dropped = 0;
  }

  /** Copies, for a part of a chunk would keep all of it in memory. */
  #keep(piece: Buffer): void {
    const kept = Math.min(piece.length, this.#longest - this.#carried);
    this.#dropped += piece.length - kept;
    if (kept === 0) return;
    this.#carry.push(Buffer.from(piece.subarray(0, kept)));
    this.#carried += kept;
  }

  #close(rest: Buffer): Buffer {
    const kept = Math.min(rest.length - 1, this.#longest - this.#carried);
    const missing = this.#dropped + rest.length - 1 - kept;
    const line = Buffer.concat([...this.#carry, rest.subarray(0, kept), Buffer.of(lineFeed)]);
    this.dropLine();
    return mendLine(line, missing, this.#options.maxLineBytes, this.#options.onTruncated);
  }
}
