/** Marks the line with which a tail ends, where it is written later than it is printed, and among others. */
import type { ByteString } from '../line.ts';
import type { End } from './options.ts';

/** What is printed is bytes: no character of it is above 255. */
const firstMark = 0x100;
const mark = /[\u0100-\uffff]/;

export class EndMarks {
  readonly #ends: End[] = [];
  #reached: End | undefined;

  /** Goes behind the line's own end. */
  markFor(end: End): string {
    this.#ends.push(end);
    // There are never so many logs at once; were there more, they would end as the last of them.
    return String.fromCharCode(Math.min(0xffff, firstMark + this.#ends.length - 1));
  }

  /** The end whose line has come by; the first of them. */
  get reached(): End | undefined {
    return this.#reached;
  }

  /** What is written of these lines: all of it before the first mark of all, then nothing. */
  upToMark(bytes: ByteString): ByteString {
    if (this.#reached) return '';
    const at = bytes.search(mark);
    if (at < 0) return bytes;
    this.#reached = this.#ends[bytes.charCodeAt(at) - firstMark];
    return bytes.slice(0, at);
  }
}
