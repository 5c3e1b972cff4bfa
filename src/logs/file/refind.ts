/** Finds in a file the bytes that were read last, when it is not where they were: not every tail tells that a file was emptied or replaced, nor when. */
import type { ExecEnd } from '../../cluster/exec-status.ts';
import type { Place } from './place.ts';
import { readWindow, type Print } from './window.ts';

/** Fewer bytes may be the same by chance, unless they are all that is there. */
const enough = 32;

const nothing: Buffer = Buffer.alloc(0);

/** Takes a file from its beginning on. */
export class Refinding {
  readonly #last: Buffer;
  #offset = 0;
  #carry: Buffer = nothing;
  #head: Buffer = nothing;
  #ends: number[] = [];

  constructor(last: Buffer) {
    this.#last = last;
  }

  /** Whether more of the file is of interest. */
  push(part: Buffer): boolean {
    const { length } = this.#last;
    if (this.#head.length < length)
      this.#head = Buffer.concat([this.#head, part.subarray(0, length - this.#head.length)]);
    const bytes = Buffer.concat([this.#carry, part]);
    const before = this.#offset - this.#carry.length;
    for (let at = bytes.indexOf(this.#last); at >= 0 && this.#ends.length < 2; at = bytes.indexOf(this.#last, at + 1)) {
      this.#ends.push(before + at + length);
    }
    this.#offset += part.length;
    this.#carry = Buffer.from(bytes.subarray(Math.max(0, bytes.length - length + 1)));
    return this.#ends.length < 2;
  }

  /**
   * The bytes of the file that were read before; undefined where nobody can tell.
   *
   * @param mixed the first of the bytes that were read last may be of another file
   */
  offset(mixed: boolean): number | undefined {
    // What is there twice says nothing.
    if (this.#ends.length > 0)
      return this.#ends.length === 1 ? this.#sure(this.#last.length, this.#ends[0]) : undefined;
    if (!mixed) return undefined;
    for (let length = Math.min(this.#head.length, this.#last.length); length > 0; length -= 1) {
      const tail = this.#last.subarray(this.#last.length - length);
      if (tail.equals(this.#head.subarray(0, length))) return this.#sure(length, length);
    }
    return undefined;
  }

  #sure(same: number, end: number | undefined): number | undefined {
    return same >= enough || end === this.#offset ? end : undefined;
  }
}

/**
 * @param print prints the file from its beginning on
 * @returns where the reading of it stands; undefined: it was not read before
 */
export async function refind(
  print: Print,
  { last, mixed }: Place,
  size: number,
  signal: AbortSignal,
): Promise<Place | undefined | { readonly end: ExecEnd }> {
  if (last.length === 0 || size === 0) return undefined;
  const refinding = new Refinding(last);
  const end = await readWindow(print, size, (part) => refinding.push(part), signal);
  if (end) return { end };
  const offset = refinding.offset(mixed);
  return offset === undefined ? undefined : { offset, last, mixed: false };
}
