/** What is looked at before the first write: kmaint's own pod, other tools, and the plan that was agreed to. */
import { describe, expect, it } from 'vitest';
import type { Node } from '../../src/cluster/node.ts';
import { drainNodes } from '../../src/drain/drain.ts';
import type { DrainOptions } from '../../src/drain/options.ts';
import type { DrainPlan } from '../../src/drain/plan.ts';
import { aNode, aPod, aPolicy, aVolume, aWorkload } from '../support/objects.ts';
import { aWorld, drainOptions, finish, type TestWorld } from '../support/world.ts';

const run = (world: TestWorld, options: Partial<DrainOptions> = {}): Promise<number> =>
  finish(world.clock, drainNodes(world, drainOptions(options)));
const warnings = (world: TestWorld): string[] => world.all('warning').map(({ message }) => message);

/** kmaint in the pod `ops/kmaint-1`, on node1 unless said otherwise. */
function inPod(
  nodeName = 'node1',
  env: Record<string, string> = { POD_NAME: 'kmaint-1', POD_NAMESPACE: 'ops' },
): TestWorld {
  const world = aWorld([aPod({ namespace: 'ops', name: 'kmaint-1', nodeName }), aPod(), aPod({ name: 'web-2' })]);
  return Object.assign(world, {
    programs: { ...world.programs, env: { KUBERNETES_SERVICE_HOST: '10.0.0.1', ...env } },
  });
}

describe("kmaint's own pod on the node", () => {
  it('refuses the drain before anything is written', async () => {
    const world = inPod();
    expect(await run(world)).toBe(3);
    expect(world.cluster.changes).toEqual([]);
    expect(world.journal).toEqual([]);
    expect(world.only('node.finished')).toMatchObject({
      message: expect.stringContaining('kmaint runs in ops/kmaint-1 on node1 itself'),
      hint: 'kmaint drain node1 --yes',
    });
  });

  it('goes last with --yes, when all others are gone', async () => {
    const world = inPod();
    world.cluster.goneAfterMs = ({ name }) => (name === 'web-2' ? 20_000 : 1000);
    world.onEvent = (event) => {
      if (event.type === 'pod.evicting' && event.pod.name === 'kmaint-1') {
        expect([...world.cluster.pods.keys()]).toEqual(['ops/kmaint-1']);
      }
    };
    expect(await run(world, { assumeYes: true })).toBe(0);
    expect(world.cluster.writes).toEqual([
      'cordon node1',
      'evict shop/web-1',
      'evict shop/web-2',
      'evict ops/kmaint-1',
    ]);
    expect(world.all('wave.started').map(({ label }) => label)).toEqual(['ordinary', 'kmaint itself']);
    expect(warnings(world)).toEqual([expect.stringContaining('ops/kmaint-1')]);
  });

  it('is not touched when another pod failed: the run lives on to say so', async () => {
    const world = inPod();
    world.cluster.answers.set('shop/web-1', [{ kind: 'fatal', message: 'no', status: 403, hint: undefined }]);
    expect(await run(world, { assumeYes: true })).toBe(1);
    expect(world.cluster.pods.get('ops/kmaint-1')).toEqual(aPod({ namespace: 'ops', name: 'kmaint-1' }));
  });

  it('on another node is nobody’s business', async () => {
    const world = inPod('node2');
    expect(await run(world)).toBe(0);
    expect(warnings(world)).toEqual([]);
  });
});

describe('other tools', () => {
  const kured = (nodeID: string): TestWorld => {
    const world = aWorld([aPod()]);
    const lock = JSON.stringify({ nodeID, created: '2025-12-31T23:59:00Z', TTL: 0 });
    world.cluster.putWorkload(
      aWorkload({
        kind: 'DaemonSet',
        namespace: 'kube-system',
        name: 'kured',
        annotations: { 'weave.works/kured-node-lock': lock },
      }),
    );
    return world;
  };

  it('kured has the node: exit 5, nothing is written', async () => {
    const world = kured('node1');
    expect(await run(world)).toBe(5);
    expect(world.cluster.changes).toEqual([]);
    expect(world.only('node.finished')).toMatchObject({ outcome: 'held', hint: 'kmaint drain node1 --take-over' });
  });

  it('kured reboots another node: a warning, and the drain goes on', async () => {
    const world = kured('node2');
    expect(await run(world)).toBe(0);
    expect(warnings(world)).toEqual([expect.stringContaining('node2')]);
  });

  it.each<[string, Partial<Node>]>([
    [
      'the cluster autoscaler',
      { taints: [{ key: 'ToBeDeletedByClusterAutoscaler', value: '1', effect: 'NoSchedule' }] },
    ],
    ['Karpenter', { taints: [{ key: 'karpenter.sh/disrupted', value: undefined, effect: 'NoSchedule' }] }],
  ])('%s is removing the node: exit 5 with --yes too, and --take-over goes on with a warning', async (_tool, node) => {
    const world = aWorld([aPod()], [aNode(node)]);
    expect(await run(world, { assumeYes: true })).toBe(5);
    expect(world.cluster.changes).toEqual([]);
    const taken = aWorld([aPod()], [aNode(node)]);
    expect(await run(taken, { ownership: { ...drainOptions().ownership, takeOver: true } })).toBe(0);
    expect(warnings(taken)).toEqual([expect.stringContaining('taken over')]);
  });

  it('a machine controller owns the node: that is said, and no reason to stop', async () => {
    const world = aWorld([aPod()], [aNode({ annotations: { 'cluster.x-k8s.io/machine': 'm-1' } })]);
    expect(await run(world)).toBe(0);
    expect(warnings(world)).toEqual([expect.stringContaining('belongs to a Machine')]);
  });
});

describe('a plan that was agreed to', () => {
  async function planOf(world: TestWorld, options: Partial<DrainOptions> = {}): Promise<DrainPlan> {
    await run(world, { ...options, dryRun: 'client' });
    return world.all('drain.planned').at(-1)?.plan as DrainPlan;
  }
  const apply = (world: TestWorld, expected: DrainPlan, options: Partial<DrainOptions> = {}): Promise<number> =>
    finish(world.clock, drainNodes(world, drainOptions(options), { verb: 'apply', expected }));

  it('is carried out when nothing has changed, or only names of pods have', async () => {
    const world = aWorld([aPod()]);
    const expected = await planOf(world);
    world.cluster.remove('shop/web-1');
    world.cluster.put(aPod({ name: 'web-7', uid: 'uid-of-web-7' }));
    expect(await apply(world, expected)).toBe(0);
    expect(world.cluster.writes).toEqual(['cordon node1', 'evict shop/web-7']);
  });

  const policy = aPolicy({ deleteEmptyDirData: true, force: true });
  it.each<[string, (world: TestWorld) => void]>([
    ['a pod with data came', ({ cluster }) => cluster.put(aPod({ name: 'late', volumes: [aVolume('emptyDir')] }))],
    ['a bare pod came', ({ cluster }) => cluster.put(aPod({ name: 'late', controller: undefined }))],
    ['the node was registered anew', ({ cluster }) => void cluster.nodes.set('node1', aNode({ uid: 'another' }))],
    ['somebody cordoned the node', ({ cluster }) => void cluster.nodes.set('node1', aNode({ unschedulable: true }))],
  ])('is not begun when %s: exit 6, nothing is written or journalled, nobody is told', async (_title, change) => {
    const world = aWorld([aPod()]);
    const expected = await planOf(world, { policy });
    const posts: string[] = [];
    change(world);
    const ownership = { ...drainOptions().ownership, notifyUrl: 'https://hooks.test/x' };
    const told = { ...world, post: (_url: string, text: string) => Promise.resolve(posts.push(text)) };
    const failure = finish(
      world.clock,
      drainNodes(told, drainOptions({ policy, ownership }), { verb: 'apply', expected }),
    );
    await expect(failure).rejects.toMatchObject({ exitCode: 6, code: 'drift' });
    expect(world.cluster.writes).toEqual([]);
    expect(world.cluster.changes).toEqual([]);
    expect(world.journal).toEqual([]);
    expect(posts).toEqual([]);
  });
});
