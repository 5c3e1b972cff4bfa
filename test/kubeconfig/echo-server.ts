/** An HTTPS server that records who asked it for what, and an HTTP proxy in front of it. */
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer } from 'node:https';
import { connect } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { fixture } from './world.ts';

/** All that a server can know of a client. */
export interface Seen {
  /** Without the query. */
  readonly path: string | undefined;
  readonly authorization: string | undefined;
  /** Impersonate-* headers, names in lower case, each value apart. */
  readonly impersonation: Record<string, string[]>;
  /** Common name of the client certificate. */
  readonly certificate: string | undefined;
  /** SNI; false where the client named an address. */
  readonly servername: string | false | undefined;
}

export interface EchoServer {
  readonly port: number;
  readonly proxyPort: number;
  /** What has been seen since the last call, and through how many proxy connections. */
  take(): { readonly seen: Seen[]; readonly proxied: number };
  close(): void;
}

export async function startEchoServer(): Promise<EchoServer> {
  let seen: Seen[] = [];
  let proxied = 0;
  const server = createServer(
    {
      cert: readFileSync(fixture('pki/server.crt')),
      key: readFileSync(fixture('pki/server.key')),
      requestCert: true,
      rejectUnauthorized: false,
    },
    (request, response) => {
      const socket = request.socket as TLSSocket & { servername?: string | false };
      const impersonation: Record<string, string[]> = {};
      for (const [name, values] of Object.entries(request.headersDistinct)) {
        if (name.startsWith('impersonate-')) impersonation[name] = values ?? [];
      }
      seen.push({
        path: request.url?.replace(/\?.*/, ''),
        authorization: request.headers.authorization,
        impersonation,
        certificate: socket.getPeerCertificate()?.subject?.CN?.toString(),
        servername: socket.servername,
      });
      response.end(JSON.stringify({ major: '1', minor: '36', gitVersion: 'v1.36.3' }));
    },
  ).listen(0, '127.0.0.1');
  const proxy = createHttpServer((_, response) => response.writeHead(405).end()).listen(0, '127.0.0.1');
  proxy.on('connect', (request, socket) => {
    proxied += 1;
    const [host, port] = (request.url ?? '').split(':');
    const target = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      target.pipe(socket);
      socket.pipe(target);
    });
    target.on('error', () => socket.destroy());
    socket.on('error', () => target.destroy());
  });
  await Promise.all([once(server, 'listening'), once(proxy, 'listening')]);
  return {
    port: portOf(server),
    proxyPort: portOf(proxy),
    take() {
      const taken = { seen, proxied };
      seen = [];
      proxied = 0;
      return taken;
    },
    close() {
      server.closeAllConnections();
      server.close();
      proxy.closeAllConnections();
      proxy.close();
    },
  };
}

function portOf(server: Pick<Server, 'address'>): number {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server does not listen');
  return address.port;
}
