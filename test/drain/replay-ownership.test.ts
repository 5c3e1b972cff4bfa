/** Whose node it is during a drain: what is held by others stays as it was, and what was taken is given back. */
import { describe, expect, it } from 'vitest';
import type { Node } from '../../src/cluster/node.ts';
import { drainNodes } from '../../src/drain/drain.ts';
import type { DrainOptions } from '../../src/drain/options.ts';
import {
  cordonAnnotation,
  excludeFromLoadBalancersLabel,
  formerMarksAnnotation,
  holdAnnotation,
  scaleDownDisabledAnnotation,
} from '../../src/drain/ownership/annotations.ts';
import { ClusterError, InterruptedError } from '../../src/errors.ts';
import { aNode, aPod } from '../support/objects.ts';
import { aWorld, drainOptions, finish, type TestWorld } from '../support/world.ts';

const startMs = Date.parse('2026-01-01T00:00:00Z');
const run = (world: TestWorld, options: Partial<DrainOptions> = {}): Promise<number> =>
  finish(world.clock, drainNodes(world, drainOptions(options)));
const twoNames = { names: ['node1', 'node2'], selector: undefined };
const podsOfTwo = [aPod(), aPod({ name: 'web-2', nodeName: 'node2' })];

/** The hold of another run. */
const heldText = (untilMs: number): string =>
  JSON.stringify({ run: 'run-9', holder: 'ann@there', until: new Date(untilMs).toISOString(), wasCordoned: false });
const held = (name: string, untilMs = startMs + 60_000): Node =>
  aNode({ name, annotations: { [holdAnnotation]: heldText(untilMs) } });
const nodeOf = ({ cluster }: TestWorld, name = 'node1'): Node => cluster.nodes.get(name) as Node;
const holdOn = (world: TestWorld, name = 'node1'): string | undefined =>
  nodeOf(world, name).annotations[holdAnnotation];
/** Another client writes to the node. */
const rewrite = (world: TestWorld, differences: Partial<Node>): void => {
  const now = nodeOf(world);
  world.cluster.nodes.set('node1', { ...now, resourceVersion: `${now.resourceVersion}-other`, ...differences });
};

describe('a node that another run holds', () => {
  it('is refused before anything is written, and says by whom it is held', async () => {
    const world = aWorld([aPod()], [held('node1')]);
    expect(await run(world)).toBe(5);
    expect(world.cluster.writes).toEqual([]);
    expect(world.cluster.changes).toEqual([]);
    expect(world.cluster.recorded).toEqual([]);
    expect(world.journal).toEqual([]);
    expect(world.only('node.finished')).toMatchObject({
      outcome: 'held',
      message: expect.stringContaining('run run-9 of ann@there'),
      hint: 'kmaint drain node1 --take-over',
      cordonedByUs: false,
    });
    expect(world.only('run.finished')).toMatchObject({ outcome: 'held', undo: [] });
  });

  it('does not keep the other node of the run from being drained; the code is then 1', async () => {
    const world = aWorld(podsOfTwo, [aNode(), held('node2')]);
    expect(await run(world, { targets: twoNames })).toBe(1);
    expect(world.cluster.writes).toEqual(['cordon node1', 'evict shop/web-1']);
    expect(holdOn(world, 'node2')).toBe(heldText(startMs + 60_000));
    expect(world.all('node.finished').map(({ node, exitCode }) => [node, exitCode])).toEqual([
      ['node2', 5],
      ['node1', 0],
    ]);
    expect(world.only('run.finished').message).toBe('not drained: node2');
  });

  it('is taken once that hold is over', async () => {
    const world = aWorld([aPod()], [held('node1', startMs - 3_600_000)]);
    expect(await run(world)).toBe(0);
    expect(world.cluster.writes).toEqual(['cordon node1', 'evict shop/web-1']);
  });

  it('is taken with --take-over, which is said', async () => {
    const world = aWorld([aPod()], [held('node1')]);
    const { ownership } = drainOptions();
    expect(await run(world, { ownership: { ...ownership, takeOver: true } })).toBe(0);
    expect(world.all('warning').map(({ message }) => message)).toEqual([
      expect.stringMatching(/^taken over: .*run-9 of ann@there/),
    ]);
  });

  it('only by its Lease, is known before any of several nodes is cordoned', async () => {
    const world = aWorld(podsOfTwo, [aNode(), aNode({ name: 'node2' })]);
    const content = {
      holderIdentity: 'node-maintenance-operator',
      leaseDurationSeconds: 3600,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    };
    world.cluster.leaseNamespaces.add('medik8s-leases');
    await world.cluster.putLease({ namespace: 'medik8s-leases', name: 'node-node2' }, content, undefined);
    const cordoned: string[] = [];
    world.onEvent = (event) => {
      if (event.type === 'node.cordoned') cordoned.push(event.node);
      if (event.type === 'node.finished' && event.node === 'node2') expect(cordoned).toEqual([]);
    };
    expect(await run(world, { targets: twoNames })).toBe(1);
    expect(world.all('node.finished').find(({ node }) => node === 'node2')).toMatchObject({
      exitCode: 5,
      message: expect.stringContaining('node-maintenance-operator'),
    });
    expect(world.cluster.writes).toEqual(['cordon node1', 'evict shop/web-1']);
    expect(world.cluster.leases.has('medik8s-leases/node-node1')).toBe(false);
  });
});

describe('a node that is lost in the middle of its drain', () => {
  const stuck = (): TestWorld => {
    const world = aWorld([aPod({ name: 'a' }), aPod({ name: 'b' })]);
    world.cluster.goneAfterMs = Infinity;
    const never = { kind: 'blocked-budget', message: 'no', budget: 'web', needs: 1, has: 1 } as const;
    world.cluster.judge = ({ name }) => (name === 'b' ? never : undefined);
    return world;
  };
  const evictions = (world: TestWorld): number => world.cluster.writes.filter((one) => one.startsWith('evict')).length;

  it.each<[string, (world: TestWorld) => Partial<Node>, number, string]>([
    [
      'to another run',
      () => ({ annotations: { [holdAnnotation]: heldText(startMs + 600_000) } }),
      5,
      'run run-9 of ann@there took the node node1 from us',
    ],
    ['because its hold was removed', () => ({ annotations: {} }), 5, 'somebody removed our hold of the node node1'],
    ['because somebody uncordoned it', () => ({ unschedulable: false }), 5, 'node1 was uncordoned by somebody else'],
    ['because it was registered anew', () => ({ uid: 'another' }), 1, 'replaced by another of the same name'],
  ])('%s: nothing more is evicted, and what is left is named', async (_title, change, exitCode, message) => {
    const world = stuck();
    const done = run(world);
    await world.clock.advance(3000);
    rewrite(world, change(world));
    await world.clock.advance(20_000);
    const before = evictions(world);
    const { uid, annotations, unschedulable } = nodeOf(world);
    expect(await done).toBe(exitCode);
    await world.clock.advance(60_000);
    expect(evictions(world)).toBe(before);
    // What is somebody else's now stays as they made it.
    expect(nodeOf(world)).toMatchObject({ uid, unschedulable });
    if (exitCode === 5) expect(nodeOf(world).annotations[holdAnnotation]).toBe(holdOfOther(annotations));
    const end = world.only('node.finished');
    expect(end).toMatchObject({ message: expect.stringContaining(message), gone: 0 });
    expect(end.left.map(({ name, reason }) => [name, reason.split(':')[0]])).toEqual([
      ['a', 'terminating'],
      ['b', 'budget shop/web needs 1 healthy pod and has 1'],
    ]);
    const ours = uid === 'uid-of-node1' && unschedulable;
    expect(end.cordonedByUs).toBe(ours);
    expect(world.only('run.finished')).toMatchObject({
      resume: ['kmaint resume run-1'],
      undo: ours ? ['kmaint uncordon node1'] : [],
    });
    expect(world.clock.waiting).toBe(0);
  });

  it('because it was deleted: the run ends and says so', async () => {
    const world = stuck();
    const done = run(world);
    await world.clock.advance(3000);
    world.cluster.nodes.delete('node1');
    expect(await done).toBe(1);
    expect(world.only('node.finished')).toMatchObject({
      message: expect.stringContaining('node1 was deleted while we were working on it'),
      cordonedByUs: false,
    });
    expect(world.only('run.finished').undo).toEqual([]);
    expect(world.cluster.nodes.has('node1')).toBe(false);
  });

  it('because the server is silent when its time is over: it is not waited for', async () => {
    const world = stuck();
    world.clock.after(4000, () => {
      for (const call of ['dropAnnotation', 'getNode'] as const) {
        world.cluster.failures.set(call, () => new ClusterError('busy', { code: 'cluster.server' }));
      }
    });
    expect(await run(world, { timeoutMs: 5000 })).toBe(124);
    expect(world.clock.now() - startMs).toBeLessThanOrEqual(10_600);
    expect(world.only('warning').message).toContain('node1 could not be given back');
  });

  /** Of another run it stays; our own is given back. */
  function holdOfOther(annotations: Node['annotations']): string | undefined {
    const text = annotations[holdAnnotation];
    return text?.includes('run-9') === true ? text : undefined;
  }
});

describe('a node that was taken', () => {
  const begun = async (world: TestWorld, options: Partial<DrainOptions> = {}): Promise<Promise<number>[]> => {
    const done = run(world, options);
    done.catch(() => {});
    await world.clock.advance(500);
    expect(JSON.parse(holdOn(world) ?? '{}')).toMatchObject({ run: 'run-1', holder: 'tester@here' });
    return [done];
  };

  it('is given back after a drain that went well; the cordon and its record stay', async () => {
    const world = aWorld([aPod()]);
    const [done] = await begun(world);
    expect(await done).toBe(0);
    expect(holdOn(world)).toBeUndefined();
    expect(nodeOf(world).unschedulable).toBe(true);
    expect(JSON.parse(nodeOf(world).annotations[cordonAnnotation] ?? '{}')).toMatchObject({ run: 'run-1' });
  });

  it('is given back after a failure', async () => {
    const world = aWorld([aPod(), aPod({ name: 'web-2' })]);
    world.cluster.answers.set('shop/web-1', [{ kind: 'fatal', message: 'forbidden', status: 403, hint: undefined }]);
    const [done] = await begun(world);
    expect(await done).toBe(1);
    expect(holdOn(world)).toBeUndefined();
    expect(nodeOf(world).unschedulable).toBe(true);
  });

  it('is given back after an interrupt and after --timeout', async () => {
    for (const [options, exitCode] of [[{}, 130] as const, [{ timeoutMs: 5000 }, 124] as const]) {
      const world = aWorld([aPod()]);
      world.cluster.goneAfterMs = Infinity;
      const [done] = await begun(world, options);
      if (exitCode === 130) world.interrupt(new InterruptedError('SIGINT'));
      expect(await done).toBe(exitCode);
      expect(holdOn(world)).toBeUndefined();
      expect(world.clock.waiting).toBe(0);
    }
  });

  it('is given back when kmaint itself breaks, and so is the other node of the run', async () => {
    const world = aWorld(podsOfTwo, [aNode(), aNode({ name: 'node2' })]);
    world.cluster.answers.set('shop/web-1', [() => Promise.reject(new TypeError('a bug'))]);
    const [done] = await begun(world, { targets: twoNames });
    await expect(done).rejects.toThrow('a bug');
    expect([holdOn(world), holdOn(world, 'node2')]).toEqual([undefined, undefined]);
    expect(world.journal.at(-1)).toEqual({ type: 'closed' });
    expect(world.clock.waiting).toBe(0);
  });

  it('has its marks set for the time of the drain, and what was there before it restored', async () => {
    const former = { [scaleDownDisabledAnnotation]: 'false', 'example.com/kept': 'yes' };
    const world = aWorld([aPod()], [aNode({ annotations: former, labels: { rack: '7' } })]);
    const ownership = { ...drainOptions().ownership, excludeFromLoadBalancers: true, holdAutoscaler: true };
    const [done] = await begun(world, { ownership });
    expect(nodeOf(world).labels).toEqual({ rack: '7', [excludeFromLoadBalancersLabel]: 'true' });
    expect(nodeOf(world).annotations[scaleDownDisabledAnnotation]).toBe('true');
    expect(await done).toBe(0);
    expect(nodeOf(world).labels).toEqual({ rack: '7' });
    expect(nodeOf(world).annotations).toMatchObject(former);
    expect(nodeOf(world).annotations[formerMarksAnnotation]).toBeUndefined();
  });
});
