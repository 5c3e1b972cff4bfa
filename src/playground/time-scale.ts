/** The playground's own time: jumps through the past while the cluster comes up, then follows the machine's, faster if asked. */
import { sleepBy, type Clock } from '../clock.ts';

export interface PlaygroundClock extends Clock {
  /**
   * Lets everything happen that is due until the machine's time is reached, in order and without waiting for it; from
   * then on time passes at the scale. Called once.
   *
   * @throws the signal's reason when it aborts meanwhile
   */
  catchUp(signal: AbortSignal): Promise<void>;
}

interface Timer {
  readonly atMs: number;
  /** Timers of the same instant fire in the order in which they were set. */
  readonly order: number;
  readonly callback: () => void;
  cancelled: boolean;
  /** Set once time is real. */
  armed: { cancel(): void } | undefined;
}

/**
 * A clock that stands `pastMs` before the machine's until `catchUp`.
 *
 * @param scale how many seconds pass in the playground while one passes outside
 */
export function playgroundClock(
  machine: Clock,
  { scale, pastMs }: { readonly scale: number; readonly pastMs: number },
): PlaygroundClock {
  const startMs = machine.now() - pastMs;
  /** Passed in the playground up to the moment at which the machine's clock showed `anchorMs`. */
  let passedMs = 0;
  let anchorMs: number | undefined;
  let order = 0;
  let waiting = new TimerHeap();

  const passed = (): number =>
    anchorMs === undefined ? passedMs : passedMs + (machine.monotonic() - anchorMs) * scale;

  function arm(timer: Timer): void {
    timer.armed = machine.after(Math.max(0, timer.atMs - passed()) / scale, timer.callback);
  }

  const clock: PlaygroundClock = {
    // Whole, as the machine's.
    now: () => Math.floor(startMs + passed()),
    monotonic: passed,
    sleep: (ms, signal) => sleepBy(clock.after, ms, signal),
    after(ms, callback) {
      order += 1;
      const timer: Timer = { atMs: passed() + Math.max(0, ms), order, callback, cancelled: false, armed: undefined };
      if (anchorMs === undefined) waiting.push(timer);
      else arm(timer);
      return {
        cancel() {
          timer.cancelled = true;
          timer.armed?.cancel();
        },
      };
    },
    async catchUp(signal) {
      for (;;) {
        await settled();
        signal.throwIfAborted();
        const next = waiting.peek();
        if (!next || next.atMs > pastMs) break;
        passedMs = next.atMs;
        for (let due = waiting.peek(); due && due.atMs <= passedMs; due = waiting.peek()) {
          waiting.pop();
          if (!due.cancelled) due.callback();
        }
      }
      passedMs = pastMs;
      anchorMs = machine.monotonic();
      const left = waiting;
      waiting = new TimerHeap();
      for (let timer = left.pop(); timer; timer = left.pop()) if (!timer.cancelled) arm(timer);
    },
  };
  return clock;
}

/** Resolves when the promises at hand have run, however long their chains. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** A binary heap: a fixture of 30,000 pods sets as many timers. */
class TimerHeap {
  readonly #timers: Timer[] = [];

  peek(): Timer | undefined {
    return this.#timers[0];
  }

  push(timer: Timer): void {
    const timers = this.#timers;
    let at = timers.length;
    timers.push(timer);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = timers[above];
      if (!parent || !before(timer, parent)) break;
      timers[at] = parent;
      at = above;
    }
    timers[at] = timer;
  }

  pop(): Timer | undefined {
    const timers = this.#timers;
    const first = timers[0];
    const last = timers.pop();
    if (!first || !last || timers.length === 0) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      const left = timers[below];
      if (!left) break;
      const right = timers[below + 1];
      const child = right && before(right, left) ? right : left;
      if (child === right) below += 1;
      if (!before(child, last)) break;
      timers[at] = child;
      at = below;
    }
    timers[at] = last;
    return first;
  }
}

function before(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
