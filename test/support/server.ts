/** An API server for tests that answers, stalls and breaks as the test says; on loopback, in this process. */
import http, { type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export interface Received {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values in turn, so that repeated headers show. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
  /** Which connection it came on, counted from 1. */
  readonly connection: number;
}

/** Answers one request; may do so late, by halves or never. */
export type Answerer = (response: ServerResponse, request: Received) => void | Promise<void>;

export interface ReplayServer {
  readonly url: string;
  readonly port: number;
  /** All that came, in order. */
  readonly requests: readonly Received[];
  /** How many connections were ever accepted. */
  readonly connections: number;
  /** How many are open. */
  readonly open: number;
  /** Adds answers for the next requests, one each, in order. */
  next(...answerers: Answerer[]): void;
  /** The answer once the others are used up; a test that needs none gets 599. */
  otherwise(answerer: Answerer): void;
  /** Cuts all connections with a reset. */
  reset(): void;
  close(): Promise<void>;
}

/** Starts one on a free port; with `tls` it speaks HTTPS. */
export async function startServer(tls?: https.ServerOptions): Promise<ReplayServer> {
  const requests: Received[] = [];
  const sockets = new Set<Socket>();
  const numbers = new WeakMap<object, number>();
  const script: Answerer[] = [];
  let fallback: Answerer = json(599, { message: 'the test has no answer for this request' });
  let connections = 0;

  const handle: http.RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => {});
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const received = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        rawHeaders: request.rawHeaders,
        body: Buffer.concat(chunks).toString(),
        connection: numbers.get(request.socket) ?? 0,
      };
      requests.push(received);
      void (script.shift() ?? fallback)(response, received);
    });
  };
  const server = tls ? https.createServer(tls, handle) : http.createServer(handle);
  server.keepAliveTimeout = 0;
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    connections += 1;
    numbers.set(socket, connections);
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    port,
    requests,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    next: (...answerers) => void script.push(...answerers),
    otherwise: (answerer) => void (fallback = answerer),
    reset() {
      for (const socket of sockets) cut(socket);
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function cut(socket: Socket): void {
  // TLS sockets cannot send a reset; they just go.
  if ('encrypted' in socket) socket.destroy();
  else socket.resetAndDestroy();
}

/** Answers with JSON. */
export function json(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string | string[]>> = {},
): Answerer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}

/** Answers with any text. */
export function text(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answerer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'text/plain', ...headers });
    response.end(body);
  };
}

/** A Status as the API server sends it. */
export function status(code: number, reason: string, message: string, details?: object): Answerer {
  return json(code, {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message,
    reason,
    code,
    ...(details && { details }),
  });
}

/** Resets the connection after the request came in. */
export const reset: Answerer = (response) => cutUnder(response);

function cutUnder(response: ServerResponse): void {
  if (response.socket) cut(response.socket);
}

/** Never answers. */
export const silence: Answerer = () => {};

/** Sends headers and these pieces, each in its own packet, then ends the answer, leaves it open or resets the connection. */
export function stream(pieces: readonly (string | Buffer)[], then: 'end' | 'open' | 'reset' = 'end'): Answerer {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    for (const piece of pieces) {
      response.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    if (then === 'end') response.end();
    else if (then === 'reset') cutUnder(response);
  };
}
