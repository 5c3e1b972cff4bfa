/** Waits until something happens in the folders of a log, or until it is time to look anyway. */
import { watch, type FSWatcher } from 'node:fs';
import type { Clock } from '../../clock.ts';

export interface Wake {
  /** Watches one more folder; one that cannot be watched is only looked at now and then. */
  add(folder: string): void;
  /** Resolves at the next event, at once when there was one since the last call; rejects with the signal's reason. */
  wait(): Promise<void>;
  /** Whether files may have come, gone or changed their names since the last call. */
  namesChanged(): boolean;
  close(): void;
}

export interface WakeTimes {
  /** Between two looks where all folders are watched: for events that the kernel lost. */
  readonly watchedMs: number;
  /** Between two looks where they are not. */
  readonly unwatchedMs: number;
}

const usualTimes: WakeTimes = { watchedMs: 2000, unwatchedMs: 250 };

export function createWake(clock: Clock, signal: AbortSignal, times: WakeTimes = usualTimes): Wake {
  const watchers = new Map<string, FSWatcher>();
  let blind = false;
  let happened = false;
  let renamed = true;
  let lookedMs = clock.monotonic();
  let stir: (() => void) | undefined;
  const pauseMs = (): number => (blind || watchers.size === 0 ? times.unwatchedMs : times.watchedMs);

  function tell(event: string): void {
    happened = true;
    if (event === 'rename') renamed = true;
    stir?.();
  }

  function forget(folder: string): void {
    watchers.get(folder)?.close();
    watchers.delete(folder);
    blind = true;
    tell('rename');
  }

  return {
    add(folder) {
      if (watchers.has(folder)) return;
      try {
        const watcher = watch(folder, { persistent: false }, tell);
        watcher.on('error', () => forget(folder));
        watchers.set(folder, watcher);
      } catch {
        // No inotify watches left (fs.inotify.max_user_watches), or a file system without them.
        blind = true;
      }
    },
    async wait() {
      signal.throwIfAborted();
      if (!happened) await pause(clock, pauseMs(), signal, (wakeUp) => void (stir = wakeUp));
      stir = undefined;
      happened = false;
    },
    namesChanged() {
      const due = clock.monotonic() - lookedMs >= pauseMs();
      if (!renamed && !due) return false;
      renamed = false;
      lookedMs = clock.monotonic();
      return true;
    },
    close() {
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}

/** Ends after `ms`, or when the function given to `listen` is called. */
function pause(clock: Clock, ms: number, signal: AbortSignal, listen: (wakeUp: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms, leave);
    function leave(): void {
      timer.cancel();
      signal.removeEventListener('abort', aborted);
      resolve();
    }
    function aborted(): void {
      timer.cancel();
      reject(signal.reason as Error);
    }
    signal.addEventListener('abort', aborted, { once: true });
    listen(leave);
  });
}
