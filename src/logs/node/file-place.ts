/** Where a file stands that is read as a whole again and again: passes over what is known, gives the lines that are new. */
import type { ByteString } from '../line.ts';

/** So much of its beginning tells one file from the next of its name. */
const headLength = 256;

export interface FileReader {
  line(line: ByteString): void;
  /** The file is another than before; its lines follow from the first. */
  replaced(): void;
}

/** A file that is shorter than it was, or begins otherwise, is a new one and given from its beginning. */
export class FilePlace {
  readonly #reader: FileReader;
  /** Bytes of the whole lines that were given. */
  #offset = 0;
  #head: ByteString = '';
  #modified: string | undefined;

  // Of the answer in hand.
  #waiting: ByteString | undefined;
  #start: ByteString = '';
  #toSkip = 0;
  #consumed = 0;
  #carry: ByteString = '';

  constructor(reader: FileReader) {
    this.#reader = reader;
  }

  /** An answer begins; false if it need not be read, for nothing has changed. */
  begin(length: number, modified: string | undefined): boolean {
    if (length === this.#offset && modified !== undefined && modified === this.#modified) return false;
    this.#modified = modified;
    if (length < this.#offset) this.#replace();
    this.#waiting = this.#head === '' ? undefined : '';
    this.#start = '';
    this.#toSkip = this.#offset;
    this.#consumed = 0;
    this.#carry = '';
    return true;
  }

  push(chunk: Buffer): void {
    const bytes = chunk.toString('latin1');
    if (this.#waiting === undefined) return this.#take(bytes);
    this.#waiting += bytes;
    if (this.#waiting.length < this.#head.length) return;
    const judged = this.#waiting;
    this.#waiting = undefined;
    if (!judged.startsWith(this.#head)) this.#replace();
    this.#take(judged);
  }

  /** The answer is over; `closed`: with all of the file. A last line that nobody ended is given only where no more is read. */
  end(closed: boolean, last: boolean): void {
    if (closed && this.#waiting !== undefined) {
      const judged = this.#waiting;
      this.#waiting = undefined;
      this.#replace();
      this.#take(judged);
    }
    // Shorter than what was given: what it holds now is read with the next answer.
    if (closed && this.#toSkip > 0) this.#replace();
    else if (this.#toSkip === 0) {
      this.#offset = Math.max(this.#offset, this.#consumed - this.#carry.length);
      if (this.#start.length > this.#head.length) this.#head = this.#start;
    }
    if (!closed || this.#offset === 0) this.#modified = undefined;
    if (closed && last && this.#carry !== '') this.#reader.line(this.#carry);
  }

  #replace(): void {
    if (this.#offset > 0) this.#reader.replaced();
    this.#offset = 0;
    this.#head = '';
    this.#toSkip = 0;
  }

  #take(bytes: ByteString): void {
    if (this.#start.length < headLength) this.#start += bytes.slice(0, headLength - this.#start.length);
    this.#consumed += bytes.length;
    if (this.#toSkip >= bytes.length) {
      this.#toSkip -= bytes.length;
      return;
    }
    const text = this.#carry + bytes.slice(this.#toSkip);
    this.#toSkip = 0;
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      this.#reader.line(text.slice(start, end));
      start = end + 1;
    }
    this.#carry = text.slice(start);
  }
}
