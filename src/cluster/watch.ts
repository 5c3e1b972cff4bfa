/** List, then watch for ever: over clean ends, cut connections, servers that restart and versions that expire. */
import type { Clock } from '../clock.ts';
import { ClusterError } from '../errors.ts';
import { follow } from './abort.ts';
import { createBackoff } from '../backoff.ts';
import type { Change } from './cluster.ts';
import { listAll } from './list.ts';
import type { Transport } from './transport.ts';
import { watchStream, willNotHeal } from './watch-stream.ts';

export interface WatchOptions<T, U> {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>> | undefined;
  readonly chunkSize?: number | undefined;
  readonly signal: AbortSignal;
  readonly narrow: (raw: T) => U;
  /** Told once when the watch is interrupted for other than ordinary reasons; it goes on by itself. */
  readonly onOutage?: ((error: ClusterError) => void) | undefined;
  readonly random?: (() => number) | undefined;
}

const firstPauseMs = 800;
const longestPauseMs = 30_000;
// A connection that lived this long did its duty, even when nothing happened.
const healthyMs = 10_000;
// With their pauses 50 s: an API server that has just started refuses until it has read its roles.
const mostRefusals = 6;

/**
 * The first change is a snapshot; each later snapshot replaces all that was known. Ends by throwing the signal's reason,
 * or a ClusterError that will not heal (unauthorised, forbidden, no such path), of a watch that was served before once it
 * has come some times in a row; everything else is retried for ever, except the first list, which is a GET like any other. `return()` closes the connection at once, even under a `next()`.
 */
export function watchAll<T, U>(options: WatchOptions<T, U>): AsyncIterable<Change<U>> {
  return {
    [Symbol.asyncIterator]() {
      const own = follow(options.signal);
      const changes = changesOf({ ...options, signal: own.signal });
      const left = new Error('nobody listens to the watch any more');
      let closed = false;
      return {
        async next() {
          try {
            const result = await changes.next();
            return closed || result.done ? { done: true, value: undefined } : result;
          } catch (error) {
            own.release();
            if (error === left) return { done: true, value: undefined };
            throw error;
          }
        },
        async return() {
          closed = true;
          own.abort(left);
          own.release();
          // The generator ends where it waits; its own end is nobody's concern any more.
          await changes.return(undefined).catch(() => undefined);
          return { done: true, value: undefined };
        },
      };
    },
  };
}

async function* changesOf<T, U>(options: WatchOptions<T, U>): AsyncGenerator<Change<U>, undefined, undefined> {
  const { transport, clock, path, query = {}, chunkSize, signal, narrow, onOutage, random = Math.random } = options;
  const backoff = createBackoff(firstPauseMs, longestPauseMs, random);
  let resourceVersion: string | undefined;
  let first = true;
  let outage = false;
  let served = false;
  let refusals = 0;

  function mayPass(error: unknown): error is ClusterError {
    if (!(error instanceof ClusterError)) return false;
    if (!willNotHeal(error)) return true;
    refusals += 1;
    return served && refusals <= mostRefusals;
  }

  function interrupted(error: ClusterError): void {
    if (!outage) onOutage?.(error);
    outage = true;
  }

  async function passing(error: ClusterError): Promise<void> {
    interrupted(error);
    await clock.sleep(Math.max(backoff.nextMs(), error.retryAfterMs ?? 0), signal);
  }

  for (;;) {
    signal.throwIfAborted();
    if (resourceVersion === undefined) {
      let listed;
      try {
        listed = await listAll(transport, { path, query, chunkSize, signal, narrow });
      } catch (error) {
        if (first || !mayPass(error)) throw error;
        await passing(error);
        continue;
      }
      first = false;
      resourceVersion = listed.resourceVersion;
      yield { type: 'snapshot', items: listed.items };
    }
    const startedMs = clock.monotonic();
    const timeoutSeconds = 300 + Math.floor(300 * random());
    const request = { transport, clock, path, query, resourceVersion, timeoutSeconds, signal, narrow };
    let end;
    try {
      end = yield* watchStream<T, U>(request);
    } catch (error) {
      if (!mayPass(error)) throw error;
      await passing(error);
      continue;
    }
    const livedMs = clock.monotonic() - startedMs;
    if (end.alive || livedMs >= healthyMs) {
      served = true;
      refusals = 0;
      // Cut after doing its duty is no outage yet: it is one when the next connection fails.
      backoff.reset();
      outage = false;
    } else if (end.error) interrupted(end.error);
    resourceVersion = end.kind === 'expired' ? undefined : end.resourceVersion;
    const pauseMs = Math.max(backoff.nextMs(), end.error?.retryAfterMs ?? 0);
    // The pause counts from the connection's start: one that lived is followed at once, one that did not by the floor.
    const leftMs = end.kind === 'failed' ? pauseMs : pauseMs - livedMs;
    if (leftMs > 0) await clock.sleep(leftMs, signal);
  }
}
