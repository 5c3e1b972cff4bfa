/** One request on the wire and the beginning of its answer: no retries, no meaning. */
import http, { type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import { TLSSocket } from 'node:tls';
import type { Clock } from '../clock.ts';
import { ClusterError } from '../errors.ts';
import { takeDirectly } from './direct-body.ts';

export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string | undefined;
  readonly agent: http.Agent;
  /** What the listeners of its body get may be overwritten once they have returned; see {@link takeDirectly}. */
  readonly transient?: boolean | undefined;
}

export interface WireLimits {
  /** From the call until TCP and TLS stand. */
  readonly connectTimeoutMs: number;
  /** From there until the answer's headers. */
  readonly headerTimeoutMs: number;
}

export type Exchange =
  | { readonly kind: 'answered'; readonly response: IncomingMessage }
  | {
      readonly kind: 'failed';
      readonly error: Error;
      /** The connection had been used before: the server may have closed it as idle. */
      readonly reused: boolean;
      /** Something of this request may have reached the server. */
      readonly sent: boolean;
    };

/**
 * Sends and waits for the headers. Failures are a value; an abort rejects with the signal's reason.
 * Whoever gets a response must read it or destroy it.
 */
export function exchange(wire: WireRequest, limits: WireLimits, clock: Clock, signal: AbortSignal): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    let request: http.ClientRequest;
    let writtenBefore: number | undefined;
    let timer = clock.after(limits.connectTimeoutMs, () => {
      fail(new ConnectTimeout(limits.connectTimeoutMs));
    });

    function settle(): void {
      timer.cancel();
      signal.removeEventListener('abort', aborted);
    }
    function aborted(): void {
      settle();
      reject(signal.reason);
      request.destroy();
    }
    function fail(error: Error): void {
      settle();
      // Nothing is written before the connection stands, whatever Node has queued.
      const sent = writtenBefore !== undefined && (request.socket?.bytesWritten ?? Infinity) > writtenBefore;
      resolve({ kind: 'failed', error, reused: request?.reusedSocket ?? false, sent });
      request?.destroy();
    }
    function connected(): void {
      writtenBefore ??= 0;
      timer.cancel();
      timer = clock.after(limits.headerTimeoutMs, () => fail(headerTimeout(wire, limits.headerTimeoutMs)));
    }

    const send = wire.url.protocol === 'https:' ? https.request : http.request;
    try {
      request = send(wire.url, {
        method: wire.method,
        agent: wire.agent,
        headers: wire.headers,
        // Bounds the CONNECT of a proxy agent; on our own request it is an event that nobody hears.
        timeout: limits.connectTimeoutMs,
      });
    } catch (error) {
      // A key that does not fit its certificate, a header that HTTP forbids.
      timer.cancel();
      resolve({
        kind: 'failed',
        error: error instanceof Error ? error : new Error(String(error)),
        reused: false,
        sent: false,
      });
      return;
    }
    signal.addEventListener('abort', aborted, { once: true });
    // Stays for the life of the request: an error after the headers is the body's, and shows there.
    request.on('error', fail);
    request.once('socket', (socket) => {
      // Dead peers are noticed after 30 s and ten probes a second apart, also in the middle of an answer.
      socket.setKeepAlive(true, 30_000);
      if (request.reusedSocket) {
        writtenBefore = socket.bytesWritten;
        connected();
      } else if (socket instanceof TLSSocket) socket.once('secureConnect', connected);
      else if (socket.connecting) socket.once('connect', connected);
      else connected();
    });
    request.once('response', (response) => {
      settle();
      if (wire.transient === true) takeDirectly(response);
      // Heard by whoever reads the body; without any listener it would end the process.
      response.on('error', () => {});
      resolve({ kind: 'answered', response });
    });
    // The answer to a WebSocket handshake; what came with it stays to be read from its socket.
    request.once('upgrade', (response, socket, head) => {
      settle();
      if (head.length > 0) socket.unshift(head);
      resolve({ kind: 'answered', response });
    });
    request.end(wire.body);
  });
}

/** Looks like the system's own ETIMEDOUT, which comes after two minutes only. */
class ConnectTimeout extends Error {
  readonly code = 'ETIMEDOUT';

  constructor(ms: number) {
    super(`no connection within ${ms / 1000} s`);
  }
}

function headerTimeout(wire: WireRequest, ms: number): ClusterError {
  return new ClusterError(`${wire.method} ${wire.url.origin}${wire.url.pathname}: no answer within ${ms / 1000} s`, {
    code: 'cluster.timeout',
    hint: 'the API server or a webhook is slow: try again, or allow more with --request-timeout',
  });
}
