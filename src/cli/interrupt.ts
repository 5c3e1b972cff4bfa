/** Signals of the operating system: the first asks the run to stop in good order, the second leaves at once. */
import { setMaxListeners } from 'node:events';
import { InterruptedError, type ExitCode } from '../errors.ts';
import type { SignalName, Signals } from './io.ts';

const names: readonly SignalName[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

export interface Interrupt {
  /** Aborts with an InterruptedError. */
  readonly signal: AbortSignal;
  /** Leaves signals to whoever had them before. */
  readonly stop: () => void;
}

/** Listens until `stop`; `leave` ends the process with 128 + the number of the second signal. */
export function listenForInterrupt(signals: Signals, leave: (exitCode: ExitCode) => void): Interrupt {
  const controller = new AbortController();
  // Every request of the run listens to it, which Node would take for a leak.
  setMaxListeners(0, controller.signal);
  const listeners = names.map((name) => {
    const listener = (): void => {
      const error = new InterruptedError(name);
      if (controller.signal.aborted) leave(error.exitCode);
      else controller.abort(error);
    };
    signals.on(name, listener);
    return { name, listener };
  });
  return {
    signal: controller.signal,
    stop() {
      for (const { name, listener } of listeners) signals.off(name, listener);
    },
  };
}
