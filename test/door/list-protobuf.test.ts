/** Lists that are asked for as protobuf: pages, refusals, and servers and proxies that cannot. */
import { gzipSync } from 'node:zlib';
import protobuf from 'protobufjs/light.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { realClock } from '../../src/clock.ts';
import { openCluster } from '../../src/cluster/connect.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { json, startServer, type Answerer, type ReplayServer } from '../support/server.ts';
import { connectionTo } from './connection.ts';
import { recorded } from './recorded.ts';

let server: ReplayServer;
let cluster: Cluster;
const { signal } = new AbortController();
const both = 'application/vnd.kubernetes.protobuf,application/json';

beforeEach(async () => {
  server = await startServer();
  cluster = openCluster(connectionTo(server.url), { clock: realClock, userAgent: 'kmaint/test', warn: () => {} });
});
afterEach(() => {
  cluster.close();
  return server.close();
});

const replay =
  (name: string): Answerer =>
  (response) => {
    const { status, headers, body } = recorded(name);
    response.writeHead(status, headers);
    response.end(String(headers['content-type']).includes('protobuf') ? Buffer.from(body, 'base64') : body);
  };

/** A page as the server's encoder writes it, of pods with no more than a name. */
function page(names: readonly string[], next = ''): Buffer {
  const { Writer } = protobuf;
  const text = (number: number, value: string): Uint8Array =>
    Writer.create()
      .uint32((number << 3) | 2)
      .string(value)
      .finish();
  const within = (number: number, ...parts: readonly Uint8Array[]): Uint8Array =>
    Writer.create()
      .uint32((number << 3) | 2)
      .bytes(Buffer.concat(parts))
      .finish();
  const pods = names.map((name) => within(2, within(1, text(1, name))));
  const list = within(2, within(1, text(2, '7'), text(3, next)), ...pods);
  return Buffer.concat([Buffer.from('k8s\0'), within(1, text(1, 'v1'), text(2, 'PodList')), list]);
}

const protobufOf =
  (bytes: Buffer, headers: Record<string, string> = {}): Answerer =>
  (response) => {
    response.writeHead(200, { 'content-type': 'application/vnd.kubernetes.protobuf', ...headers });
    response.end(bytes);
  };
const namesOf = async (): Promise<string[]> =>
  (await cluster.listPods({ chunkSize: 2, signal })).map(({ name }) => name);
const asked = (): unknown[] =>
  server.requests.map(({ url, headers }) => [new URL(url, 'http://api').searchParams.get('continue'), headers.accept]);

test('pages are joined in order, packed or not', async () => {
  server.next(
    protobufOf(page(['a', 'b'], 'x+y=')),
    protobufOf(gzipSync(page(['c', 'd'], 'z')), { 'content-encoding': 'gzip' }),
    protobufOf(page(['e'])),
  );
  expect(await namesOf()).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(asked()).toEqual([
    [null, both],
    ['x+y=', both],
    ['z', both],
  ]);
});

test('the pods of one node are asked for as JSON', async () => {
  server.next(json(200, { metadata: {}, items: [] }));
  await cluster.listPods({ nodeName: 'node1', signal });
  expect(asked()).toEqual([[null, 'application/json']]);
});

test('a server that answers with JSON all the same is understood, and so is one that does so in between', async () => {
  const item = (name: string): object => ({ metadata: { name } });
  server.next(
    json(200, { kind: 'PodList', metadata: { continue: 'x' }, items: [item('a')] }),
    protobufOf(page(['b'], 'y')),
    json(200, { kind: 'PodList', metadata: {}, items: [item('c')] }),
  );
  expect(await namesOf()).toEqual(['a', 'b', 'c']);
});

test('a refusal says what it says as JSON', async () => {
  server.next(replay('pod-list-403-protobuf'), replay('pod-list-403'));
  const errors = [await cluster.listPods({ signal }).catch(String), await cluster.listPods({ signal }).catch(String)];
  expect(errors[0]).toContain('cannot list resource "pods"');
  expect(errors[1]).toBe(errors[0]);
});

test('what arrives spoilt is asked for once more as JSON, from the beginning', async () => {
  const good = page(['b']);
  // The last pod's name says that it is longer than it is.
  const bad = Buffer.from(good);
  bad[bad.length - 2] = 9;
  server.next(
    protobufOf(page(['a'], 'x')),
    protobufOf(bad),
    json(200, { metadata: { continue: 'x' }, items: [{ metadata: { name: 'a' } }] }),
    json(200, { metadata: {}, items: [{ metadata: { name: 'b' } }] }),
  );
  expect(await namesOf()).toEqual(['a', 'b']);
  expect(asked().slice(2)).toEqual([
    [null, 'application/json'],
    ['x', 'application/json'],
  ]);
});

test('a refusal that cannot be read still has its status', async () => {
  server.next((response) => {
    response.writeHead(403, { 'content-type': 'application/vnd.kubernetes.protobuf' });
    response.end('k8s\0?');
  });
  await expect(cluster.listPods({ signal })).rejects.toMatchObject({ status: 403 });
});
