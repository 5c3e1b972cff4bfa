/** The controllers of workloads: pods are brought up, replaced, scaled, and counted in the status. */
import { expect, test } from 'vitest';
import { waitFor, type KubeObject } from '../support/api.ts';
import { isReadyPod, type TestPod } from '../support/workloads.ts';
import { bodyOf, contract, until, untilGone } from './contract.ts';

interface Counted extends KubeObject {
  spec: { replicas?: number };
  status: Record<string, unknown> & { conditions?: { type: string; status: string; reason?: string }[] };
}
const quick = { readyAfterMs: 10, goneAfterMs: 10 };

contract({ prefix: 'workloads', nodes: 2 }, (at) => {
  const podsOf = (app: string): Promise<TestPod[]> => at.api.list<TestPod>(at.core(`pods?labelSelector=app%3D${app}`));
  const controllerOf = ({ metadata }: KubeObject): object | undefined =>
    metadata.ownerReferences?.find(({ controller }) => controller);
  const settled = (path: string, replicas: number): Promise<Counted> =>
    until<Counted>(
      at,
      path,
      `${String(replicas)} replicas`,
      ({ metadata, status }) =>
        status['observedGeneration'] === metadata.generation &&
        (status['readyReplicas'] ?? 0) === replicas &&
        (status['replicas'] ?? 0) === replicas,
    );
  const readyPods = (app: string, count: number): Promise<TestPod[]> =>
    waitFor(`${String(count)} ready pods of ${app}`, async () => {
      const pods = await podsOf(app);
      return pods.length === count && pods.every((pod) => isReadyPod(pod)) ? pods : undefined;
    });

  test('a Deployment: ReplicaSet, pods, names, owners, status', async () => {
    await at.scenario.deployment('web', 2, quick);
    const deployment = await settled(at.apps('deployments/web'), 2);
    expect(deployment.status).toMatchObject({
      replicas: 2,
      updatedReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      observedGeneration: 1,
    });
    expect(deployment.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1');
    expect(
      deployment.status.conditions?.map(({ type, status, reason }) => `${type} ${status} ${String(reason)}`).toSorted(),
    ).toEqual(['Available True MinimumReplicasAvailable', 'Progressing True NewReplicaSetAvailable']);
    const [set, ...others] = await at.api.list<Counted>(at.apps('replicasets?labelSelector=app%3Dweb'));
    expect.assert(set !== undefined);
    expect(others).toEqual([]);
    const hash = set.metadata.labels?.['pod-template-hash'] ?? '';
    expect(hash).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{6,10}$/);
    expect(set.metadata.name).toBe(`web-${hash}`);
    expect(controllerOf(set)).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: 'web',
      uid: deployment.metadata.uid,
      controller: true,
      blockOwnerDeletion: true,
    });
    expect(set.status).toMatchObject({ replicas: 2, fullyLabeledReplicas: 2, readyReplicas: 2, availableReplicas: 2 });
    const pods = await podsOf('web');
    expect(pods).toHaveLength(2);
    for (const pod of pods) {
      expect(pod.metadata.name).toMatch(new RegExp(`^web-${hash}-[bcdfghjklmnpqrstvwxz2456789]{5}$`));
      expect(pod.metadata.labels).toEqual({ app: 'web', 'pod-template-hash': hash });
      expect(controllerOf(pod)).toEqual({
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: set.metadata.name,
        uid: set.metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      });
      expect(at.scenario.nodeNames).toContain(pod.spec.nodeName);
    }
  });

  test('a pod that is deleted is replaced by another', async () => {
    await at.scenario.deployment('replaced', 2, quick);
    await settled(at.apps('deployments/replaced'), 2);
    const [victim] = await podsOf('replaced');
    await at.delete(at.core(`pods/${victim?.metadata.name ?? ''}`));
    await untilGone(at, at.core(`pods/${victim?.metadata.name ?? ''}`));
    const pods = await readyPods('replaced', 2);
    expect(pods.map(({ metadata }) => metadata.uid)).not.toContain(victim?.metadata.uid);
  });

  test('a Deployment is scaled, to nothing, too', async () => {
    await at.scenario.deployment('scaled', 1, quick);
    await settled(at.apps('deployments/scaled'), 1);
    await at.patch('merge', at.apps('deployments/scaled/scale'), { spec: { replicas: 3 } });
    await settled(at.apps('deployments/scaled'), 3);
    await at.patch('merge', at.apps('deployments/scaled'), { spec: { replicas: 0 } });
    const none = await settled(at.apps('deployments/scaled'), 0);
    expect(none.status).not.toHaveProperty('replicas');
    await waitFor('no pods', async () => ((await podsOf('scaled')).length === 0 ? true : undefined));
  });

  test('a changed template rolls out by a second ReplicaSet', async () => {
    await at.scenario.deployment('rolled', 2, quick);
    await settled(at.apps('deployments/rolled'), 2);
    const before = await podsOf('rolled');
    await at.patch('strategic', at.apps('deployments/rolled'), {
      spec: { template: { metadata: { annotations: { again: 'yes' } } } },
    });
    const after = await until<Counted>(
      at,
      at.apps('deployments/rolled'),
      'the rollout',
      ({ metadata, status }) =>
        status['observedGeneration'] === metadata.generation &&
        status['updatedReplicas'] === 2 &&
        status['replicas'] === 2 &&
        status['availableReplicas'] === 2,
    );
    expect(after.metadata).toMatchObject({ generation: 2, annotations: { 'deployment.kubernetes.io/revision': '2' } });
    const old = new Set(before.map(({ metadata }) => metadata.uid));
    const pods = await readyPods('rolled', 2);
    expect(pods.every(({ metadata }) => !old.has(metadata.uid) && metadata.annotations?.['again'] === 'yes')).toBe(
      true,
    );
    const sets = await at.api.list<Counted>(at.apps('replicasets?labelSelector=app%3Drolled'));
    expect(new Set(sets.map(({ spec }) => spec.replicas))).toEqual(new Set([0, 2]));
  });

  test('a StatefulSet: ordinals, labels, the same name for the replacement', async () => {
    await at.scenario.statefulSet('db', 2, quick);
    const set = await settled(at.apps('statefulsets/db'), 2);
    expect(set.status).toMatchObject({
      replicas: 2,
      readyReplicas: 2,
      currentReplicas: 2,
      updatedReplicas: 2,
      collisionCount: 0,
    });
    expect(set.status['currentRevision']).toMatch(/^db-[bcdfghjklmnpqrstvwxz2456789]+$/);
    const pods = await podsOf('db');
    expect(pods.map(({ metadata }) => metadata.name)).toEqual(['db-0', 'db-1']);
    expect(pods[1]?.metadata.labels).toMatchObject({
      'apps.kubernetes.io/pod-index': '1',
      'statefulset.kubernetes.io/pod-name': 'db-1',
      'controller-revision-hash': set.status['currentRevision'] as string,
    });
    await at.delete(at.core('pods/db-1'));
    const again = await until<TestPod>(
      at,
      at.core('pods/db-1'),
      'another db-1',
      (pod) => pod.metadata.uid !== pods[1]?.metadata.uid && isReadyPod(pod),
    );
    expect(controllerOf(again)).toMatchObject({ kind: 'StatefulSet', name: 'db', uid: set.metadata.uid });
  });

  test('an ordered StatefulSet waits for each pod, and takes the last away first', async () => {
    const labels = { app: 'ordered' };
    const annotations = { 'kmaint.test/ready-after-ms': '300', 'kmaint.test/gone-after-ms': '10' };
    const spec = {
      containers: [{ name: 'app', image: 'kmaint.test/app' }],
      nodeSelector: { ...at.scenario.nodeLabel },
    };
    await at.post(at.apps('statefulsets'), {
      metadata: { name: 'ordered' },
      spec: {
        replicas: 3,
        serviceName: 'ordered',
        selector: { matchLabels: labels },
        template: { metadata: { labels, annotations }, spec },
      },
    });
    await settled(at.apps('statefulsets/ordered'), 3);
    const born = (await podsOf('ordered')).map(({ metadata, status }) => ({
      name: metadata.name,
      made: Date.parse(metadata.creationTimestamp ?? ''),
      ready: Date.parse(
        (status.conditions?.find(({ type }) => type === 'Ready') as { lastTransitionTime?: string } | undefined)
          ?.lastTransitionTime ?? '',
      ),
    }));
    for (const [index, { made }] of born.slice(1).entries())
      expect(made).toBeGreaterThanOrEqual(born[index]?.ready ?? Number.NaN);
    await at.patch('merge', at.apps('statefulsets/ordered/scale'), { spec: { replicas: 1 } });
    await settled(at.apps('statefulsets/ordered'), 1);
    expect((await podsOf('ordered')).map(({ metadata }) => metadata.name)).toEqual(['ordered-0']);
  });

  test('a DaemonSet: one pod a node, with its tolerations; also on a new and on a cordoned node', async () => {
    await at.scenario.daemonSet('local', quick);
    const path = at.apps('daemonsets/local');
    const two = await until<Counted>(at, path, 'two', ({ status }) => status['numberReady'] === 2);
    expect(two.status).toMatchObject({
      desiredNumberScheduled: 2,
      currentNumberScheduled: 2,
      numberReady: 2,
      numberAvailable: 2,
      updatedNumberScheduled: 2,
      numberMisscheduled: 0,
    });
    const pods = await podsOf('local');
    expect(pods).toHaveLength(2);
    expect(new Set(pods.map(({ spec }) => spec.nodeName))).toEqual(new Set(at.scenario.nodeNames));
    const spec = pods[0]?.spec as unknown as {
      tolerations: { key?: string; effect?: string; operator: string }[];
      affinity: unknown;
    };
    for (const key of ['not-ready', 'unreachable']) {
      expect(spec.tolerations).toContainEqual({
        key: `node.kubernetes.io/${key}`,
        operator: 'Exists',
        effect: 'NoExecute',
      });
    }
    for (const key of ['disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable']) {
      expect(spec.tolerations).toContainEqual({
        key: `node.kubernetes.io/${key}`,
        operator: 'Exists',
        effect: 'NoSchedule',
      });
    }
    expect(spec.affinity).toEqual({
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            { matchFields: [{ key: 'metadata.name', operator: 'In', values: [pods[0]?.spec.nodeName] }] },
          ],
        },
      },
    });
    const third = `${at.scenario.id}-third`;
    await at.scenario.addNode(third);
    await at.patch('merge', `/api/v1/nodes/${third}`, { spec: { unschedulable: true } });
    await until<Counted>(at, path, 'three', ({ status }) => status['numberReady'] === 3);
    const there = (await podsOf('local')).find(({ spec }) => spec.nodeName === third);
    await at.delete(at.core(`pods/${there?.metadata.name ?? ''}`));
    await waitFor('its replacement', async () =>
      (await podsOf('local')).some(
        (pod) => pod.spec.nodeName === third && pod.metadata.uid !== there?.metadata.uid && isReadyPod(pod),
      )
        ? true
        : undefined,
    );
  });

  test('a Job: runs to its end, and is complete', async () => {
    await at.post(at.batch('jobs'), {
      metadata: { name: 'work' },
      spec: {
        completions: 2,
        parallelism: 1,
        template: {
          metadata: { annotations: { 'kmaint.test/ready-after-ms': '10', 'kmaint.test/complete-after-ms': '10' } },
          spec: {
            restartPolicy: 'Never',
            containers: [{ name: 'app', image: 'kmaint.test/app' }],
            nodeSelector: { ...at.scenario.nodeLabel },
          },
        },
      },
    });
    const done = await until<Counted>(
      at,
      at.batch('jobs/work'),
      'its end',
      ({ status }) => status.conditions?.some(({ type, status }) => type === 'Complete' && status === 'True') === true,
    );
    expect(done.status).toMatchObject({
      succeeded: 2,
      completionTime: expect.any(String) as string,
      startTime: expect.any(String) as string,
    });
    const pods = await at.api.list<TestPod>(at.core('pods?labelSelector=job-name%3Dwork'));
    expect(pods.map(({ status }) => status.phase)).toEqual(['Succeeded', 'Succeeded']);
    expect(pods[0]?.metadata.labels).toMatchObject({
      'batch.kubernetes.io/job-name': 'work',
      'job-name': 'work',
      'batch.kubernetes.io/controller-uid': done.metadata.uid,
    });
    expect(pods[0]?.metadata.name).toMatch(/^work-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  test('a Job whose pods fail', async () => {
    await at.post(at.batch('jobs'), {
      metadata: { name: 'failing' },
      spec: {
        backoffLimit: 0,
        template: {
          metadata: {
            annotations: {
              'kmaint.test/ready-after-ms': '10',
              'kmaint.test/complete-after-ms': '10',
              'kmaint.test/complete-phase': 'Failed',
            },
          },
          spec: {
            restartPolicy: 'Never',
            containers: [{ name: 'app', image: 'kmaint.test/app' }],
            nodeSelector: { ...at.scenario.nodeLabel },
          },
        },
      },
    });
    const failed = await until<Counted>(
      at,
      at.batch('jobs/failing'),
      'its end',
      ({ status }) => status.conditions?.some(({ type }) => type === 'Failed') === true,
    );
    expect(failed.status).toMatchObject({ failed: 1 });
    expect(failed.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }),
    );
  });

  test('a ReplicaSet adopts a pod without a controller that its selector finds', async () => {
    const labels = { app: 'adopted' };
    const nodeName = at.scenario.nodeNames[0] ?? '';
    await at.scenario.pod('adopted', { ...quick, nodeName });
    const spec = {
      containers: [{ name: 'app', image: 'kmaint.test/app' }],
      nodeSelector: { ...at.scenario.nodeLabel },
    };
    const set = bodyOf<KubeObject>(
      await at.post(at.apps('replicasets'), {
        metadata: { name: 'adopted' },
        spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
      }),
      201,
    );
    const pod = await until<TestPod>(
      at,
      at.core('pods/adopted'),
      'its owner',
      ({ metadata }) => metadata.ownerReferences !== undefined,
    );
    expect(controllerOf(pod)).toMatchObject({ kind: 'ReplicaSet', uid: set.metadata.uid });
    expect(await podsOf('adopted')).toHaveLength(1);
  });
});
