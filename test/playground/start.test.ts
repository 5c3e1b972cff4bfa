/** Starting and closing a playground: what is up by then, who may come in, what is left behind. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { realClock } from '../../src/clock.ts';
import { startPlayground, type Playground, type PlaygroundOptions } from '../../src/playground/playground.ts';
import { shippedClusters } from '../../src/playground/seed-documents.ts';
import { connect, waitFor, type Api, type KubeObject } from '../support/api.ts';
import { isReadyPod, type TestBudget, type TestPod } from '../support/workloads.ts';

let folder = '';
const open: { close(): Promise<void> | void }[] = [];
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'kmaint-start-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

type Choice = Partial<PlaygroundOptions> & ({ fixture: string } | { text: string; name?: string });

async function start(choice: Choice): Promise<{ playground: Playground; api: Api }> {
  const playground = await startPlayground({
    clock: realClock,
    signal: new AbortController().signal,
    folder,
    ...choice,
  });
  const api = connect(playground.kubeconfigPath);
  open.push(api, playground);
  return { playground, api };
}

const namesOf = (objects: readonly KubeObject[]): string[] => objects.map(({ metadata }) => metadata.name);
const kindOf = (pod: TestPod): string => pod.metadata.ownerReferences?.[0]?.kind ?? 'none';

interface TestNode extends KubeObject {
  readonly spec: { readonly taints?: readonly { readonly key: string; readonly effect: string }[] };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

describe('the default cluster', () => {
  it('has all of its pods up when it can first be seen', async () => {
    const { api } = await start({ fixture: 'two-nodes' });
    const pods = await api.list<TestPod>('/api/v1/pods');
    expect(pods).toHaveLength(15);
    expect(pods.filter((pod) => !isReadyPod(pod))).toEqual([]);
    const nodes = await api.list<TestNode>('/api/v1/nodes');
    expect(namesOf(nodes)).toEqual(['k8s-master', 'k8s-node1']);
    for (const { spec, status } of nodes) {
      expect(spec.taints).toBeUndefined();
      expect(status.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'True' }));
    }
    const onWorker = pods.filter(({ spec }) => spec.nodeName === 'k8s-node1');
    expect(onWorker.map(kindOf).sort()).toEqual([
      'DaemonSet',
      'DaemonSet',
      'ReplicaSet',
      'ReplicaSet',
      'StatefulSet',
      'none',
    ]);
    const [budget] = await api.list<TestBudget>('/apis/policy/v1/poddisruptionbudgets');
    expect(budget?.status).toMatchObject({ disruptionsAllowed: 1, currentHealthy: 2, expectedPods: 2 });
  });

  it('was there for a minute, and none of its times is in the future', async () => {
    const { api } = await start({ fixture: 'two-nodes' });
    const nowMs = Date.now();
    for (const { metadata } of await api.list('/api/v1/pods')) {
      const ageMs = nowMs - Date.parse(metadata.creationTimestamp ?? '');
      expect(ageMs).toBeGreaterThan(30_000);
      expect(ageMs).toBeLessThan(90_000);
    }
    for (const lease of await api.list<KubeObject & { spec: { renewTime: string } }>(
      '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases',
    )) {
      const ageMs = nowMs - Date.parse(lease.spec.renewTime);
      expect(ageMs).toBeGreaterThan(-1000);
      expect(ageMs).toBeLessThan(15_000);
    }
  });

  it('is the same again for the same seed', async () => {
    const placesOf = async (seed: number): Promise<readonly string[]> => {
      const { api } = await start({ fixture: 'two-nodes', seed });
      const pods = await api.list<TestPod>('/api/v1/pods');
      return pods
        .map((pod) => `${pod.metadata.ownerReferences?.[0]?.name ?? pod.metadata.name} ${pod.spec.nodeName}`)
        .sort();
    };
    expect(await placesOf(3)).toEqual(await placesOf(3));
  });

  it('lives: what is evicted comes back elsewhere', async () => {
    const { api } = await start({ fixture: 'two-nodes', timeScale: 20 });
    await api.patch('/api/v1/nodes/k8s-node1', { spec: { unschedulable: true } });
    const pods = await api.list<TestPod>('/api/v1/namespaces/default/pods');
    const web = pods.find((pod) => kindOf(pod) === 'ReplicaSet' && pod.spec.nodeName === 'k8s-node1');
    const name = web?.metadata.name ?? '';
    await api.create(`/api/v1/namespaces/default/pods/${name}/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name },
    });
    await waitFor('its replacement', async () => {
      const now = await api.list<TestPod>('/api/v1/namespaces/default/pods?labelSelector=app=web');
      const up = now.length === 2 && now.every((pod) => isReadyPod(pod) && pod.spec.nodeName === 'k8s-master');
      return up ? true : undefined;
    });
  });
});

describe('the other clusters', () => {
  it('three-zones: 12 nodes, about 200 pods, all Ready, and budgets of every kind', async () => {
    const { api } = await start({ fixture: 'three-zones' });
    expect(await api.list('/api/v1/nodes')).toHaveLength(12);
    const pods = await api.list<TestPod>('/api/v1/pods');
    expect(pods.length).toBeGreaterThan(190);
    expect(pods.length).toBeLessThan(210);
    expect(namesOf(pods.filter((pod) => !isReadyPod(pod)))).toEqual([]);
    const budgets = await api.list<TestBudget>('/apis/policy/v1/poddisruptionbudgets');
    const allowed = Object.fromEntries(
      budgets.map(({ metadata, status }) => [metadata.name, status?.disruptionsAllowed]),
    );
    expect(allowed).toEqual({
      api: 4,
      cart: 2,
      checkout: 2,
      coredns: 1,
      everything: 2,
      images: 1,
      legacy: 1,
      mail: 0,
      'metrics-server': 1,
      postgres: 1,
      queue: 0,
      redis: 3,
      web: 8,
    });
  });

  it('stuck: every pod says what it shows, and is in the state that it shows', async () => {
    const { api } = await start({ fixture: 'stuck' });
    const pods = await api.list<TestPod>('/api/v1/pods');
    const byName = new Map(pods.map((pod) => [pod.metadata.name, pod]));
    for (const { metadata } of pods) expect(metadata.annotations?.['kmaint.test/shows'], metadata.name).toMatch(/\S/);
    const notReady = namesOf(pods.filter((pod) => !isReadyPod(pod))).sort();
    expect(notReady.filter((name) => !name.startsWith('agent-'))).toEqual(['unreachable-0', 'unready-0', 'unready-1']);
    expect(byName.get('terminating')?.metadata.deletionTimestamp).toMatch(/^2026-01-02T/);
    const dead = await api.get<TestNode>('/api/v1/nodes/dead');
    expect(dead.status.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'Unknown' }));
    const budgets = await api.list<TestBudget>('/apis/policy/v1/poddisruptionbudgets');
    const allowed = Object.fromEntries(
      budgets.map(({ metadata, status }) => [metadata.name, status?.disruptionsAllowed]),
    );
    expect(allowed).toMatchObject({ never: 0, zero: 0, unready: 0, pinned: 1, 'budgeted-bare': 0 });
  });

  it('are those in fixtures/clusters', async () => {
    const files = await readdir(new URL('../../fixtures/clusters', import.meta.url));
    expect(files.map((file) => file.replace('.yaml', '')).sort()).toEqual([...shippedClusters].sort());
  });
});

describe('a seed of the user', () => {
  const text = `{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {nodeName: n, containers: [{name: c, image: x}]}}`;

  it('comes up as it says', async () => {
    const { api } = await start({ text: `${text}\n---\n{apiVersion: v1, kind: Node, metadata: {name: n}}` });
    expect(isReadyPod(await api.get('/api/v1/namespaces/default/pods/a'))).toBe(true);
  });

  it('stays still without controllers', async () => {
    const { api } = await start({ text, controllers: false });
    expect(await api.get('/api/v1/namespaces/default/pods/a')).toMatchObject({ status: { phase: 'Pending' } });
  });

  it.each([
    [{ text: 'kind: [', name: 'mine.yaml' }, 'mine.yaml:1:8 (document 1) is not YAML'],
    [{ text: '{apiVersion: v1, kind: Pood, metadata: {name: a}}', name: 'mine.yaml' }, 'did you mean Pod?'],
    [{ fixture: 'two-node' }, 'called "two-node"; did you mean two-nodes?'],
    [{ fixture: 'xyz' }, 'called "xyz"'],
  ])('is refused when it makes no sense: %j', async (seed, message) => {
    const refused = start(seed);
    await expect(refused).rejects.toMatchObject({ exitCode: 2, code: 'usage.seed' });
    await expect(refused).rejects.toThrow(message);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('the door', () => {
  it('lets nobody in without the token of the kubeconfig', async () => {
    const { api } = await start({ fixture: 'two-nodes' });
    const headers = { authorization: 'Bearer guessed' };
    expect(await api.request('GET', '/api/v1/nodes', undefined, { headers })).toMatchObject({
      status: 401,
      body: { kind: 'Status', reason: 'Unauthorized' },
    });
  });

  it('is on loopback, and its kubeconfig for its owner alone', async () => {
    const { playground } = await start({ fixture: 'two-nodes' });
    expect(playground.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect((await stat(playground.kubeconfigPath)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(playground.kubeconfigPath))).mode & 0o777).toBe(0o700);
  });

  it('may stand beside another, but not at the same port', async () => {
    const first = await start({ fixture: 'two-nodes' });
    const second = await start({ fixture: 'stuck' });
    expect(namesOf(await first.api.list('/api/v1/nodes'))).toEqual(['k8s-master', 'k8s-node1']);
    expect(namesOf(await second.api.list('/api/v1/nodes'))).toEqual(['dead', 'worker-a', 'worker-b']);
    const port = Number(new URL(first.playground.url).port);
    const refused = start({ fixture: 'two-nodes', port });
    await expect(refused).rejects.toMatchObject({ exitCode: 2, code: 'usage.port' });
    await expect(refused).rejects.toThrow(`port ${port} is taken`);
    expect(await readdir(folder)).toHaveLength(2);
    await first.playground.close();
    const again = await start({ fixture: 'two-nodes', port });
    expect(again.playground.url).toBe(first.playground.url);
  });

  it('shuts by close, by the signal, and when the start is given up; nothing is left', async () => {
    const { playground, api } = await start({ fixture: 'two-nodes' });
    await api.list('/api/v1/nodes');
    await playground.close();
    await playground.close();
    expect(await readdir(folder)).toEqual([]);
    await expect(api.list('/api/v1/nodes')).rejects.toThrow(/ECONNREFUSED|ECONNRESET/);

    const controller = new AbortController();
    const other = await start({ fixture: 'two-nodes', signal: controller.signal });
    controller.abort(new Error('enough'));
    await other.playground.close();
    expect(existsSync(other.playground.kubeconfigPath)).toBe(false);

    const early = new AbortController();
    const given = start({ fixture: 'three-zones', signal: early.signal });
    early.abort(new Error('too slow'));
    await expect(given).rejects.toThrow('too slow');
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('faults on command', () => {
  it('strike until they are taken back, the latest hook first', async () => {
    const { playground, api } = await start({ fixture: 'two-nodes' });
    const seen: string[] = [];
    const stopWatching = playground.api.intercept(({ method, path }) => void seen.push(`${method} ${path}`));
    const stop = playground.api.intercept(({ path }) =>
      path === '/api/v1/nodes' ? { kind: 'answer', answer: { status: 503, json: { kind: 'Status' } } } : undefined,
    );
    expect((await api.request('GET', '/api/v1/nodes')).status).toBe(503);
    expect((await api.request('GET', '/api/v1/pods')).status).toBe(200);
    stop();
    expect((await api.request('GET', '/api/v1/nodes')).status).toBe(200);
    stopWatching();
    await api.request('GET', '/api/v1/pods');
    expect(seen).toEqual(['GET /api/v1/pods', 'GET /api/v1/nodes']);
  });

  it('come by themselves with chaos', async () => {
    const { api } = await start({ fixture: 'two-nodes', chaos: ['errors'] });
    const answers = await Promise.all(Array.from({ length: 100 }, () => api.request('GET', '/api/v1/nodes')));
    const statuses = new Set(answers.map(({ status }) => status));
    expect(statuses).toContain(200);
    expect([...statuses].filter((status) => ![200, 429, 500, 503].includes(status))).toEqual([]);
    expect(statuses.size).toBeGreaterThan(1);
  });
});
