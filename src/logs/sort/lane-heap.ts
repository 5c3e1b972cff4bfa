/** The lane whose next line is the oldest, however many lanes there are: a binary heap. */
import { isBefore, type Moment } from './moment.ts';

export interface Ordered {
  /** Of its next line. */
  readonly moment: Readonly<Moment>;
  /** Of lines of the same moment the one of the lower number comes first. */
  readonly order: number;
}

export function comesBefore(one: Ordered, other: Ordered): boolean {
  if (isBefore(one.moment, other.moment)) return true;
  return !isBefore(other.moment, one.moment) && one.order < other.order;
}

export class LaneHeap<Lane extends Ordered> {
  readonly #lanes: Lane[] = [];

  get size(): number {
    return this.#lanes.length;
  }

  get first(): Lane | undefined {
    return this.#lanes[0];
  }

  /** The one that would be first without the first. */
  get second(): Lane | undefined {
    const [, left, right] = this.#lanes;
    return left && right && comesBefore(right, left) ? right : left;
  }

  add(lane: Lane): void {
    const lanes = this.#lanes;
    let at = lanes.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = lanes[above];
      if (!parent || !comesBefore(lane, parent)) break;
      lanes[at] = parent;
      at = above;
    }
    lanes[at] = lane;
  }

  removeFirst(): void {
    const last = this.#lanes.pop();
    if (last && this.#lanes.length > 0) this.#sink(last);
  }

  /** To be called when the first has another moment, a later one. */
  firstMoved(): void {
    const [first] = this.#lanes;
    if (first) this.#sink(first);
  }

  /** Puts the lane in at the top and lets it find its place. */
  #sink(lane: Lane): void {
    const lanes = this.#lanes;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      let child = lanes[below];
      const right = lanes[below + 1];
      if (child && right && comesBefore(right, child)) {
        child = right;
        below += 1;
      }
      if (!child || comesBefore(lane, child)) break;
      lanes[at] = child;
      at = below;
    }
    lanes[at] = lane;
  }
}
