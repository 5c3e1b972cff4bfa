/** A clock whose sleeps pass at once and are remembered; its timers fire only by hand. */
import type { Clock } from '../../src/clock.ts';

export class EagerClock implements Clock {
  /** Every sleep so far, in ms. */
  readonly sleeps: number[] = [];
  #nowMs = Date.parse('2026-01-01T00:00:00Z');
  #timers = new Map<() => void, number>();

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.sleeps.push(ms);
    this.#nowMs += ms;
    // A turn of the loop, so that a loop that sleeps does not starve the sockets.
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  }

  after(ms: number, callback: () => void): { cancel(): void } {
    const fire = (): void => callback();
    this.#timers.set(fire, ms);
    return { cancel: () => void this.#timers.delete(fire) };
  }

  /** How long the timers that run now were set to, in ms. */
  get timers(): readonly number[] {
    return [...this.#timers.values()];
  }

  /** Fires the timers that were set to `ms`. */
  fire(ms: number): void {
    for (const [fire, setMs] of this.#timers) {
      if (setMs !== ms) continue;
      this.#timers.delete(fire);
      fire();
    }
  }

  /** Lets time pass without firing anything. */
  pass(ms: number): void {
    this.#nowMs += ms;
  }
}
