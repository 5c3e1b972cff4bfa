import { describe, expect, it } from 'vitest';
import { cordonNodes } from '../../src/drain/cordon.ts';
import type { CordonOptions } from '../../src/drain/options.ts';
import { ClusterError } from '../../src/errors.ts';
import { aNode } from '../support/objects.ts';
import { aWorld, finish, type TestWorld } from '../support/world.ts';

const nodes = [aNode(), aNode({ name: 'node2', unschedulable: true }), aNode({ name: 'node3', labels: { rack: '7' } })];
const cordon = (
  world: TestWorld,
  names: readonly string[],
  options: Partial<CordonOptions> = {},
  unschedulable = true,
) =>
  finish(
    world.clock,
    cordonNodes(world, { targets: { names, selector: undefined }, dryRun: 'none', unschedulable, ...options }),
  );
const forbidden = (): Error =>
  new ClusterError('nodes "node1" is forbidden', { code: 'cluster.forbidden', status: 403, hint: 'ask for it' });

describe('cordon and uncordon', () => {
  it('change what has to be changed, and nothing else', async () => {
    const world = aWorld([], nodes);
    expect(await cordon(world, ['node1', 'node2'])).toBe(0);
    expect(world.cluster.writes).toEqual(['cordon node1']);
    expect(world.all('node.cordoned').map(({ node, changed }) => [node, changed])).toEqual([
      ['node1', true],
      ['node2', false],
    ]);
    expect(await cordon(world, ['node1', 'node3'], {}, false)).toBe(0);
    expect(world.cluster.writes).toEqual(['cordon node1', 'uncordon node1']);
  });

  it('take a selector', async () => {
    const world = aWorld([], nodes);
    expect(await cordon(world, [], { targets: { names: [], selector: 'rack=7' } })).toBe(0);
    expect(world.cluster.writes).toEqual(['cordon node3']);
  });

  it('resolve every node before changing one', async () => {
    const world = aWorld([], nodes);
    await expect(cordon(world, ['node1', 'nod2'])).rejects.toThrow('did you mean node2?');
    expect(world.cluster.writes).toEqual([]);
  });

  it('rehearse', async () => {
    const world = aWorld([], nodes);
    expect(await cordon(world, ['node1'], { dryRun: 'client' })).toBe(0);
    expect(await cordon(world, ['node1'], { dryRun: 'server' })).toBe(0);
    expect(world.cluster.writes).toEqual(['cordon node1 (dry run)']);
    expect(world.cluster.nodes.get('node1')?.unschedulable).toBe(false);
  });

  it('that failed is a failure, unlike in kubectl', async () => {
    const world = aWorld([], nodes);
    world.cluster.failures.set('setUnschedulable', forbidden);
    expect(await cordon(world, ['node1'])).toBe(4);
    expect(world.only('node.finished')).toMatchObject({ outcome: 'failed', hint: 'ask for it' });
  });

  it('that failed for one node goes on with the next; forbidden after a write is 1, and the undo is printed', async () => {
    const world = aWorld([], nodes);
    world.onEvent = (event) => {
      if (event.type === 'node.cordoned') world.cluster.failures.set('setUnschedulable', forbidden);
    };
    expect(await cordon(world, ['node1', 'node3', 'node2'])).toBe(1);
    expect(world.all('node.cordoned').map(({ node }) => node)).toEqual(['node1', 'node2']);
    expect(world.only('run.finished').undo).toEqual(['kmaint uncordon node1']);
  });

  it('that the server took but did not keep is a failure', async () => {
    const world = aWorld([], nodes);
    world.cluster.setUnschedulable = async (node) => node;
    expect(await cordon(world, ['node1'])).toBe(1);
    expect(world.only('node.finished').message).toContain('something in the cluster undid it');
  });
});
