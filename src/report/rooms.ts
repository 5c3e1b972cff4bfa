/** Keeps the buffers that lines are put into, so that the next lines need no new ones. */

/** One is being filled, one written, and some wait while the reader is behind. */
const mostSpare = 4;

export class RoomSupply {
  readonly #bytes: number;
  readonly #spare: Buffer[] = [];

  /** @param bytes of each of them */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  take(): Buffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.#bytes);
  }

  /** Takes any part of one that was taken, once nobody looks at it any more. */
  giveBack(part: Buffer): void {
    if (this.#spare.length < mostSpare) this.#spare.push(Buffer.from(part.buffer, 0, this.#bytes));
  }
}
