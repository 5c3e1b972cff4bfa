/** Cases that other drains got wrong, replayed on a cluster from memory: answers, budgets, names, plans, dry runs. */
import { describe, expect, it } from 'vitest';
import type { RemovalOutcome } from '../../src/cluster/cluster.ts';
import { drainNodes } from '../../src/drain/drain.ts';
import type { DrainOptions } from '../../src/drain/options.ts';
import { ClusterError } from '../../src/errors.ts';
import { BudgetController } from '../support/budget-controller.ts';
import { aBudget, aNode, aPod, aPolicy, aVolume } from '../support/objects.ts';
import { aWorld, drainOptions, finish, type TestWorld } from '../support/world.ts';

const startMs = Date.parse('2026-01-01T00:00:00Z');
const run = (world: TestWorld, options: Partial<DrainOptions> = {}): Promise<number> =>
  finish(world.clock, drainNodes(world, drainOptions(options)));
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const evictions = (world: TestWorld): number[] =>
  world.cluster.writes.flatMap((write, index) =>
    write.startsWith('evict') ? [(world.cluster.writtenAtMs[index] ?? NaN) - startMs] : [],
  );
const scripted = (...answers: RemovalOutcome[]): TestWorld => {
  const world = aWorld([aPod()]);
  world.cluster.answers.set('shop/web-1', answers);
  return world;
};

describe('evictions', () => {
  it('of 120 pods without a budget are all sent within 5 s, although each takes a while', async () => {
    const world = aWorld(many(120, (index) => aPod({ name: `web-${index}` })));
    world.cluster.answerAfterMs = 500;
    expect(await run(world)).toBe(0);
    expect(evictions(world)).toHaveLength(120);
    expect(Math.max(...evictions(world))).toBeLessThanOrEqual(5000);
  });

  it('of a budget that allows two of ten never break it, and are hardly ever refused', async () => {
    const world = aWorld([]);
    const pods = many(10, () => ({ node: 'node1', ready: true }));
    const app = { name: 'web', pods, desiredHealthy: 8, replacedAfterMs: 4000 };
    const controller = new BudgetController(world.cluster, world.clock, [app], { controllerMs: 200, watchMs: 100 });
    world.cluster.judge = controller.judge;
    expect(await run(world)).toBe(0);
    expect(controller.violations).toEqual([]);
    expect(controller.refusals).toBeLessThanOrEqual(3);
    expect(evictions(world).length).toBeLessThanOrEqual(13);
  });

  it('of pods without a budget do not wait for those that a budget holds up', async () => {
    const held = aPod({ name: 'held', labels: { app: 'db' } });
    const world = aWorld([held, ...many(5, (index) => aPod({ name: `web-${index}` }))]);
    world.cluster.budgets = [
      aBudget({ matches: (labels) => labels['app'] === 'db', disruptionsAllowed: 0, currentHealthy: 1 }),
    ];
    world.cluster.judge = ({ name }) =>
      name === 'held' ? { kind: 'blocked-budget', message: 'no', budget: 'web', needs: 1, has: 1 } : undefined;
    expect(await run(world, { timeoutMs: 10_000 })).toBe(124);
    expect(Math.max(...evictions(world).slice(0, 5))).toBeLessThan(500);
    expect(world.only('node.finished')).toMatchObject({ gone: 5, left: [{ name: 'held' }] });
  });

  it('go on as soon as the budget says that it allows one, without waiting for the next try', async () => {
    const full = aBudget({ disruptionsAllowed: 0, currentHealthy: 1 });
    const world = aWorld([aPod()]);
    world.cluster.budgets = [full];
    world.cluster.judge = () => ({ kind: 'blocked-budget', message: 'no', budget: 'web', needs: 1, has: 1 });
    world.clock.after(11_000, () => {
      world.cluster.judge = () => undefined;
      world.cluster.putBudget({ ...full, disruptionsAllowed: 1, currentHealthy: 2 });
    });
    expect(await run(world)).toBe(0);
    expect(evictions(world).at(-1)).toBeGreaterThanOrEqual(11_000);
    expect(evictions(world).at(-1)).toBeLessThanOrEqual(11_200);
  });

  it('wait for a budget that is still being computed, and judge nothing before', async () => {
    const settling = aBudget({ settled: false, disruptionsAllowed: 1 });
    const world = aWorld([aPod()]);
    world.cluster.budgets = [settling];
    world.clock.after(3000, () => world.cluster.putBudget({ ...settling, settled: true }));
    expect(await run(world)).toBe(0);
    expect(evictions(world)).toHaveLength(1);
    expect(evictions(world)[0]).toBeGreaterThanOrEqual(3000);
    expect(world.only('pod.blocked').reason).toBe('settling');
  });

  it('obey a Retry-After that is longer than our own pause', async () => {
    const world = scripted({ kind: 'throttled', message: 'too many requests', retryAfterMs: 20_000 });
    expect(await run(world)).toBe(0);
    const [first = 0, second = 0] = evictions(world);
    expect(second - first).toBeGreaterThanOrEqual(20_000);
  });

  it('that a busy server refuses again and again come ever more seldom, when it does not say when', async () => {
    const busy: RemovalOutcome = { kind: 'throttled', message: 'too many requests', retryAfterMs: 0 };
    const world = scripted(busy, busy, busy, busy);
    expect(await run(world)).toBe(0);
    const atMs = evictions(world);
    expect(atMs).toHaveLength(5);
    const pausesMs = atMs.slice(1).map((ms, index) => ms - (atMs[index] ?? NaN));
    expect(pausesMs).toEqual(pausesMs.toSorted((a, b) => a - b));
    expect(pausesMs[3]).toBeGreaterThanOrEqual(4 * (pausesMs[0] ?? NaN));
  });

  it('refused without numbers (too many pods under way) are a budget, and tried again', async () => {
    const busy: RemovalOutcome = {
      kind: 'blocked-budget',
      message: 'DisruptedPods map too big',
      budget: 'web',
      needs: undefined,
      has: undefined,
    };
    const world = scripted(busy);
    expect(await run(world)).toBe(0);
    expect(evictions(world)).toHaveLength(2);
    expect(world.only('pod.blocked')).toMatchObject({ reason: 'budget', message: 'DisruptedPods map too big' });
  });

  it('that a webhook denies for ever end by --timeout, with its words', async () => {
    const denied: RemovalOutcome = {
      kind: 'denied',
      message: 'admission webhook "evict.kubevirt.io" denied the request: migrating',
      webhook: 'evict.kubevirt.io',
    };
    const world = scripted(...many(100, () => denied));
    expect(await run(world, { timeoutMs: 60_000 })).toBe(124);
    expect(evictions(world).length).toBeLessThanOrEqual(7);
    expect(world.only('node.finished').left[0]?.reason).toContain('evict.kubevirt.io');
  });

  it('that meet another pod of that name do not touch it, and the old one counts as gone', async () => {
    const world = aWorld([aPod()]);
    world.cluster.watchLags = true;
    world.cluster.pods.set('shop/web-1', aPod({ uid: 'another', nodeName: 'node2' }));
    // The list that the drain starts from is older than that.
    const listPods = world.cluster.listPods.bind(world.cluster);
    world.cluster.listPods = (query) => (evictions(world).length === 0 ? Promise.resolve([aPod()]) : listPods(query));
    world.cluster.watchPods = async function* ({ signal }) {
      yield { type: 'snapshot', items: [aPod()] };
      await world.clock.sleep(600_000, signal);
    };
    expect(await run(world)).toBe(0);
    expect(evictions(world)).toHaveLength(1);
    expect(world.cluster.pods.get('shop/web-1')).toEqual(aPod({ uid: 'another', nodeName: 'node2' }));
    expect(world.only('node.finished')).toMatchObject({ gone: 1, left: [] });
  });

  it('are tried again although the pod cannot be looked at before', async () => {
    const world = scripted({ kind: 'transient', message: 'EOF', retryAfterMs: undefined });
    world.cluster.failures.set(
      'getPod',
      () => new ClusterError('etcdserver: leader changed', { code: 'cluster.server', status: 500 }),
    );
    expect(await run(world)).toBe(0);
    expect(evictions(world)).toHaveLength(2);
  });

  it.each<[number | undefined, string]>([
    [undefined, 'evict shop/web-1'],
    [30, 'evict shop/web-1 grace 30'],
    [0, 'evict shop/web-1 grace 0'],
  ])('with --grace-period %s say so on the wire, and the plan warns of 0', async (gracePeriodSeconds, write) => {
    const world = aWorld([aPod()]);
    expect(await run(world, { policy: aPolicy({ gracePeriodSeconds }) })).toBe(0);
    expect(world.cluster.writes).toEqual(['cordon node1', write]);
    const risks = world.only('drain.planned').plan.nodes[0]?.pods[0]?.risks.map(({ kind }) => kind) ?? [];
    expect(risks.includes('immediate')).toBe(gracePeriodSeconds === 0);
  });

  it('of pods of the same name in two namespaces are told apart to the end', async () => {
    const world = aWorld([aPod({ namespace: 'a', name: 'db-0' }), aPod({ namespace: 'b', name: 'db-0' })]);
    world.cluster.goneAfterMs = ({ namespace }) => (namespace === 'b' ? Infinity : 1000);
    expect(await run(world, { timeoutMs: 5000 })).toBe(124);
    expect(world.cluster.writes.toSorted()).toEqual(['cordon node1', 'evict a/db-0', 'evict b/db-0']);
    expect(world.only('node.finished')).toMatchObject({ gone: 1, left: [{ namespace: 'b', name: 'db-0' }] });
  });
});

describe('the plan', () => {
  const daemonSet = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'uid-of-agent' };

  it('says of a DaemonSet that cannot be read that it is unknown, in words, and leaves the node as it was', async () => {
    const world = aWorld([aPod({ name: 'agent-1', controller: daemonSet })]);
    world.cluster.daemonSets.set('shop/agent', { unknown: 'daemonsets.apps "agent" is forbidden' });
    expect(await run(world)).toBe(3);
    expect(world.cluster.changes).toEqual([]);
    const [decision] = world.only('drain.planned').plan.nodes[0]?.pods ?? [];
    expect(decision?.blockers).toMatchObject([
      { kind: 'daemonset-unknown', message: expect.stringContaining('forbidden') },
    ]);
  });

  it('refuses the pods of a DaemonSet with --ignore-daemonsets=false, and says which flag lets the drain go on', async () => {
    const world = aWorld([aPod({ name: 'agent-1', controller: daemonSet }), aPod()]);
    world.cluster.daemonSets.set('shop/agent', 'exists');
    expect(await run(world, { policy: aPolicy({ ignoreDaemonSets: false }) })).toBe(3);
    expect(world.cluster.writes).toEqual([]);
    expect(world.cluster.changes).toEqual([]);
    expect(world.only('run.finished')).toMatchObject({
      undo: [],
      resume: ['kmaint drain node1 --ignore-daemonsets'],
    });
  });

  it.each([true, false])(
    'evicts what has finished, of a DaemonSet or of nobody, without any flag (--ignore-daemonsets=%s)',
    async (ignoreDaemonSets) => {
      const world = aWorld([
        aPod({ name: 'agent-1', controller: daemonSet, phase: 'Failed', finished: true }),
        aPod({
          name: 'bare',
          controller: undefined,
          phase: 'Succeeded',
          finished: true,
          volumes: [aVolume('emptyDir')],
        }),
      ]);
      world.cluster.daemonSets.set('shop/agent', 'exists');
      expect(await run(world, { policy: aPolicy({ ignoreDaemonSets }) })).toBe(0);
      expect(world.cluster.writes.toSorted()).toEqual(['cordon node1', 'evict shop/agent-1', 'evict shop/bare']);
      expect(world.cluster.reads.daemonSetExists).toBeUndefined();
      expect(world.only('node.finished')).toMatchObject({ gone: 2, left: [] });
    },
  );

  it.each(['Pending', 'Running', 'Succeeded', 'Failed'] as const)(
    'leaves a mirror pod that is %s alone without a word, whatever else it lacks',
    async (phase) => {
      const finished = phase === 'Succeeded' || phase === 'Failed';
      const volumes = [aVolume('emptyDir')];
      const world = aWorld([aPod({ mirror: true, controller: undefined, phase, finished, volumes })]);
      expect(await run(world)).toBe(0);
      expect(world.cluster.writes).toEqual(['cordon node1']);
      expect(world.only('drain.planned').plan.nodes[0]?.pods).toMatchObject([
        { action: 'leave', leave: 'mirror', blockers: [], risks: [] },
      ]);
      expect(world.all('warning')).toEqual([]);
    },
  );

  it('leaves a DaemonSet pod with an emptyDir alone, and asks for no flag', async () => {
    const world = aWorld([aPod({ name: 'agent-1', controller: daemonSet, volumes: [aVolume('emptyDir')] })]);
    world.cluster.daemonSets.set('shop/agent', 'exists');
    expect(await run(world)).toBe(0);
    expect(world.cluster.writes).toEqual(['cordon node1']);
  });

  it('names a budget that can never be met before anything is sent; with --strict that is the end', async () => {
    const world = aWorld([aPod()]);
    world.cluster.budgets = [aBudget({ maxUnavailable: 0, disruptionsAllowed: 0, currentHealthy: 1, expectedPods: 1 })];
    expect(await run(world, { policy: aPolicy({ strict: true }) })).toBe(3);
    expect(world.cluster.writes).toEqual([]);
    const [decision] = world.only('drain.planned').plan.nodes[0]?.pods ?? [];
    expect(decision?.risks.map(({ kind }) => kind)).toContain('budget-never');
  });
});

describe('a dry run', () => {
  it('of deletions says delete, waits for nothing and leaves everything as it was', async () => {
    const world = aWorld([aPod()]);
    world.cluster.goneAfterMs = Infinity;
    const policy = aPolicy({ disableEviction: true });
    expect(await run(world, { dryRun: 'server', policy })).toBe(0);
    expect(world.cluster.writes).toEqual(['cordon node1 (dry run)', 'delete shop/web-1 (dry run)']);
    expect(world.only('pod.evicting').method).toBe('delete');
    expect(world.clock.now()).toBe(startMs + 100);
    expect(world.cluster.nodes.get('node1')).toEqual(aNode());
    expect(world.cluster.pods.get('shop/web-1')).toEqual(aPod());
  });

  it('of a node that another run holds is refused like the run itself', async () => {
    const hold = { run: 'run-9', holder: 'ann@there', until: '2026-01-01T00:01:00Z', wasCordoned: false };
    const world = aWorld([aPod()], [aNode({ annotations: { 'kmaint.io/hold': JSON.stringify(hold) } })]);
    expect(await run(world, { dryRun: 'client' })).toBe(5);
    expect(world.cluster.writes).toEqual([]);
  });
});
