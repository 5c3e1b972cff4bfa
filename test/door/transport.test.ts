/** The transport against a server that answers, stalls and breaks on purpose. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Connection, Credentials } from '../../src/cluster/connection.ts';
import { json, reset, status, text } from '../support/server.ts';
import { credentialsOf } from './connection.ts';
import { arrived, errorOf, get, post, server, transport } from './scripted.ts';

describe('connections', () => {
  test('30 requests in a row use one', async () => {
    server.otherwise(json(200, {}));
    const api = transport();
    for (let i = 0; i < 30; i += 1) await api.request(get('/version'));
    expect(server.requests).toHaveLength(30);
    expect(server.connections).toBe(1);
  });

  test('25 requests are in flight at most, and the others follow', async () => {
    const held: (() => void)[] = [];
    const respond = json(200, {});
    server.otherwise((response, request) => void held.push(() => void respond(response, request)));
    const api = transport();
    const all = Promise.all(Array.from({ length: 80 }, () => api.request(get('/version'))));
    await arrived(25);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(server.requests).toHaveLength(25);
    server.otherwise(respond);
    for (const release of held) release();
    expect(await all).toHaveLength(80);
    expect(server.connections).toBe(25);
  });

  test('streams do not count as requests in flight', async () => {
    server.otherwise((response) => {
      response.writeHead(200);
      response.flushHeaders();
    });
    const api = transport({}, { maxRequestsInFlight: 2 });
    for (let i = 0; i < 5; i += 1) await api.stream(get('/api/v1/pods'));
    server.otherwise(json(200, { ok: true }));
    expect((await api.request(get('/version'))).json()).toEqual({ ok: true });
  });

  test('other TLS material does not reuse connections', async () => {
    server.otherwise(json(200, {}));
    let fingerprint = 'one';
    const api = transport({ credentials: () => Promise.resolve(credentialsOf({}, fingerprint)) });
    await api.request(get('/version'));
    fingerprint = 'two';
    await api.request(get('/version'));
    await api.request(get('/version'));
    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 2, 2]);
    await expect.poll(() => server.open).toBe(1);
  });
});

describe('a request', () => {
  test('carries path, query, body, user agent and repeated headers below the base path of the server', async () => {
    server.next(json(201, {}));
    const headers = { authorization: 'Bearer s3cret', 'Impersonate-Group': ['a', 'b'] };
    await transport({ headers }, {}, '/k8s/clusters/c1').request({
      ...post,
      query: { dryRun: 'All', limit: undefined, labelSelector: 'a=b,c!=d' },
    });
    const [request] = server.requests;
    expect.assert(request !== undefined);
    expect(request.method).toBe('POST');
    expect(request.url).toBe(
      '/k8s/clusters/c1/api/v1/namespaces/a/pods/b/eviction?dryRun=All&labelSelector=a%3Db%2Cc%21%3Dd',
    );
    expect(request.body).toBe('{}');
    expect(request.headers).toMatchObject({
      'user-agent': 'kmaint/test',
      'content-type': 'application/json',
      'content-length': '2',
      accept: 'application/json',
      authorization: 'Bearer s3cret',
    });
    const groups = request.rawHeaders.filter(
      (_, i) => request.rawHeaders[i - 1]?.toLowerCase() === 'impersonate-group',
    );
    expect(groups).toEqual(['a', 'b']);
  });

  test('resolves to any status', async () => {
    server.next(status(409, 'Conflict', 'no'));
    const response = await transport().request(post);
    expect(response.status).toBe(409);
    expect(response.json()).toMatchObject({ reason: 'Conflict' });
    expect(response.error()).toMatchObject({ code: 'cluster.conflict', status: 409 });
  });

  test('unpacks gzip, which it asks for unless compression is off', async () => {
    const packed = gzipSync(JSON.stringify({ text: 'ü'.repeat(1000) }));
    server.next(
      (response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' });
        response.end(packed);
      },
      json(200, {}),
    );
    expect((await transport().request(get('/version'))).json()).toEqual({ text: 'ü'.repeat(1000) });
    await transport({ compression: false }).request(get('/version'));
    expect(server.requests.map(({ headers }) => headers['accept-encoding'])).toEqual(['gzip', undefined]);
  });

  test('refuses what is no JSON in plain words', async () => {
    server.next(text(200, '<html><head><title>Sign in</title></head></html>', { 'content-type': 'text/html' }));
    const response = await transport().request(get('/version'));
    expect(() => response.json()).toThrow(
      `cannot GET /version on ${server.url}: the answer is not JSON but an HTML page "Sign in", probably of a proxy on the way (HTTP 200)`,
    );
  });

  test('passes on each warning once', async () => {
    const warned: string[] = [];
    const warning = [
      '299 - "policy/v1beta1 is \\"old\\""',
      '299 - "two" "Sat, 25 Aug 2012 23:34:45 GMT", 299 - "three"',
      '199 - "not ours"',
    ];
    server.otherwise(json(200, {}, { warning }));
    const api = transport({}, { warn: (message) => warned.push(message) });
    await api.request(get('/version'));
    await api.request(get('/version'));
    expect(warned).toEqual(['policy/v1beta1 is "old"', 'two', 'three']);
  });

  test('is traced in one line without credentials', async () => {
    const lines: string[] = [];
    server.next(json(200, {}), status(503, 'ServiceUnavailable', 'no'), reset);
    const api = transport({ headers: { authorization: 'Bearer s3cret' } }, { trace: (line) => lines.push(line) });
    await api.request({ ...get('/api/v1/nodes'), query: { limit: 500 } });
    await api.request(post);
    await errorOf(api.request(post));
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^GET http:\/\/127\.0\.0\.1:\d+\/api\/v1\/nodes\?limit=500 200 OK in \d+ ms$/);
    expect(lines[1]).toMatch(/eviction 503 Service Unavailable in \d+ ms$/);
    expect(lines[2]).toMatch(/eviction failed: .* in \d+ ms$/);
    expect(lines.join()).not.toContain('s3cret');
  });
});

describe('credentials', () => {
  test('refused ones are renewed once, for any verb', async () => {
    const calls: boolean[] = [];
    let token = 'old';
    const credentials: Connection['credentials'] = ({ rejected = false }) => {
      calls.push(rejected);
      if (rejected) token = 'new';
      return Promise.resolve(credentialsOf({ headers: { authorization: `Bearer ${token}` } }));
    };
    server.next(status(401, 'Unauthorized', 'Unauthorized'), json(201, {}));
    expect((await transport({ credentials }).request(post)).status).toBe(201);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer old', 'Bearer new']);
    expect(calls).toEqual([false, false, true]);
  });

  test('a second refusal stands', async () => {
    server.otherwise(status(401, 'Unauthorized', 'Unauthorized'));
    const response = await transport().request(get('/version'));
    expect(response.status).toBe(401);
    expect(server.requests).toHaveLength(2);
  });

  test('renewed by another request meanwhile, they are not renewed again', async () => {
    let token = 'old';
    const rejections: string[] = [];
    const credentials: Connection['credentials'] = ({ rejected }) => {
      if (rejected === true) {
        rejections.push(token);
        token = 'new';
      }
      return Promise.resolve(credentialsOf({ headers: { authorization: `Bearer ${token}` } }));
    };
    server.otherwise((response, request) => {
      const fresh = request.headers.authorization === 'Bearer new';
      return (fresh ? json(200, {}) : status(401, 'Unauthorized', 'Unauthorized'))(response, request);
    });
    const api = transport({ credentials });
    await Promise.all(Array.from({ length: 10 }, () => api.request(get('/version'))));
    await api.request(get('/version'));
    expect(rejections[0]).toBe('old');
    expect(rejections).not.toContain('new');
  });

  test('never stand in an error', async () => {
    const secret = 'Bearer s3cret\nX: y';
    const credentials = (): Promise<Credentials> =>
      Promise.resolve(credentialsOf({ headers: { authorization: secret } }));
    const error = await errorOf(transport({ credentials }).request(get('/version')));
    expect(error).toMatchObject({ code: 'cluster.credentials' });
    expect(JSON.stringify(error) + String(error) + String((error as Error).cause)).not.toContain('s3cret');
  });
});

describe('a stream', () => {
  test('of anything but 2xx throws what the server said', async () => {
    server.next(
      status(403, 'Forbidden', 'pods is forbidden: User "jane" cannot watch resource "pods" in API group ""'),
    );
    const error = await errorOf(transport().stream({ ...get('/api/v1/pods'), query: { watch: 1 } }));
    expect(error).toMatchObject({ code: 'cluster.forbidden', status: 403 });
    expect(String(error)).toContain(`cannot watch pods on ${server.url}: pods is forbidden`);
  });
});
