/** What a long run must not get wrong: nodes taken from it, work that fails after a drain, ends at a gate, force. */
import { describe, expect, it } from 'vitest';
import type { Node } from '../../src/cluster/node.ts';
import { drainNodes } from '../../src/drain/drain.ts';
import type { DrainOptions } from '../../src/drain/options.ts';
import { InterruptedError, KmaintError } from '../../src/errors.ts';
import type { RunOutcome } from '../../src/process/run.ts';
import { aNode, aPod } from '../support/objects.ts';
import { aWorld, drainOptions, finish, rollingOptions, type TestWorld } from '../support/world.ts';

const rolling = rollingOptions({ exec: ['/opt/patch'] });
const two = { names: ['node1', 'node2'], selector: undefined };
const run = (world: TestWorld, options: Partial<DrainOptions>): Promise<number> =>
  finish(world.clock, drainNodes(world, drainOptions(options)));

/** A world whose program for a node is played. */
function working(world: TestWorld, program: () => Promise<number>): TestWorld & { readonly runs: number[] } {
  const runs: number[] = [];
  const start = async (): Promise<RunOutcome> => {
    runs.push(world.clock.now());
    return { kind: 'exited', exitCode: await program(), stdout: '', stderr: '' };
  };
  return Object.assign(world, { runs, programs: { env: {}, cwd: '/nowhere', run: start } });
}
const hold = JSON.stringify({ run: 'run-9', holder: 'ann@there', until: '2026-01-01T01:00:00Z', wasCordoned: true });
const takeAway = ({ cluster }: TestWorld): void => {
  const node = cluster.nodes.get('node1') as Node;
  cluster.nodes.set('node1', { ...node, resourceVersion: 'other', annotations: { 'kmaint.io/hold': hold } });
};

describe('a node that somebody else took', () => {
  it('right after its drain has no program run for it: exit 5, and no further node is begun', async () => {
    const world = working(aWorld([aPod()], [aNode(), aNode({ name: 'node2' })]), () => Promise.resolve(0));
    world.onEvent = ({ type }) => {
      if (type === 'pod.gone') takeAway(world);
    };
    expect(await run(world, { rolling, targets: two })).toBe(5);
    expect(world.runs).toEqual([]);
    expect(world.cluster.writes).toEqual(['cordon node1', 'evict shop/web-1']);
  });

  it('during its program is not said to be done: exit 5', async () => {
    const world = working(aWorld([aPod()]), async () => {
      takeAway(world);
      await world.clock.sleep(100_000);
      return 0;
    });
    expect(await run(world, { rolling })).toBe(5);
    expect(world.only('node.finished').message).toContain('run run-9 of ann@there took the node node1 from us');
  });
});

describe('--on-failure restore', () => {
  it('keeps a node cordoned whose program failed, as its message says', async () => {
    const world = working(aWorld([aPod()]), () => Promise.resolve(1));
    expect(await run(world, { rolling, onFailure: 'restore' })).toBe(1);
    expect(world.only('node.finished').message).toContain('the node stays cordoned');
    expect(world.cluster.nodes.get('node1')?.unschedulable).toBe(true);
    expect(world.only('run.finished').undo).toEqual(['kmaint uncordon node1']);
  });
});

describe('a rolling run', () => {
  it('tells and writes down the end of each node when it comes', async () => {
    const world = working(aWorld([], [aNode(), aNode({ name: 'node2' })]), async () => {
      await world.clock.sleep(60_000);
      return 0;
    });
    let linesThen: unknown[] | undefined;
    world.onEvent = (event) => {
      if (event.type === 'node.finished') linesThen ??= world.journal.filter(({ type }) => type === 'node');
    };
    expect(await run(world, { rolling, targets: two })).toBe(0);
    expect(linesThen).toHaveLength(1);
    expect(world.all('node.finished').map(({ durationMs }) => durationMs)).toEqual([60_000, 60_000]);
  });

  it.each<[number, Partial<DrainOptions>]>([
    [130, {}],
    [124, { totalTimeoutMs: 10_000 }],
  ])('that ends at a gate before its first node ends with %d', async (exitCode, options) => {
    const world = working(aWorld([aPod()]), () => Promise.resolve(0));
    if (exitCode === 130) world.clock.after(3000, () => world.interrupt(new InterruptedError('SIGINT')));
    expect(await run(world, { ...options, rolling: { ...rolling, criticalPods: ['db/db'] } })).toBe(exitCode);
    expect(world.cluster.changes).toEqual([]);
  });
});

describe('the rung force', () => {
  const unreachable = { poweredOff: ['node1'], fenceExec: undefined, outOfService: false };

  it.each<[string, string | undefined]>([
    ['a pod that was evicted by this run', undefined],
    ['a pod that the control plane evicted long ago', '2025-12-31T23:00:00Z'],
  ])('removes %s from a node proven dead, which nothing else does', async (_title, deletionTimestamp) => {
    const world = aWorld([aPod({ deletionTimestamp })], [aNode({ ready: 'Unknown' })]);
    world.cluster.goneAfterMs = Infinity;
    const remove = world.cluster.deletePod.bind(world.cluster);
    world.cluster.deletePod = async (pod, options) => {
      const answer = await remove(pod, options);
      world.cluster.remove(`${pod.namespace}/${pod.name}`);
      return answer;
    };
    expect(await run(world, { unreachable, escalation: { deadlineMs: 30_000, rung: 'force' } })).toBe(0);
    expect(world.cluster.writes.at(-1)).toBe('delete shop/web-1 grace 0');
  });

  it.each(['True', 'False'] as const)('says that %s speaks against --powered-off', async (ready) => {
    const world = aWorld([aPod()], [aNode({ ready })]);
    const renewTime = '2026-01-01T00:00:00.000000Z';
    const content = { holderIdentity: 'node1', leaseDurationSeconds: 40, acquireTime: renewTime, renewTime };
    world.cluster.leaseNamespaces.add('kube-node-lease');
    const ref = { namespace: 'kube-node-lease', name: 'node1' };
    await world.cluster.putLease(ref, { ...content, leaseTransitions: 0 }, undefined);
    expect(await run(world, { unreachable: { ...unreachable, outOfService: true } })).toBe(0);
    expect(world.all('warning').map(({ message }) => message)).toEqual([
      expect.stringMatching(/^node1 is not proven to be off: .*its kubelet is alive/),
    ]);
  });

  it('refuses a --powered-off that names no node of the drain: exit 2, nothing is changed', async () => {
    const world = aWorld([aPod()]);
    const failure = run(world, { unreachable: { ...unreachable, poweredOff: ['node7'] } });
    await expect(failure).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining('node7') });
    expect(world.cluster.changes).toEqual([]);
  });
});

describe('the end of a run', () => {
  it('is told with undo and resume although the journal cannot take the end of a node', async () => {
    const world = aWorld([aPod()]);
    const begin = world.journals.begin.bind(world.journals);
    const full = new KmaintError('no space left', { code: 'journal.unwritable', exitCode: 1 });
    const journals: TestWorld['journals'] = {
      ...world.journals,
      begin: async (one) => ({
        ...(await begin(one)),
        write: (entry) => (entry.type === 'node' ? Promise.reject(full) : Promise.resolve()),
      }),
    };
    expect(await finish(world.clock, drainNodes({ ...world, journals }, drainOptions()))).toBe(1);
    expect(world.only('node.finished').message).toContain('no space left');
    expect(world.only('run.finished').undo).toEqual(['kmaint uncordon node1']);
  });

  it('never has two members of etcd in work, whichever role label they carry', async () => {
    const labels = { 'node-role.kubernetes.io/etcd': 'true' };
    const pods = [aPod(), aPod({ name: 'web-2', nodeName: 'node2' })];
    const world = aWorld(pods, [aNode({ labels }), aNode({ name: 'node2', labels })]);
    expect(await run(world, { targets: two, parallel: { count: 2 } })).toBe(0);
    const order = world.events.flatMap(({ type }) => (/^node\.(draining|finished)$/.test(type) ? [type] : []));
    expect(order).toEqual(['node.draining', 'node.finished', 'node.draining', 'node.finished']);
  });
});
