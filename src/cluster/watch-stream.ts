/** One watch connection: from a resource version to whatever ends it. */
import type { Clock } from '../clock.ts';
import { ClusterError } from '../errors.ts';
import type { Change } from './cluster.ts';
import { createLineSplitter } from './lines.ts';
import { networkError } from './network-error.ts';
import type { Transport } from './transport.ts';

export interface WatchStreamOptions<T, U> {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly path: string;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly resourceVersion: string;
  /** After which the server ends the connection. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  readonly narrow: (raw: T) => U;
}

/** How a connection ended. */
export type WatchEnd = {
  /**
   * `closed` by the server or for being silent: go on from `resourceVersion`. `expired`: that is too old, or the stream
   * could not be understood: list again. `failed`: go on from it after a pause.
   */
  readonly kind: 'closed' | 'expired' | 'failed';
  readonly resourceVersion: string;
  readonly error: ClusterError | undefined;
  /** The server answered and sent at least one event or bookmark. */
  readonly alive: boolean;
};

interface WireEvent<T> {
  type?: string;
  object?: T & { metadata?: { resourceVersion?: string }; code?: number; message?: string };
}

// A kube-apiserver that sends bookmarks does so about once a minute; three missed are a dead connection.
const bookmarkSilenceMs = 180_000;

/** Yields what changes; returns how the connection ended. Throws only the signal's reason and refusals that will not heal. */
export async function* watchStream<T, U>(
  options: WatchStreamOptions<T, U>,
): AsyncGenerator<Change<U>, WatchEnd, undefined> {
  const { transport, clock, path, query, timeoutSeconds, signal, narrow } = options;
  const { server, kubectl } = transport;
  let { resourceVersion } = options;
  let alive = false;
  let silenceMs = timeoutSeconds * 1000 + 30_000;
  const ended = (kind: WatchEnd['kind'], error?: ClusterError): WatchEnd => ({ kind, resourceVersion, error, alive });

  let body;
  try {
    body = await transport.stream({
      method: 'GET',
      path,
      query: { ...query, watch: 1, allowWatchBookmarks: true, resourceVersion, timeoutSeconds },
      signal,
    });
  } catch (error) {
    if (!(error instanceof ClusterError) || willNotHeal(error)) throw error;
    return ended(needsList(error) ? 'expired' : 'failed', error);
  }

  const chunks: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
  const splitter = createLineSplitter();
  try {
    for (;;) {
      let silent = false;
      const watchdog = clock.after(silenceMs, () => {
        silent = true;
        body.destroy();
      });
      let chunk;
      try {
        chunk = await chunks.next();
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (silent) return ended('closed');
        if (!(error instanceof Error)) throw error;
        return ended('failed', networkError(error, { server, kubectl, proxyHost: undefined }));
      } finally {
        watchdog.cancel();
      }
      if (signal.aborted) throw signal.reason;
      if (chunk.done) return ended('closed');
      for (const line of splitter.push(chunk.value)) {
        const event = parseEvent<T>(line);
        if (event?.object === undefined || event.type === 'ERROR')
          return ended('expired', eventError(event, transport));
        resourceVersion = event.object.metadata?.resourceVersion ?? resourceVersion;
        alive = true;
        if (event.type === 'BOOKMARK') silenceMs = Math.min(silenceMs, bookmarkSilenceMs);
        else if (event.type === 'DELETED') yield { type: 'deleted', item: narrow(event.object) };
        else if (event.type === 'ADDED' || event.type === 'MODIFIED')
          yield { type: 'changed', item: narrow(event.object) };
      }
    }
  } finally {
    body.destroy();
  }
}

function parseEvent<T>(line: string): WireEvent<T> | undefined {
  try {
    const event: WireEvent<T> | null = JSON.parse(line);
    return event ?? undefined;
  } catch {
    return undefined;
  }
}

/** 410 is the usual end of an old resource version, and no outage. */
function eventError(event: WireEvent<unknown> | undefined, transport: Transport): ClusterError | undefined {
  const { code, message } = event?.object ?? {};
  if (code === 410) return undefined;
  return new ClusterError(`watch on ${transport.server}: ${message ?? 'the server sent what is no event'}`, {
    code: 'cluster.server',
    status: code,
  });
}

/** Refusals that no waiting changes; everything else, a CA or an exec plugin that fails at the moment too, may heal. */
export function willNotHeal(error: ClusterError): boolean {
  return (
    error.code === 'cluster.forbidden' ||
    error.code === 'cluster.unauthorized' ||
    error.code === 'cluster.not-found' ||
    error.code === 'cluster.invalid'
  );
}

/** 410, and 500 or 504 that a server gives for a version from its future (etcd restored from a backup). */
function needsList(error: ClusterError): boolean {
  return error.code === 'cluster.expired' || error.status === 500 || error.status === 504;
}
