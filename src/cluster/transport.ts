/** Requests to one API server: a budget of them in flight, time limits, transient refusals outlasted. */
import type { Kubectl } from '../cli/kubectl.ts';
import { setMaxListeners } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../clock.ts';
import { ClusterError } from '../errors.ts';
import { answerWith, retryAfterMs, type Answer } from './answer.ts';
import { answerError, type Asked } from './api-error.ts';
import { createBackoff } from '../backoff.ts';
import { readBody } from './body.ts';
import type { Connection, Credentials } from './connection.ts';
import { expiryOf } from './credential-expiry.ts';
import type { WireLimits } from './exchange.ts';
import { networkError, type Route } from './network-error.ts';
import { responseOf, type ApiResponse } from './response.ts';
import { createSession, type SessionRequest } from './session.ts';
import { createSlots } from './slots.ts';
import { serverUrl, urlOf } from './url.ts';

export interface RequestOptions extends SessionRequest {
  /**
   * Longest time in all, where the user did not say (`--request-timeout`); without either 30 s for the headers and 30 s
   * for each silence in the body.
   */
  readonly timeoutMs?: number | undefined;
  /** Until the headers, whatever else holds; a log that is silent has none before its first line. */
  readonly headerTimeoutMs?: number | undefined;
  /**
   * After which answers it is sent again, within five tries and 30 s. `always` (GET without it): 429, 500, 502, 503,
   * 504 and a cut connection; `refused` (all others without it): 429 only, where the server did nothing; `never`.
   */
  readonly retry?: 'always' | 'refused' | 'never' | undefined;
  /** Of a stream: `logs` where it may be long and is no handshake (see `Pool`). */
  readonly pool?: 'streams' | 'logs' | undefined;
}

export interface Transport {
  /** URL of the API server, fit to be printed. */
  readonly server: string;
  /** Writes commands that reach it. */
  readonly kubectl: Kubectl;
  /**
   * Any HTTP answer resolves; what never became one throws ClusterError (`cluster.unreachable`, `cluster.timeout`,
   * `cluster.certificate` …), an abort the signal's reason.
   */
  request(options: RequestOptions): Promise<ApiResponse>;
  /**
   * The body of a 2xx answer as it comes, neither counted in the requests in flight nor bounded in time; the signal
   * destroys it. Every other answer throws as ClusterError, and nothing is tried again. The answer to a handshake (101)
   * has no body: whoever sent its headers goes on with its socket.
   */
  stream(options: RequestOptions): Promise<IncomingMessage>;
  /** Closes every connection. */
  close(): void;
}

export interface TransportOptions {
  readonly clock: Clock;
  readonly userAgent: string;
  /** Longest time of one request in all (`--request-timeout`). */
  readonly requestTimeoutMs?: number | undefined;
  /** Told the text of each `Warning:` header once. */
  readonly warn: (message: string) => void;
  /** Told one line about each request (`-v`). */
  readonly trace?: ((line: string) => void) | undefined;
  readonly maxRequestsInFlight?: number | undefined;
  readonly random?: (() => number) | undefined;
}

const connectTimeoutMs = 10_000;
const silenceTimeoutMs = 30_000;
const tries = 5;
const retryBudgetMs = 30_000;
const transientStatus = new Set([429, 500, 502, 503, 504]);

/** Speaks HTTP/1.1 on kept connections (rulings 25 and 26). */
export function createTransport(connection: Connection, options: TransportOptions): Transport {
  const { clock, random = Math.random, maxRequestsInFlight = 25 } = options;
  const server = serverUrl(new URL(connection.server));
  const { kubectl } = connection;
  const route: Route = { server, kubectl, proxyHost: connection.proxyUrl && new URL(connection.proxyUrl).host };
  const session = createSession(connection, { ...options, trace: options.trace, maxSockets: maxRequestsInFlight });
  const slots = createSlots(maxRequestsInFlight);
  // A server that never answered is reported at once; one that has is given time to come back.
  let hasAnswered = false;

  function totalTimeoutMs(asked: RequestOptions): number | undefined {
    return options.requestTimeoutMs ?? asked.timeoutMs;
  }

  function limitsOf(asked: RequestOptions): WireLimits {
    const allowedMs = totalTimeoutMs(asked);
    return {
      connectTimeoutMs: Math.min(connectTimeoutMs, allowedMs ?? Infinity),
      headerTimeoutMs: asked.headerTimeoutMs ?? allowedMs ?? silenceTimeoutMs,
    };
  }

  function describe(asked: RequestOptions, status: number, credentials: Credentials): Asked {
    const { pathname, search } = urlOf(new URL('http://api/'), asked.path, asked.query);
    const expired = status === 401 ? expiryOf(credentials, clock.now()) : undefined;
    return { method: asked.method, path: pathname + search, server, kubectl, expired };
  }

  async function read(response: IncomingMessage, asked: RequestOptions): Promise<Answer> {
    const limits = { idleTimeoutMs: silenceTimeoutMs, totalTimeoutMs: totalTimeoutMs(asked) };
    try {
      const body = await readBody(response, limits, clock, asked.signal);
      return await answerWith(response.statusCode ?? 0, response.headers, body);
    } catch (error) {
      if (asked.signal.aborted || !(error instanceof Error)) throw error;
      throw networkError(error, route);
    }
  }

  /** Headers and body, within a slot. */
  async function attempt(asked: RequestOptions): Promise<ApiResponse | ClusterError> {
    const release = await slots.take(asked.signal);
    try {
      const { result, credentials } = await session.open(asked, 'requests', limitsOf(asked));
      if (result.kind === 'failed') return networkError(result.error, route);
      hasAnswered = true;
      const answer = await read(result.response, asked);
      return responseOf(describe(asked, answer.status, credentials), answer);
    } catch (error) {
      if (error instanceof ClusterError) return error;
      throw error;
    } finally {
      release();
    }
  }

  /** How long to wait before another try; undefined when the outcome stands. */
  function pauseMs(
    outcome: ApiResponse | ClusterError,
    asked: RequestOptions,
    nextMs: () => number,
  ): number | undefined {
    const retry = asked.retry ?? (asked.method === 'GET' ? 'always' : 'refused');
    if (outcome instanceof Error) {
      const cut = retry === 'always' && hasAnswered && outcome.code === 'cluster.unreachable';
      return cut ? nextMs() : undefined;
    }
    const { status, headers } = outcome;
    const again = status === 429 ? retry !== 'never' : retry === 'always' && transientStatus.has(status);
    return again ? Math.max(nextMs(), retryAfterMs({ status, headers, body: outcome.text() }) ?? 0) : undefined;
  }

  return {
    server,
    kubectl,
    async request(asked) {
      // Node warns of an 11th listener; here 25 requests may well share the signal of one run.
      setMaxListeners(0, asked.signal);
      const startedMs = clock.monotonic();
      const backoff = createBackoff(500, 8_000, random);
      for (let left = tries - 1; ; left -= 1) {
        const outcome = await attempt(asked);
        const waitMs = left > 0 ? pauseMs(outcome, asked, () => backoff.nextMs()) : undefined;
        if (waitMs === undefined || clock.monotonic() - startedMs + waitMs > retryBudgetMs) {
          if (outcome instanceof Error) throw outcome;
          return outcome;
        }
        await clock.sleep(waitMs, asked.signal);
      }
    },
    async stream(asked) {
      const { signal } = asked;
      setMaxListeners(0, signal);
      const { result, credentials } = await session.open(asked, asked.pool ?? 'streams', limitsOf(asked));
      if (result.kind === 'failed') throw networkError(result.error, route);
      hasAnswered = true;
      const { response } = result;
      const status = response.statusCode ?? 0;
      if (status !== 101 && (status < 200 || status > 299)) {
        throw answerError(describe(asked, status, credentials), await read(response, asked));
      }
      const aborted = (): void => void response.destroy();
      signal.addEventListener('abort', aborted, { once: true });
      response.once('close', () => signal.removeEventListener('abort', aborted));
      if (signal.aborted) aborted();
      return response;
    },
    close: () => session.close(),
  };
}
