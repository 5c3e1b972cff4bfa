/** Several nodes of one run, and what becomes of a cordon when a drain did not succeed. */
import { describe, expect, it } from 'vitest';
import { drainNodes } from '../../src/drain/drain.ts';
import type { DrainOptions } from '../../src/drain/options.ts';
import { ClusterError, InterruptedError } from '../../src/errors.ts';
import { aNode, aPod } from '../support/objects.ts';
import { aWorld, drainOptions, finish, type TestWorld } from '../support/world.ts';

const run = (world: TestWorld, options: Partial<DrainOptions> = {}): Promise<number> =>
  finish(world.clock, drainNodes(world, drainOptions(options)));

/** Nodes with one pod each, `web-1` on `node1` and so on, that take 5 s to go. */
function nodes(count: number, ofControlPlane: readonly string[] = []): TestWorld {
  const ofEach = Array.from({ length: count }, (_, index) => index + 1);
  const world = aWorld(
    ofEach.map((number) => aPod({ name: `web-${number}`, nodeName: `node${number}` })),
    ofEach.map((number) => aNode({ name: `node${number}`, controlPlane: ofControlPlane.includes(`node${number}`) })),
  );
  world.cluster.goneAfterMs = 5000;
  return world;
}
const targets = (count: number): DrainOptions['targets'] => ({
  names: Array.from({ length: count }, (_, index) => `node${index + 1}`),
  selector: undefined,
});

/** Counts nodes between `node.draining` and `node.finished`; after each change the names of those in work. */
function watchDrains(world: TestWorld): { readonly sets: string[] } {
  const inWork = new Set<string>();
  const sets: string[] = [];
  world.onEvent = (event) => {
    if (event.type === 'node.draining') inWork.add(event.node);
    else if (event.type === 'node.finished') inWork.delete(event.node);
    else return;
    sets.push([...inWork].sort().join('+'));
  };
  return { sets };
}
const ends = (world: TestWorld): (readonly [string, number])[] =>
  world.all('node.finished').map(({ node, exitCode }) => [node, exitCode]);

describe('--parallel', () => {
  it('drains as many nodes at a time as allowed, after all are cordoned; a slot is filled when one is done', async () => {
    const world = nodes(3);
    world.cluster.goneAfterMs = ({ name }) => (name === 'web-1' ? 2000 : 8000);
    const { sets } = watchDrains(world);
    expect(await run(world, { targets: targets(3), parallel: { count: 2 } })).toBe(0);
    expect(world.cluster.writes).toEqual([
      'cordon node1',
      'cordon node2',
      'cordon node3',
      'evict shop/web-1',
      'evict shop/web-2',
      'evict shop/web-3',
    ]);
    expect(sets).toEqual(['node1', 'node1+node2', 'node2', 'node2+node3', 'node3', '']);
  });

  it('takes a share of the nodes, and one where that is less', async () => {
    const half = nodes(4);
    const { sets } = watchDrains(half);
    expect(await run(half, { targets: targets(4), parallel: { percent: 50 } })).toBe(0);
    expect(Math.max(...sets.map((set) => (set === '' ? 0 : set.split('+').length)))).toBe(2);
    const little = nodes(3);
    const one = watchDrains(little);
    expect(await run(little, { targets: targets(3), parallel: { percent: 10 } })).toBe(0);
    expect(one.sets.filter((set) => set.includes('+'))).toEqual([]);
  });

  it('never has two control-plane nodes in work; a worker goes beside one', async () => {
    const world = nodes(3, ['node1', 'node2']);
    const { sets } = watchDrains(world);
    expect(await run(world, { targets: targets(3), parallel: { count: 3 } })).toBe(0);
    expect(sets).toContain('node1+node3');
    expect(sets.filter((set) => set.includes('node1+node2'))).toEqual([]);
  });

  it('drains the others although one fails, and names that one', async () => {
    const world = nodes(3);
    world.cluster.answers.set('shop/web-2', [{ kind: 'fatal', message: 'no', status: 403, hint: undefined }]);
    expect(await run(world, { targets: targets(3), parallel: { count: 2 } })).toBe(1);
    expect(ends(world)).toEqual([
      ['node2', 1],
      ['node1', 0],
      ['node3', 0],
    ]);
    expect(world.only('run.finished')).toMatchObject({
      message: 'not drained: node2',
      undo: ['kmaint uncordon node1 node2 node3'],
      resume: ['kmaint resume run-1'],
    });
  });

  it('keeps each node to its own --timeout', async () => {
    const world = nodes(2);
    world.cluster.goneAfterMs = Infinity;
    const startMs = world.clock.now();
    expect(await run(world, { targets: targets(2), parallel: { count: 2 }, timeoutMs: 4000 })).toBe(124);
    expect(world.clock.now() - startMs).toBeLessThanOrEqual(4500);
    expect(ends(world)).toEqual([
      ['node1', 124],
      ['node2', 124],
    ]);
  });

  it('an interrupt ends all in work and says of the others that they are cordoned only', async () => {
    const world = nodes(3);
    world.cluster.goneAfterMs = Infinity;
    const done = run(world, { targets: targets(3), parallel: { count: 2 } });
    await world.clock.advance(1000);
    world.interrupt(new InterruptedError('SIGINT'));
    expect(await done).toBe(130);
    expect(ends(world)).toEqual([
      ['node1', 130],
      ['node2', 130],
      ['node3', 130],
    ]);
    expect(world.all('node.finished').map(({ left, cordonedByUs }) => [left.length, cordonedByUs])).toEqual([
      [1, true],
      [1, true],
      [0, true],
    ]);
    expect(world.cluster.writes).not.toContain('evict shop/web-3');
    expect(world.only('run.finished').undo).toEqual(['kmaint uncordon node1 node2 node3']);
  });

  it('keeps requests of all nodes together within the limit', async () => {
    const pods = Array.from({ length: 40 }, (_, index) =>
      aPod({ name: `web-${index}`, nodeName: `node${(index % 2) + 1}` }),
    );
    const world = aWorld(pods, [aNode(), aNode({ name: 'node2' })]);
    world.cluster.answerAfterMs = 100;
    expect(await run(world, { targets: targets(2), parallel: { count: 2 }, maxInFlight: 5 })).toBe(0);
    expect(world.cluster.mostEvictionsInFlight).toBe(5);
  });
});

describe('a cordon that fails for one of several nodes', () => {
  it('leaves that node alone, and drains the others', async () => {
    const world = nodes(3);
    const refused = new ClusterError('nodes "node2" is forbidden', { code: 'cluster.forbidden', status: 403 });
    const change = world.cluster.changeNode.bind(world.cluster);
    world.cluster.changeNode = (node, ...others) =>
      node.name === 'node2' ? Promise.reject(refused) : change(node, ...others);
    expect(await run(world, { targets: targets(3) })).toBe(1);
    expect(world.cluster.writes).toEqual(['cordon node1', 'cordon node3', 'evict shop/web-1', 'evict shop/web-3']);
    expect(world.all('node.finished').find(({ node }) => node === 'node2')).toMatchObject({
      // The cluster was changed by then.
      exitCode: 1,
      cordonedByUs: false,
      message: expect.stringContaining('none of its pods was touched'),
    });
    expect(world.only('run.finished').undo).toEqual(['kmaint uncordon node1 node3']);
  });
});

describe('--on-failure restore', () => {
  const failing = (cordoned: boolean): TestWorld => {
    const world = aWorld([aPod()], [aNode({ unschedulable: cordoned })]);
    world.cluster.answers.set('shop/web-1', [{ kind: 'fatal', message: 'no', status: 403, hint: undefined }]);
    return world;
  };

  it('uncordons what this run cordoned; then there is no undo to print', async () => {
    const world = failing(false);
    expect(await run(world, { onFailure: 'restore' })).toBe(1);
    expect(world.cluster.writes).toEqual(['cordon node1', 'evict shop/web-1', 'uncordon node1']);
    expect(world.only('node.finished').cordonedByUs).toBe(false);
    expect(world.only('run.finished').undo).toEqual([]);
  });

  it('leaves a node cordoned that was cordoned before', async () => {
    const world = failing(true);
    expect(await run(world, { onFailure: 'restore' })).toBe(1);
    expect(world.cluster.writes).toEqual(['evict shop/web-1']);
    expect(world.cluster.nodes.get('node1')?.unschedulable).toBe(true);
  });

  it('uncordons nothing after a drain that went well', async () => {
    const world = aWorld([aPod()]);
    expect(await run(world, { onFailure: 'restore' })).toBe(0);
    expect(world.cluster.nodes.get('node1')?.unschedulable).toBe(true);
  });

  it('uncordons the node that failed and not the one that is drained', async () => {
    const world = nodes(2);
    world.cluster.answers.set('shop/web-2', [{ kind: 'fatal', message: 'no', status: 403, hint: undefined }]);
    expect(await run(world, { targets: targets(2), onFailure: 'restore' })).toBe(1);
    expect([...world.cluster.nodes.values()].map(({ unschedulable }) => unschedulable)).toEqual([true, false]);
    expect(world.only('run.finished').undo).toEqual(['kmaint uncordon node1']);
  });

  it('works after an interrupt and a time-out as well', async () => {
    for (const [options, exitCode] of [[{}, 130] as const, [{ timeoutMs: 3000 }, 124] as const]) {
      const world = aWorld([aPod()]);
      world.cluster.goneAfterMs = Infinity;
      if (exitCode === 130) world.clock.after(1000, () => world.interrupt(new InterruptedError('SIGINT')));
      expect(await run(world, { ...options, onFailure: 'restore' })).toBe(exitCode);
      expect(world.cluster.nodes.get('node1')?.unschedulable).toBe(false);
    }
  });

  it('leaves a cordon that somebody else signed meanwhile', async () => {
    const world = failing(false);
    world.onEvent = ({ type }) => {
      const node = world.cluster.nodes.get('node1');
      if (type !== 'pod.failed' || !node) return;
      const record = JSON.stringify({ run: '', by: 'ann@there', at: '2026-01-01T00:00:00Z', reason: 'broken fan' });
      const annotations = { ...node.annotations, 'kmaint.io/cordon': record };
      world.cluster.nodes.set('node1', { ...node, annotations, resourceVersion: 'other' });
    };
    expect(await run(world, { onFailure: 'restore' })).toBe(1);
    expect(world.cluster.nodes.get('node1')?.unschedulable).toBe(true);
    expect(world.cluster.nodes.get('node1')?.annotations['kmaint.io/cordon']).toContain('broken fan');
  });
});
