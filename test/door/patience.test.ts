/** How long the transport waits, and what it tries again, against a server that stalls and breaks on purpose. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { ClusterError } from '../../src/errors.ts';
import { json, reset, silence, status, type ReplayServer } from '../support/server.ts';
import { connectionTo } from './connection.ts';
import { EagerClock } from './eager-clock.ts';
import { arrived, errorOf, get, open, post, server, signal, transport } from './scripted.ts';

describe('tried again', () => {
  test('a GET after 429, 502, 503, 504 and 500, with growing pauses or as long as the server asks', async () => {
    const clock = new EagerClock();
    server.next(
      json(429, {}, { 'retry-after': '3' }),
      status(503, 'ServiceUnavailable', 'no'),
      status(504, 'Timeout', 'no', { retryAfterSeconds: 7 }),
      status(500, '', 'etcdserver: leader changed'),
      json(200, { ok: true }),
    );
    const response = await transport({}, { clock }).request(get('/version'));
    expect(response.json()).toEqual({ ok: true });
    expect(clock.sleeps).toEqual([3000, 1000, 7000, 4000]);
  });

  test('five times at most, then the answer stands', async () => {
    const clock = new EagerClock();
    server.otherwise(status(503, 'ServiceUnavailable', 'no'));
    expect((await transport({}, { clock }).request(get('/version'))).status).toBe(503);
    expect(server.requests).toHaveLength(5);
    expect(clock.sleeps).toEqual([500, 1000, 2000, 4000]);
  });

  test('not beyond 30 s', async () => {
    const clock = new EagerClock();
    server.otherwise(json(429, {}, { 'retry-after': '20' }));
    const response = await transport({}, { clock }).request(get('/version'));
    expect(response.error()).toMatchObject({ code: 'cluster.throttled', retryAfterMs: 20_000, transient: true });
    expect(clock.sleeps).toEqual([20_000]);
  });

  test('a PATCH only after 429, a request that forbids it never', async () => {
    const clock = new EagerClock();
    const api = transport({}, { clock });
    const patch = { method: 'PATCH', path: '/api/v1/nodes/n', body: '{}', signal };
    server.next(json(429, {}), json(200, {}), json(503, {}), json(429, {}));
    expect((await api.request(patch)).status).toBe(200);
    expect((await api.request(patch)).status).toBe(503);
    expect((await api.request({ ...post, retry: 'never' })).status).toBe(429);
    expect(server.requests).toHaveLength(4);
  });

  test('the pause ends with the signal', async () => {
    const abort = new AbortController();
    server.next(json(429, {}, { 'retry-after': '25' }));
    const work = errorOf(transport().request({ ...get('/version'), signal: abort.signal }));
    await arrived(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const reason = new Error('enough');
    abort.abort(reason);
    expect(await work).toBe(reason);
  });

  test('a GET on a connection that the server closed as idle, at once', async () => {
    const clock = new EagerClock();
    server.next(json(200, {}), reset, json(200, { second: true }));
    const api = transport({}, { clock });
    await api.request(get('/version'));
    expect((await api.request(get('/version'))).json()).toEqual({ second: true });
    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 1, 2]);
    expect(clock.sleeps).toEqual([]);
  });

  test('an eviction cut after it was sent is not sent again', async () => {
    server.next(json(200, {}), reset);
    const api = transport({}, { clock: new EagerClock() });
    await api.request(get('/version'));
    const error = await errorOf(api.request({ ...post, retry: 'never' }));
    expect(error).toMatchObject({ code: 'cluster.unreachable', transient: true });
    expect(server.requests).toHaveLength(2);
  });

  test('a GET whose connection breaks, once the server has answered before', async () => {
    const clock = new EagerClock();
    const api = transport({}, { clock });
    server.next(reset);
    await errorOf(api.request(get('/version')));
    expect(clock.sleeps).toEqual([]);

    server.next(json(200, {}));
    await api.request(get('/version'));
    server.next(reset, reset, reset, json(200, { back: true }));
    expect((await api.request(get('/version'))).json()).toEqual({ back: true });
    expect(clock.sleeps).toEqual([500, 1000]);
  });

  test('a GET whose body breaks off', async () => {
    const clock = new EagerClock();
    const half: Parameters<ReplayServer['next']>[0] = (response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"half":');
      setTimeout(() => response.socket?.destroy(), 10);
    };
    server.next(half, json(200, { whole: true }));
    expect((await transport({}, { clock }).request(get('/version'))).json()).toEqual({ whole: true });
    expect(clock.sleeps).toEqual([500]);
  });
});

describe('time', () => {
  test.each([
    { what: 'the headers', timeoutMs: undefined, timer: 30_000 },
    { what: 'the headers as long as the user allows', timeoutMs: 2_000, timer: 2_000 },
  ])('runs out for $what', async ({ timeoutMs, timer }) => {
    const clock = new EagerClock();
    server.next(silence);
    const work = errorOf(transport({}, { clock, requestTimeoutMs: timeoutMs }).request(get('/api/v1/nodes')));
    await arrived(1);
    expect(clock.timers).toEqual([timer]);
    clock.fire(timer);
    const error = await work;
    expect(error).toBeInstanceOf(ClusterError);
    expect(error).toMatchObject({ code: 'cluster.timeout' });
    expect(String(error)).toContain(`${server.url}/api/v1/nodes: no answer within ${timer / 1000} s`);
    await expect.poll(() => server.open).toBe(0);
  });

  test('runs out for the connection', async () => {
    const clock = new EagerClock();
    // Accepts and says nothing: the TLS handshake never ends.
    const mute = createServer().listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { port } = mute.address() as AddressInfo;
    const api = open(connectionTo(`https://127.0.0.1:${port}`), { clock });
    const accepted = once(mute, 'connection');
    const work = errorOf(api.request(get('/version')));
    await accepted;
    clock.fire(10_000);
    const error = await work;
    expect(error).toMatchObject({ code: 'cluster.unreachable' });
    expect(String(error)).toContain('no answer to the attempt to connect');
    mute.close();
  });

  test('runs out for a body that stops', async () => {
    const clock = new EagerClock();
    server.next((response) => {
      response.writeHead(200);
      response.write('{');
    });
    const work = errorOf(transport({}, { clock }).request({ ...get('/version'), retry: 'never' }));
    await arrived(1);
    await new Promise((resolve) => setTimeout(resolve, 30));
    clock.fire(30_000);
    expect(await work).toMatchObject({ code: 'cluster.timeout' });
  });

  test('an abort ends a request that waits, with the reason of the signal, and its connection', async () => {
    const abort = new AbortController();
    server.next(silence);
    const work = errorOf(transport().request({ ...get('/version'), signal: abort.signal }));
    await arrived(1);
    const reason = new Error('interrupted');
    abort.abort(reason);
    expect(await work).toBe(reason);
    await expect.poll(() => server.open).toBe(0);
  });

  test('an abort before the start sends nothing', async () => {
    const reason = new Error('too late');
    expect(await errorOf(transport().request({ ...get('/version'), signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(server.connections).toBe(0);
  });

  test('an abort ends a request that waits for its turn', async () => {
    server.otherwise(silence);
    const abort = new AbortController();
    const api = transport({}, { maxRequestsInFlight: 1 });
    void api.request({ ...get('/version'), signal: abort.signal }).catch(() => {});
    await arrived(1);
    const second = errorOf(api.request({ ...get('/version'), signal: abort.signal }));
    const reason = new Error('interrupted');
    abort.abort(reason);
    expect(await second).toBe(reason);
    expect(server.requests).toHaveLength(1);
  });
});
