/** Paged lists, and what happens when the server forgets the pages. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listAll } from '../../src/cluster/list.ts';
import { createTransport, type Transport } from '../../src/cluster/transport.ts';
import { realClock } from '../../src/clock.ts';
import { json, startServer, status, type Answerer, type ReplayServer } from '../support/server.ts';
import { connectionTo } from './connection.ts';
import { recorded } from './recorded.ts';

let server: ReplayServer;
let transport: Transport;
const { signal } = new AbortController();

beforeEach(async () => {
  server = await startServer();
  transport = createTransport(connectionTo(server.url), { clock: realClock, userAgent: 'kmaint/test', warn: () => {} });
});
afterEach(() => {
  transport.close();
  return server.close();
});

const page = (items: unknown[], resourceVersion: string, next?: string): Answerer =>
  json(200, { kind: 'PodList', metadata: { resourceVersion, ...(next !== undefined && { continue: next }) }, items });

const expired: Answerer = (response) => {
  const { status: code, body } = recorded('pod-list-410-expired-continue');
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(body);
};

const asked = (): (string | null)[][] =>
  server.requests.map(({ url }) => {
    const { searchParams } = new URL(url, 'http://api');
    return [searchParams.get('limit'), searchParams.get('continue')];
  });

test('pages are joined in order', async () => {
  server.next(page([1, 2], '7', 'a+b='), page([3, 4], '7', 'c'), page([5], '7'));
  const query = { fieldSelector: 'spec.nodeName=n', labelSelector: undefined };
  const listed = await listAll<number>(transport, { path: '/api/v1/pods', query, chunkSize: 2, signal });
  expect(listed).toEqual({ items: [1, 2, 3, 4, 5], resourceVersion: '7' });
  expect(asked()).toEqual([
    ['2', null],
    ['2', 'a+b='],
    ['2', 'c'],
  ]);
  expect(server.requests[2]?.url).toContain('fieldSelector=spec.nodeName%3Dn');
  expect(server.requests[2]?.url).not.toContain('labelSelector');
});

test('the next page is asked for before a page is narrowed, where the server says first where it begins', async () => {
  const serverLike =
    (items: unknown[], next?: string): Answerer =>
    (response) => {
      const metadata = { resourceVersion: '7', ...(next !== undefined && { continue: next, remainingItemCount: 1 }) };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata, items }));
    };
  server.next(serverLike([1, 2], 'eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ'), serverLike([3]));
  const listed = await listAll<number>(transport, { path: '/api/v1/pods', chunkSize: 2, signal });
  expect(listed).toEqual({ items: [1, 2, 3], resourceVersion: '7' });
  expect(asked()).toEqual([
    ['2', null],
    ['2', 'eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ'],
  ]);
});

test('an object that looks like the head of a list is not taken for it', async () => {
  const body = '{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[{"continue":"x"}]}';
  server.next((response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(body);
  });
  const listed = await listAll(transport, { path: '/api/v1/pods', signal });
  expect(listed.items).toEqual([{ continue: 'x' }]);
  expect(server.requests).toHaveLength(1);
});

test('a refusal of the next page is the error of the list, also when a page could not be narrowed', async () => {
  const first: Answerer = (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"b"},"items":[1]}');
  };
  server.next(first, json(403, { kind: 'Status', message: 'no more' }));
  await expect(listAll(transport, { path: '/api/v1/pods', signal })).rejects.toMatchObject({ status: 403 });
  server.next(first, json(403, { kind: 'Status', message: 'no more' }));
  const narrow = (): never => {
    throw new Error('not narrow');
  };
  await expect(listAll(transport, { path: '/api/v1/pods', signal, narrow })).rejects.toThrow('not narrow');
});

test('a page holds 500 unless told; 0 asks for all', async () => {
  server.otherwise(json(200, { metadata: { resourceVersion: '1' }, items: null }));
  expect(await listAll(transport, { path: '/api/v1/pods', signal })).toEqual({ items: [], resourceVersion: '1' });
  await listAll(transport, { path: '/api/v1/pods', chunkSize: 0, signal });
  expect(asked()).toEqual([
    ['500', null],
    [null, null],
  ]);
});

test('a forgotten page starts the list anew, and nothing is listed twice', async () => {
  server.next(page([1, 2], '7', 'a'), expired, page([1, 2], '9', 'b'), page([3], '9'));
  const listed = await listAll<number>(transport, { path: '/api/v1/pods', chunkSize: 2, signal });
  expect(listed).toEqual({ items: [1, 2, 3], resourceVersion: '9' });
});

test('forgotten twice, all is asked for at once', async () => {
  server.next(page([1], '7', 'a'), expired, page([1], '9', 'b'), expired, page([1, 2, 3], '11'));
  const listed = await listAll<number>(transport, { path: '/api/v1/pods', chunkSize: 1, signal });
  expect(listed.items).toEqual([1, 2, 3]);
  expect(asked().at(-1)).toEqual([null, null]);
});

test('a refusal throws what the server said', async () => {
  server.next(status(403, 'Forbidden', 'pods is forbidden'));
  await expect(listAll(transport, { path: '/api/v1/pods', signal })).rejects.toMatchObject({
    code: 'cluster.forbidden',
    message: `cannot list pods on ${server.url}: pods is forbidden (403 Forbidden)`,
  });
});
