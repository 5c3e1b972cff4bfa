/** A drain of a node whose kubelet is silent: short waits, and nothing forced without proof that it is off. */
import { describe, expect, it } from 'vitest';
import type { Node } from '../../src/cluster/node.ts';
import { drainNodes } from '../../src/drain/drain.ts';
import type { DrainOptions, UnreachableOptions } from '../../src/drain/options.ts';
import { outOfServiceTaint } from '../../src/drain/ownership/annotations.ts';
import type { RunOptions, RunOutcome } from '../../src/process/run.ts';
import { aNode, aPod, aPolicy } from '../support/objects.ts';
import { said } from '../support/said.ts';
import { aWorld, drainOptions, finish, names, type TestWorld } from '../support/world.ts';

const startMs = Date.parse('2026-01-01T00:00:00Z');
const run = (world: TestWorld, options: Partial<DrainOptions> = {}): Promise<number> =>
  finish(world.clock, drainNodes(world, drainOptions(options)));
const unreachable = (differences: Partial<UnreachableOptions>): Partial<DrainOptions> => ({
  unreachable: { poweredOff: [], fenceExec: undefined, outOfService: true, ...differences },
});
const taints = ({ cluster }: TestWorld): string[] => (cluster.nodes.get('node1')?.taints ?? []).map(({ key }) => key);

/** Nothing on the node ever confirms the end of a pod. */
function silent(differences: Partial<Node> = {}, fence?: () => RunOutcome): TestWorld & { readonly fenced: string[] } {
  const world = aWorld([aPod()], [aNode({ ready: 'Unknown', ...differences })]);
  world.cluster.goneAfterMs = Infinity;
  const fenced: string[] = [];
  return Object.assign(world, {
    fenced,
    programs: {
      env: {},
      cwd: '/nowhere',
      run: async ({ env, onLine }: Pick<RunOptions, 'env' | 'onLine'>): Promise<RunOutcome> => {
        fenced.push(env['KMAINT_NODE'] ?? '');
        return said({ onLine }, fence?.() ?? { kind: 'exited', exitCode: 0, stdout: '', stderr: '' });
      },
    },
  });
}

describe('an unreachable node', () => {
  it('has its pods asked with a grace of 1 s, waits for them no longer than that, and names them', async () => {
    const world = silent();
    expect(await run(world)).toBe(0);
    expect(world.cluster.writes).toEqual(['cordon node1', 'evict shop/web-1 grace 1']);
    expect(world.clock.now() - startMs).toBeLessThanOrEqual(4000);
    expect(names(world.all('pod.skipped'))).toEqual(['shop/web-1']);
    expect(world.only('node.finished').left).toHaveLength(1);
    expect(world.all('warning').map(({ message }) => message)).toEqual([
      expect.stringContaining('their containers may still run there'),
    ]);
  });

  it('has a pod named that was overdue before the drain came to it', async () => {
    const world = silent();
    world.cluster.put(aPod({ deletionTimestamp: '2025-12-31T23:00:00Z' }));
    expect(await run(world)).toBe(0);
    expect(world.cluster.writes).toEqual(['cordon node1']);
    expect(names(world.all('pod.skipped'))).toEqual(['shop/web-1']);
    expect(world.only('node.finished')).toMatchObject({
      gone: 0,
      left: [{ name: 'web-1', reason: expect.stringMatching(/^terminating for more than 1s/) }],
    });
  });

  it('has its pods planned as they are drained: what is overdue is not waited for, and no grace is longer than 1 s', async () => {
    const world = silent();
    world.cluster.put(aPod({ deletionTimestamp: '2025-12-31T23:00:00Z' }));
    world.cluster.put(aPod({ name: 'slow-1', uid: 'uid-of-slow-1', terminationGracePeriodSeconds: 3600 }));
    await run(world, { dryRun: 'client' });
    const [plan] = world.only('drain.planned').plan.nodes;
    expect(plan?.pods).toMatchObject([
      { name: 'slow-1', action: 'remove', graceSeconds: 1, risks: [] },
      { name: 'web-1', action: 'leave', leave: 'terminating-too-long' },
    ]);
    // It is told of the node.
    expect(world.all('warning').map(({ message }) => message)).toEqual([expect.stringContaining('grace period of 1s')]);
  });

  it('has what is overdue planned as waited for where it is removed by force in the end', async () => {
    const world = silent();
    world.cluster.put(aPod({ deletionTimestamp: '2025-12-31T23:00:00Z' }));
    const escalation = { deadlineMs: 60_000, rung: 'force' } as const;
    await run(world, { ...unreachable({ poweredOff: ['node1'] }), escalation, dryRun: 'client' });
    expect(world.only('drain.planned').plan.nodes[0]?.pods).toMatchObject([{ name: 'web-1', action: 'wait' }]);
  });

  it('has a pod whose grace period the user cut to nothing named all the same', async () => {
    const world = silent();
    await run(world, { policy: aPolicy({ gracePeriodSeconds: 0 }), dryRun: 'client' });
    expect(world.only('drain.planned').plan.nodes[0]?.pods).toMatchObject([{ risks: [{ kind: 'immediate' }] }]);
  });

  it('has its budgets honoured', async () => {
    const world = silent();
    world.cluster.judge = () => ({ kind: 'blocked-budget', message: 'no', budget: 'web', needs: 1, has: 1 });
    expect(await run(world, { timeoutMs: 20_000 })).toBe(124);
    expect(world.cluster.pods.get('shop/web-1')?.deletionTimestamp).toBeUndefined();
    expect(world.cluster.writes.every((write) => !write.startsWith('delete'))).toBe(true);
  });

  it('leaves what the user asked for as it is', async () => {
    const world = silent();
    const policy = aPolicy({ gracePeriodSeconds: 7, skipWaitForDeleteTimeoutSeconds: 20 });
    expect(await run(world, { policy })).toBe(0);
    expect(world.cluster.writes).toEqual(['cordon node1', 'evict shop/web-1 grace 7']);
    expect(world.clock.now() - startMs).toBeGreaterThanOrEqual(28_000);
  });

  it('keeps the long wait where the node is reachable', async () => {
    const world = silent({ ready: 'True' });
    expect(await run(world, { timeoutMs: 20_000 })).toBe(124);
    expect(world.cluster.writes).toEqual(['cordon node1', 'evict shop/web-1']);
  });
});

describe('the out-of-service taint', () => {
  it('is set when the user types that the node is off, before the first eviction', async () => {
    const world = silent();
    let atFirstEviction: string[] | undefined;
    world.onEvent = ({ type }) => {
      if (type === 'pod.evicting') atFirstEviction ??= taints(world);
    };
    expect(await run(world, unreachable({ poweredOff: ['node1'] }))).toBe(0);
    expect(atFirstEviction).toEqual([outOfServiceTaint]);
    expect(world.journal).toContainEqual({ type: 'intent', node: 'node1', step: { kind: 'out-of-service' } });
  });

  it('is set when the node was fenced', async () => {
    const world = silent();
    expect(await run(world, unreachable({ fenceExec: '/opt/fence' }))).toBe(0);
    expect(world.fenced).toEqual(['node1']);
    expect(taints(world)).toEqual([outOfServiceTaint]);
  });

  it.each<[string, Partial<UnreachableOptions>, Partial<Node>, (() => RunOutcome) | undefined]>([
    [
      'the fencing program fails',
      { fenceExec: '/opt/fence' },
      {},
      () => ({ kind: 'exited', exitCode: 1, stdout: '', stderr: 'no such outlet' }),
    ],
    ['the node is Ready', { poweredOff: ['node1'] }, { ready: 'True' }, undefined],
    ['only a proof was asked for', { poweredOff: ['node1'], outOfService: false }, {}, undefined],
  ])('is not set when %s', async (_title, options, node, fence) => {
    const world = silent(node, fence);
    expect(await run(world, { ...unreachable(options), timeoutMs: 10_000 })).toBe(node.ready === 'True' ? 124 : 0);
    expect(taints(world)).toEqual([]);
    expect(world.journal.some((line) => line.type === 'intent' && line.step.kind === 'out-of-service')).toBe(false);
  });

  it('is not set, and that is said, when the fencing program fails; the drain goes on by the budgets', async () => {
    const world = silent({}, () => ({ kind: 'exited', exitCode: 1, stdout: '', stderr: 'no such outlet' }));
    expect(await run(world, unreachable({ fenceExec: '/opt/fence' }))).toBe(0);
    expect(world.all('warning').map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/^node1 is not proven to be off: .*no such outlet/),
    );
    expect(world.cluster.writes).toEqual(['cordon node1', 'evict shop/web-1 grace 1']);
  });

  it('is set on the node only that was named', async () => {
    const world = silent();
    world.cluster.nodes.set('node2', aNode({ name: 'node2', ready: 'Unknown' }));
    const targets = { names: ['node1', 'node2'], selector: undefined };
    expect(await run(world, { ...unreachable({ poweredOff: ['node2'] }), targets })).toBe(0);
    expect(taints(world)).toEqual([]);
    expect(world.cluster.nodes.get('node2')?.taints.map(({ key }) => key)).toEqual([outOfServiceTaint]);
  });

  it('never fences a node that is Ready', async () => {
    const world = silent({ ready: 'True' });
    expect(await run(world, { ...unreachable({ fenceExec: '/opt/fence' }), timeoutMs: 5000 })).toBe(124);
    expect(world.fenced).toEqual([]);
  });
});

describe('the rung force', () => {
  const escalation = { deadlineMs: 30_000, rung: 'force' } as const;
  const patient = aPolicy({ skipWaitForDeleteTimeoutSeconds: 600 });

  it('removes the object of a pod once the node is proven dead and the deadline is over', async () => {
    const world = silent();
    const remove = world.cluster.deletePod.bind(world.cluster);
    world.cluster.deletePod = async (pod, options) => {
      const answer = await remove(pod, options);
      world.cluster.remove(`${pod.namespace}/${pod.name}`);
      return answer;
    };
    const options = { ...unreachable({ poweredOff: ['node1'], outOfService: false }), escalation, policy: patient };
    expect(await run(world, options)).toBe(0);
    expect(world.cluster.writes).toEqual(['cordon node1', 'evict shop/web-1 grace 1', 'delete shop/web-1 grace 0']);
    expect((world.cluster.writtenAtMs[2] ?? 0) - startMs).toBeGreaterThanOrEqual(30_000);
    expect(world.only('pod.escalated')).toMatchObject({ rung: 'force' });
    expect(world.journal).toContainEqual({
      type: 'intent',
      node: 'node1',
      step: { kind: 'escalate', pod: 'shop/web-1', uid: 'uid-of-shop-web-1', rung: 'force' },
    });
  });

  it('never does so without proof, however silent the node is', async () => {
    const world = silent();
    expect(await run(world, { escalation, policy: patient, timeoutMs: 120_000 })).toBe(124);
    expect(world.cluster.writes.filter((write) => write.endsWith('grace 0'))).toEqual([]);
  });
});
