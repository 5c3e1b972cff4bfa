/** Notices that nothing has come for too long. */
import type { Clock } from '../../clock.ts';

export interface IdleWatch {
  /** Something came. Cheap enough for every block. */
  heard(): void;
  /** Whoever reads what is printed is behind: then nothing can come, and that is no silence. */
  heldUp(behind: Promise<void>): void;
  stop(): void;
}

/** One timer, which a block does not touch. Calls back once, at the earliest `idleMs` after now. */
export function watchForSilence(clock: Clock, idleMs: number, onSilence: () => void): IdleWatch {
  let heardMs = clock.monotonic();
  let heldUp = 0;
  let timer = clock.after(idleMs, look);

  function look(): void {
    const nowMs = clock.monotonic();
    if (heldUp > 0) heardMs = nowMs;
    const leftMs = heardMs + idleMs - nowMs;
    if (leftMs > 0) timer = clock.after(leftMs, look);
    else onSilence();
  }
  const heard = (): void => void (heardMs = clock.monotonic());

  return {
    heard,
    heldUp(behind) {
      heldUp += 1;
      const released = (): void => {
        heldUp -= 1;
        heard();
      };
      behind.then(released, released);
    },
    stop: () => timer.cancel(),
  };
}
