/** List-then-watch over everything that can happen to a connection. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Change } from '../../src/cluster/cluster.ts';
import { createTransport, type Transport } from '../../src/cluster/transport.ts';
import { watchAll } from '../../src/cluster/watch.ts';
import type { Clock } from '../../src/clock.ts';
import { realClock } from '../../src/clock.ts';
import type { ClusterError } from '../../src/errors.ts';
import { json, reset, startServer, status, stream, text, type Answerer, type ReplayServer } from '../support/server.ts';
import { connectionTo } from './connection.ts';
import { EagerClock } from './eager-clock.ts';
import { recorded } from './recorded.ts';

interface Thing {
  metadata: { name: string; resourceVersion: string };
}

let server: ReplayServer;
let clock: EagerClock;
let abort: AbortController;
const outages: ClusterError[] = [];
const opened: Transport[] = [];
const iterators: AsyncIterator<unknown>[] = [];

beforeEach(async () => {
  server = await startServer();
  clock = new EagerClock();
  abort = new AbortController();
});
afterEach(async () => {
  outages.length = 0;
  for (const one of iterators.splice(0)) await one.return?.();
  for (const one of opened.splice(0)) one.close();
  await server.close();
});

function watch(time: Clock = clock): AsyncIterator<Change<string>> {
  const transport = createTransport(connectionTo(server.url), {
    clock: time,
    userAgent: 'kmaint/test',
    warn: () => {},
    random: () => 0.5,
  });
  const iterator = watchAll<Thing, string>({
    transport,
    clock: time,
    path: '/api/v1/pods',
    query: { fieldSelector: 'spec.nodeName=n' },
    signal: abort.signal,
    narrow: (thing) => thing.metadata.name,
    onOutage: (error) => outages.push(error),
    random: () => 0.5,
  })[Symbol.asyncIterator]();
  opened.push(transport);
  iterators.push(iterator);
  return iterator;
}

const thing = (name: string, resourceVersion: string): Thing => ({ metadata: { name, resourceVersion } });
const list = (resourceVersion: string, ...names: string[]): Answerer =>
  json(200, { metadata: { resourceVersion }, items: names.map((name) => thing(name, '1')) });
const event = (type: string, object: object): string => `${JSON.stringify({ type, object })}\n`;
const added = (name: string, resourceVersion: string): string => event('ADDED', thing(name, resourceVersion));
const bookmark = (resourceVersion: string): string =>
  event('BOOKMARK', { kind: 'Pod', metadata: { resourceVersion, creationTimestamp: null } });

/** The next changes, in short: `[a b]` a snapshot, `+a` changed, `-a` deleted. */
async function take(iterator: AsyncIterator<Change<string>>, count: number): Promise<string[]> {
  const told: string[] = [];
  while (told.length < count) {
    const { value, done } = await iterator.next();
    if (done === true) throw new Error('the watch ended');
    told.push(
      value.type === 'snapshot' ? `[${value.items.join(' ')}]` : (value.type === 'changed' ? '+' : '-') + value.item,
    );
  }
  return told;
}

/** What was asked, in short: `list`, or the resource version that a watch began at. */
const asked = (): string[] =>
  server.requests.map(({ url }) => {
    const { searchParams } = new URL(url, 'http://api');
    return searchParams.has('watch') ? (searchParams.get('resourceVersion') ?? 'none') : 'list';
  });

describe('a watch', () => {
  test('begins with a snapshot and goes on with what changes, cut anywhere', async () => {
    const lines = added('grün', '8') + event('MODIFIED', thing('grün', '9')) + event('DELETED', thing('a', '10'));
    const bytes = Buffer.from(lines);
    const cut = bytes.indexOf('ü') + 1;
    server.next(
      list('7', 'a', 'b'),
      stream([bytes.subarray(0, cut), bytes.subarray(cut, cut + 40), bytes.subarray(cut + 40)], 'open'),
    );
    expect(await take(watch(), 4)).toEqual(['[a b]', '+grün', '+grün', '-a']);
    const { searchParams } = new URL(server.requests[1]?.url ?? '', 'http://api');
    expect(Object.fromEntries(searchParams)).toEqual({
      fieldSelector: 'spec.nodeName=n',
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: '7',
      timeoutSeconds: '450',
    });
    expect(server.requests[1]?.headers['accept-encoding']).toBeUndefined();
  });

  test('goes on where it was after a clean end, bookmarks counted', async () => {
    server.next(list('7'), stream([added('a', '8')]), stream([bookmark('20')]), stream([added('b', '21')], 'open'));
    expect(await take(watch(), 3)).toEqual(['[]', '+a', '+b']);
    expect(asked()).toEqual(['list', '7', '8', '20']);
    expect(outages).toEqual([]);
  });

  test('goes on where it was after the connection broke, even in the middle of an event', async () => {
    server.next(
      list('7'),
      stream([added('a', '8') + added('b', '9').slice(0, 20)], 'reset'),
      stream([added('b', '9')], 'open'),
    );
    expect(await take(watch(), 3)).toEqual(['[]', '+a', '+b']);
    expect(asked()).toEqual(['list', '7', '8']);
  });

  test.each<[string, Answerer]>([
    [
      'an ERROR event of 410, as recorded',
      (response) => {
        const { body } = recorded('pod-watch-410-expired');
        const events = JSON.parse(body) as unknown;
        response.writeHead(200);
        response.end(`${JSON.stringify(Array.isArray(events) ? events[0] : events)}\n`);
      },
    ],
    ['a 410 instead of a stream', status(410, 'Expired', 'too old resource version')],
    ['another ERROR event', stream([event('ERROR', { kind: 'Status', code: 500, message: 'etcd' })])],
    ['a line that is no JSON', stream(['{"type":"ADDED","obj\n'])],
    ['a version from the server’s future', status(504, 'Timeout', 'Too large resource version: 9, current: 3')],
  ])('lists again after %s', async (_, answer) => {
    server.next(list('7', 'a'), answer, list('30', 'b'), stream([added('c', '31')], 'open'));
    expect(await take(watch(), 3)).toEqual(['[a]', '[b]', '+c']);
    expect(asked()).toEqual(['list', '7', 'list', '30']);
  });

  test('outlasts refusals and cuts with growing pauses, and tells of the outage once', async () => {
    server.next(
      list('7'),
      reset,
      status(503, 'ServiceUnavailable', 'shutting down'),
      json(429, {}, { 'retry-after': '9' }),
      text(502, '<html>'),
      stream([added('a', '8')], 'open'),
    );
    expect(await take(watch(), 2)).toEqual(['[]', '+a']);
    expect(asked()).toEqual(['list', '7', '7', '7', '7', '7']);
    expect(clock.sleeps).toEqual([800, 1600, 9000, 6400]);
    expect(outages.map(({ message }) => message)).toEqual([
      `cannot reach the API server ${server.url}: the connection was cut (ECONNRESET)`,
    ]);
  });

  test('outlasts a failing list, after the first', async () => {
    server.next(list('7', 'a'), status(410, 'Expired', 'old'));
    server.next(...Array.from({ length: 5 }, () => status(503, 'ServiceUnavailable', 'no')));
    server.next(list('9', 'b'), stream([], 'open'));
    expect(await take(watch(), 2)).toEqual(['[a]', '[b]']);
    expect(outages).toHaveLength(1);
  });

  test('pauses grow to 30 s and begin anew after a connection that lived', async () => {
    server.next(
      list('7'),
      ...Array.from({ length: 8 }, () => reset),
      stream([bookmark('8')]),
      status(503, 'ServiceUnavailable', 'no'),
      stream([added('a', '9')], 'open'),
    );
    await take(watch(), 2);
    expect(clock.sleeps).toEqual([800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 800, 1600]);
  });

  test('does not storm a server that ends every connection at once', async () => {
    server.next(list('7'), ...Array.from({ length: 4 }, () => stream([])), stream([added('a', '8')], 'open'));
    await take(watch(), 2);
    expect(clock.sleeps).toEqual([800, 1600, 3200, 6400]);
  });

  test.each<[string, Answerer]>([
    ['cluster.forbidden', status(403, 'Forbidden', 'pods is forbidden')],
    ['cluster.unauthorized', status(401, 'Unauthorized', 'Unauthorized')],
    ['cluster.invalid', status(400, 'BadRequest', 'unknown field selector')],
  ])('throws %s', async (code, answer) => {
    server.next(list('7'));
    server.otherwise(answer);
    const iterator = watch();
    await take(iterator, 1);
    await expect(iterator.next()).rejects.toMatchObject({ code });
  });

  test('outlasts refusals of a server that has just started again, and no more than some', async () => {
    const refused = status(403, 'Forbidden', 'pods is forbidden');
    server.next(
      list('7'),
      stream([added('a', '8')]),
      ...Array.from({ length: 6 }, () => refused),
      stream([added('b', '9')]),
    );
    server.otherwise(refused);
    const iterator = watch();
    expect(await take(iterator, 3)).toEqual(['[]', '+a', '+b']);
    expect(outages).toHaveLength(1);
    const asks = asked().length;
    await expect(iterator.next()).rejects.toMatchObject({ code: 'cluster.forbidden' });
    expect(asked().length - asks).toBe(7);
  });

  test('throws when the first list fails for longer than a GET is tried again', async () => {
    server.otherwise(status(503, 'ServiceUnavailable', 'no'));
    await expect(watch().next()).rejects.toMatchObject({ code: 'cluster.server', status: 503 });
    expect(server.requests).toHaveLength(5);
    expect(outages).toEqual([]);
  });

  test('replaces a connection that is silent for longer than the server may be', async () => {
    server.next(list('7'), stream([], 'open'), stream([added('a', '8')], 'open'));
    const iterator = watch();
    await take(iterator, 1);
    const change = take(iterator, 1);
    await expect.poll(() => clock.timers).toEqual([480_000]);
    clock.fire(480_000);
    expect(await change).toEqual(['+a']);
    expect(asked()).toEqual(['list', '7', '7']);
  });

  test('misses bookmarks after three minutes', async () => {
    server.next(list('7'), stream([bookmark('8')], 'open'), stream([added('a', '9')], 'open'));
    const iterator = watch();
    await take(iterator, 1);
    const change = take(iterator, 1);
    await expect.poll(() => clock.timers).toEqual([180_000]);
    clock.fire(180_000);
    expect(await change).toEqual(['+a']);
    expect(asked()).toEqual(['list', '7', '8']);
  });
});

describe('the end', () => {
  async function quiet(): Promise<AsyncIterator<Change<string>>> {
    server.next(list('7'), stream([], 'open'));
    const iterator = watch(realClock);
    await take(iterator, 1);
    return iterator;
  }

  test('an abort ends a quiet watch at once, with the reason of the signal', async () => {
    const iterator = await quiet();
    const next = iterator.next();
    await expect.poll(() => server.requests.length).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const reason = new Error('interrupted');
    abort.abort(reason);
    await expect(next).rejects.toBe(reason);
    await expect.poll(() => server.open).toBe(1);
  });

  test('an abort ends the wait between two connections', async () => {
    server.next(list('7'), json(429, {}, { 'retry-after': '600' }));
    const iterator = watch(realClock);
    await take(iterator, 1);
    const next = iterator.next();
    await expect.poll(() => server.requests.length).toBe(2);
    const reason = new Error('interrupted');
    abort.abort(reason);
    await expect(next).rejects.toBe(reason);
  });

  test('return() under a pending next() closes the connection and ends both', async () => {
    const iterator = await quiet();
    const next = iterator.next();
    await expect.poll(() => server.requests.length).toBe(2);
    await expect.poll(() => server.open).toBe(2);
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined });
    expect(await next).toEqual({ done: true, value: undefined });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    // The list's connection stays for later requests.
    await expect.poll(() => server.open).toBe(1);
  });

  test('leaving a loop closes the connection', async () => {
    server.next(list('7'), stream([added('a', '8')], 'open'));
    const iterator = watch(realClock);
    for await (const change of { [Symbol.asyncIterator]: () => iterator }) if (change.type === 'changed') break;
    await expect.poll(() => server.open).toBe(1);
  });

  test('a signal that is aborted already asks for nothing', async () => {
    const reason = new Error('too late');
    abort.abort(reason);
    await expect(watch().next()).rejects.toBe(reason);
    expect(server.requests).toEqual([]);
  });
});
