/** Which of the lines that wait came first: a queue, for they come in the order of time. */
import type { Arrival } from './lane.ts';

/** Those that are over are let go of in lots, for taking one off the front moves all others. */
const lot = 1024;

export class Arrivals {
  #queue: Arrival[] = [];
  #next = 0;

  add(arrival: Arrival): void {
    if (!arrival.over) this.#queue.push(arrival);
  }

  /** The first that is not over. */
  get first(): Arrival | undefined {
    while (this.#queue[this.#next]?.over === true) this.#next += 1;
    if (this.#next >= lot) {
      this.#queue = this.#queue.slice(this.#next);
      this.#next = 0;
    }
    return this.#queue[this.#next];
  }
}
