/** Takes what is read of a file from a {@link Start} on, leaves out what is not wanted, and knows where it stands. */
import { knownBytes, type Place, type Start } from './place.ts';

const lineFeed = 10;
const nothing: Buffer = Buffer.alloc(0);

export class Intake {
  #known: Buffer;
  #dropBytes: number;
  #dropLines: number;
  #offset: number;
  #last: Buffer = nothing;
  #mixed = false;

  constructor({ from, known, dropBytes, dropLines }: Start) {
    this.#offset = from;
    this.#known = known;
    this.#dropBytes = dropBytes;
    this.#dropLines = dropLines;
  }

  /** What is new among the bytes; undefined: it is another file. */
  push(bytes: Buffer): Buffer | undefined {
    const same = Math.min(this.#known.length, bytes.length);
    if (!bytes.subarray(0, same).equals(this.#known.subarray(0, same))) return undefined;
    this.#known = this.#known.subarray(same);
    this.#pass(bytes);
    let rest = bytes.subarray(same);
    const dropped = Math.min(this.#dropBytes, rest.length);
    this.#dropBytes -= dropped;
    rest = rest.subarray(dropped);
    while (this.#dropLines > 0 && rest.length > 0) {
      const feed = rest.indexOf(lineFeed);
      if (feed >= 0) this.#dropLines -= 1;
      rest = feed < 0 ? nothing : rest.subarray(feed + 1);
    }
    return rest;
  }

  /** Another file, or the same one emptied, is read from its beginning, now or soon: what is said comes by a way of its own. */
  begin(): void {
    this.#known = nothing;
    this.#dropBytes = 0;
    this.#dropLines = 0;
    this.#offset = 0;
    this.#mixed = true;
  }

  /** Undefined as long as not all is there that was given before, or was not wanted. */
  place(): Place | undefined {
    if (this.#known.length + this.#dropBytes + this.#dropLines > 0) return undefined;
    return { offset: this.#offset, last: this.#last, mixed: this.#mixed };
  }

  #pass(bytes: Buffer): void {
    this.#offset += bytes.length;
    const all = bytes.length >= knownBytes ? bytes : Buffer.concat([this.#last, bytes]);
    // A copy, lest a whole chunk be kept.
    this.#last = Buffer.from(all.subarray(Math.max(0, all.length - knownBytes)));
  }
}
