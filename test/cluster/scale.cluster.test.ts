// Proves that the test cluster behaves like a cluster: everything the other cluster tests take for granted.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { connect, waitFor } from '../support/api.ts';
import type { Api } from '../support/api.ts';
import { createScenario } from '../support/scenario.ts';
import type { Scenario } from '../support/scenario.ts';
import { isReadyPod } from '../support/workloads.ts';
import type { TestBudget, TestPod } from '../support/workloads.ts';
import { isSettled } from './nodes.ts';
import type { FakeNode } from './nodes.ts';
import { writeCertificateUser, writeTokenUser } from './users.ts';

let api: Api;
let scenario: Scenario;
let folder: string;

beforeAll(async () => {
  api = connect(inject('kubeconfig'));
  scenario = await createScenario(api, { prefix: 'scale', nodes: 3 });
  folder = mkdtempSync(join(tmpdir(), 'kmaint-scale-'));
});

afterAll(async () => {
  await scenario.dispose();
  api.close();
  rmSync(folder, { recursive: true, force: true });
});

const evict = (pod: TestPod): ReturnType<Api['request']> =>
  api.request('POST', `/api/v1/namespaces/${scenario.namespace}/pods/${pod.metadata.name}/eviction`, {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: pod.metadata.name, namespace: scenario.namespace },
  });

const isGone = (pod: TestPod) => async (): Promise<true | undefined> => {
  const found = await api.find(`/api/v1/namespaces/${scenario.namespace}/pods/${pod.metadata.name}`);
  return found === undefined || found.metadata.uid !== pod.metadata.uid ? true : undefined;
};

const podsOf = async (app: string): Promise<TestPod[]> =>
  await api.list<TestPod>(`/api/v1/namespaces/${scenario.namespace}/pods?labelSelector=app%3D${app}`);

describe('the server', () => {
  test('answers with the wanted version', async () => {
    const { gitVersion } = await api.get<{ gitVersion: string }>('/version');
    expect(gitVersion).toBe(inject('kubernetesVersion'));
  });

  test('is talked to by a kubectl that knows it', () => {
    const args = ['--kubeconfig', inject('kubeconfig'), 'get', 'nodes', '-l', scenario.nodeSelector, '-o', 'name'];
    const result = spawnSync(inject('kubectl'), args, { encoding: 'utf8' });
    expect(result.stderr).toBe('');
    expect(result.stdout.trim().split('\n')).toEqual(scenario.nodeNames.map((name) => `node/${name}`));
  });
});

describe('nodes', () => {
  test('are Ready, with a version and a Lease', async () => {
    const selector = encodeURIComponent(scenario.nodeSelector);
    const nodes = await api.list<FakeNode>(`/api/v1/nodes?labelSelector=${selector}`);
    expect(nodes.map((node) => node.metadata.name).toSorted()).toEqual(scenario.nodeNames);
    expect(nodes.every(isSettled)).toBe(true);
    expect(nodes[0]?.status.nodeInfo.kubeletVersion).toBe(inject('kubernetesVersion'));
    const lease = await api.get<{ spec: { leaseDurationSeconds: number } }>(
      `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${scenario.nodeNames[0] ?? ''}`,
    );
    expect(lease.spec.leaseDurationSeconds).toBe(40);
  });

  test('get the unschedulable taint when they are cordoned', async () => {
    const path = `/api/v1/nodes/${scenario.nodeNames[2] ?? ''}`;
    await api.patch(path, { spec: { unschedulable: true } }, 'application/strategic-merge-patch+json');
    const taint = await waitFor('the taint', async () => (await api.get<FakeNode>(path)).spec.taints?.[0]);
    expect(taint).toMatchObject({ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' });
    await api.patch(path, { spec: { unschedulable: null } }, 'application/strategic-merge-patch+json');
    await waitFor('no taint', async () =>
      (await api.get<FakeNode>(path)).spec.taints === undefined ? true : undefined,
    );
  });

  test('turn NotReady by a label, and back', async () => {
    const path = `/api/v1/nodes/${scenario.nodeNames[2] ?? ''}`;
    await api.patch(path, { metadata: { labels: { 'kmaint.test/not-ready': 'true' } } });
    await waitFor('NotReady', async () => (isSettled(await api.get<FakeNode>(path)) ? undefined : true));
    const { status } = await api.get<FakeNode>(path);
    expect(status.conditions?.find((one) => one.type === 'Ready')).toMatchObject({ status: 'False' });
    await api.patch(path, { metadata: { labels: { 'kmaint.test/not-ready': null } } });
    await waitFor('Ready', async () => (isSettled(await api.get<FakeNode>(path)) ? true : undefined));
  });
});

describe('pods', () => {
  test('of every kind of workload become Ready on the nodes of their scenario, with ids as a kubelet gives them', async () => {
    await Promise.all([
      scenario.deployment('web', 3),
      scenario.statefulSet('db', 2, { readyAfterMs: 10 }),
      scenario.daemonSet('agent', { readyAfterMs: 10 }),
      scenario.pod('bare', { nodeName: scenario.nodeNames[0] ?? '', readyAfterMs: 10 }),
      scenario.pod('sick', { unready: true, readyAfterMs: 10 }),
    ]);
    await scenario.waitReady();
    const pods = await scenario.pods();
    expect(pods).toHaveLength(3 + 2 + 3 + 1 + 1);
    for (const pod of pods) {
      expect(scenario.nodeNames).toContain(pod.spec.nodeName);
      expect(pod.status.phase).toBe('Running');
      expect(isReadyPod(pod)).toBe(pod.metadata.name !== 'sick');
      expect(pod.status.containerStatuses?.[0]).toMatchObject({
        started: true,
        containerID: expect.stringMatching(/^containerd:\/\/[0-9a-f]{64}$/) as string,
        imageID: expect.stringMatching(/^kmaint\.test\/app@sha256:[0-9a-f]{64}$/) as string,
      });
    }
  });

  test('end by themselves when told so', async () => {
    await scenario.pod('failed', { readyAfterMs: 10, completeAfterMs: 10, completePhase: 'Failed' });
    const path = `/api/v1/namespaces/${scenario.namespace}/pods/failed`;
    const pod = await waitFor('the end', async () => {
      const found = await api.get<TestPod>(path);
      return found.status.phase === 'Failed' ? found : undefined;
    });
    expect(isReadyPod(pod)).toBe(false);
  });

  test('take as long to go as their annotation says', async () => {
    const pod = await scenario.pod('slow', {
      nodeName: scenario.nodeNames[0] ?? '',
      readyAfterMs: 10,
      goneAfterMs: 2500,
    });
    await scenario.waitReady();
    const startedMs = Date.now();
    await api.delete(`/api/v1/namespaces/${scenario.namespace}/pods/slow`);
    await waitFor('the pod to be gone', isGone(pod));
    expect(Date.now() - startedMs).toBeGreaterThan(2400);
    expect(Date.now() - startedMs).toBeLessThan(10_000);
  });

  test('deleted by the hundred do not queue up', async () => {
    const names = Array.from({ length: 120 }, (_, index) => `many-${String(index)}`);
    const nodeName = scenario.nodeNames[1] ?? '';
    const labels = { app: 'many' };
    await Promise.all(names.map((name) => scenario.pod(name, { nodeName, labels, readyAfterMs: 10 })));
    await scenario.waitReady();
    await api.delete(`/api/v1/namespaces/${scenario.namespace}/pods?labelSelector=app%3Dmany`);
    const startedMs = Date.now();
    await waitFor('120 pods to be gone', async () => ((await podsOf('many')).length === 0 ? true : undefined));
    // One after the other, each taking its second, they would need two minutes.
    expect(Date.now() - startedMs).toBeLessThan(20_000);
  });
});

describe('budgets', () => {
  test('are computed; an exhausted one answers an eviction with 429', async () => {
    await scenario.deployment('guarded', 2);
    await scenario.budget('guarded', { minAvailable: 2 });
    await scenario.waitReady();
    const path = `/apis/policy/v1/namespaces/${scenario.namespace}/poddisruptionbudgets/guarded`;
    const { status } = await api.get<TestBudget>(path);
    expect(status).toMatchObject({ expectedPods: 2, currentHealthy: 2, desiredHealthy: 2, disruptionsAllowed: 0 });
    const [pod] = await podsOf('guarded');
    expect.assert(pod !== undefined);
    const answer = await evict(pod);
    expect(answer.status).toBe(429);
    expect(answer.body).toMatchObject({
      kind: 'Status',
      reason: 'TooManyRequests',
      details: {
        causes: [
          {
            reason: 'DisruptionBudget',
            message: 'The disruption budget guarded needs 2 healthy pods and has 2 currently',
          },
        ],
      },
    });
  });

  test('with room let a pod go, whose controller makes another', async () => {
    await scenario.deployment('roomy', 2);
    await scenario.budget('roomy', { maxUnavailable: 1 });
    await scenario.waitReady();
    const [pod] = await podsOf('roomy');
    expect.assert(pod !== undefined);
    expect((await evict(pod)).status).toBe(201);
    await waitFor('the pod to be gone', isGone(pod));
    await scenario.waitReady();
    const names = (await podsOf('roomy')).map((one) => one.metadata.name);
    expect(names).toHaveLength(2);
    expect(names).not.toContain(pod.metadata.name);
  });
});

describe('users', () => {
  const nodes = '/api/v1/nodes';

  test.runIf(inject('certificateFolder') !== '')('are whoever their certificate says, until it expires', async () => {
    const request = { commonName: 'jane', organizations: ['ops', 'night-shift'] };
    const file = join(folder, 'jane.kubeconfig');
    writeCertificateUser(api, inject('certificateFolder'), file, request);
    const jane = connect(file);
    const forbidden = await jane.request('GET', nodes);
    expect(forbidden.status).toBe(403);
    expect(JSON.stringify(forbidden.body)).toContain('User \\"jane\\" cannot list resource \\"nodes\\"');
    jane.close();

    const notBefore = new Date(Date.now() - 7 * 86_400_000);
    const notAfter = new Date(Date.now() - 86_400_000);
    writeCertificateUser(api, inject('certificateFolder'), file, { ...request, notBefore, notAfter });
    const expired = connect(file);
    expect((await expired.request('GET', nodes)).status).toBe(401);
    expired.close();
  });

  test('can be service accounts with a token', async () => {
    const file = join(folder, 'robot.kubeconfig');
    const user = await writeTokenUser(api, file, scenario.namespace, 'robot');
    const robot = connect(file);
    const answer = await robot.request('GET', nodes);
    expect(answer.status).toBe(403);
    expect(JSON.stringify(answer.body)).toContain(user);
    robot.close();
  });
});

describe('a scenario', () => {
  test('leaves nothing behind, and its nodes’ names can be used again at once', async () => {
    const name = `${scenario.id}-again`;
    for (const round of [1, 2]) {
      const other = await createScenario(api, { prefix: 'again', nodes: [name] });
      await other.pod('stuck', {
        nodeName: name,
        finalizers: ['kmaint.test/hold'],
        readyAfterMs: 10,
        goneAfterMs: 600_000,
      });
      await other.statefulSet('db', 1, { readyAfterMs: 10 });
      await other.waitReady();
      await other.dispose();
      expect(await api.find(`/api/v1/nodes/${name}`), `round ${String(round)}`).toBeUndefined();
      expect(await other.pods()).toEqual([]);
    }
  });
});
