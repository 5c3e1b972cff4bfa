/** What a drain says of pods that do not go, or not for good, and of those that would not in a dry run. */
import { describe, expect, it } from 'vitest';
import type { Budget } from '../../src/cluster/budget.ts';
import { drainNodes } from '../../src/drain/drain.ts';
import type { DrainOptions } from '../../src/drain/options.ts';
import { ClusterError } from '../../src/errors.ts';
import { aBudget, aPod } from '../support/objects.ts';
import { aWorld, drainOptions, finish, names, type TestWorld } from '../support/world.ts';

const run = (world: TestWorld, options: Partial<DrainOptions> = {}): Promise<number> =>
  finish(world.clock, drainNodes(world, drainOptions(options)));
const forbidden = (): Error => new ClusterError('pods is forbidden', { code: 'cluster.forbidden', status: 403 });
const unavailable = (): Error =>
  new ClusterError('etcdserver: leader changed', { code: 'cluster.server', status: 500 });
const two = [aPod(), aPod({ name: 'web-2' })];

describe('a drain', () => {
  it('names the toleration of a pod that keeps coming back by one', async () => {
    const tolerant = aPod({
      tolerations: [{ key: undefined, operator: 'Exists', value: undefined, effect: undefined }],
    });
    const world = aWorld([tolerant]);
    let comebacks = 0;
    world.onEvent = (event) => {
      if (event.type === 'pod.gone') world.cluster.put({ ...tolerant, uid: `comeback-${(comebacks += 1)}` });
    };
    expect(await run(world)).toBe(1);
    expect(world.only('node.finished').message).toContain(
      'shop/web-1 of ReplicaSet web (tolerates node.kubernetes.io/unschedulable)',
    );
  });

  it('several budgets, the second made during the drain: this pod fails with the names of both, the others go', async () => {
    const world = aWorld(two);
    const forWeb1 = (labels: Readonly<Record<string, string>>): boolean => labels['pod'] === '1';
    world.cluster.put(aPod({ labels: { pod: '1' } }));
    world.cluster.budgets = [aBudget({ matches: forWeb1, disruptionsAllowed: 0 })];
    world.onEvent = ({ type }) => {
      if (type === 'node.draining') world.cluster.putBudget(aBudget({ name: 'web2', uid: 'two', matches: forWeb1 }));
    };
    world.cluster.answers.set('shop/web-1', [{ kind: 'blocked-config', message: 'more than one budget' }]);
    expect(await run(world)).toBe(1);
    expect(names(world.all('pod.gone'))).toEqual(['shop/web-2']);
    expect(world.only('pod.failed')).toMatchObject({
      pod: { name: 'web-1' },
      message: 'more than one budget (shop/web, shop/web2)',
    });
  });

  it('says of a pod past its time that it should have been gone, and since when', async () => {
    const world = aWorld([
      aPod({ terminationGracePeriodSeconds: 10 }),
      aPod({ name: 'web-2', terminationGracePeriodSeconds: 600 }),
      aPod({ name: 'web-3', terminationGracePeriodSeconds: 10, finalizers: ['example.com/a'] }),
    ]);
    world.cluster.goneAfterMs = Infinity;
    expect(await run(world, { timeoutMs: 60_000 })).toBe(124);
    expect(
      world.only('node.finished').left.map(({ namespace, name, reason }) => [`${namespace}/${name}`, reason]),
    ).toEqual([
      [
        'shop/web-1',
        'terminating: should have been gone at 2026-01-01T00:00:10.000Z, and its kubelet has not said that it has stopped',
      ],
      ['shop/web-2', 'terminating: its containers have time to stop until 2026-01-01T00:10:00.000Z'],
      [
        'shop/web-3',
        'terminating: held by the finalizers example.com/a, and should have been gone at 2026-01-01T00:00:10.000Z',
      ],
    ]);
  });

  it('sits out errors of the server where pods can only be listed', async () => {
    const world = aWorld([aPod()]);
    world.cluster.goneAfterMs = 20_000;
    world.cluster.failures.set('watchPods', forbidden);
    let failed = 0;
    world.clock.after(5000, () =>
      world.cluster.failures.set('listPods', () => {
        failed += 1;
        if (failed === 3) world.cluster.failures.delete('listPods');
        return unavailable();
      }),
    );
    expect(await run(world)).toBe(0);
    expect(failed).toBe(3);
    expect(names(world.all('pod.gone'))).toEqual(['shop/web-1']);
  });

  it('client: what each budget would do to each pod is in the plan, and a full one is no refusal', async () => {
    const world = aWorld([aPod({ labels: { app: 'full' } }), aPod({ name: 'web-2', labels: { app: 'free' } })]);
    const budget = (name: string, disruptionsAllowed: number): Budget =>
      aBudget({ name, uid: name, disruptionsAllowed, expectedPods: 3, matches: ({ app }) => app === name });
    world.cluster.budgets = [budget('full', 0), budget('free', 1)];
    expect(await run(world, { dryRun: 'client' })).toBe(0);
    expect(world.cluster.writes).toEqual([]);
    const { nodes, budgets } = world.only('drain.planned').plan;
    expect(nodes[0]?.pods.map((pod) => [pod.name, pod.budgets, pod.risks.map(({ kind }) => kind)])).toEqual([
      ['web-1', ['full'], ['budget-not-now']],
      ['web-2', ['free'], []],
    ]);
    expect(budgets.map(({ name, verdict, now }) => [name, verdict, now])).toEqual([
      ['free', 'now', 1],
      ['full', 'later', 0],
    ]);
  });
});
