// The HTTP API over real sockets: pages, refusals, watches, faults. Words and codes are those of a 1.36.3 server.
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../support/api.ts';
import { makePods, podsPath, serve } from './served.ts';

interface List {
  readonly metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  readonly items: KubeObject[];
}

interface WatchEvent {
  readonly type: string;
  readonly object: KubeObject & { code?: number; message?: string };
}

const namesOf = (list: List): string[] => list.items.map(({ metadata }) => metadata.name);
const mergePatch = { contentType: 'application/merge-patch+json' };

describe('lists', () => {
  it('shows later pages as they were when the first was taken', async () => {
    const { api, store } = await serve();
    await makePods(api, 'a', 'b', 'c');
    const first = await api.get<List>(`${podsPath}?limit=1`);
    expect(namesOf(first)).toEqual(['a']);
    expect(first.metadata.remainingItemCount).toBe(2);
    await api.delete(`${podsPath}/c`);
    await makePods(api, 'bb');
    const rest = await api.get<List>(`${podsPath}?limit=5&continue=${first.metadata.continue ?? ''}`);
    expect(namesOf(rest)).toEqual(['b', 'c']);
    expect(rest.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion });
    expect(namesOf(await api.get<List>(podsPath))).toEqual(['a', 'b', 'bb']);
    store.compact();
    const expired = await api.request('GET', `${podsPath}?limit=5&continue=${first.metadata.continue ?? ''}`);
    expect(expired).toMatchObject({
      status: 410,
      body: { reason: 'Expired', metadata: { continue: expect.any(String) as string } },
    });
    const { metadata } = expired.body as List;
    const inconsistent = await api.get<List>(`${podsPath}?limit=5&continue=${metadata.continue ?? ''}`);
    expect(namesOf(inconsistent)).toEqual(['b', 'bb']);
  });

  it('writes items without kind, and a list with its own', async () => {
    const { api } = await serve();
    await makePods(api, 'a');
    const list = await api.get<List>(`${podsPath}?labelSelector=name+in+(a,b)`);
    expect(list).toMatchObject({ kind: 'PodList', apiVersion: 'v1' });
    expect(list.items[0]).not.toHaveProperty('kind');
    expect(namesOf(await api.get<List>(`${podsPath}?fieldSelector=spec.nodeName%3Dx`))).toEqual([]);
  });

  it.each([
    [
      '?continue=abc',
      400,
      `invalid continue token: continue key is not valid: invalid character 'i' looking for beginning of value`,
    ],
    ['?limit=abc', 400, 'strconv.ParseInt: parsing "abc": invalid syntax'],
    [
      '?resourceVersion=x',
      400,
      'invalid resource version: resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax',
    ],
    ['?resourceVersion=99999', 504, 'Timeout: Too large resource version: 99999, current: 1'],
    [
      '?resourceVersionMatch=Exact',
      422,
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    ],
  ])('refuses %s', async (query, status, message) => {
    const { api } = await serve();
    expect(await api.request('GET', `${podsPath}${query}`)).toMatchObject({ status, body: { message } });
  });
});

describe('refusals', () => {
  it.each([
    ['GET', '/api/v1/foos', 404, 'the server could not find the requested resource'],
    ['GET', `${podsPath}/a/foo`, 404, 'the server could not find the requested resource'],
    ['GET', `${podsPath}/a`, 404, 'pods "a" not found'],
    ['GET', `${podsPath}/a/exec?command=ls`, 404, 'pods "a" not found'],
    ['GET', '/api/v1/nodes/a/proxy/logs/', 404, 'nodes "a" not found'],
    ['GET', `${podsPath}/a/status/more`, 404, 'the server could not find the requested resource'],
    ['PUT', podsPath, 405, 'the server does not allow this method on the requested resource'],
    ['PATCH', `${podsPath}/a`, 415, '415: Unsupported Media Type'],
    ['DELETE', '/api/v1/namespaces', 405, 'the server does not allow this method on the requested resource'],
  ])('%s %s', async (method, path, status, message) => {
    const { api } = await serve();
    const answer = await api.request(method, path);
    expect(answer).toMatchObject({ status, body: { kind: 'Status', status: 'Failure', message, code: status } });
  });

  it('say where a kubelet would be needed', async () => {
    const { api } = await serve();
    await makePods(api, 'a');
    await api.create('/api/v1/nodes', { kind: 'Node', apiVersion: 'v1', metadata: { name: 'n' } });
    const answers = [
      await api.request('POST', `${podsPath}/a/exec?command=ls`),
      await api.request('GET', '/api/v1/nodes/n/proxy/logs/syslog'),
    ];
    expect(answers.map(({ status, body }) => [status, (body as { message: string }).message])).toEqual([
      [405, 'the playground has no kubelets and runs no containers: pods/exec needs a real cluster'],
      [405, 'the playground has no kubelets and runs no containers: nodes/proxy needs a real cluster'],
    ]);
  });

  it('speaks Go outside of all groups, and JSON only', async () => {
    const { api } = await serve();
    expect(await api.request('GET', '/apis/foo/v1/foos')).toMatchObject({ status: 404, body: '404 page not found\n' });
    expect(await api.request('GET', podsPath, undefined, { headers: { accept: 'text/plain' } })).toMatchObject({
      status: 406,
      body: { reason: 'NotAcceptable' },
    });
    expect(await api.request('GET', '/readyz')).toMatchObject({ status: 200, body: 'ok' });
  });

  it('asks for the token', async () => {
    const { api } = await serve();
    expect(await api.request('GET', podsPath, undefined, { headers: { authorization: 'Bearer other' } })).toMatchObject(
      {
        status: 401,
        body: { message: 'Unauthorized', reason: 'Unauthorized' },
      },
    );
  });

  it.each<[object, string]>([
    [
      { kind: 'Node', apiVersion: 'v1' },
      'Node in version "v1" cannot be handled as a Pod: converting (v1.Node) to (core.Pod): unknown conversion',
    ],
    [
      { kind: 'Pod', apiVersion: 'v2' },
      'Pod in version "v2" cannot be handled as a Pod: no kind "Pod" is registered for version "v2" in scheme "pkg/runtime/scheme.go:111"',
    ],
    [
      { metadata: { name: 'x', namespace: 'other' } },
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
  ])('refuses %j', async (body, message) => {
    const { api } = await serve();
    expect(await api.request('POST', podsPath, body)).toMatchObject({ status: 400, body: { message } });
  });
});

describe('writes', () => {
  it('patches, scales and dry-runs', async () => {
    const { api, store } = await serve();
    const path = '/apis/apps/v1/namespaces/default/deployments';
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    await api.create(path, { metadata: { name: 'd' }, spec: { selector: { matchLabels: { a: 'b' } }, template } });
    const { revision } = store;
    await api.patch(`${path}/d?dryRun=All`, { spec: { replicas: 9 } });
    expect(store.revision).toBe(revision);
    await api.patch(`${path}/d/scale`, { spec: { replicas: 2 } });
    expect(await api.get(`${path}/d/scale`)).toMatchObject({ kind: 'Scale', spec: { replicas: 2 } });
    const strategic = 'application/strategic-merge-patch+json';
    const added = { spec: { template: { spec: { containers: [{ name: 'e', image: 'i' }] } } } };
    const patched = await api.patch<{ spec: { template: { spec: { containers: unknown[] } } } }>(
      `${path}/d`,
      added,
      strategic,
    );
    expect(patched.spec.template.spec.containers).toHaveLength(2);
    expect(
      await api.request('PATCH', `${path}/d`, [{ op: 'test', path: '/kind', value: 'x' }], {
        contentType: 'application/json-patch+json',
      }),
    ).toMatchObject({
      status: 422,
      body: {
        message: 'the server rejected our request due to an error in our request',
        reason: 'Invalid',
        details: {},
      },
    });
    expect(await api.request('PATCH', `${path}/d`, { metadata: { uid: 'x' } }, mergePatch)).toMatchObject({
      status: 422,
      body: { message: 'Deployment.apps "d" is invalid: metadata.uid: Invalid value: "x": field is immutable' },
    });
    expect(await api.request('DELETE', `${path}/d`)).toMatchObject({
      status: 200,
      body: { status: 'Success', details: { name: 'd', group: 'apps', kind: 'deployments' } },
    });
  });

  it('binds a pod once', async () => {
    const { api } = await serve();
    await makePods(api, 'a');
    const binding = { metadata: { name: 'a' }, target: { kind: 'Node', name: 'n1' } };
    expect(await api.request('POST', `${podsPath}/a/binding`, binding)).toMatchObject({ status: 201 });
    expect(namesOf(await api.get<List>('/api/v1/pods?fieldSelector=spec.nodeName%3Dn1'))).toEqual(['a']);
    expect(await api.request('POST', `${podsPath}/a/binding`, binding)).toMatchObject({
      status: 409,
      body: { message: 'Operation cannot be fulfilled on pods/binding "a": pod a is already assigned to node "n1"' },
    });
  });

  it.each([
    [{ target: { name: 'n1' } }, 400, 'name in URL does not match name in Binding object'],
    [{ metadata: { name: 'a' } }, 500, 'target.name: Required value'],
    [
      { metadata: { name: 'a' }, target: { kind: 'Pod' } },
      500,
      '[target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>", target.name: Required value]',
    ],
  ])('refuses the binding %j', async (binding, status, message) => {
    const { api } = await serve();
    expect(await api.request('POST', `${podsPath}/a/binding`, binding)).toMatchObject({ status, body: { message } });
  });

  it('binds nothing in a namespace that is being deleted, or that is missing', async () => {
    const { api } = await serve();
    const binding = { metadata: { name: 'b' }, target: { kind: 'Node', name: 'n1' } };
    const missing = await api.request('POST', '/api/v1/namespaces/nope/pods/b/binding', binding);
    expect(missing).toMatchObject({ status: 404, body: { message: 'namespaces "nope" not found' } });
    await api.create('/api/v1/namespaces', { metadata: { name: 'going' } });
    await api.delete('/api/v1/namespaces/going');
    expect(await api.request('POST', '/api/v1/namespaces/going/pods/b/binding', binding)).toMatchObject({
      status: 403,
      body: {
        message:
          'pods "b" is forbidden: unable to create new content in namespace going because it is being terminated',
        details: { name: 'b', kind: 'pods', causes: [{ reason: 'NamespaceTerminating' }] },
      },
    });
  });

  it('shows the whole object when a patch makes one of the wrong types', async () => {
    const { api } = await serve();
    await makePods(api, 'a');
    const answer = await api.request('PATCH', `${podsPath}/a`, { metadata: { labels: { a: 1 } } }, mergePatch);
    const why = 'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string';
    const { message, ...rest } = answer.body as { message: string };
    expect(message).toMatch(/^ "" is invalid: patch: Invalid value: "{\\"apiVersion\\":\\"v1\\",\\"kind\\":\\"Pod\\",/);
    expect(message.endsWith(`: ${why}`)).toBe(true);
    expect(rest).toMatchObject({ code: 422, reason: 'Invalid', details: { causes: [{ field: 'patch' }] } });
    expect(rest).not.toHaveProperty('details.kind');
  });
});

describe('watches', () => {
  async function watch(api: Awaited<ReturnType<typeof serve>>['api'], query: string): Promise<WatchEvent[]> {
    const answer = await api.request('GET', `${podsPath}?watch=true&timeoutSeconds=1&${query}`);
    expect(answer.status).toBe(200);
    return answer.body as WatchEvent[];
  }
  const told = (events: readonly WatchEvent[]): string[] =>
    events.map(({ type, object }) => `${type} ${object.metadata.name}`);

  it('tells what happened since a revision, and to whom it matters', async () => {
    const { api } = await serve();
    await makePods(api, 'a', 'b');
    const { metadata } = await api.get<List>(podsPath);
    await api.patch(`${podsPath}/a`, { metadata: { labels: { name: 'other' } } });
    await api.patch(`${podsPath}/a`, { metadata: { labels: { name: 'a' } } });
    await api.delete(`${podsPath}/a`);
    const events = await watch(api, `labelSelector=name%3Da&resourceVersion=${metadata.resourceVersion}`);
    expect(told(events)).toEqual(['DELETED a', 'ADDED a', 'MODIFIED a', 'DELETED a']);
    expect(events[0]?.object.metadata.labels).toEqual({ name: 'a' });
  });

  it('begins with what there is, marks the end of it, and goes on', async () => {
    const { api } = await serve();
    await makePods(api, 'a');
    const running = watch(api, 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true');
    await makePods(api, 'b');
    const events = await running;
    expect(told(events)[0]).toBe('ADDED a');
    const mark = events.find(({ type }) => type === 'BOOKMARK');
    expect(mark?.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
    expect(told(events)).toContain('ADDED b');
  });

  it('ends with 410 when the past is forgotten', async () => {
    const { api, store } = await serve();
    await makePods(api, 'a');
    store.compact();
    const [event, ...more] = await watch(api, 'resourceVersion=1');
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      type: 'ERROR',
      object: { code: 410, reason: 'Expired', message: 'too old resource version: 1 (2)' },
    });
  });
});

describe('faults', () => {
  it('answers otherwise, late, or not at all', async () => {
    const asked: string[] = [];
    const { api } = await serve(({ path, method }) => {
      asked.push(`${method} ${path}`);
      if (path.endsWith('/busy'))
        return { kind: 'answer', answer: { status: 503, json: {}, headers: { 'retry-after': '1' } } };
      if (path.endsWith('/reset')) return { kind: 'refuse', ending: 'reset' };
      if (path.endsWith('/lost')) return { kind: 'lose', ending: 'reset' };
      return path === podsPath && method === 'GET' ? { kind: 'cut', ending: 'reset', afterBytes: 10 } : undefined;
    });
    expect(await api.request('GET', `${podsPath}/busy`)).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1' },
    });
    await expect(api.request('GET', `${podsPath}/reset`)).rejects.toThrow(/hang up|ECONNRESET/);
    await expect(api.request('GET', podsPath)).rejects.toThrow(/aborted|ECONNRESET/);
    await makePods(api, 'lost');
    await expect(api.request('DELETE', `${podsPath}/lost`)).rejects.toThrow(/hang up|ECONNRESET/);
    expect(await api.list('/api/v1/pods')).toEqual([]);
    expect(asked).toContain(`DELETE ${podsPath}/lost`);
  });

  it('leaves a connection half-open', async () => {
    const { api } = await serve(() => ({ kind: 'refuse', ending: 'half-open' }));
    await expect(api.request('GET', podsPath, undefined, { timeoutMs: 100 })).rejects.toThrow('silent for 100 ms');
  });
});
