/** Waits that what the watch says may cut short. */
import { follow } from '../../cluster/abort.ts';
import { isRun, type Run } from './next-read.ts';
import type { ContainerStreamDeps } from './stream.ts';

/** After so long the watch would have told of a restart. */
const trustMs = 3_000;

/** Sleeps until `done` holds, `ms` at most; `done` is looked at whenever the watch has news. Throws the signal's reason. */
export async function sleepUnless(
  { clock, changed }: Pick<ContainerStreamDeps, 'clock' | 'changed'>,
  ms: number,
  done: () => boolean,
  signal: AbortSignal,
): Promise<void> {
  const untilMs = clock.monotonic() + ms;
  for (let leftMs = ms; leftMs > 0 && !done(); leftMs = untilMs - clock.monotonic()) {
    const either = follow(signal);
    try {
      await Promise.race([clock.sleep(leftMs, either.signal), changed(either.signal)]);
    } finally {
      either.release();
      either.abort(new Error('no longer waited for'));
    }
  }
}

/**
 * Whether a log that was opened then is that run's. Its name does not say so: a restart may have come between, and the
 * watch tells of it a moment later.
 */
export async function isStillRun(
  deps: Pick<ContainerStreamDeps, 'clock' | 'changed' | 'container' | 'isStillAt'>,
  run: Run,
  openedMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const isAnother = (): boolean => {
    const now = deps.container();
    return now !== undefined && !isRun(now, run);
  };
  await sleepUnless(deps, openedMs + trustMs - deps.clock.monotonic(), isAnother, signal);
  if (isAnother()) return false;
  // The watch may be away itself, and tell of it only when it is back.
  return deps.isStillAt === undefined || (await deps.isStillAt(run, signal));
}
