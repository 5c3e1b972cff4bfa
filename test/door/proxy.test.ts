/** Requests through HTTP and SOCKS proxies, to servers with and without TLS. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createTransport, type Transport } from '../../src/cluster/transport.ts';
import { realClock } from '../../src/clock.ts';
import { json, startServer, type ReplayServer } from '../support/server.ts';
import { connectionTo } from './connection.ts';

const { signal } = new AbortController();
let plain: ReplayServer;
let secure: ReplayServer;
let ca: string;
const opened: Transport[] = [];

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kmaint-proxy-'));
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(folder, name));
  expect.assert(key !== undefined && cert !== undefined);
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const names = ['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', [...request, ...names, '-keyout', key, '-out', cert], { stdio: 'pipe' });
  ca = readFileSync(cert, 'utf8');
  secure = await startServer({ key: readFileSync(key), cert: ca });
  plain = await startServer();
  for (const server of [plain, secure]) server.otherwise(json(200, { ok: true }));
  rmSync(folder, { recursive: true });
});

afterAll(() => Promise.all([plain.close(), secure.close()]));
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

function through(proxyUrl: string, server: ReplayServer): Transport {
  const connection = connectionTo(server.url, { proxyUrl, tls: { ca } });
  const one = createTransport(connection, { clock: realClock, userAgent: 'kmaint/test', warn: () => {} });
  opened.push(one);
  return one;
}

const get = { method: 'GET', path: '/version', signal } as const;

async function listening(server: Server): Promise<number> {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  return (server.address() as AddressInfo).port;
}

describe('an HTTP proxy', () => {
  const asked: { target: string | undefined; authorization: string | undefined }[] = [];
  let proxy: http.Server;
  let port: number;
  let refuse = false;

  beforeAll(async () => {
    proxy = http.createServer();
    proxy.on('connect', (request, socket) => {
      asked.push({ target: request.url, authorization: request.headers['proxy-authorization'] });
      if (refuse) {
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
        return;
      }
      const upstream = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      for (const end of [socket, upstream]) end.on('error', () => {});
    });
    port = await listening(proxy);
  });
  afterAll(() => void proxy.close());

  test('tunnels to http and https, with its own password, one tunnel for many requests', async () => {
    for (const server of [plain, secure]) {
      const transport = through(`http://jane:pa55@127.0.0.1:${port}`, server);
      for (let i = 0; i < 3; i += 1) expect((await transport.request(get)).json()).toEqual({ ok: true });
    }
    const authorization = `Basic ${Buffer.from('jane:pa55').toString('base64')}`;
    expect(asked).toEqual([
      { target: `127.0.0.1:${plain.port}`, authorization },
      { target: `127.0.0.1:${secure.port}`, authorization },
    ]);
  });

  test('that refuses is named, without its password', async () => {
    refuse = true;
    const error: unknown = await through(`http://jane:pa55@127.0.0.1:${port}`, secure)
      .request(get)
      .catch((reason: unknown) => reason);
    expect(String(error)).toContain(`through the proxy 127.0.0.1:${port}: the proxy answered 407`);
    expect(String(error)).not.toContain('pa55');
  });
});

test('a SOCKS5 proxy carries http and https', async () => {
  let tunnels = 0;
  const proxy = createServer((socket) => {
    socket.on('error', () => {});
    // RFC 1928: greeting, then a CONNECT to an IPv4 address.
    socket.once('data', () => {
      socket.write(Buffer.from([5, 0]));
      socket.once('data', (request) => {
        const upstream = connect(request.readUInt16BE(8), '127.0.0.1', () => {
          tunnels += 1;
          socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
          upstream.pipe(socket).pipe(upstream);
        });
        upstream.on('error', () => {});
      });
    });
  });
  const port = await listening(proxy);
  for (const server of [plain, secure]) {
    const transport = through(`socks5://127.0.0.1:${port}`, server);
    for (let i = 0; i < 3; i += 1) expect((await transport.request(get)).json()).toEqual({ ok: true });
  }
  expect(tunnels).toBe(2);
  proxy.close();
});
