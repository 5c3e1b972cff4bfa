import { describe, expect, it } from 'vitest';
import type { Node, NodeCondition } from '../../../src/cluster/node.ts';
import { checkGates, passGates } from '../../../src/drain/rolling/gates.ts';
import { nodeHealth } from '../../../src/drain/rolling/node-health.ts';
import { holdStable } from '../../../src/drain/rolling/stable.ts';
import { ClusterError, InterruptedError } from '../../../src/errors.ts';
import { aNode, aWorkload } from '../../support/objects.ts';
import { aWorld, finish, type TestWorld } from '../../support/world.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');
const ago = (ms: number): string => new Date(nowMs - ms).toISOString();
const condition = (type: string, status: string, differences: Partial<NodeCondition> = {}): NodeCondition => ({
  type,
  status,
  reason: undefined,
  message: undefined,
  lastHeartbeatTime: ago(60_000),
  lastTransitionTime: ago(3_600_000),
  ...differences,
});
const nodeWith = (...conditions: NodeCondition[]): Node => aNode({ conditions });

describe("a node's conditions", () => {
  it.each<[what: string, node: Node]>([
    ['all well', nodeWith(condition('Ready', 'True'), condition('MemoryPressure', 'False'))],
    ['a detector that sees no problem', nodeWith(condition('KernelDeadlock', 'False'))],
    ['a condition that names what should be', nodeWith(condition('KernelReady', 'True'))],
    ['a detector that does not know', nodeWith(condition('NTPProblem', 'Unknown'))],
  ])('%s: go on', (_, node) => {
    expect(nodeHealth(node, nowMs)).toEqual({ failures: [], warnings: [] });
  });

  it.each<[what: string, node: Node, failure: string]>([
    ['not Ready', aNode({ ready: 'False' }), 'node1 is not Ready (False)'],
    ['silent', aNode({ ready: 'Unknown' }), 'node1 is not Ready (Unknown)'],
    ['under pressure', nodeWith(condition('DiskPressure', 'True')), 'node1: DiskPressure is True'],
    [
      'under pressure, by an old word of a kubelet that reports rarely',
      nodeWith(condition('DiskPressure', 'True', { lastHeartbeatTime: ago(3_600_000) })),
      'node1: DiskPressure is True',
    ],
    [
      'with a fresh problem',
      nodeWith(condition('KernelDeadlock', 'True', { reason: 'DockerHung', message: 'task docker:7 blocked' })),
      'node1: KernelDeadlock is True (DockerHung: task docker:7 blocked)',
    ],
    [
      'with a problem as old as just counts',
      nodeWith(condition('ReadonlyFilesystem', 'True', { lastHeartbeatTime: ago(600_000) })),
      'node1: ReadonlyFilesystem is True',
    ],
    [
      'with a problem of unknown age',
      nodeWith(condition('KernelDeadlock', 'True', { lastHeartbeatTime: undefined })),
      'node1: KernelDeadlock is True',
    ],
    ['without what should be', nodeWith(condition('NetworkingReady', 'False')), 'node1: NetworkingReady is False'],
  ])('%s: stop', (_, node, failure) => {
    expect(nodeHealth(node, nowMs)).toEqual({ failures: [failure], warnings: [] });
  });

  it('that are stale are told and do not count', () => {
    const node = nodeWith(condition('KernelDeadlock', 'True', { lastHeartbeatTime: ago(600_001) }));
    expect(nodeHealth(node, nowMs)).toEqual({
      failures: [],
      warnings: [
        'node1: KernelDeadlock is True, but that was last said at 2025-12-31T23:49:59.999Z and does not count',
      ],
    });
  });
});

describe('the gates', () => {
  const none = { criticalPods: [] };

  it('look at every node that is done, and warn of what is stale', async () => {
    const stale = condition('KernelDeadlock', 'True', { lastHeartbeatTime: ago(3_600_000) });
    const world = aWorld([], [nodeWith(stale), aNode({ name: 'node2', ready: 'False' })]);
    expect(await checkGates(world, [{ name: 'node1' }, { name: 'node2' }, { name: 'node3' }], none)).toEqual([
      'node2 is not Ready (False)',
      'node3 is no longer in the cluster',
    ]);
    expect(world.only('warning').message).toContain('KernelDeadlock');
  });

  it('do not take what cannot be read for fine', async () => {
    const world = aWorld([]);
    world.cluster.failures.set('getWorkload', () => new ClusterError('forbidden', { code: 'cluster.forbidden' }));
    expect(await checkGates(world, [], { criticalPods: ['shop/web'] })).toEqual([
      'critical pods shop/web could not be read: forbidden',
    ]);
    world.cluster.failures.set('getNode', () => new ClusterError('refused', { code: 'cluster.unreachable' }));
    expect(await finish(world.clock, checkGates(world, [aNode()], none))).toEqual([
      'node node1 could not be read: refused',
    ]);
  });

  it('reject with the interrupt', async () => {
    const world = aWorld([]);
    world.cluster.failures.set('getNode', () => new ClusterError('refused', { code: 'cluster.unreachable' }));
    const interrupt = new InterruptedError('SIGINT');
    world.clock.after(3000, () => world.interrupt(interrupt));
    await expect(finish(world.clock, checkGates(world, [aNode()], none))).rejects.toBe(interrupt);
  });

  it('are given time to open', async () => {
    const world = aWorld([]);
    world.cluster.putWorkload(aWorkload({ readyReplicas: 1 }));
    world.clock.after(60_000, () => world.cluster.putWorkload(aWorkload()));
    const options = { criticalPods: ['shop/web'] };
    expect(await finish(world.clock, passGates(world, aNode(), [aNode()], options))).toEqual([]);
    expect(world.only('node.waiting')).toMatchObject({ waitsFor: 'gate', message: expect.stringContaining('1 of 2') });
  });

  it('stay closed after that', async () => {
    const world = aWorld([], [nodeWith(condition('KernelDeadlock', 'True'))]);
    const startMs = world.clock.now();
    const failures = await finish(world.clock, passGates(world, aNode(), [aNode()], none));
    expect(failures).toEqual(['node1: KernelDeadlock is True']);
    expect(world.clock.now() - startMs).toBeLessThan(121_000);
  });
});

describe('a node that has to stay well', () => {
  const ready = nodeWith(condition('Ready', 'True'));
  const hold = (world: TestWorld, minStableMs = 60_000) =>
    finish(world.clock, holdStable(world, ready, minStableMs, { criticalPods: [] }));

  it('is watched for exactly that long', async () => {
    const world = aWorld([], [ready]);
    const startMs = world.clock.now();
    expect(await hold(world, 62_000)).toEqual([]);
    expect(world.clock.now() - startMs).toBeLessThan(62_500);
    expect(world.clock.now() - startMs).toBeGreaterThanOrEqual(62_000);
    expect(world.only('node.waiting').message).toBe('has to stay well for 1m02s');
  });

  it.each<[what: string, later: Node | undefined, failure: string]>([
    ['is not Ready', { ...ready, ready: 'False' }, 'node1 is not Ready (False)'],
    ['was booted again', { ...ready, bootID: 'another' }, 'node1 was booted again: bootID another'],
    ['was registered again', { ...ready, uid: 'another' }, 'node1 was registered again'],
    [
      'was not Ready between two looks',
      nodeWith(condition('Ready', 'True', { lastTransitionTime: ago(-20_000) })),
      'node1 was not Ready for a moment: its Ready changed at 2026-01-01T00:00:20.000Z',
    ],
    ['is gone', undefined, 'node1 is no longer in the cluster'],
  ])('fails as soon as it %s', async (_, later, failure) => {
    const world = aWorld([], [ready]);
    const startMs = world.clock.now();
    world.clock.after(22_000, () => {
      if (later) world.cluster.nodes.set('node1', later);
      else world.cluster.nodes.delete('node1');
    });
    expect(await hold(world)).toEqual([expect.stringContaining(failure)]);
    expect(world.clock.now() - startMs).toBeLessThan(27_000);
  });

  it('has a stale problem told once', async () => {
    const stale = condition('KernelDeadlock', 'True', { lastHeartbeatTime: ago(3_600_000) });
    const world = aWorld([], [nodeWith(stale)]);
    expect(await hold(world)).toEqual([]);
    expect(world.all('warning')).toHaveLength(1);
  });
});
