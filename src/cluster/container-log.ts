/** Opens the log of a container and says how the server answered. */
import type { IncomingMessage } from 'node:http';
import { ClusterError } from '../errors.ts';
import { isCut } from './network-error.ts';
import { podPath } from './resource-path.ts';
import type { Transport } from './transport.ts';

export interface ContainerRef {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** The query of a log request; what is undefined is not sent. */
export interface LogQuery {
  readonly follow: boolean;
  readonly previous?: boolean | undefined;
  /** At least 1; counted by the clock of the node. */
  readonly sinceSeconds?: number | undefined;
  /** RFC 3339; the kubelet gets whole seconds of it. */
  readonly sinceTime?: string | undefined;
  readonly tailLines?: number | undefined;
  readonly limitBytes?: number | undefined;
  /** Needs the gate PodLogsQuerySplitStreams, and forbids `tailLines`. */
  readonly stream?: 'Stdout' | 'Stderr' | undefined;
  /** Read although the serving certificate of the kubelet is not trusted. */
  readonly insecureSkipTlsVerifyBackend?: boolean | undefined;
  /** Listeners of the body use what they get before they return: it may be overwritten then. Where much is read. */
  readonly transient?: boolean | undefined;
  readonly signal: AbortSignal;
}

/** How the server answered; every expected answer is a member, none an exception. */
export type LogAnswer =
  /** Lines with a timestamp each, until the container ends or the connection does. Whoever gets it reads or destroys it. */
  | { readonly kind: 'stream'; readonly body: IncomingMessage }
  /** The container has not run yet: its pod will tell when it does. */
  | { readonly kind: 'waiting'; readonly message: string }
  /** There is no run before the one in hand, or its log is gone. */
  | { readonly kind: 'no-previous'; readonly message: string }
  /** No such pod. */
  | { readonly kind: 'gone'; readonly message: string }
  /** Worth another try: network, 5xx, 429, 401 of a token that is being renewed. */
  | {
      readonly kind: 'transient';
      readonly message: string;
      readonly retryAfterMs: number | undefined;
      /** Cut before an answer, or a 504 of a gateway: the ways of proxies to end a request that is silent for long. */
      readonly cut?: boolean;
    }
  /** Will not get better by itself. */
  | { readonly kind: 'refused'; readonly error: ClusterError };

/** Every line is asked for with its timestamp. Throws only the signal's reason. */
export async function openContainerLog(transport: Transport, ref: ContainerRef, query: LogQuery): Promise<LogAnswer> {
  const { signal, transient, insecureSkipTlsVerifyBackend, ...asked } = query;
  try {
    const body = await transport.stream({
      method: 'GET',
      path: `${podPath({ namespace: ref.namespace, name: ref.pod })}/log`,
      query: {
        ...asked,
        follow: asked.follow || undefined,
        previous: asked.previous === true || undefined,
        container: ref.container,
        timestamps: true,
        insecureSkipTLSVerifyBackend: insecureSkipTlsVerifyBackend === true || undefined,
      },
      signal,
      pool: 'logs',
      transient,
      // The kubelet sends nothing before the first line, and that may take days.
      ...(asked.follow && { headerTimeoutMs: Infinity }),
    });
    return { kind: 'stream', body };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (!(error instanceof ClusterError)) throw error;
    return answerOf(error);
  }
}

/** The kubelet says why in words only: its 400s have no reason of their own. */
function answerOf(error: ClusterError): LogAnswer {
  const { message } = error;
  if (error.status === 400 && / is waiting to start: | is not available/.test(message))
    return { kind: 'waiting', message };
  if (error.status === 400 && /previous terminated container .* not found/.test(message)) {
    return { kind: 'no-previous', message };
  }
  if (error.code === 'cluster.not-found') return { kind: 'gone', message };
  const { retryAfterMs } = error;
  if (error.transient) return { kind: 'transient', message, retryAfterMs, cut: isCut(error) };
  return { kind: 'refused', error };
}
