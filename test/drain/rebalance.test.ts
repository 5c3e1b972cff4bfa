import { describe, expect, it } from 'vitest';
import type { PodRef } from '../../src/cluster/cluster.ts';
import type { Pod } from '../../src/cluster/pod.ts';
import { rebalance, type RebalanceOptions } from '../../src/drain/rebalance.ts';
import { ClusterError, InterruptedError } from '../../src/errors.ts';
import { aNode, aPod } from '../support/objects.ts';
import { aWorld, finish, type TestWorld } from '../support/world.ts';

const nodes = ['n1', 'n2', 'back'].map((name) => aNode({ name }));
const herd = (name: string, count: number, nodeName: string): Pod[] =>
  Array.from({ length: count }, (_, index) =>
    aPod({
      name: `${name}-${index}`,
      nodeName,
      controller: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid: `uid-of-${name}` },
    }),
  );

interface Kubelet {
  /** Where replacements go. */
  node: string;
  /** How long they take to be ready; Infinity: for ever. */
  readyAfterMs: number;
}

interface Run {
  readonly world: TestWorld;
  readonly kubelet: Kubelet;
  readonly evicted: string[];
  /** Most evictions or replacements under way at once. */
  busiest: number;
  start(options?: Partial<RebalanceOptions>): Promise<number>;
}

/** Evictions that succeed, with a controller, a scheduler and a kubelet that do their part. */
function aRun(pods: readonly Pod[]): Run {
  const world = aWorld(pods, nodes);
  const kubelet: Kubelet = { node: 'back', readyAfterMs: 5000 };
  const evicted: string[] = [];
  let busy = 0;
  const evict = async ({ namespace, name }: PodRef): Promise<'gone' | 'failed'> => {
    evicted.push(name);
    busy += 1;
    run.busiest = Math.max(run.busiest, busy);
    const pod = world.cluster.pods.get(`${namespace}/${name}`);
    await world.clock.sleep(1000);
    world.cluster.remove(`${namespace}/${name}`);
    const fresh = { ...pod, name: `${name}-new`, uid: `uid-of-${name}-new`, nodeName: kubelet.node } as Pod;
    world.cluster.put({ ...fresh, ready: false });
    if (kubelet.readyAfterMs !== Infinity) {
      world.clock.after(kubelet.readyAfterMs, () => {
        busy -= 1;
        world.cluster.put(fresh);
      });
    }
    return 'gone';
  };
  const run: Run = {
    world,
    kubelet,
    evicted,
    busiest: 0,
    start: (options = {}) =>
      finish(
        world.clock,
        rebalance(world, { nodes: ['back'], mode: 'ask', assumeYes: true, atATime: 2, ...options }, evict),
      ),
  };
  return run;
}

const said = ({ world }: Run): string[] => world.all('node.step').map(({ node, message }) => `${node}: ${message}`);

describe('moving pods back', () => {
  it('shows what it would take and why, and with mode plan does no more', async () => {
    const run = aRun(herd('web', 3, 'n2'));
    run.world.answer = true;
    expect(await run.start({ mode: 'plan', assumeYes: false })).toBe(0);
    expect(said(run)).toEqual(['back: would take shop/web-0 from n2: ReplicaSet web has 3 there and 0 here']);
    expect(run.evicted).toEqual([]);
    expect(run.world.questions).toEqual([]);
  });

  it.each([
    [{ mode: 'plan', assumeYes: true }, 'proposed'],
    [{ mode: 'ask', assumeYes: false }, 'proposed'],
    [{ mode: 'ask', assumeYes: true, dryRun: true }, 'proposed'],
    [{ mode: 'ask', assumeYes: true }, 'moved'],
  ] as const)('has what it would take as an answer where that is all, or where it asks: %o', async (options, step) => {
    const run = aRun(herd('web', 3, 'n2'));
    run.world.answer = false;
    await run.start(options);
    expect(run.world.all('node.step')[0]).toMatchObject({ step, message: expect.stringMatching(/^would take/) });
  });

  it('asks on a terminal, and takes no for an answer', async () => {
    const run = aRun(herd('web', 3, 'n2'));
    run.world.answer = false;
    expect(await run.start({ assumeYes: false })).toBe(3);
    expect(run.world.questions).toEqual([
      'Move 1 pod to back (context test): evict them where they are, so that others start?',
    ]);
    expect(run.evicted).toEqual([]);
  });

  it('moves nothing where nobody can be asked, but says how', async () => {
    const run = aRun(herd('web', 3, 'n2'));
    expect(await run.start({ assumeYes: false })).toBe(3);
    expect(run.world.only('warning').message).toContain('kmaint drain node1 --yes');
    expect(run.evicted).toEqual([]);
  });

  it('moves with consent, and says where the replacements are', async () => {
    const run = aRun(herd('web', 4, 'n2'));
    run.world.answer = true;
    expect(await run.start({ assumeYes: false })).toBe(0);
    expect(run.evicted).toEqual(['web-0', 'web-1']);
    expect(said(run).slice(2)).toEqual([
      'back: took shop/web-0 from n2: shop/web-0-new is ready here',
      'back: took shop/web-1 from n2: shop/web-1-new is ready here',
      'back: 2 of 2 pods moved here',
    ]);
  });

  it('never takes a second pod of a workload before the replacement of the first is ready', async () => {
    const run = aRun(herd('web', 6, 'n2'));
    expect(await run.start({ atATime: 5 })).toBe(0);
    expect(run.evicted).toHaveLength(3);
    expect(run.busiest).toBe(1);
  });

  it('moves several workloads at once, as many as allowed', async () => {
    const run = aRun(['a', 'b', 'c', 'd'].flatMap((name) => herd(name, 2, 'n1')));
    expect(await run.start({ atATime: 2 })).toBe(0);
    expect(run.evicted).toHaveLength(4);
    expect(run.busiest).toBe(2);
  });

  it('stops a workload whose replacement the scheduler puts elsewhere', async () => {
    const run = aRun(herd('web', 4, 'n2'));
    run.kubelet.node = 'n1';
    expect(await run.start()).toBe(0);
    expect(run.evicted).toEqual(['web-0']);
    expect(said(run)).toContain('back: took shop/web-0 from n2, but the scheduler put shop/web-0-new on n1');
    expect(said(run)).toContain('back: 0 of 2 pods moved here');
  });

  it('gives up a workload whose replacement does not become ready', async () => {
    const run = aRun(herd('web', 4, 'n2'));
    run.kubelet.readyAfterMs = Infinity;
    expect(await run.start()).toBe(1);
    expect(run.evicted).toEqual(['web-0']);
    expect(said(run)).toContain('back: took shop/web-0 from n2, but no replacement was ready within 5 minutes');
  });

  it.each([
    [
      'the pod is another',
      (world: TestWorld) => world.cluster.put({ ...aPod({ name: 'web-0', nodeName: 'n2' }), uid: 'another' }),
      'shop/web-0 is no longer on n2',
    ],
    [
      'a sibling is not ready',
      (world: TestWorld) => world.cluster.put({ ...(herd('web', 3, 'n2')[2] as Pod), ready: false }),
      'shop/web-2 of the same ReplicaSet is not ready',
    ],
    [
      'the node was cordoned',
      (world: TestWorld) => world.cluster.nodes.set('back', aNode({ name: 'back', unschedulable: true })),
      'back takes no pods any more',
    ],
    [
      'the pods spread by themselves',
      (world: TestWorld) => {
        world.cluster.remove('shop/web-2');
        world.cluster.put({ ...(herd('web', 1, 'back')[0] as Pod), name: 'web-9', uid: 'uid-of-web-9' });
      },
      'its pods are evenly spread by now',
    ],
  ])('leaves a pod alone when meanwhile %s', async (_, change, reason) => {
    const run = aRun(herd('web', 3, 'n2'));
    run.world.onEvent = (event) => {
      if (event.type === 'node.step' && event.message.startsWith('would')) change(run.world);
    };
    expect(await run.start()).toBe(0);
    expect(run.evicted).toEqual([]);
    expect(said(run)).toContain(`back: left shop/web-0 on n2: ${reason}`);
  });

  it('says that a pod could not be taken, and goes on with other workloads', async () => {
    const world = aWorld([...herd('a', 2, 'n1'), ...herd('b', 2, 'n1')], nodes);
    const asked: string[] = [];
    const evict = async ({ name }: PodRef): Promise<'gone' | 'failed'> => {
      asked.push(name);
      return 'failed';
    };
    const options = { nodes: ['back'], mode: 'ask', assumeYes: true, atATime: 1 } as const;
    expect(await finish(world.clock, rebalance(world, options, evict))).toBe(1);
    expect(asked).toEqual(['a-0', 'b-0']);
    expect(world.all('node.step').map(({ message }) => message)).toContain('could not take shop/a-0 from n1');
  });

  it('stops new moves at an interrupt and says what was taken', async () => {
    const run = aRun(herd('web', 6, 'n2'));
    run.kubelet.readyAfterMs = Infinity;
    const done = run.start();
    await run.world.clock.advance(2000);
    run.world.interrupt(new InterruptedError('SIGINT'));
    expect(await done).toBe(130);
    expect(run.evicted).toEqual(['web-0']);
    expect(said(run)).toContain(
      'back: took shop/web-0 from n2; whether its replacement is ready is not known (interrupted)',
    );
  });

  it('has nothing to do for even spreads, for nodes that take no pods, and for unknown nodes', async () => {
    const run = aRun(herd('web', 1, 'n1'));
    run.world.cluster.nodes.set('n2', aNode({ name: 'n2', ready: 'Unknown' }));
    run.world.cluster.nodes.set('n1', aNode({ name: 'n1', unschedulable: true }));
    expect(await run.start({ nodes: ['back', 'n1', 'n2', 'nobody'] })).toBe(0);
    expect(said(run)).toEqual([
      'back: nothing to move: no pod that can move would stand more evenly here',
      'n1: nothing to move: the node is cordoned or being deleted',
      'n2: nothing to move: the node is not Ready',
      'nobody: nothing to move: there is no such node',
    ]);
  });

  it('moves pods without claims where volumes may not be read, and fails where pods may not', async () => {
    const claimed = { name: 'data', kind: 'persistentVolumeClaim', inMemory: false, claimName: 'data' } as const;
    const run = aRun([...herd('db', 2, 'n1').map((pod) => ({ ...pod, volumes: [claimed] })), ...herd('web', 2, 'n1')]);
    const forbidden = (): Error => new ClusterError('no', { code: 'cluster.forbidden', status: 403 });
    run.world.cluster.failures.set('listPersistentVolumes', forbidden);
    expect(await run.start()).toBe(0);
    expect(run.world.only('warning').message).toContain('volumes may not be read');
    expect(run.evicted).toEqual(['web-0']);
    run.world.cluster.failures.set('listPods', forbidden);
    await expect(run.start()).rejects.toMatchObject({ code: 'cluster.forbidden' });
  });
});
