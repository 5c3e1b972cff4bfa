/** Continuity against a live API with controllers: nothing here is scripted but the cluster's first state. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '../../../src/clock.ts';
import type { Cluster } from '../../../src/cluster/cluster.ts';
import { openCluster } from '../../../src/cluster/connect.ts';
import type { Pod } from '../../../src/cluster/pod.ts';
import { readBaselines } from '../../../src/drain/continuity/baselines.ts';
import type { ContinuityContext } from '../../../src/drain/continuity/context.ts';
import { createOwners } from '../../../src/drain/continuity/owners.ts';
import { awaitReplacements } from '../../../src/drain/continuity/replacements.ts';
import { surgeCandidates, type SurgeCandidate } from '../../../src/drain/continuity/surge-candidates.ts';
import { restartedAtAnnotation, undoSurge } from '../../../src/drain/continuity/surge-undo.ts';
import { surge } from '../../../src/drain/continuity/surge.ts';
import { awaitVolumes } from '../../../src/drain/continuity/volumes.ts';
import type { Event } from '../../../src/report/events.ts';
import { startPlayground, type Playground } from '../../../src/playground/playground.ts';
import { connect, waitFor, type Api } from '../../support/api.ts';
import { isReadyPod, workloadBody, type TestPod } from '../../support/workloads.ts';
import type { Workload } from '../../../src/cluster/workload.ts';
import { connectionOf } from '../../door/connection.ts';

const { signal } = new AbortController();
const nodes = ['one', 'two'];
const seed = nodes
  .map(
    (name) => `apiVersion: v1
kind: Node
metadata: { name: ${name}, labels: { kubernetes.io/hostname: ${name} } }
status:
  capacity: { cpu: '4', memory: 8Gi, pods: '110' }
  allocatable: { cpu: '4', memory: 8Gi, pods: '110' }
`,
  )
  .join('---\n');

let playground: Playground;
let api: Api;
let cluster: Cluster;
let namespace = '';
let events: Event[] = [];
let count = 0;

beforeAll(async () => {
  playground = await startPlayground({ text: seed, clock: realClock, signal });
  api = connect(playground.kubeconfigPath);
  cluster = openCluster(connectionOf(playground.kubeconfigPath), {
    clock: realClock,
    userAgent: 'kmaint/test',
    warn: (message) => expect.unreachable(message),
  });
});
afterAll(async () => {
  cluster.close();
  api.close();
  await playground.close();
});
beforeEach(async () => {
  events = [];
  namespace = `shop-${(count += 1)}`;
  await api.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  for (const node of nodes) await cordon(node, false);
});

function contextOf(node: string): ContinuityContext {
  return {
    cluster,
    clock: realClock,
    report: { emit: (event) => void events.push(event) },
    node,
    signal,
    journal: { runId: 'run', write: async () => {} },
    owners: createOwners(cluster),
  };
}

async function cordon(name: string, unschedulable: boolean): Promise<void> {
  const node = await cluster.getNode(name, { signal });
  expect.assert(node !== undefined);
  await cluster.setUnschedulable(node, unschedulable, { signal });
}

/** A Deployment of this size with a budget that needs one pod; resolves once its pods are ready. */
async function deploy(replicas: number): Promise<readonly Pod[]> {
  const body = workloadBody('Deployment', 'web', replicas, {}, { readyAfterMs: 600, goneAfterMs: 300 });
  await api.create(`/apis/apps/v1/namespaces/${namespace}/deployments`, body);
  await api.create(`/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`, {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } },
  });
  return waitFor('the pods to be ready', async () => {
    const state = await deployment();
    const pods = await cluster.listPods({ namespace, signal });
    return state.availableReplicas === replicas && pods.every(({ ready }) => ready) ? pods : undefined;
  });
}

async function deployment(): Promise<Workload> {
  const found = await cluster.getWorkload({ kind: 'Deployment', namespace, name: 'web' }, { signal });
  expect.assert(found !== undefined);
  return found;
}

/** The only pod, on a node that is cordoned now. */
async function candidate(): Promise<{ readonly context: ContinuityContext } & SurgeCandidate> {
  const pods = await deploy(1);
  const context = contextOf(pods[0]?.nodeName ?? '');
  await cordon(context.node, true);
  const [found] = await surgeCandidates(context, pods);
  expect.assert(found !== undefined);
  return { context, ...found };
}

const messages = (type: 'node.step' | 'node.waiting'): string[] =>
  events.flatMap((event) => (event.type === type ? [event.message] : []));

describe('on the playground', { timeout: 20_000 }, () => {
  it('a surge moves a single replica whose budget allows no eviction, with a ready pod at every moment', async () => {
    const { context, pod, deployment: web } = await candidate();
    const refused = await cluster.evictPod(pod, { signal, dryRun: true });
    expect(refused.kind).toBe('blocked-budget');

    const sampling = new AbortController();
    const samples: number[] = [];
    const sampler = (async () => {
      while (!sampling.signal.aborted) {
        const pods = await api.list<TestPod>(`/api/v1/namespaces/${namespace}/pods`);
        const serving = pods.filter((one) => isReadyPod(one) && one.metadata.deletionTimestamp === undefined);
        samples.push(serving.length);
        await realClock.sleep(50);
      }
    })();
    expect(await surge(context, web, pod, { timeoutMs: 15_000 })).toEqual({ kind: 'moved' });
    sampling.abort();
    await sampler;

    expect(samples.length).toBeGreaterThan(10);
    expect(Math.min(...samples)).toBe(1);
    const after = await cluster.listPods({ namespace, signal });
    expect(after.map(({ ready, uid, nodeName }) => [ready, uid === pod.uid, nodeName === pod.nodeName])).toEqual([
      [true, false, false],
    ]);
    expect(messages('node.step').at(-1)).toMatch(`moved Deployment ${namespace}/web to ${after[0]?.nodeName}`);
  });

  it('a surge for which there is no room is undone, and the pod stays as it was', async () => {
    const { context, pod, deployment: web } = await candidate();
    for (const node of nodes) await cordon(node, true);
    const outcome = await surge(context, web, pod, { timeoutMs: 3000 });
    expect(outcome).toMatchObject({ kind: 'failed', message: expect.stringContaining('the restart was undone') });
    expect(messages('node.waiting').join('\n')).toContain('FailedScheduling: 0/2 nodes are available');

    await waitFor('the new pod to be taken back', async () => {
      const state = await deployment();
      const pods = await cluster.listPods({ namespace, signal });
      return state.settled && state.statusReplicas === 1 && pods.length === 1 ? true : undefined;
    });
    const [left] = await cluster.listPods({ namespace, signal });
    expect(left).toMatchObject({ uid: pod.uid, ready: true });
    expect((await deployment()).templateAnnotations).not.toHaveProperty([restartedAtAnnotation]);
  });

  it('a restart is found and undone from its stamp alone', async () => {
    const { context, deployment: web } = await candidate();
    for (const node of nodes) await cordon(node, true);
    const stamps = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'] as const;
    let latest = web;
    for (const stamp of stamps) {
      latest = await cluster.annotateTemplate(latest, { [restartedAtAnnotation]: stamp }, { signal });
      const { generation } = latest;
      latest = await waitFor('the rollout to begin', async () => {
        const state = await deployment();
        return state.settled && state.generation === generation && state.updatedReplicas === 1 ? state : undefined;
      });
    }
    const undo = await undoSurge(context, { namespace, name: 'web', stamp: stamps[1] });
    expect(undo).toEqual({ kind: 'undone' });
    expect((await deployment()).templateAnnotations[restartedAtAnnotation]).toBe(stamps[0]);
  });

  it('replacements are waited for, through the time in which nobody has room for them', async () => {
    const pods = await deploy(2);
    const [victim] = pods;
    expect.assert(victim !== undefined);
    for (const node of nodes) await cordon(node, true);
    const context = contextOf(victim.nodeName);
    const baselines = await readBaselines(context, [victim]);
    expect(baselines).toEqual([expect.objectContaining({ ready: 2, desired: 2 })]);

    await waitFor('the eviction to be allowed', async () =>
      (await cluster.evictPod(victim, { signal })).kind === 'accepted' ? true : undefined,
    );
    expect(await awaitReplacements(context, baselines, { timeoutMs: 1500 })).toMatchObject({
      kind: 'timeout',
      message: expect.stringMatching(/has 1 of 2 ready: pod shop-\d+\/web-\S+: FailedScheduling: 0\/2 nodes/),
    });
    for (const node of nodes) await cordon(node, false);
    expect(await awaitReplacements(context, baselines, { timeoutMs: 10_000 })).toEqual({ kind: 'ready' });
    const after = await cluster.listPods({ namespace, signal });
    expect(after.filter(({ ready }) => ready)).toHaveLength(2);
    expect(after.map(({ uid }) => uid)).not.toContain(victim.uid);
  });

  it('volumes are waited for until their attachments are gone', async () => {
    const attachments = '/apis/storage.k8s.io/v1/volumeattachments';
    for (const [name, nodeName] of [
      ['csi-1', 'one'],
      ['csi-2', 'two'],
    ]) {
      await api.create(attachments, {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'VolumeAttachment',
        metadata: { name },
        spec: { attacher: 'csi.test', nodeName, source: { persistentVolumeName: `pv-of-${name}` } },
      });
    }
    const context = contextOf('one');
    expect(await awaitVolumes(context, [], { timeoutMs: 500 })).toEqual({
      kind: 'timeout',
      message: '1 volume still attached: pv-of-csi-1',
    });
    const waiting = awaitVolumes(context, [], { timeoutMs: 10_000 });
    await api.delete(`${attachments}/csi-1`);
    expect(await waiting).toEqual({ kind: 'ready' });
  });
});
