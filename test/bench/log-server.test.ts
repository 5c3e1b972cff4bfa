import https from 'node:https';
import http2 from 'node:http2';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { countNumbered, messageBytes, stampBytes } from './log-bodies.ts';
import { readRaw } from './log-reader.ts';
import { startLogServer, type LogServer } from './log-server.ts';
import { benchNamespace, podName, sameOf } from './log-world.ts';

const started: LogServer[] = [];
afterEach(async () => void (await Promise.all(started.splice(0).map((server) => server.stop()))));

async function start(...args: Parameters<typeof startLogServer>): Promise<LogServer> {
  const server = await startLogServer(...args);
  started.push(server);
  return server;
}

interface Got {
  readonly status: number;
  readonly body: Buffer;
}

function get(server: LogServer, path: string, stopAfter = Infinity): Promise<Got> {
  return new Promise((resolve, reject) => {
    https
      .get(`${server.url}${path}`, { ca: server.ca, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        const done = (): void => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) });
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          if (Buffer.concat(chunks).length < stopAfter) return;
          done();
          response.destroy();
        });
        response.on('error', reject).on('end', done);
      })
      .on('error', reject);
  });
}

function get2(server: LogServer, path: string): Promise<Got> {
  const session = http2.connect(server.url, { ca: server.ca });
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':path': path });
    const chunks: Buffer[] = [];
    let status = 0;
    stream.on('response', (headers) => (status = headers[':status'] ?? 0));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject).on('end', () => {
      session.close();
      resolve({ status, body: Buffer.concat(chunks) });
    });
  });
}

const logPath = (query: string): string =>
  `/api/v1/namespaces/${benchNamespace}/pods/${podName(0)}/log?container=main&${query}`;

// Each starts a process of its own, which takes a second or more on a busy machine.
describe('the log server', { timeout: 60_000 }, () => {
  it('sends the same over HTTP/1.1 and HTTP/2, whole and in order', async () => {
    const server = await start(sameOf(2, { kind: 'numbered', lines: 20_000 }), { chunkBytes: 10_001 });
    const [one, two] = await Promise.all([
      get(server, logPath('timestamps=true')),
      get2(server, logPath('timestamps=true')),
    ]);
    expect(one.status).toBe(200);
    expect(two.status).toBe(200);
    expect(two.body.equals(one.body)).toBe(true);
    const plain = await get(server, logPath('timestamps=false'));
    expect(countNumbered(plain.body, 1, 20_000)).toEqual({ lines: 20_000, missing: 0, doubled: 0 });
  });

  it('lists pods and tells a watch of them', async () => {
    const server = await start(sameOf(3, { kind: 'quiet', everyMs: 1000 }));
    const list = JSON.parse((await get(server, '/api/v1/pods?labelSelector=app%3Dbench')).body.toString()) as {
      items: { metadata: { name: string } }[];
    };
    expect(list.items.map(({ metadata }) => metadata.name)).toEqual(['bench-000', 'bench-001', 'bench-002']);
    const watched = await get(server, `/api/v1/namespaces/${benchNamespace}/pods?watch=true&timeoutSeconds=1`);
    const events = watched.body.toString().trimEnd().split('\n');
    expect(events.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual(['ADDED', 'ADDED', 'ADDED']);
    expect((await get(server, '/api/v1/namespaces/none/pods/x')).status).toBe(404);
    expect(readFileSync(server.kubeconfig, 'utf8')).toContain(server.url);
  });

  it('keeps a followed log open and writes to it, the time in every line', async () => {
    const server = await start(sameOf(1, { kind: 'quiet', everyMs: 20 }));
    const startMs = Date.now();
    const { body } = await get(server, logPath('follow=true'), 200);
    const sentMs = Number(/ sent=(\d+) /.exec(body.toString())?.[1]);
    expect(sentMs).toBeGreaterThanOrEqual(startMs);
    expect(sentMs).toBeLessThanOrEqual(Date.now());
    const { logRequestsAtMs, mostOpen } = await server.statistics();
    expect(logRequestsAtMs).toHaveLength(1);
    expect(mostOpen).toBe(1);
  });

  it('does not run ahead of a reader that has stopped', async () => {
    const server = await start(sameOf(1, { kind: 'numbered', lines: 400_000 }));
    await new Promise<void>((resolve, reject) => {
      https
        .get(`${server.url}${logPath('timestamps=true')}`, { ca: server.ca, agent: false }, (response) => {
          response.once('readable', () => {
            setTimeout(() => {
              server.statistics().then(({ sentBytes }) => {
                expect(sentBytes).toBeLessThan(20_000_000);
                response.destroy();
                resolve();
              }, reject);
            }, 500);
          });
        })
        .on('error', reject);
    });
  });

  it('can be far away', async () => {
    const world = sameOf(1, { kind: 'numbered', lines: 100_000 });
    const server = await start(world, { roundTripMs: 50 });
    const { bytes, seconds } = await readRaw(server, world);
    expect(bytes).toBe(100_000 * (messageBytes + stampBytes));
    // A connection, a handshake and a request are two round trips at least.
    expect(seconds).toBeGreaterThan(0.1);
  });
});
