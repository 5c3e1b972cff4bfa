import { describe, expect, test } from 'vitest';
import { isReady, nodeDraft, nodesOf, startWorld, types, workload, type Loose, type TestWorld } from './world.ts';

const status = (world: TestWorld): object => (world.get(types.daemonSets, 'ds') as Loose).status;

describe('a DaemonSet', () => {
  test('has one pod on each node, bound by name, tolerating what may happen to nodes', async () => {
    const world = await startWorld(['n1', 'n2']);
    world.create(types.daemonSets, workload('ds'));
    await world.clock.advance(2000);
    expect(nodesOf(world.pods('ds'))).toEqual(['n1', 'n2']);
    const [pod] = world.pods('ds');
    expect(pod?.spec.tolerations?.map(({ key, effect }) => `${key ?? ''}:${effect ?? ''}`)).toEqual([
      'node.kubernetes.io/not-ready:NoExecute',
      'node.kubernetes.io/unreachable:NoExecute',
      'node.kubernetes.io/disk-pressure:NoSchedule',
      'node.kubernetes.io/memory-pressure:NoSchedule',
      'node.kubernetes.io/pid-pressure:NoSchedule',
      'node.kubernetes.io/unschedulable:NoSchedule',
    ]);
    expect(status(world)).toEqual({
      currentNumberScheduled: 2,
      desiredNumberScheduled: 2,
      numberAvailable: 2,
      numberMisscheduled: 0,
      numberReady: 2,
      observedGeneration: 1,
      updatedNumberScheduled: 2,
    });
  });

  test('comes back on a cordoned node when its pod is deleted there', async () => {
    const world = await startWorld(['n1']);
    world.create(types.daemonSets, workload('ds'));
    await world.clock.advance(2000);
    world.change(types.nodes, 'n1', (node) => ({ ...node, spec: { ...node.spec, unschedulable: true } }));
    const [pod] = world.pods('ds');
    world.delete(types.pods, pod?.metadata.name ?? '');
    await world.clock.advance(500);
    // Not before the old one is gone: one pod per node.
    expect(world.pods('ds')).toHaveLength(1);
    await world.clock.advance(2000);
    expect(nodesOf(world.pods('ds'))).toEqual(['n1']);
    expect(world.pods('ds')[0]?.metadata.uid).not.toBe(pod?.metadata.uid);
  });

  test('follows nodes that come, and labels and taints that keep it off', async () => {
    const world = await startWorld([nodeDraft('n1', { gpu: 'yes' }), 'n2']);
    world.create(types.daemonSets, workload('ds', {}, { spec: { nodeSelector: { gpu: 'yes' } } }));
    await world.clock.advance(2000);
    expect(nodesOf(world.pods('ds'))).toEqual(['n1']);
    world.create(types.nodes, nodeDraft('n3', { gpu: 'yes' }));
    await world.clock.advance(2000);
    expect(nodesOf(world.pods('ds'))).toEqual(['n1', 'n3']);
    world.change(types.nodes, 'n1', (node) => ({ ...node, metadata: { ...node.metadata, labels: {} } }));
    world.change(types.nodes, 'n3', (node) => ({ ...node, spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } }));
    await world.clock.advance(3000);
    // NoSchedule does not drive away what runs.
    expect(nodesOf(world.pods('ds'))).toEqual(['n3']);
    expect(status(world)).toMatchObject({ desiredNumberScheduled: 0, numberMisscheduled: 1 });
  });

  test('rolls to a new template one node after the other', async () => {
    const world = await startWorld(['n1', 'n2', 'n3']);
    world.create(types.daemonSets, workload('ds'));
    await world.clock.advance(2000);
    world.change(types.daemonSets, 'ds', (object) => {
      const spec = { containers: [{ name: 'app', image: 'app:2' }] };
      return { ...object, spec: { ...object.spec, template: { metadata: { labels: { app: 'ds' } }, spec } } };
    });
    let fewest = 3;
    for (let turn = 0; turn < 60; turn += 1) {
      await world.clock.advance(200);
      const living = world.pods('ds').filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined);
      fewest = Math.min(fewest, living.length);
    }
    expect(fewest).toBe(2);
    expect(world.pods('ds').map((pod) => pod.spec.containers?.[0]?.image)).toEqual(['app:2', 'app:2', 'app:2']);
    expect(status(world)).toMatchObject({ updatedNumberScheduled: 3, numberAvailable: 3, observedGeneration: 2 });
    expect(world.list(types.revisions)).toHaveLength(2);
  });
});
