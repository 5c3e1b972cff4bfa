/** Notices a followed log that has stopped although its container writes: after a rotation, behind a dead connection. */
import type { Clock } from '../../clock.ts';

export interface StallOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** The shortest silence after which it is looked. */
  readonly checkMs: number;
  /** Its reader does not read at the moment. */
  readonly paused: () => boolean;
  /** Asks the server whether there is more than was given; no, once the signal aborts. */
  readonly isBehind: (enough: AbortSignal) => Promise<boolean>;
  /** Called once. */
  readonly onStall: () => void;
}

export interface StallWatch {
  /** Something came. Cheap enough for every chunk. */
  heard(): void;
  stop(): void;
}

/** What is on its way may come first. */
const graceMs = 1_000;

/** A server that has not answered by then does not know: one question that hangs must not be the last. */
const answerMs = 30_000;

/** A log that stays silent is asked for ever more seldom, at last after so many times the shortest silence. */
const mostPatience = 5;

/** One timer for each log, which a chunk does not touch. */
export function watchForStall(options: StallOptions): StallWatch {
  const { clock, random, paused, isBehind, onStall } = options;
  const checkMs = options.checkMs * (1 + 0.2 * random());
  let heardMs = clock.monotonic();
  let askedMs = heardMs;
  let patience = 1;
  let stopped = false;
  let question: AbortController | undefined;
  let timer = arm(checkMs);

  function arm(ms: number): { cancel(): void } {
    return clock.after(ms, () => void look());
  }
  async function look(): Promise<void> {
    const nowMs = clock.monotonic();
    // One who does not read, does not hear.
    if (paused()) heardMs = nowMs;
    if (heardMs > askedMs) patience = 1;
    const leftMs = heardMs + checkMs - nowMs;
    if (leftMs > 0) {
      timer = arm(leftMs);
      return;
    }
    askedMs = nowMs;
    const behind = await ask();
    if (stopped) return;
    if (behind) {
      timer = clock.after(graceMs, decide);
      return;
    }
    timer = arm(checkMs * patience);
    patience = Math.min(mostPatience, patience + 1);
  }
  async function ask(): Promise<boolean> {
    const asked = new AbortController();
    question = asked;
    timer = clock.after(answerMs, () => asked.abort());
    const behind = await isBehind(asked.signal);
    timer.cancel();
    return behind;
  }
  function decide(): void {
    if (heardMs > askedMs || paused()) timer = arm(checkMs);
    else onStall();
  }

  return {
    heard: () => void (heardMs = clock.monotonic()),
    stop() {
      stopped = true;
      timer.cancel();
      question?.abort();
    },
  };
}
