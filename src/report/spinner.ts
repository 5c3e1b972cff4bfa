/** A sign of life while nothing else can be shown, for terminals only. */
import type { Clock } from '../clock.ts';

export interface SpinnerOptions {
  readonly clock: Clock;
  readonly stream: NodeJS.WritableStream;
  readonly text: string;
  /** Shorter waits need none, and do not pay for loading it (24 ms). */
  readonly afterMs: number;
}

/** Appears after `afterMs` unless stopped before; `stop` leaves no trace of it. */
export function startSpinner({ clock, stream, text, afterMs }: SpinnerOptions): { stop(): void } {
  let stopped = false;
  let spinner: { stop(): unknown } | undefined;

  async function show(): Promise<void> {
    const { default: ora } = await import('ora');
    if (stopped) return;
    spinner = ora({
      text,
      stream,
      spinner: 'line',
      color: false,
      isEnabled: true,
      // Standard input belongs to the prompt and Ctrl-C to us; a cursor that is never hidden needs no rescue.
      discardStdin: false,
      hideCursor: false,
    }).start();
  }

  const timer = clock.after(afterMs, () => {
    // Without it the run goes on just as well.
    show().catch(() => {});
  });
  return {
    stop() {
      stopped = true;
      timer.cancel();
      spinner?.stop();
      spinner = undefined;
    },
  };
}
