/** The port on the wire: what each question sends, and how its answers are read. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { openCluster } from '../../src/cluster/connect.ts';
import { narrowNode } from '../../src/cluster/node.ts';
import { json, reset, startServer, status, text, type ReplayServer } from '../support/server.ts';
import { connectionTo } from './connection.ts';
import { EagerClock } from './eager-clock.ts';
import { recorded } from './recorded.ts';

let server: ReplayServer;
let cluster: Cluster;
let clock: EagerClock;
let warnings: string[];
const { signal } = new AbortController();
const node = narrowNode({ metadata: { name: 'n1', uid: 'u1' } });
const pod = { namespace: 'shop', name: 'web-1', uid: 'u2' };

beforeEach(async () => {
  server = await startServer();
  clock = new EagerClock();
  warnings = [];
  cluster = openCluster(connectionTo(`${server.url}/k8s/clusters/c1`), {
    clock,
    warn: (message) => warnings.push(message),
    userAgent: 'kmaint/test',
  });
});
afterEach(() => {
  cluster.close();
  return server.close();
});

/** The requests so far: method, path and query, body. */
const sent = (): unknown[] =>
  server.requests.map(({ method, url, body }) => [
    `${method} ${url.replace('/k8s/clusters/c1', '')}`,
    ...(body === '' ? [] : [JSON.parse(body)]),
  ]);

describe('a node', () => {
  test('is read past the library’s serializer', async () => {
    const metadata = { name: 'n1', uid: 'u1', creationTimestamp: '2026-01-01T00:00:00Z' };
    server.next(json(200, { kind: 'Node', metadata, spec: { unschedulable: true } }));
    expect(await cluster.getNode('n1', { signal })).toMatchObject({
      name: 'n1',
      unschedulable: true,
      creationTimestamp: '2026-01-01T00:00:00Z',
    });
    expect(sent()).toEqual([['GET /api/v1/nodes/n1']]);
  });

  test('that is not there is undefined; forbidden throws', async () => {
    const missing = recorded('node-get-404');
    server.next(text(missing.status, missing.body), status(403, 'Forbidden', 'nodes "n1" is forbidden'));
    expect(await cluster.getNode('n1', { signal })).toBeUndefined();
    await expect(cluster.getNode('n1', { signal })).rejects.toMatchObject({ code: 'cluster.forbidden' });
  });

  test('404 of a proxy is not taken for a missing node', async () => {
    server.next(text(404, '404 page not found'));
    await expect(cluster.getNode('n1', { signal })).rejects.toMatchObject({ code: 'cluster.invalid' });
  });

  test('200 of a proxy’s login page is told in plain words', async () => {
    server.next(text(200, '<title>Sign in</title>', { 'content-type': 'text/html' }));
    await expect(cluster.getNode('n1', { signal })).rejects.toThrow(
      /the answer is not JSON but an HTML page "Sign in"/,
    );
  });

  test('is cordoned by a strategic merge patch of one field, tied to its uid', async () => {
    server.otherwise(json(200, { metadata: { name: 'n1', uid: 'u1' }, spec: { unschedulable: true } }));
    expect((await cluster.setUnschedulable(node, true, { signal })).unschedulable).toBe(true);
    await cluster.setUnschedulable(node, false, { signal, dryRun: true });
    expect(sent()).toEqual([
      ['PATCH /api/v1/nodes/n1?fieldManager=kmaint', { metadata: { uid: 'u1' }, spec: { unschedulable: true } }],
      [
        'PATCH /api/v1/nodes/n1?dryRun=All&fieldManager=kmaint',
        { metadata: { uid: 'u1' }, spec: { unschedulable: null } },
      ],
    ]);
    expect(server.requests[0]?.headers['content-type']).toBe('application/strategic-merge-patch+json');
  });

  test('is not patched twice when the answer is lost', async () => {
    server.next(json(200, { metadata: {} }), reset);
    await cluster.setUnschedulable(node, true, { signal });
    await expect(cluster.setUnschedulable(node, true, { signal })).rejects.toMatchObject({
      code: 'cluster.unreachable',
    });
    expect(server.requests).toHaveLength(2);
  });
});

describe('lists', () => {
  test('ask for what the query says', async () => {
    server.otherwise(json(200, { metadata: { resourceVersion: '1' }, items: [{ metadata: { name: 'x' } }] }));
    expect((await cluster.listNodes({ labelSelector: 'a in (b,c)', signal }))[0]?.name).toBe('x');
    await cluster.listPods({ nodeName: 'n1', labelSelector: 'e!=f', chunkSize: 2, signal });
    await cluster.listPods({ namespace: 'shop', chunkSize: 0, signal });
    await cluster.listBudgets({ signal });
    await cluster.listBudgets({ namespace: 'shop', signal });
    expect(sent().map((one) => decodeURIComponent(String(one)))).toEqual([
      'GET /api/v1/nodes?labelSelector=a+in+(b,c)&limit=500',
      'GET /api/v1/pods?fieldSelector=spec.nodeName=n1&labelSelector=e!=f&limit=2',
      'GET /api/v1/namespaces/shop/pods',
      'GET /apis/policy/v1/poddisruptionbudgets?limit=500',
      'GET /apis/policy/v1/namespaces/shop/poddisruptionbudgets?limit=500',
    ]);
  });

  test('of every kind have pages of the size that is asked for', async () => {
    server.otherwise(json(200, { metadata: { resourceVersion: '1' }, items: [] }));
    for (const chunkSize of [7, 0]) {
      const query = { chunkSize, signal };
      await cluster.listNodes(query);
      await cluster.listPods(query);
      await cluster.listBudgets(query);
      await cluster.listWorkloads('Deployment', query);
      await cluster.listClaims(query);
      await cluster.listPersistentVolumes(query);
    }
    const asked = sent().map((one) => new URL(String(one).slice('GET '.length), 'http://x'));
    expect(asked.map(({ searchParams }) => searchParams.get('limit'))).toEqual([
      ...Array.from({ length: 6 }, () => '7'),
      ...Array.from({ length: 6 }, () => null),
    ]);
  });

  test('of PersistentVolumes tell those on a node’s own disk, and which nodes reach them', async () => {
    const on = (value: string) => [
      { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [value] }] },
    ];
    const affinity = (value: string) => ({ nodeAffinity: { required: { nodeSelectorTerms: on(value) } } });
    const items = [
      { metadata: { name: 'disk' }, spec: { local: { path: '/mnt/disk' }, ...affinity('n1') } },
      { metadata: { name: 'folder' }, spec: { hostPath: { path: '/srv' } } },
      { metadata: { name: 'driver' }, spec: { csi: { driver: 'topolvm.io', volumeHandle: 'v1' }, ...affinity('n2') } },
    ];
    server.next(json(200, { metadata: {}, items }));
    const volumes = await cluster.listPersistentVolumes({ signal });
    expect(volumes.map(({ name, local, nodeTerms }) => [name, local, nodeTerms])).toEqual([
      ['disk', true, on('n1')],
      ['folder', true, []],
      ['driver', false, on('n2')],
    ]);
    expect(sent()).toEqual([['GET /api/v1/persistentvolumes?limit=500']]);
  });

  test('of budgets that may not be read throw cluster.forbidden', async () => {
    server.next(status(403, 'Forbidden', 'no'));
    await expect(cluster.listBudgets({ signal })).rejects.toMatchObject({ code: 'cluster.forbidden' });
  });
});

describe('a DaemonSet', () => {
  test.each([
    ['exists', json(200, { metadata: { name: 'agent' } }), 'exists'],
    ['is missing', status(404, 'NotFound', 'daemonsets.apps "agent" not found'), 'missing'],
    ['may not be read', status(403, 'Forbidden', 'nope'), { unknown: expect.stringContaining('nope') as string }],
    ['cannot be read now', status(503, '', 'busy'), { unknown: expect.stringContaining('busy') as string }],
  ])('%s', async (_, answer, existence) => {
    server.otherwise(answer);
    expect(await cluster.daemonSetExists({ namespace: 'kube-system', name: 'agent' }, { signal })).toEqual(existence);
    expect(sent()[0]).toEqual(['GET /apis/apps/v1/namespaces/kube-system/daemonsets/agent']);
  });
});

describe('a removal', () => {
  test('by eviction carries uid, grace and dry run, in query and body alike', async () => {
    server.otherwise(json(201, { kind: 'Status' }));
    await cluster.evictPod(pod, { signal });
    await cluster.evictPod(pod, { signal, gracePeriodSeconds: 0, dryRun: true });
    const path = 'POST /api/v1/namespaces/shop/pods/web-1/eviction';
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace: 'shop', name: 'web-1' } };
    expect(sent()).toEqual([
      [path, { ...body, deleteOptions: { preconditions: { uid: 'u2' } } }],
      [
        `${path}?dryRun=All`,
        { ...body, deleteOptions: { gracePeriodSeconds: 0, preconditions: { uid: 'u2' }, dryRun: ['All'] } },
      ],
    ]);
  });

  test('by deletion likewise', async () => {
    server.otherwise(json(200, {}));
    await cluster.deletePod(pod, { signal });
    await cluster.deletePod(pod, { signal, gracePeriodSeconds: 30, dryRun: true });
    const path = 'DELETE /api/v1/namespaces/shop/pods/web-1';
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'u2' } };
    expect(sent()).toEqual([
      [path, body],
      [`${path}?dryRun=All`, { ...body, gracePeriodSeconds: 30, dryRun: ['All'] }],
    ]);
    expect(server.requests[0]?.headers['content-length']).toBe(String(server.requests[0]?.body.length));
  });

  test('is asked for once, whatever the answer', async () => {
    server.next(json(429, {}, { 'retry-after': '1' }), status(503, '', 'busy'), reset);
    expect(await cluster.evictPod(pod, { signal })).toMatchObject({ kind: 'throttled', retryAfterMs: 1000 });
    expect(await cluster.evictPod(pod, { signal })).toMatchObject({ kind: 'transient' });
    expect(await cluster.deletePod(pod, { signal })).toMatchObject({ kind: 'transient' });
    expect(server.requests).toHaveLength(3);
    expect(clock.sleeps).toEqual([]);
  });

  test('refused for good says what to do', async () => {
    server.otherwise(status(401, 'Unauthorized', 'Unauthorized'));
    expect(await cluster.evictPod(pod, { signal })).toMatchObject({
      kind: 'fatal',
      status: 401,
      hint: 'the token or the client certificate is unknown to the server or has expired: log in to the cluster again, or name another kubeconfig, context or token; try: kubectl auth whoami --context test',
    });
  });

  test('for want of a right names the rule', async () => {
    const { body } = recorded('eviction-403-rbac');
    server.otherwise(json(403, JSON.parse(body)));
    const outcome = await cluster.evictPod(pod, { signal });
    const { hint } = outcome as Extract<typeof outcome, { kind: 'fatal' }>;
    expect(hint).toContain('resources: ["pods/eviction"], verbs: ["create"]');
    expect(hint).toMatch(/check with: kubectl auth can-i create pods --subresource=eviction -n \S+ --context test$/);
  });

  test('aborted rejects with the reason', async () => {
    const reason = new Error('interrupted');
    await expect(cluster.evictPod(pod, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('a watch of pods', () => {
  test('is of the node, and warns once when it is interrupted', async () => {
    server.next(json(200, { metadata: { resourceVersion: '5' }, items: [{ metadata: { name: 'a' } }] }));
    server.next(status(503, '', 'busy'), status(503, '', 'busy'));
    server.next((response) => {
      response.writeHead(200);
      response.write('{"type":"DELETED","object":{"metadata":{"name":"a","resourceVersion":"6"}}}\n');
    });
    const seen: unknown[] = [];
    for await (const change of cluster.watchPods({ nodeName: 'n1', signal })) {
      seen.push(change.type === 'snapshot' ? change.items.length : [change.type, change.item.name]);
      if (seen.length === 2) break;
    }
    expect(seen).toEqual([1, ['deleted', 'a']]);
    expect(decodeURIComponent(server.requests[1]?.url ?? '')).toContain('/pods?fieldSelector=spec.nodeName=n1&watch=1');
    expect(warnings).toEqual([expect.stringContaining('the watch of pods is interrupted')]);
  });
});

test('the version of the server', async () => {
  const { body } = recorded('version');
  server.next(text(200, body, { 'content-type': 'application/json' }));
  expect(await cluster.serverVersion({ signal })).toMatch(/^v1\.\d+\.\d+/);
  expect(sent()).toEqual([['GET /version']]);
});

test('closing closes idle connections', async () => {
  server.otherwise(json(200, { gitVersion: 'v1.36.3' }));
  await cluster.serverVersion({ signal });
  expect(server.open).toBe(1);
  cluster.close();
  await expect.poll(() => server.open).toBe(0);
});
