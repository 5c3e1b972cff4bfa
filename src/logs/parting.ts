/** How a run that was interrupted parts from readers that do not read. */
import type { Clock } from '../clock.ts';
import type { StreamWriter } from '../report/line-writer.ts';

/** It waits no longer than this. */
const partingMs = 100;

/** Resolves so long after the signal has fired. */
export function parting(clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const begin = (): void => void clock.after(partingMs, resolve);
    if (signal.aborted) begin();
    else signal.addEventListener('abort', begin, { once: true });
  });
}

/** The run's own end, or the signal's reason once it is late: a run may itself wait for such a reader. */
export function endOrLate<T>(run: Promise<T>, late: Promise<void>, signal: AbortSignal): Promise<T> {
  const tooLate = late.then((): never => {
    throw signal.reason;
  });
  return Promise.race([run, tooLate]);
}

/** What was written has left the process, or it is too late for that: then what is held is given up, between two lines. */
export async function flushUntil(
  late: Promise<void>,
  stdout: StreamWriter,
  stderr: { flush(): Promise<void> },
): Promise<void> {
  const flushed = Promise.all([stdout.flush(), stderr.flush()]).then(() => true);
  if (!(await Promise.race([flushed, late.then(() => false)]))) stdout.giveUp();
}
