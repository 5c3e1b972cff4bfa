/** Abort signals that follow others. */
import { setMaxListeners } from 'node:events';

export interface FollowingSignal {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  /** Stops following, so that a long-lived parent does not remember this one. */
  release(): void;
}

/** Aborts when the parent does or when told to. By hand, because `AbortSignal.any` keeps memory until its parents go. */
export function follow(parent: AbortSignal): FollowingSignal {
  const controller = new AbortController();
  setMaxListeners(0, parent, controller.signal);
  const aborted = (): void => controller.abort(parent.reason);
  if (parent.aborted) aborted();
  else parent.addEventListener('abort', aborted, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release: () => parent.removeEventListener('abort', aborted),
  };
}
