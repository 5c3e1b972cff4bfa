/** The port against a real API server: what the replayed answers only claim. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Change, Cluster, PodRef } from '../../src/cluster/cluster.ts';
import { openCluster } from '../../src/cluster/connect.ts';
import type { Node } from '../../src/cluster/node.ts';
import { narrowPod, type Pod } from '../../src/cluster/pod.ts';
import { createTransport } from '../../src/cluster/transport.ts';
import { watchStream, type WatchEnd } from '../../src/cluster/watch-stream.ts';
import { realClock } from '../../src/clock.ts';
import { ClusterError } from '../../src/errors.ts';
import { writeCertificateUser, writeTokenUser } from '../cluster/users.ts';
import { connect, waitFor, type Api } from '../support/api.ts';
import { createScenario, type Scenario } from '../support/scenario.ts';
import { connectionOf, connectionTo, type ConnectionParts } from './connection.ts';

const { signal } = new AbortController();
const nobody = '00000000-0000-4000-8000-000000000000';
let api: Api;
let scenario: Scenario;
let folder: string;
let cluster: Cluster;
const trace: string[] = [];
const opened: Cluster[] = [];

function open(kubeconfig: string, parts: ConnectionParts = {}): Cluster {
  const one = openCluster(connectionOf(kubeconfig, parts), {
    clock: realClock,
    userAgent: 'kmaint/test',
    warn: (message) => expect.unreachable(message),
    trace: (line) => trace.push(line),
  });
  opened.push(one);
  return one;
}

beforeAll(async () => {
  api = connect(inject('kubeconfig'));
  scenario = await createScenario(api, { prefix: 'door', nodes: 2 });
  folder = mkdtempSync(join(tmpdir(), 'kmaint-door-'));
  cluster = open(inject('kubeconfig'));
});

afterAll(async () => {
  for (const one of opened) one.close();
  await scenario.dispose();
  api.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The scenario's first or second node. */
async function node(index: 0 | 1): Promise<Node> {
  const found = await cluster.getNode(scenario.nodeNames[index] ?? '', { signal });
  expect.assert(found !== undefined);
  return found;
}

/** A running pod of its own on the second node. */
async function podOn(name: string, labels: Record<string, string> = {}): Promise<PodRef> {
  await scenario.pod(name, { nodeName: scenario.nodeNames[1] ?? '', readyAfterMs: 10, goneAfterMs: 300, labels });
  const ready = await waitFor(`${name} to be Ready`, async () => {
    const pod = await cluster.getPod({ namespace: scenario.namespace, name }, { signal });
    return pod?.ready === true ? pod : undefined;
  });
  return { namespace: ready.namespace, name, uid: ready.uid };
}

async function errorOf(work: Promise<unknown>): Promise<ClusterError> {
  const error = await work.catch((reason: unknown) => reason);
  expect.assert(error instanceof ClusterError);
  return error;
}

describe('reading', () => {
  test('the version', async () => {
    expect(await cluster.serverVersion({ signal })).toBe(inject('kubernetesVersion'));
  });

  test('nodes, by name and by label', async () => {
    expect(await node(0)).toMatchObject({ ready: 'True', unschedulable: false, controlPlane: false });
    const nodes = await cluster.listNodes({ labelSelector: scenario.nodeSelector, chunkSize: 1, signal });
    expect(nodes.map(({ name }) => name).toSorted()).toEqual([...scenario.nodeNames].toSorted());
    expect(await cluster.getNode('no-such-node', { signal })).toBeUndefined();
  });

  test('pods of a node, page by page', async () => {
    const names = ['page-0', 'page-1', 'page-2', 'page-3', 'page-4'];
    await Promise.all(
      names.map((name) => scenario.pod(name, { nodeName: scenario.nodeNames[0] ?? '', readyAfterMs: 10 })),
    );
    trace.length = 0;
    const pods = await cluster.listPods({ nodeName: scenario.nodeNames[0], chunkSize: 2, signal });
    expect(pods.map(({ name }) => name)).toEqual(names);
    expect(pods.every((pod) => pod.namespace === scenario.namespace && pod.nodeName === scenario.nodeNames[0])).toBe(
      true,
    );
    expect(trace).toHaveLength(3);
    expect(trace[0]).toMatch(/\/api\/v1\/pods\?fieldSelector=spec\.nodeName%3D.*&limit=2 200 OK in \d+ ms$/);
    expect(trace[1]).toContain('&continue=');
  });

  test('pods of a namespace come as protobuf, and are what they are as JSON', async () => {
    await podOn('wire', { app: 'wire' });
    await waitFor('both lists to be the same', async () => {
      const raw = await api.list<Parameters<typeof narrowPod>[0]>(`/api/v1/namespaces/${scenario.namespace}/pods`);
      const read = await cluster.listPods({ namespace: scenario.namespace, signal });
      const same = raw.length > 0 && isDeepStrictEqual(read, raw.map(narrowPod));
      return same ? true : undefined;
    });
  });

  test('what is not there', async () => {
    const ref = { namespace: scenario.namespace, name: 'nobody' };
    expect(await cluster.getPod(ref, { signal })).toBeUndefined();
    expect(await cluster.daemonSetExists(ref, { signal })).toBe('missing');
    expect(await cluster.listBudgets({ namespace: 'no-such-namespace', signal })).toEqual([]);
  });

  test('a DaemonSet that is there', async () => {
    await scenario.daemonSet('agent', { readyAfterMs: 10 });
    expect(await cluster.daemonSetExists({ namespace: scenario.namespace, name: 'agent' }, { signal })).toBe('exists');
  });
});

describe('cordoning', () => {
  test('sets and clears the field, as often as asked; a dry run does nothing', async () => {
    expect((await cluster.setUnschedulable(await node(0), true, { signal, dryRun: true })).unschedulable).toBe(true);
    expect((await node(0)).unschedulable).toBe(false);
    for (const wanted of [true, true, false, false]) {
      expect((await cluster.setUnschedulable(await node(0), wanted, { signal })).unschedulable).toBe(wanted);
      expect((await node(0)).unschedulable).toBe(wanted);
    }
  });

  test('leaves a node of the same name but another uid alone', async () => {
    const impostor = { ...(await node(0)), uid: nobody };
    const error = await errorOf(cluster.setUnschedulable(impostor, true, { signal }));
    expect(error).toMatchObject({ code: 'cluster.not-found', transient: false });
    expect(error.message).toContain(`with uid ${nobody} is gone, another one has its name by now`);
    expect((await node(0)).unschedulable).toBe(false);
  });

  test('of a node that is gone says so', async () => {
    const gone = { ...(await node(0)), name: 'no-such-node' };
    const error = await errorOf(cluster.setUnschedulable(gone, true, { signal }));
    expect(error).toMatchObject({ code: 'cluster.not-found', status: 404 });
    expect(error.message).toContain('cannot patch nodes no-such-node on https://');
  });
});

describe('giving a node back', () => {
  const annotation = 'kmaint.io/hold';
  /** Writes as somebody else would, and reads the node. */
  async function write(change: { metadata?: object; spec?: object }): Promise<Node> {
    await api.patch(`/api/v1/nodes/${scenario.nodeNames[0] ?? ''}`, change);
    return node(0);
  }
  const hold = (value: string | null): Promise<Node> =>
    write({ metadata: { annotations: { [annotation]: value, other: 'stays' } }, spec: { unschedulable: true } });

  test('drops the annotation, whatever else was written to the node meanwhile', async () => {
    const held = await hold('{"run":"r1"}');
    await write({ metadata: { labels: { zone: 'b' } } });
    const dropped = await cluster.dropAnnotation(held, annotation, { signal });
    expect(dropped).toMatchObject({ unschedulable: true, labels: { zone: 'b' }, annotations: { other: 'stays' } });
    expect(dropped.annotations).not.toHaveProperty([annotation]);
    expect((await node(0)).annotations).toEqual(dropped.annotations);
  });

  test('changes nothing where uid, value or cordon are others, or it is gone', async () => {
    const refusal = async (from: Node): Promise<void> => {
      const { annotations } = await node(0);
      const error = await errorOf(cluster.dropAnnotation(from, annotation, { signal }));
      expect(error).toMatchObject({ status: 422, transient: false });
      expect((await node(0)).annotations).toEqual(annotations);
    };
    const held = await hold('{"run":"r1"}');
    await refusal({ ...held, uid: nobody });
    const others = await hold('{"run":"r2"}');
    await refusal(held);
    await write({ spec: { unschedulable: null } });
    await refusal(others);
    await hold(null);
    await refusal(others);
    await write({ spec: { unschedulable: null } });
  });
});

describe('removing', () => {
  test('an eviction is accepted, and the pod goes; its name is then gone', async () => {
    const pod = await podOn('evicted');
    expect(await cluster.evictPod(pod, { signal })).toEqual({ kind: 'accepted' });
    await waitFor('the pod to be gone', async () => ((await cluster.getPod(pod, { signal })) ? undefined : true));
    expect(await cluster.evictPod(pod, { signal })).toEqual({ kind: 'gone' });
    expect(await cluster.deletePod(pod, { signal })).toEqual({ kind: 'gone' });
  });

  test('a deletion carries the grace period', async () => {
    const pod = await podOn('deleted');
    expect(await cluster.deletePod(pod, { signal, gracePeriodSeconds: 7 })).toEqual({ kind: 'accepted' });
    const found = await api.find<{ metadata: { deletionGracePeriodSeconds?: number } }>(
      `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}`,
    );
    if (found) expect(found.metadata.deletionGracePeriodSeconds).toBe(7);
    await waitFor('the pod to be gone', async () => ((await cluster.getPod(pod, { signal })) ? undefined : true));
  });

  test('a dry run removes nothing', async () => {
    const pod = await podOn('spared');
    expect(await cluster.evictPod(pod, { signal, dryRun: true })).toEqual({ kind: 'accepted' });
    expect(await cluster.deletePod(pod, { signal, dryRun: true })).toEqual({ kind: 'accepted' });
    expect((await cluster.getPod(pod, { signal }))?.deletionTimestamp).toBeUndefined();
  });

  test('a pod of the same name but another uid is left alone', async () => {
    const pod = await podOn('twin');
    const former = { ...pod, uid: nobody };
    expect(await cluster.evictPod(former, { signal })).toMatchObject({ kind: 'identity-changed' });
    expect(await cluster.deletePod(former, { signal })).toMatchObject({ kind: 'identity-changed' });
    expect(await cluster.getPod(pod, { signal })).toMatchObject({ uid: pod.uid, deletionTimestamp: undefined });
  });

  test('an exhausted budget blocks, with its numbers; the budget reads the same', async () => {
    const pod = await podOn('guarded', { app: 'guarded' });
    await scenario.budget('guarded', { minAvailable: 1 });
    await scenario.waitReady();
    expect(await cluster.evictPod(pod, { signal })).toMatchObject({
      kind: 'blocked-budget',
      budget: 'guarded',
      needs: 1,
      has: 1,
    });
    const budgets = await cluster.listBudgets({ namespace: scenario.namespace, signal });
    expect(budgets.find(({ name }) => name === 'guarded')).toMatchObject({
      disruptionsAllowed: 0,
      currentHealthy: 1,
      desiredHealthy: 1,
      settled: true,
    });
  });

  test('two budgets on one pod block for good', async () => {
    const pod = await podOn('twice', { app: 'twice' });
    const spec = { minAvailable: 0, selector: { matchLabels: { app: 'twice' } } };
    await scenario.budget('twice-a', spec);
    await scenario.budget('twice-b', spec);
    expect(await cluster.evictPod(pod, { signal })).toMatchObject({ kind: 'blocked-config' });
  });
});

describe('watching', () => {
  test('tells of pods that come, change and go', async () => {
    const nodeName = scenario.nodeNames[0] ?? '';
    const changes: Change<Pod>[] = [];
    const end = new AbortController();
    const done = new Error('seen enough');
    const watching = (async () => {
      for await (const change of cluster.watchPods({ nodeName, signal: end.signal })) changes.push(change);
    })();
    const isOf = (change: Change<Pod>): boolean => change.type !== 'snapshot' && change.item.name === 'visitor';
    await waitFor('the snapshot', () => Promise.resolve(changes[0]));
    await scenario.pod('visitor', { nodeName, readyAfterMs: 10, goneAfterMs: 100 });
    await waitFor('a Ready pod', () =>
      Promise.resolve(changes.find((change) => isOf(change) && change.type === 'changed' && change.item.ready)),
    );
    await api.delete(`/api/v1/namespaces/${scenario.namespace}/pods/visitor`);
    await waitFor('its end', () =>
      Promise.resolve(changes.find((change) => isOf(change) && change.type === 'deleted')),
    );
    end.abort(done);
    await expect(watching).rejects.toBe(done);
    expect(changes.filter(({ type }) => type === 'snapshot')).toHaveLength(1);
    const kinds = changes.filter(isOf).map(({ type }) => type);
    expect(kinds.indexOf('deleted')).toBe(kinds.length - 1);
  });

  async function watchFrom(resourceVersion: string, timeoutSeconds: number): Promise<WatchEnd> {
    const transport = createTransport(connectionOf(inject('kubeconfig')), {
      clock: realClock,
      userAgent: 'kmaint/test',
      warn: () => {},
    });
    try {
      const changes = watchStream({
        transport,
        clock: realClock,
        path: `/api/v1/namespaces/${scenario.namespace}/pods`,
        query: { labelSelector: 'app=nobody' },
        resourceVersion,
        timeoutSeconds,
        signal,
        narrow: narrowPod,
      });
      for (;;) {
        const { value, done } = await changes.next();
        if (done === true) return value;
      }
    } finally {
      transport.close();
    }
  }

  test('bookmarks move the version on where nothing else does', async () => {
    const { metadata } = await api.get<{ metadata: { resourceVersion: string } }>(
      `/api/v1/namespaces/${scenario.namespace}/pods?labelSelector=app%3Dnobody`,
    );
    // Newer servers send one shortly before they end a watch, older ones once a minute, and only when pods have changed.
    const minor = Number(inject('kubernetesVersion').split('.')[1]);
    let open = true;
    const watching = watchFrom(metadata.resourceVersion, minor < 36 ? 90 : 10).finally(() => {
      open = false;
    });
    // Whenever the server begins to watch, something happens after it.
    for (let count = 1; open; count += 1) {
      await podOn(`other-${String(count)}`);
      await Promise.race([watching, realClock.sleep(5000, signal)]);
    }
    const end = await watching;
    expect(end).toMatchObject({ kind: 'closed', alive: true });
    expect(Number(end.resourceVersion)).toBeGreaterThan(Number(metadata.resourceVersion));
  });
});

describe('refusals', () => {
  test('name the missing rule', async () => {
    const file = join(folder, 'robot.kubeconfig');
    const user = await writeTokenUser(api, file, scenario.namespace, 'robot');
    const robot = open(file);
    const error = await errorOf(robot.listNodes({ signal }));
    expect(error).toMatchObject({ code: 'cluster.forbidden', status: 403 });
    expect(error.message).toContain(`User "${user}" cannot list resource "nodes"`);
    expect(error.hint).toContain('{apiGroups: [""], resources: ["nodes"], verbs: ["list"]}');
    const ref = { namespace: scenario.namespace, name: 'agent', uid: nobody };
    expect(await robot.daemonSetExists(ref, { signal })).toEqual({
      unknown: expect.stringContaining('cannot get resource "daemonsets" in API group "apps"') as string,
    });
    expect(await robot.evictPod(ref, { signal })).toMatchObject({
      kind: 'fatal',
      status: 403,
      hint: expect.stringContaining('--subresource=eviction') as string,
    });
    await expect(robot.watchPods({ signal })[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'cluster.forbidden',
    });
  });

  test('of a token that nobody knows are 401, without the token', async () => {
    const headers = { authorization: 'Bearer s3cret' };
    const stranger = open(inject('kubeconfig'), { headers, tls: { ca: api.authority } });
    const error = await errorOf(stranger.listNodes({ signal }));
    expect(error).toMatchObject({ code: 'cluster.unauthorized', status: 401 });
    expect(error.message + String(error.hint) + trace.join()).not.toContain('s3cret');
  });

  test.runIf(inject('certificateFolder') !== '')('of an expired client certificate say when it expired', async () => {
    const file = join(folder, 'late.kubeconfig');
    const notBefore = new Date(Date.now() - 7 * 86_400_000);
    const notAfter = new Date(Date.now() - 86_400_000);
    writeCertificateUser(api, inject('certificateFolder'), file, {
      commonName: 'late',
      organizations: [],
      notBefore,
      notAfter,
    });
    const error = await errorOf(open(file).listNodes({ signal }));
    expect(error.code).toBe('cluster.unauthorized');
    expect(error.message).toContain(`the client certificate expired on ${notAfter.toISOString().slice(0, 10)}`);
  });

  test('of our side: a server of an unknown CA', async () => {
    const stranger = openCluster(connectionTo(api.server), {
      clock: realClock,
      userAgent: 'kmaint/test',
      warn: () => {},
    });
    opened.push(stranger);
    const error = await errorOf(stranger.serverVersion({ signal }));
    expect(error).toMatchObject({ code: 'cluster.certificate', transient: false });
  });
});
