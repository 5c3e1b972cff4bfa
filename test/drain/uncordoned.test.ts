/** What follows an uncordon: the moves that were asked for, and how the command ends when they were not confirmed. */
import { describe, expect, it } from 'vitest';
import type { Node } from '../../src/cluster/node.ts';
import { cordonNodes } from '../../src/drain/cordon.ts';
import { cordonAnnotation, outOfServiceTaint } from '../../src/drain/ownership/annotations.ts';
import { afterUncordon, type UncordonedOptions } from '../../src/drain/uncordoned.ts';
import { aNode, aPod } from '../support/objects.ts';
import { aWorld, finish, type TestWorld } from '../support/world.ts';

const controller = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'uid-of-web' };
const herd = Array.from({ length: 3 }, (_, index) => aPod({ name: `web-${index}`, nodeName: 'n1', controller }));
const unevenly = (back: Partial<Node>): TestWorld =>
  aWorld(herd, [aNode({ name: 'n1' }), aNode({ name: 'back', ...back })]);
const cordoned: Partial<Node> = { unschedulable: true };

function uncordon(world: TestWorld, differences: Partial<UncordonedOptions> = {}): Promise<number> {
  const options = { rebalance: 'ask', assumeYes: false, dryRun: 'none', ...differences } as const;
  const request = {
    targets: { names: ['back'], selector: undefined },
    dryRun: options.dryRun,
    unschedulable: false,
    claim: { holder: 'ann@desk', reason: undefined, ticket: undefined, takeOver: false },
    after: (nodes: readonly Node[]) => afterUncordon(world, nodes, options),
  };
  return finish(world.clock, cordonNodes(world, request));
}

const proposal = 'would take shop/web-0 from n1: ReplicaSet web has 3 there and 0 here';
const moves = (world: TestWorld): readonly string[] => world.all('node.step').map(({ message }) => message);

describe('uncordon --rebalance that is declined', () => {
  it('says that the node is uncordoned all the same, and is incomplete, not refused', async () => {
    const world = unevenly(cordoned);
    world.answer = false;
    expect(await uncordon(world)).toBe(1);
    expect(world.cluster.nodes.get('back')?.unschedulable).toBe(false);
    expect(world.only('run.finished')).toMatchObject({
      outcome: 'incomplete',
      exitCode: 1,
      message: 'back is uncordoned, but the moves were not confirmed, so no pod was moved',
      undo: ['kmaint cordon back'],
    });
  });

  it('is declined where nothing had to be changed', async () => {
    const world = unevenly({});
    world.answer = false;
    expect(await uncordon(world)).toBe(3);
    expect(world.cluster.writes).toEqual([]);
    expect(world.only('run.finished')).toMatchObject({
      outcome: 'declined',
      exitCode: 3,
      message: 'the moves were not confirmed, so no pod was moved',
      undo: [],
    });
  });

  it('goes on with --yes where nobody can be asked, and as it was typed where somebody can', async () => {
    const [silent, asked] = [unevenly(cordoned), unevenly(cordoned)];
    asked.answer = false;
    expect(await uncordon(silent)).toBe(1);
    expect(await uncordon(asked)).toBe(1);
    const resumeOf = (world: TestWorld): readonly string[] => world.only('run.finished').resume;
    expect(resumeOf(silent)).toEqual([`${asked.commandLine.again()} --yes`]);
    expect(resumeOf(asked)).toEqual([asked.commandLine.again()]);
  });

  it('is incomplete where a taint of ours went, although the node took pods already', async () => {
    const record = { run: 'r1', by: 'ann@desk', at: '2025-12-31T00:00:00Z' };
    const world = unevenly({
      annotations: { [cordonAnnotation]: JSON.stringify(record) },
      taints: [{ key: outOfServiceTaint, value: 'nodeshutdown', effect: 'NoExecute' }],
    });
    world.answer = false;
    expect(await uncordon(world)).toBe(1);
    expect(world.questions).toHaveLength(1);
    expect(world.cluster.nodes.get('back')?.taints).toEqual([]);
  });
});

describe('uncordon --rebalance in a dry run', () => {
  it.each([
    ['plan', 'client', 'cordoned still', cordoned],
    ['plan', 'server', 'cordoned still', cordoned],
    ['plan', 'client', 'uncordoned already', {}],
    ['ask', 'client', 'uncordoned already', {}],
  ] as const)('=%s (%s) lists the moves to a node that is %s, and no more', async (rebalance, dryRun, _, back) => {
    const world = unevenly(back);
    world.answer = true;
    expect(await uncordon(world, { rebalance, dryRun, assumeYes: true })).toBe(0);
    expect(moves(world)).toEqual([proposal]);
    expect(world.questions).toEqual([]);
    expect(world.cluster.pods.size).toBe(3);
    expect(world.cluster.nodes.get('back')).toMatchObject({ unschedulable: 'unschedulable' in back });
  });

  it('leaves the taint of a dead node where it is', async () => {
    const taint = { key: outOfServiceTaint, value: 'nodeshutdown', effect: 'NoExecute' };
    const world = unevenly({ taints: [taint] });
    await uncordon(world, { rebalance: 'plan', dryRun: 'client' });
    expect(world.cluster.nodes.get('back')?.taints).toEqual([taint]);
    expect(world.cluster.changes).toEqual([]);
  });
});
