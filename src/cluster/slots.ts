/** A budget of things that may happen at once. */

export interface Slots {
  /** Waits for a slot, first come first served; the function returned gives it back. An abort rejects with its reason. */
  take(signal: AbortSignal): Promise<() => void>;
}

/** At most `limit` slots are taken at any time. */
export function createSlots(limit: number): Slots {
  let free = limit;
  const waiting: (() => void)[] = [];

  function give(): () => void {
    let taken = true;
    return () => {
      if (!taken) return;
      taken = false;
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    };
  }

  return {
    take(signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason);
          return;
        }
        if (free > 0) {
          free -= 1;
          resolve(give());
          return;
        }
        function served(): void {
          signal.removeEventListener('abort', aborted);
          resolve(give());
        }
        function aborted(): void {
          waiting.splice(waiting.indexOf(served), 1);
          reject(signal.reason);
        }
        waiting.push(served);
        signal.addEventListener('abort', aborted, { once: true });
      });
    },
  };
}
