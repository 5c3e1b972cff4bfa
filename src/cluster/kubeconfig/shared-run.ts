/** Lets concurrent callers share one piece of work, and stops it when the last of them gives up. */

interface Running<T> {
  readonly work: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

export class SharedRun<T> {
  readonly #start: (signal: AbortSignal) => Promise<T>;
  #running: Running<T> | undefined;

  constructor(start: (signal: AbortSignal) => Promise<T>) {
    this.#start = start;
  }

  get inFlight(): boolean {
    return this.#running !== undefined;
  }

  /** Joins the work in flight or starts it. A caller's own signal only ends the caller's wait, with the signal's reason. */
  async join(signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const running = (this.#running ??= this.#begin());
    running.waiting += 1;
    let leave: (() => void) | undefined;
    const left = new Promise<never>((_, reject) => {
      leave = () => {
        reject(signal.reason);
        running.waiting -= 1;
        if (running.waiting > 0) return;
        // Nobody wants the answer any more; who comes next starts afresh.
        if (this.#running === running) this.#running = undefined;
        running.controller.abort(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
    });
    try {
      return await Promise.race([running.work, left]);
    } finally {
      if (leave) signal.removeEventListener('abort', leave);
    }
  }

  #begin(): Running<T> {
    const controller = new AbortController();
    const work = this.#start(controller.signal).finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    // When every caller has left there is nobody to hear of its end.
    work.catch(() => {});
    const running: Running<T> = { work, controller, waiting: 0 };
    return running;
  }
}
