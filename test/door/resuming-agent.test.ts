/** Sessions that connections share, and bodies that are read past the stream of their socket, over real TLS. */
import https from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { realClock } from '../../src/clock.ts';
import type { Connection, Credentials } from '../../src/cluster/connection.ts';
import { createTransport, type Transport } from '../../src/cluster/transport.ts';
import { makeServerIdentity } from '../../src/playground/certificates.ts';
import { connectionTo, credentialsOf } from './connection.ts';

const { signal } = new AbortController();
const identity = await makeServerIdentity(Date.now());
const megabyte = Buffer.from(Array.from({ length: 1 << 20 }, (_, index) => (index * 31 + (index >> 9)) & 0xff));

let server: https.Server;
let url: string;
/** Of each connection, whether it went on with a session. */
const resumed: boolean[] = [];
const opened: Transport[] = [];

function answer(request: IncomingMessage, response: ServerResponse): void {
  if (request.url === '/refused') {
    response.writeHead(403, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ kind: 'Status', reason: 'Forbidden', message: 'not for you' }));
  } else if (request.url === '/cut') {
    response.write(megabyte.subarray(0, 100_000), () => response.destroy());
  } else if (request.url === '/log') {
    for (let at = 0; at < megabyte.length; at += 100_000) response.write(megabyte.subarray(at, at + 100_000));
    response.end();
  } else response.end('{}');
}

beforeAll(async () => {
  server = https.createServer({ key: identity.key, cert: identity.cert }, answer);
  server.on('secureConnection', (socket: TLSSocket) => resumed.push(socket.isSessionReused()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
});

afterEach(() => {
  for (const one of opened.splice(0)) one.close();
  server.closeAllConnections();
  resumed.splice(0);
});

function transport(credentials?: () => Credentials): Transport {
  const parts = { tls: { ca: identity.ca } };
  const own: Partial<Pick<Connection, 'credentials'>> = credentials ? { credentials: async () => credentials() } : {};
  const one = createTransport(connectionTo(url, { ...parts, ...own }), {
    clock: realClock,
    userAgent: 'kmaint/test',
    warn: () => {},
  });
  opened.push(one);
  return one;
}

async function bytesOf(body: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

const log = { method: 'GET', path: '/log', pool: 'logs', signal } as const;
const list = { method: 'GET', path: '/list', signal } as const;

describe('sessions', () => {
  test('go from the requests to the streams', async () => {
    const one = transport();
    await one.request(list);
    const bodies = await Promise.all([one.stream(log), one.stream(log), one.stream({ ...log, pool: 'streams' })]);
    await Promise.all(bodies.map(bytesOf));
    expect(resumed).toEqual([false, true, true, true]);
  });

  test('end with the credentials they were made with', async () => {
    let fingerprint = 'one';
    const one = transport(() => credentialsOf({ tls: { ca: identity.ca } }, fingerprint));
    await one.request(list);
    fingerprint = 'two';
    await bytesOf(await one.stream(log));
    expect(resumed).toEqual([false, false]);
  });

  test('with a server of another name are not kept', async () => {
    const one = transport(() => credentialsOf({ tls: { ca: identity.ca, servername: 'other.test' } }));
    for (let tries = 0; tries < 3; tries += 1) {
      await expect(one.request({ ...list, retry: 'never' })).rejects.toMatchObject({ code: 'cluster.certificate' });
    }
    expect(resumed).not.toContain(true);
  });
});

describe('the body of a log', () => {
  test('comes byte for byte, from many at once', async () => {
    const one = transport();
    const bodies = await Promise.all(Array.from({ length: 20 }, () => one.stream(log)));
    for (const bytes of await Promise.all(bodies.map(bytesOf))) expect(bytes.equals(megabyte)).toBe(true);
  });

  test('waits for a reader that pauses, and its pieces stay as they were', async () => {
    const one = transport();
    const [slow, quick] = await Promise.all([one.stream(log), one.stream(log)]);
    const pieces: Buffer[] = [];
    const ended = new Promise((resolve) => slow.once('end', resolve));
    slow.on('data', (piece: Buffer) => {
      pieces.push(piece);
      slow.pause();
      setImmediate(() => slow.resume());
    });
    expect((await bytesOf(quick)).equals(megabyte)).toBe(true);
    await ended;
    expect(Buffer.concat(pieces).equals(megabyte)).toBe(true);
  });

  test('that is not read stays with the server', async () => {
    const one = transport();
    const body = await one.stream(log);
    body.pause();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(body.readableLength).toBeLessThan(512 * 1024);
    expect((await bytesOf(body)).equals(megabyte)).toBe(true);
  });

  test('leaves its connection to the next', async () => {
    const one = transport();
    for (let count = 0; count < 3; count += 1) {
      expect((await bytesOf(await one.stream(log))).equals(megabyte)).toBe(true);
    }
    expect(resumed).toHaveLength(1);
  });

  test('that is cut ends with an error', async () => {
    const body = await transport().stream({ ...log, path: '/cut' });
    await expect(bytesOf(body)).rejects.toThrow('aborted');
  });

  test('of a refusal is read as any other', async () => {
    await expect(transport().stream({ ...log, path: '/refused' })).rejects.toMatchObject({
      code: 'cluster.forbidden',
    });
  });
});
