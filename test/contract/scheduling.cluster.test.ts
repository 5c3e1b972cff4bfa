/** The scheduler: where pods go, where they may not, and how it says so. */
import { expect, test } from 'vitest';
import { waitFor, type KubeObject } from '../support/api.ts';
import { isReadyPod, type BarePodOptions, type TestPod } from '../support/workloads.ts';
import { contract, until } from './contract.ts';

contract({ prefix: 'scheduling', nodes: 2, cpu: '4', memory: '8Gi' }, (at) => {
  const first = (): string => at.scenario.nodeNames[0] ?? '';
  const second = (): string => at.scenario.nodeNames[1] ?? '';
  const nodePath = (name: string): string => `/api/v1/nodes/${name}`;
  const hostname = (name: string): object => ({ spec: { nodeSelector: { 'kubernetes.io/hostname': name } } });

  const scheduled = async (name: string, options: BarePodOptions = {}): Promise<string | undefined> => {
    await at.scenario.pod(name, { readyAfterMs: 10, goneAfterMs: 10, ...options });
    return (await until<TestPod>(at, at.core(`pods/${name}`), 'a node', ({ spec }) => spec.nodeName !== undefined)).spec
      .nodeName;
  };
  /** What the condition of a pod says that cannot be placed. */
  const refused = async (name: string, options: BarePodOptions = {}): Promise<string> => {
    await at.scenario.pod(name, options);
    const pod = await until<TestPod>(
      at,
      at.core(`pods/${name}`),
      'a condition',
      ({ status }) => status.conditions?.some(({ type }) => type === 'PodScheduled') === true,
    );
    expect(pod.spec.nodeName).toBeUndefined();
    expect(pod.status.phase).toBe('Pending');
    const condition = pod.status.conditions?.find(({ type }) => type === 'PodScheduled');
    expect(condition).toMatchObject({ status: 'False', reason: 'Unschedulable' });
    return condition?.message ?? '';
  };
  const remove = (name: string): Promise<unknown> => at.delete(at.core(`pods/${name}`), { gracePeriodSeconds: 0 });

  test('a pod goes where its node selector says, and the condition says so', async () => {
    expect(await scheduled('selected', hostname(second()))).toBe(second());
    const pod = await at.api.get<TestPod>(at.core('pods/selected'));
    expect(pod.status.conditions).toContainEqual(expect.objectContaining({ type: 'PodScheduled', status: 'True' }));
  });

  test('no node has the label', async () => {
    const message = await refused('nowhere', { spec: { nodeSelector: { 'kmaint.test/no-such': 'label' } } });
    expect(message).toMatch(/^0\/(\d+) nodes are available: /);
    expect(message).toMatch(/\b\d+ node\(s\) didn't match Pod's node affinity\/selector\b/);
    expect(message).toMatch(/preemption: 0\/\d+ nodes are available: \d+ Preemption is not helpful for scheduling\.$/);
    await remove('nowhere');
  });

  test('a cordoned node takes no pod, until it is uncordoned', async () => {
    await at.patch('merge', nodePath(first()), { spec: { unschedulable: true } });
    await until<KubeObject & { spec: { taints?: unknown[] } }>(
      at,
      nodePath(first()),
      'the taint',
      ({ spec }) => spec.taints !== undefined,
    );
    const message = await refused('cordoned', hostname(first()));
    expect(message).toMatch(/\b1 node\(s\) were unschedulable\b/);
    await at.patch('merge', nodePath(first()), { spec: { unschedulable: null } });
    const pod = await until<TestPod>(
      at,
      at.core('pods/cordoned'),
      'its node',
      ({ spec }) => spec.nodeName !== undefined,
    );
    expect(pod.spec.nodeName).toBe(first());
  });

  test('a taint keeps pods away that do not tolerate it', async () => {
    await at.patch('merge', nodePath(first()), {
      spec: { taints: [{ key: 'kmaint.test/mine', value: 'a', effect: 'NoSchedule' }] },
    });
    const message = await refused('tainted', hostname(first()));
    expect(message).toMatch(
      /\b1 node\(s\) had untolerated taint\(?s?\)? ?\{?kmaint\.test\/mine: a\}?|\b1 node\(s\) had untolerated taint/,
    );
    const tolerations = [{ key: 'kmaint.test/mine', operator: 'Equal', value: 'a', effect: 'NoSchedule' }];
    expect(await scheduled('tolerant', { ...hostname(first()), tolerations })).toBe(first());
    await at.patch('merge', nodePath(first()), { spec: { taints: null } });
    expect(
      (await until<TestPod>(at, at.core('pods/tainted'), 'its node', ({ spec }) => spec.nodeName !== undefined)).spec
        .nodeName,
    ).toBe(first());
  });

  test('requests beyond what is left', async () => {
    expect(await scheduled('big', { ...hostname(first()), requests: { cpu: '3' } })).toBe(first());
    const message = await refused('too-big', { ...hostname(first()), requests: { cpu: '2', memory: '1Gi' } });
    expect(message).toMatch(/\b1 Insufficient cpu\b/);
    expect(message).not.toContain('Insufficient memory');
    await remove('big');
    expect(
      (await until<TestPod>(at, at.core('pods/too-big'), 'its node', ({ spec }) => spec.nodeName !== undefined)).spec
        .nodeName,
    ).toBe(first());
    await remove('too-big');
    const memory = await refused('memory', { ...hostname(first()), requests: { memory: '9Gi' } });
    expect(memory).toMatch(/\b1 Insufficient memory\b/);
    await remove('memory');
  });

  test('a pod that no other of its kind may stand beside', async () => {
    const term = { labelSelector: { matchLabels: { apart: 'yes' } }, topologyKey: 'kubernetes.io/hostname' };
    const apart = {
      labels: { apart: 'yes' },
      spec: { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } },
    };
    const nodes = [await scheduled('apart-a', apart), await scheduled('apart-b', apart)];
    expect(new Set(nodes)).toEqual(new Set(at.scenario.nodeNames));
    expect(await refused('apart-c', apart)).toMatch(/\b2 node\(s\) didn't match pod anti-affinity rules\b/);
    for (const name of ['apart-a', 'apart-b', 'apart-c']) await remove(name);
  });

  test('an event tells of it', async () => {
    await refused('told', { spec: { nodeSelector: { 'kmaint.test/no-such': 'label' } } });
    const event = await waitFor('the event', async () => {
      const events = await at.api.list<
        KubeObject & { reason: string; type: string; message: string; involvedObject: object }
      >(at.core('events?fieldSelector=involvedObject.name%3Dtold'));
      return events.find(({ reason }) => reason === 'FailedScheduling');
    });
    expect(event).toMatchObject({
      type: 'Warning',
      involvedObject: { kind: 'Pod', name: 'told', namespace: at.scenario.namespace },
    });
    expect(event.message).toMatch(/^0\/\d+ nodes are available: /);
    await remove('told');
  });

  test('NoExecute takes away what does not tolerate it, and leaves the rest', async () => {
    const taint = { key: 'kmaint.test/out', effect: 'NoExecute' };
    await scheduled('leaves', hostname(second()));
    await scheduled('stays', {
      ...hostname(second()),
      tolerations: [{ key: taint.key, operator: 'Exists', effect: 'NoExecute' }],
    });
    await at.patch('merge', nodePath(second()), { spec: { taints: [taint] } });
    await until<TestPod>(at, at.core('pods/stays'), 'it to run', ({ status }) => status.phase === 'Running');
    await waitFor('the other to be gone', async () =>
      (await at.get(at.core('pods/leaves'))).status === 404 ? true : undefined,
    );
    expect((await at.api.get<TestPod>(at.core('pods/stays'))).metadata.deletionTimestamp).toBeUndefined();
    await at.patch('merge', nodePath(second()), { spec: { taints: null } });
  });

  test('a node whose kubelet says that it is not ready is tainted; its pods stay as they are', async () => {
    await scheduled('unwell', { ...hostname(second()) });
    await until<TestPod>(at, at.core('pods/unwell'), 'it to run', ({ status }) => status.phase === 'Running');
    await at.patch('merge', nodePath(second()), { metadata: { labels: { 'kmaint.test/not-ready': 'yes' } } });
    const sick = await until<{
      spec: { taints?: { key: string; effect: string }[] };
      status: { conditions: { type: string; status: string; reason: string }[] };
    }>(at, nodePath(second()), 'both taints', ({ spec }) => spec.taints?.length === 2);
    expect(sick.spec.taints?.map(({ key, effect }) => `${key}:${effect}`).toSorted()).toEqual([
      'node.kubernetes.io/not-ready:NoExecute',
      'node.kubernetes.io/not-ready:NoSchedule',
    ]);
    expect(sick.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready', status: 'False', reason: 'KubeletNotReady' }),
    );
    // Only pods of a node that has fallen silent are marked as unready.
    const pod = await at.api.get<TestPod>(at.core('pods/unwell'));
    expect(isReadyPod(pod)).toBe(true);
    expect(pod.metadata.deletionTimestamp).toBeUndefined();
    await at.patch('merge', nodePath(second()), { metadata: { labels: { 'kmaint.test/not-ready': null } } });
    await until<{ spec: { taints?: unknown[] } }>(
      at,
      nodePath(second()),
      'no taints',
      ({ spec }) => spec.taints === undefined,
    );
  });
});
