/** Owners of pods as they are read from a server, and what is made of each kind. */
import { describe, expect, it } from 'vitest';
import {
  createOwnerLookup,
  narrowOwner,
  ownerPaths,
  selectorText,
  type LogOwnerKind,
  type WireOwner,
} from '../../src/cluster/log-owner.ts';
import { compileSelector, parseSelector } from '../../src/cluster/selector.ts';
import { json } from '../support/server.ts';
import { errorOf, server, signal, transport } from './scripted.ts';

const metadata = { name: 'web', namespace: 'shop', uid: 'u1' };
const refused = json(403, { kind: 'Status', reason: 'Forbidden', message: 'no', code: 403 });
const absent = json(404, { kind: 'Status', reason: 'NotFound', message: 'none', code: 404 });

describe('createOwnerLookup', () => {
  it.each<[LogOwnerKind, string]>([
    ['Deployment', '/apis/apps/v1/namespaces/shop/deployments/web'],
    ['ReplicationController', '/api/v1/namespaces/shop/replicationcontrollers/web'],
    ['Service', '/api/v1/namespaces/shop/services/web'],
    ['Job', '/apis/batch/v1/namespaces/shop/jobs/web'],
    ['CronJob', '/apis/batch/v1/namespaces/shop/cronjobs/web'],
    ['Ingress', '/apis/networking.k8s.io/v1/namespaces/shop/ingresses/web'],
    ['HorizontalPodAutoscaler', '/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/web'],
    ['Node', '/api/v1/nodes/web'],
  ])('reads a %s by name', async (kind, path) => {
    server.next(json(200, { metadata }));
    const answer = await createOwnerLookup(transport()).named(kind, 'web', { namespace: 'shop', signal });
    expect(answer).toMatchObject({ kind: 'found', owners: [{ kind, name: 'web', namespace: 'shop', uid: 'u1' }] });
    expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([`GET ${path}`]);
  });

  it('finds a name in all namespaces by one list', async () => {
    server.next(json(200, { metadata: {}, items: [{ metadata }, { metadata: { ...metadata, namespace: 'b' } }] }));
    const answer = await createOwnerLookup(transport()).named('Service', 'web', { signal });
    expect(answer).toMatchObject({ owners: [{ namespace: 'shop' }, { namespace: 'b' }] });
    expect(server.requests[0]?.url).toBe('/api/v1/services?fieldSelector=metadata.name%3Dweb&limit=500');
  });

  it.each<[LogOwnerKind, string]>([
    ['ReplicaSet', '/apis/apps/v1/namespaces/shop/replicasets?labelSelector=a%3Db&limit=500'],
    ['Node', '/api/v1/nodes?labelSelector=a%3Db&limit=500'],
  ])('lists a %s by label', async (kind, url) => {
    server.next(json(200, { metadata: {}, items: [{ metadata }] }));
    await createOwnerLookup(transport()).list(kind, { namespace: 'shop', labelSelector: 'a=b', signal });
    expect(server.requests[0]?.url).toBe(url);
  });

  it('asks for nodes by their metadata alone, which a server that cannot gives whole', async () => {
    server.otherwise(json(200, { metadata: {}, items: [{ metadata }] }));
    const lookup = createOwnerLookup(transport());
    await lookup.list('Node', { signal });
    await lookup.list('Service', { namespace: 'shop', signal });
    expect(server.requests.map(({ headers }) => headers.accept)).toEqual([
      'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
      'application/json',
    ]);
  });

  it('takes a refusal and an absence for answers, and nothing else', async () => {
    const lookup = createOwnerLookup(transport());
    const scope = { namespace: 'shop', signal };
    const forbidden = { kind: 'forbidden', message: expect.any(String) as string };
    server.next(absent, refused, absent, refused);
    expect(await lookup.named('Job', 'web', scope)).toEqual({ kind: 'found', owners: [] });
    expect(await lookup.named('Job', 'web', scope)).toEqual(forbidden);
    expect(await lookup.list('Job', scope)).toEqual({ kind: 'found', owners: [] });
    expect(await lookup.list('Job', scope)).toEqual(forbidden);
    server.otherwise(json(401, { kind: 'Status', message: 'who?' }));
    expect(await errorOf(lookup.named('Job', 'web', scope))).toMatchObject({ code: 'cluster.unauthorized' });
    expect(await errorOf(lookup.list('Job', scope))).toMatchObject({ code: 'cluster.unauthorized' });
  });

  it('knows a path for every kind', () => {
    for (const [prefix, plural] of Object.values(ownerPaths))
      expect(`${prefix}/${plural}`).toMatch(/^\/apis?\/[\w./]+s$/);
  });
});

describe('narrowOwner', () => {
  const backend = (name: string) => ({ service: { name, port: { number: 80 } } });
  const jobLabels = (...keys: string[]) => ({
    selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u1' } },
    template: { metadata: { labels: Object.fromEntries(keys.map((key) => [key, 'web'])) } },
  });

  it.each<[string, LogOwnerKind, WireOwner['spec'], string | undefined]>([
    ['labels', 'Deployment', { selector: { matchLabels: { app: 'web' } } }, 'app=web'],
    ['expressions', 'StatefulSet', { selector: { matchExpressions: [{ key: 'a', operator: 'Exists' }] } }, 'a'],
    ['an empty selector', 'DaemonSet', { selector: {} }, ''],
    ['no selector', 'ReplicaSet', {}, undefined],
    ['a map', 'ReplicationController', { selector: { app: 'web' } }, 'app=web'],
    ['a map', 'Service', { selector: { app: 'web', tier: 'b' } }, 'app=web,tier=b'],
    ['no map', 'Service', {}, undefined],
    ['an empty map', 'Service', { selector: {} }, undefined],
    ['its name', 'Job', jobLabels('batch.kubernetes.io/job-name', 'job-name'), 'batch.kubernetes.io/job-name=web'],
    ['its name, of old', 'Job', jobLabels('job-name'), 'job-name=web'],
    ['a selector of its own', 'Job', jobLabels('app'), 'batch.kubernetes.io/controller-uid=u1'],
    ['none', 'CronJob', { selector: { matchLabels: { app: 'web' } } }, undefined],
    ['none', 'Node', undefined, undefined],
  ])('pods by %s: %s', (_, kind, spec, text) => {
    const { podSelector } = narrowOwner(kind, { metadata, ...(spec && { spec }) });
    expect(podSelector?.text).toBe(text);
  });

  it('finds the Services of an Ingress, each once', () => {
    const spec = {
      defaultBackend: backend('front'),
      rules: [
        { http: { paths: [{ backend: backend('api') }, { backend: backend('front') }] } },
        {},
        {
          http: { paths: [{ backend: { resource: { kind: 'Bucket', name: 'static' } } }, { backend: backend('old') }] },
        },
      ],
    };
    expect(narrowOwner('Ingress', { metadata, spec }).services).toEqual(['front', 'api', 'old']);
    expect(narrowOwner('Ingress', { metadata }).services).toEqual([]);
  });

  it('keeps all owner references, and what is scaled', () => {
    const reference = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'n', uid: 'u2' };
    const raw = { metadata: { ...metadata, ownerReferences: [reference, { ...reference, controller: true }] } };
    expect(narrowOwner('Job', raw).owners).toEqual([
      { ...reference, controller: false },
      { ...reference, controller: true },
    ]);
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    expect(narrowOwner('HorizontalPodAutoscaler', { metadata, spec: { scaleTargetRef } }).scales).toEqual(
      scaleTargetRef,
    );
    expect(narrowOwner('Job', { metadata, spec: { scaleTargetRef } }).scales).toBeUndefined();
  });
});

describe('selectorText', () => {
  const selector = {
    matchLabels: { a: 'b', 'x.io/c': '' },
    matchExpressions: [
      { key: 'd', operator: 'In', values: ['e', 'f'] },
      { key: 'g', operator: 'NotIn', values: ['h'] },
      { key: 'i', operator: 'Exists' },
      { key: 'j', operator: 'DoesNotExist' },
    ],
  };

  it('is what the server takes', () => {
    expect(selectorText(selector)).toBe('a=b,x.io/c=,d in (e,f),g notin (h),i,!j');
    expect(selectorText({})).toBe('');
  });

  it('means what the selector means', () => {
    const labels = { a: 'b', 'x.io/c': '', d: 'e', i: '' };
    const sets = [
      labels,
      { ...labels, a: 'x' },
      { ...labels, d: 'x' },
      { ...labels, g: 'h' },
      { ...labels, j: '' },
      {},
    ];
    const verdicts = sets.map(compileSelector(selector));
    expect(verdicts).toEqual([true, false, false, false, false, false]);
    expect(sets.map(parseSelector(selectorText(selector)))).toEqual(verdicts);
  });
});
