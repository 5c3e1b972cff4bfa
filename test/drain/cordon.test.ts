import { describe, expect, it } from 'vitest';
import { cordonNodes, type CordonRequest } from '../../src/drain/cordon.ts';
import type { Node } from '../../src/cluster/node.ts';
import {
  cordonAnnotation,
  excludeFromLoadBalancersLabel,
  formerMarksAnnotation,
  holdAnnotation,
  scaleDownDisabledAnnotation,
} from '../../src/drain/ownership/annotations.ts';
import { ClusterError } from '../../src/errors.ts';
import { aNode } from '../support/objects.ts';
import { aWorld, finish, type TestWorld } from '../support/world.ts';

const nodes = [aNode(), aNode({ name: 'node2', unschedulable: true }), aNode({ name: 'node3', labels: { rack: '7' } })];
const cordon = (
  world: TestWorld,
  names: readonly string[],
  options: Partial<CordonRequest> = {},
  unschedulable = true,
) =>
  finish(
    world.clock,
    cordonNodes(world, {
      targets: { names, selector: undefined },
      dryRun: 'none',
      unschedulable,
      claim: aClaim(),
      ...options,
    }),
  );
const aClaim = (differences: Partial<CordonRequest['claim']> = {}): CordonRequest['claim'] => ({
  holder: 'ann@desk',
  reason: undefined,
  ticket: undefined,
  takeOver: false,
  ...differences,
});
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
    expect(world.cluster.changes).toEqual([]);
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
    expect(world.cluster.changes).toEqual([]);
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
    const { message, hint } = world.only('node.finished');
    expect(message).toContain('something in the cluster undid it');
    expect(hint).toBe('kubectl get node node1 -o yaml --show-managed-fields --context test');
  });
});

const record = (by: string, reason?: string): string =>
  JSON.stringify({ run: '', by, at: '2025-12-31T00:00:00Z', ...(reason === undefined ? {} : { reason }) });
const signedNode = (by: string, reason?: string): ReturnType<typeof aNode> =>
  aNode({ unschedulable: true, annotations: { [cordonAnnotation]: record(by, reason) } });
const holdUntil = (until: string): string =>
  JSON.stringify({ run: 'r1', holder: 'bob@laptop', until, wasCordoned: false });
const stored = (world: TestWorld): Node => world.cluster.nodes.get('node1') as Node;

describe('a cordon with a reason', () => {
  it('is signed in the same request', async () => {
    const world = aWorld([], nodes);
    expect(await cordon(world, ['node1'], { claim: aClaim({ reason: 'new disk', ticket: 'OPS-7' }) })).toBe(0);
    expect(world.cluster.writes).toHaveLength(1);
    expect(stored(world).unschedulable).toBe(true);
    expect(JSON.parse(stored(world).annotations[cordonAnnotation] ?? '')).toEqual({
      run: '',
      by: 'ann@desk',
      at: '2026-01-01T00:00:00Z',
      reason: 'new disk',
      ticket: 'OPS-7',
    });
  });

  it('is only rehearsed in a dry run', async () => {
    const world = aWorld([], nodes);
    const claim = aClaim({ reason: 'new disk' });
    expect(await cordon(world, ['node1'], { claim, dryRun: 'client' })).toBe(0);
    expect(world.cluster.writes).toEqual([]);
    expect(world.cluster.changes).toEqual([]);
    expect(await cordon(world, ['node1'], { claim, dryRun: 'server' })).toBe(0);
    expect(world.cluster.writes).toEqual([expect.stringContaining('(dry run)')]);
    expect(stored(world)).toEqual(nodes[0]);
  });

  it('signs a node that nobody signed, and leaves the signature of others', async () => {
    const world = aWorld([], [aNode({ unschedulable: true })]);
    expect(await cordon(world, ['node1'], { claim: aClaim({ reason: 'new disk' }) })).toBe(0);
    expect(world.only('node.cordoned')).toMatchObject({ changed: false });
    expect(stored(world).annotations[cordonAnnotation]).toContain('ann@desk');

    expect(await cordon(world, ['node1'], { claim: aClaim({ holder: 'bob@laptop', reason: 'mine' }) })).toBe(0);
    expect(stored(world).annotations[cordonAnnotation]).toContain('ann@desk');
    expect(world.only('warning').message).toContain('cordoned already by ann@desk');
  });

  it('reads and judges again when another writer was first', async () => {
    const world = aWorld([], nodes);
    let kubelet = 3;
    const changeNode = world.cluster.changeNode.bind(world.cluster);
    world.cluster.changeNode = (node, change, options) => {
      if (kubelet-- > 0) world.cluster.nodes.set('node1', { ...stored(world), resourceVersion: `k${kubelet}` });
      return changeNode(node, change, options);
    };
    expect(await cordon(world, ['node1'], { claim: aClaim({ reason: 'new disk' }) })).toBe(0);
    expect(world.cluster.writes).toHaveLength(1);
  });

  it('that is plain takes no stale signature with it', async () => {
    const world = aWorld([], [{ ...signedNode('bob@laptop', 'old'), unschedulable: false }]);
    expect(await cordon(world, ['node1'])).toBe(0);
    expect(stored(world)).toMatchObject({ unschedulable: true, annotations: {} });
  });
});

describe('uncordon', () => {
  const uncordon = (world: TestWorld, differences: Partial<CordonRequest['claim']> = {}): Promise<number> =>
    cordon(world, ['node1'], { claim: aClaim(differences) }, false);

  it('heeds the reason of somebody else', async () => {
    const world = aWorld([], [signedNode('bob@laptop', 'disk is dying')]);
    expect(await uncordon(world)).toBe(5);
    expect(world.cluster.writes).toEqual([]);
    expect(world.cluster.changes).toEqual([]);
    expect(world.only('node.finished').message).toContain(
      'cordoned by bob@laptop at 2025-12-31T00:00:00Z: disk is dying',
    );
    expect(world.only('run.finished')).toMatchObject({ outcome: 'held', resume: ['kmaint drain node1 --take-over'] });

    expect(await uncordon(world, { takeOver: true })).toBe(0);
    expect(stored(world)).toMatchObject({ unschedulable: false, annotations: {} });
    expect(world.cluster.writes).toHaveLength(1);
  });

  it('undoes what one signed oneself', async () => {
    const world = aWorld([], [signedNode('ann@desk', 'new disk')]);
    expect(await uncordon(world)).toBe(0);
    expect(stored(world)).toMatchObject({ unschedulable: false, annotations: {} });
    expect(world.all('warning')).toEqual([]);
  });

  it('undoes what states no reason, and says whose it was', async () => {
    const world = aWorld([], [signedNode('bob@laptop')]);
    expect(await uncordon(world)).toBe(0);
    expect(stored(world)).toMatchObject({ unschedulable: false, annotations: {} });
    expect(world.only('warning').message).toBe(
      'the node node1 was cordoned by bob@laptop at 2025-12-31T00:00:00Z, without a reason that would keep it so',
    );
  });

  it('leaves a node to the run that holds it, and to nobody whose hold is over', async () => {
    const held = (until: string): TestWorld =>
      aWorld([], [aNode({ unschedulable: true, annotations: { [holdAnnotation]: holdUntil(until) } })]);
    const live = held('2026-01-01T00:00:30Z');
    expect(await uncordon(live)).toBe(5);
    expect(live.cluster.writes).toEqual([]);
    expect(live.cluster.changes).toEqual([]);
    expect(live.only('node.finished').message).toContain('held by run r1 of bob@laptop until 2026-01-01T00:00:30Z');
    const over = held('2025-12-31T23:59:00Z');
    expect(await uncordon(over)).toBe(0);
    expect(stored(over)).toMatchObject({ unschedulable: false, annotations: {} });
  });

  it('does not take what cannot be read for nothing', async () => {
    for (const key of [holdAnnotation, cordonAnnotation]) {
      const world = aWorld([], [aNode({ unschedulable: true, annotations: { [key]: 'what?' } })]);
      expect(await uncordon(world)).toBe(5);
      expect(world.cluster.writes).toEqual([]);
      expect(world.cluster.changes).toEqual([]);
      expect(await uncordon(world, { takeOver: true })).toBe(0);
    }
  });

  it('restores marks that a run left behind, and only those', async () => {
    const world = aWorld(
      [],
      [
        aNode({
          unschedulable: true,
          labels: { [excludeFromLoadBalancersLabel]: 'true' },
          annotations: {
            [scaleDownDisabledAnnotation]: 'true',
            [formerMarksAnnotation]: JSON.stringify({
              [excludeFromLoadBalancersLabel]: null,
              [scaleDownDisabledAnnotation]: 'false',
            }),
          },
        }),
      ],
    );
    expect(await uncordon(world)).toBe(0);
    expect(stored(world)).toMatchObject({ labels: {}, annotations: { [scaleDownDisabledAnnotation]: 'false' } });
    expect(Object.keys(stored(world).annotations)).toEqual([scaleDownDisabledAnnotation]);
  });

  it('cleans up on a schedulable node, but not under a run', async () => {
    const stale = aWorld([], [{ ...signedNode('bob@laptop', 'old'), unschedulable: false }]);
    expect(await uncordon(stale)).toBe(0);
    expect(stored(stale).annotations).toEqual({});
    expect(stale.only('node.uncordoned')).toMatchObject({ changed: false });
    const busy = aWorld([], [aNode({ annotations: { [holdAnnotation]: holdUntil('2026-01-01T00:00:30Z') } })]);
    expect(await uncordon(busy)).toBe(0);
    expect(busy.cluster.changes).toEqual([]);
  });
});
