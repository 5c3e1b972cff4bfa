/** Time as kmaint sees it: the only file that knows the real one. */
import { setMaxListeners } from 'node:events';

/** Handed to everything that waits or looks at the time, so that tests decide how fast it passes. */
export interface Clock {
  /** Milliseconds since the epoch, for comparing with timestamps of the cluster. */
  now(): number;
  /** Milliseconds from an arbitrary start that never jump, for measuring how long something takes. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls back after `ms` unless cancelled first. */
  readonly after: (ms: number, callback: () => void) => { cancel(): void };
}

// Node turns a delay above 2^31-1 ms into 1 ms; a longer wait is made of several.
const longestTimerMs = 2_147_483_647;

/** The clock of the machine. */
export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => sleepBy(realClock.after, ms, signal),
  after(ms, callback) {
    let handle: NodeJS.Timeout;
    function arm(leftMs: number): void {
      handle =
        leftMs > longestTimerMs
          ? setTimeout(() => arm(leftMs - longestTimerMs), longestTimerMs)
          : setTimeout(callback, Math.max(0, leftMs));
    }
    arm(ms);
    return { cancel: () => clearTimeout(handle) };
  },
};

/** `Clock.sleep` for any clock that can call back. */
export function sleepBy(after: Clock['after'], ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const timer = after(ms, () => {
      signal?.removeEventListener('abort', aborted);
      resolve();
    });
    function aborted(): void {
      timer.cancel();
      reject(signal?.reason as Error);
    }
    signal?.addEventListener('abort', aborted, { once: true });
  });
}

/** A signal that follows `parent` and also aborts with `reason` after `ms`; call `cancel` when the work is done. */
export function withDeadline(
  clock: Clock,
  ms: number | undefined,
  parent: AbortSignal,
  reason: () => Error,
): { readonly signal: AbortSignal; cancel(): void } {
  if (ms === undefined) return { signal: parent, cancel: () => {} };
  const controller = new AbortController();
  const timer = clock.after(ms, () => controller.abort(reason()));
  return { signal: anySignal(parent, controller.signal), cancel: () => timer.cancel() };
}

/** `AbortSignal.any` for a signal that many requests listen to at once, which Node would take for a leak. */
export function anySignal(...signals: readonly AbortSignal[]): AbortSignal {
  const signal = AbortSignal.any([...signals]);
  setMaxListeners(0, signal);
  return signal;
}
