/** Keeps the last lines of many. */
import type { ByteString } from '../line.ts';

export class LastLines {
  readonly #count: number;
  #lines: ByteString[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  push(line: ByteString): void {
    this.#lines.push(line);
    // Many at once, so that the rest is not moved for every line.
    if (this.#lines.length > 2 * this.#count + 1000) this.#lines = this.take();
  }

  take(): ByteString[] {
    return this.#count === 0 ? [] : this.#lines.slice(-this.#count);
  }
}
