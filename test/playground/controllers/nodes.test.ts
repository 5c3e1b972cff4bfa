import { describe, expect, test } from 'vitest';
import {
  conditionOf,
  isReady,
  nodeDraft,
  podDraft,
  startWorld,
  taintsOf,
  types,
  workload,
  type TestWorld,
} from './world.ts';

function label(world: TestWorld, node: string, labels: Record<string, string>): void {
  world.change(types.nodes, node, (object) => ({
    ...object,
    metadata: { ...object.metadata, labels: { 'kubernetes.io/hostname': node, ...labels } },
  }));
}

describe('nodes', () => {
  test('become Ready, lose the taint that admission gave them, and get a Lease that is renewed', async () => {
    const world = await startWorld(['n1']);
    await world.clock.advance(100);
    const node = world.get(types.nodes, 'n1');
    expect(conditionOf(node, 'Ready')).toMatchObject({ status: 'True', reason: 'KubeletReady' });
    expect(taintsOf(world, 'n1')).toEqual([]);
    const renewed = (): string | undefined => {
      const lease = world.store.get(types.leases, 'kube-node-lease', 'n1');
      return (lease?.['spec'] as { renewTime: string } | undefined)?.renewTime;
    };
    expect(renewed()).toBe('2026-01-01T00:00:00.000000Z');
    await world.clock.advance(10_000);
    expect(renewed()).toBe('2026-01-01T00:00:10.000000Z');
    await world.clock.advance(60_000);
    expect(conditionOf(world.get(types.nodes, 'n1'), 'Ready')).toMatchObject({
      lastHeartbeatTime: '2026-01-01T00:01:00Z',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    });
  });

  test('a cordoned one carries the taint with its time, and loses it again', async () => {
    const world = await startWorld(['n1']);
    await world.clock.advance(5000);
    world.change(types.nodes, 'n1', (node) => ({ ...node, spec: { ...node.spec, unschedulable: true } }));
    await world.clock.advance(0);
    expect(world.get(types.nodes, 'n1')?.spec).toEqual({
      unschedulable: true,
      taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', timeAdded: '2026-01-01T00:00:05Z' }],
    });
    world.change(types.nodes, 'n1', (node) => ({ ...node, spec: { taints: node.spec['taints'] } }));
    await world.clock.advance(0);
    expect(world.get(types.nodes, 'n1')?.spec).toEqual({});
  });

  test('taints of other owners stay', async () => {
    const world = await startWorld(['n1']);
    const other = { key: 'gpu', value: 'yes', effect: 'NoSchedule' };
    world.change(types.nodes, 'n1', (node) => ({ ...node, spec: { taints: [other], unschedulable: true } }));
    await world.clock.advance(0);
    world.change(types.nodes, 'n1', (node) => ({ ...node, spec: { ...node.spec, unschedulable: false } }));
    await world.clock.advance(0);
    expect(taintsOf(world, 'n1')).toEqual(['gpu:NoSchedule']);
  });

  test('one whose kubelet says that it is not ready is tainted at once, and recovers', async () => {
    const world = await startWorld(['n1']);
    world.create(types.pods, podDraft('p'));
    await world.clock.advance(2000);
    label(world, 'n1', { 'kmaint.test/not-ready': '' });
    await world.clock.advance(10);
    expect(conditionOf(world.get(types.nodes, 'n1'), 'Ready')).toMatchObject({
      status: 'False',
      reason: 'KubeletNotReady',
      message: 'container runtime is down',
    });
    expect(taintsOf(world, 'n1')).toEqual([
      'node.kubernetes.io/not-ready:NoExecute',
      'node.kubernetes.io/not-ready:NoSchedule',
    ]);
    // Its kubelet still reports its pods: nobody calls them unready.
    expect(world.pods().map(isReady)).toEqual([true]);
    expect(world.events('NodeNotReady')).toEqual(['Node n1 status is now: NodeNotReady']);
    label(world, 'n1', {});
    await world.clock.advance(10);
    expect(taintsOf(world, 'n1')).toEqual([]);
    // Pods tolerate it for 300 s: nothing was deleted.
    expect(world.pods()).toHaveLength(1);
  });

  test('one whose kubelet is silent is Unknown after 50 s, and its pods are asked to go after 300 s more', async () => {
    const world = await startWorld(['n1']);
    world.create(types.deployments, workload('web', { replicas: 1 }));
    world.create(types.daemonSets, workload('agent'));
    await world.clock.advance(5000);
    label(world, 'n1', { 'kmaint.test/silent': '' });
    await world.clock.advance(40_000);
    expect(conditionOf(world.get(types.nodes, 'n1'), 'Ready')?.['status']).toBe('True');
    await world.clock.advance(30_000);
    expect(conditionOf(world.get(types.nodes, 'n1'), 'Ready')).toMatchObject({
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
    });
    expect(taintsOf(world, 'n1')).toEqual([
      'node.kubernetes.io/unreachable:NoExecute',
      'node.kubernetes.io/unreachable:NoSchedule',
    ]);
    const [web] = world.pods('web');
    expect(world.pods().map(isReady)).toEqual([false, false]);
    expect(new Set(world.events('NodeNotReady'))).toEqual(
      new Set(['Node is not ready', 'Node n1 status is now: NodeNotReady']),
    );
    await world.clock.advance(300_000);
    const later = world.get(types.pods, web?.metadata.name ?? '');
    expect(later?.metadata.deletionTimestamp).toBeDefined();
    expect(conditionOf(later, 'DisruptionTarget')).toMatchObject({ reason: 'DeletionByTaintManager' });
    // Nobody ends it: the kubelet is silent. The DaemonSet's pod tolerates everything.
    await world.clock.advance(600_000);
    expect(world.get(types.pods, web?.metadata.name ?? '')).toBeDefined();
    expect(world.pods('agent').map(({ metadata }) => metadata.deletionTimestamp)).toEqual([undefined]);
    expect(world.pods('web')).toHaveLength(2);
  });

  test.each([
    ['without toleration', [], 0],
    ['for 30 s', [{ key: 'down', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 }], 30_000],
    ['for ever', [{ key: 'down', operator: 'Exists' }], Infinity],
  ])('a pod that tolerates a NoExecute taint %s', async (_name, tolerations, staysMs) => {
    const world = await startWorld(['n1']);
    world.create(types.pods, podDraft('p', { spec: { tolerations } }));
    await world.clock.advance(3000);
    world.change(types.nodes, 'n1', (node) => ({ ...node, spec: { taints: [{ key: 'down', effect: 'NoExecute' }] } }));
    const terminating = (): boolean => world.get(types.pods, 'p')?.metadata.deletionTimestamp !== undefined;
    await world.clock.advance(Math.min(staysMs, 1_000_000) - 10);
    expect(terminating()).toBe(false);
    if (staysMs === Infinity) return;
    await world.clock.advance(20);
    expect(terminating()).toBe(true);
    expect(world.events('TaintManagerEviction')).toEqual(['Marking for deletion Pod default/p']);
  });

  test('pods of a node that is deleted are removed after 40 s', async () => {
    const world = await startWorld(['n1', nodeDraft('n2', { keep: 'yes' })]);
    world.create(types.pods, podDraft('p', { spec: { nodeSelector: { 'kubernetes.io/hostname': 'n1' } } }));
    await world.clock.advance(3000);
    world.delete(types.nodes, 'n1');
    await world.clock.advance(39_000);
    expect(world.pods('p').map((pod) => pod.status?.phase)).toEqual(['Running']);
    await world.clock.advance(2000);
    expect(world.pods('p')).toEqual([]);
    // The garbage collector removes its Lease.
    expect(world.store.list(types.leases).map(({ metadata }) => metadata.name)).toEqual(['n2']);
  });
});
