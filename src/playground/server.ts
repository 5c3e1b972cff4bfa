/** The playground's API server: HTTPS on the loopback address, in front of the store and its rules. */
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.ts';
import { breakConnection, ConnectionGone, NodeRequest, writeAnswer } from './api/http.ts';
import type { Fault, Intercept } from './api/faults.ts';
import type { Answer, ApiRequest, ApiWorld } from './api/handler.ts';
import { answer, refusal } from './api/router.ts';
import type { Registry, Store } from './ports.ts';
import { ApiStatus } from './status.ts';

export interface ServeOptions {
  readonly store: Store;
  readonly registry: Registry;
  readonly clock: Clock;
  /** PEM texts; `ca` is what clients should trust, and is sent along. */
  readonly tls: { readonly key: string; readonly cert: string; readonly ca?: string };
  /** 0, the default, takes any free one. */
  readonly port?: number | undefined;
  /** The bearer token that clients must show; without one everybody may do everything. */
  readonly token?: string | undefined;
  /** Sees every request before it is carried out, and may spoil it. */
  readonly intercept?: Intercept | undefined;
}

export interface ApiServer {
  /** Without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Breaks all connections, and resolves when the port is free. */
  close(): Promise<void>;
}

const host = '127.0.0.1';

/**
 * Starts to listen.
 * @throws {Error} as Node's server does, with the code EADDRINUSE when somebody else has the port
 */
export async function serveApi(options: ServeOptions): Promise<ApiServer> {
  const { tls } = options;
  const sockets = new Set<Duplex>();
  const cert = tls.ca === undefined || tls.ca === tls.cert ? tls.cert : `${tls.cert}\n${tls.ca}`;
  const server = createServer({ key: tls.key, cert, keepAlive: true, noDelay: true }, (incoming, response) => {
    void exchange(options, incoming, response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  // Watches are silent for minutes, and clients keep connections for the next request.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 180_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://${host}:${String(port)}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function exchange(options: ServeOptions, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  response.on('error', () => response.destroy());
  const request = new NodeRequest(incoming, response);
  try {
    const fault = options.intercept?.(request);
    if (fault && 'delayMs' in fault && fault.delayMs !== undefined)
      await options.clock.sleep(fault.delayMs, request.signal);
    if (fault?.kind === 'refuse') {
      breakConnection(response, fault.ending);
      return;
    }
    const proper = fault?.kind === 'answer' ? fault.answer : await answered(options, request);
    if (fault?.kind === 'lose') breakConnection(response, fault.ending);
    else await writeAnswer(response, proper, options.clock, cutOf(fault));
  } catch (error) {
    if (!(error instanceof ConnectionGone) && !response.headersSent) {
      await writeAnswer(response, refusal(error), options.clock);
    } else response.destroy();
  }
}

function cutOf(fault: Fault | undefined): Extract<Fault, { kind: 'cut' }> | undefined {
  return fault?.kind === 'cut' ? fault : undefined;
}

async function answered(options: ServeOptions, request: ApiRequest): Promise<Answer> {
  if (options.token !== undefined && request.headers.authorization !== `Bearer ${options.token}`) {
    return refusal(new ApiStatus(401, 'Unauthorized', 'Unauthorized'));
  }
  const world: ApiWorld = options;
  return answer(request, world);
}
