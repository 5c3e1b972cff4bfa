import { describe, expect, test } from 'vitest';
import { conditionOf, nodeDraft, nodesOf, podDraft, startWorld, types, workload, type TestWorld } from './world.ts';

function cordon(world: TestWorld, name: string, unschedulable = true): void {
  world.change(types.nodes, name, (node) => ({ ...node, spec: { ...node.spec, unschedulable } }));
}

const preemption = (text: string): string =>
  `no new claims to deallocate, preemption: 0/2 nodes are available: ${text}.`;
const unhelpful = preemption('2 Preemption is not helpful for scheduling');
const term = (app: string): object => ({
  requiredDuringSchedulingIgnoredDuringExecution: [
    { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app } } },
  ],
});
const requests = (resources: object): object => ({
  containers: [{ name: 'app', image: 'app:1', resources: { requests: resources } }],
});

describe('a pod that fits nowhere', () => {
  // n1 is cordoned, on both nodes runs a pod of the DaemonSet `ds`; the sentences are kube-scheduler's 1.36.3.
  test.each<[string, object, string]>([
    [
      'asks for labels that no node has',
      { nodeSelector: { a: 'b' } },
      `1 node(s) didn't match Pod's node affinity/selector, 1 node(s) were unschedulable. ${unhelpful}`,
    ],
    [
      'has an affinity that no node meets',
      {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchExpressions: [{ key: 'q', operator: 'Exists' }] }],
            },
          },
        },
      },
      `1 node(s) didn't match Pod's node affinity/selector, 1 node(s) were unschedulable. ${unhelpful}`,
    ],
    [
      'asks for more than a node has',
      requests({ cpu: '5', memory: '20Gi' }),
      `1 Insufficient cpu, 1 Insufficient memory, 1 node(s) were unschedulable. ${unhelpful}`,
    ],
    [
      'shuns the pods that are there',
      { affinity: { podAntiAffinity: term('ds') } },
      `1 node(s) didn't match pod anti-affinity rules, 1 node(s) were unschedulable. ${preemption(
        '1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling',
      )}`,
    ],
    [
      'spreads over a label that nodes lack',
      {
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: 'zone',
            whenUnsatisfiable: 'DoNotSchedule',
            labelSelector: { matchLabels: { app: 'ds' } },
          },
        ],
      },
      `1 node(s) didn't match pod topology spread constraints (missing required label), 1 node(s) were unschedulable. ${unhelpful}`,
    ],
    [
      'follows pods that are nowhere',
      { affinity: { podAffinity: term('nobody') } },
      `1 node(s) didn't match pod affinity rules, 1 node(s) were unschedulable. ${unhelpful}`,
    ],
  ])('%s', async (_name, spec, why) => {
    const world = await startWorld();
    world.create(types.daemonSets, workload('ds'));
    await world.clock.advance(2000);
    cordon(world, 'n1');
    world.create(types.pods, podDraft('p', { spec }));
    await world.clock.advance(10);
    const message = `0/2 nodes are available: ${why}`;
    expect(conditionOf(world.get(types.pods, 'p'), 'PodScheduled')).toMatchObject({
      status: 'False',
      reason: 'Unschedulable',
      message,
    });
    expect(world.events('FailedScheduling')).toEqual([message]);
  });

  test('for a taint, and where there is no node at all', async () => {
    const tainted = await startWorld([
      { ...nodeDraft('n1'), spec: { taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }] } },
    ]);
    tainted.create(types.pods, podDraft('p'));
    await tainted.clock.advance(10);
    expect(tainted.events('FailedScheduling')).toEqual([
      '0/1 nodes are available: 1 node(s) had untolerated taint(s). no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
    ]);
    const empty = await startWorld([]);
    empty.create(types.pods, podDraft('p'));
    await empty.clock.advance(10);
    expect(empty.events('FailedScheduling')).toEqual(['no nodes available to schedule pods']);
  });

  test('is bound as soon as a node can take it', async () => {
    const world = await startWorld(['n1']);
    cordon(world, 'n1');
    world.create(types.pods, podDraft('p'));
    await world.clock.advance(60_000);
    expect(world.get(types.pods, 'p')?.spec['nodeName']).toBeUndefined();
    cordon(world, 'n1', false);
    await world.clock.advance(10);
    expect(world.get(types.pods, 'p')?.spec['nodeName']).toBe('n1');
    expect(conditionOf(world.get(types.pods, 'p'), 'PodScheduled')).toMatchObject({ status: 'True' });
    expect(conditionOf(world.get(types.pods, 'p'), 'PodScheduled')).not.toHaveProperty('reason');
  });

  test('is bound when a pod leaves and makes room', async () => {
    const world = await startWorld(['n1']);
    world.create(types.pods, podDraft('a', { spec: requests({ cpu: '3' }) }));
    await world.clock.advance(2000);
    world.create(types.pods, podDraft('b', { spec: requests({ cpu: '1500m' }) }));
    await world.clock.advance(5000);
    expect(world.events('FailedScheduling')[0]).toMatch(
      /^0\/1 nodes are available: 1 Insufficient cpu\. .* 1 No preemption victims found for incoming pod\.$/,
    );
    world.delete(types.pods, 'a');
    await world.clock.advance(1100);
    expect(world.get(types.pods, 'b')?.spec['nodeName']).toBe('n1');
  });
});

describe('a pod that fits', () => {
  test('goes where the fewest of its owner are', async () => {
    const world = await startWorld(['n1', 'n2', 'n3']);
    world.create(types.deployments, workload('web', { replicas: 6 }));
    await world.clock.advance(2000);
    expect(nodesOf(world.pods('web'))).toEqual(['n1', 'n1', 'n2', 'n2', 'n3', 'n3']);
  });

  test('spreads over zones as its constraint demands', async () => {
    const zoned = (name: string, zone: string): ReturnType<typeof nodeDraft> => nodeDraft(name, { zone });
    const world = await startWorld([zoned('a1', 'a'), zoned('a2', 'a'), zoned('a3', 'a'), zoned('b1', 'b')]);
    const topologySpreadConstraints = [
      {
        maxSkew: 1,
        topologyKey: 'zone',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { app: 'web' } },
      },
    ];
    world.create(types.deployments, workload('web', { replicas: 4 }, { spec: { topologySpreadConstraints } }));
    await world.clock.advance(2000);
    expect(nodesOf(world.pods('web')).filter((name) => name === 'b1')).toHaveLength(2);
  });

  test('is chosen a node by the seed where all are equal', async () => {
    const placed = async (seed: number): Promise<readonly string[]> => {
      const world = await startWorld(['n1', 'n2', 'n3', 'n4'], { seed });
      for (let at = 0; at < 4; at += 1) world.create(types.pods, podDraft(`p${String(at)}`));
      await world.clock.advance(10);
      return world.pods().map((pod) => pod.spec.nodeName ?? '');
    };
    expect(await placed(1)).toEqual(await placed(1));
    const others = await Promise.all([2, 3, 4, 5].map(placed));
    expect(new Set(others.map(String)).size).toBeGreaterThan(1);
  });

  test('two that shun each other never share a node', async () => {
    const world = await startWorld(['n1', 'n2']);
    world.create(
      types.deployments,
      workload('web', { replicas: 3 }, { spec: { affinity: { podAntiAffinity: term('web') } } }),
    );
    await world.clock.advance(2000);
    expect(nodesOf(world.pods('web'))).toEqual(['', 'n1', 'n2']);
  });
});
