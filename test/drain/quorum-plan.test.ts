/** A node that etcd cannot spare is a blocker of every plan: that of drain, of plan, of apply, and of a resume. */
import { describe, expect, it } from 'vitest';
import type { Node } from '../../src/cluster/node.ts';
import type { Pod } from '../../src/cluster/pod.ts';
import { drainNodes, type DrainMode } from '../../src/drain/drain.ts';
import type { DrainOptions } from '../../src/drain/options.ts';
import { applyPlan } from '../../src/drain/saved-plan-apply.ts';
import { showPlan } from '../../src/drain/show-plan.ts';
import { ClusterError } from '../../src/errors.ts';
import { aNode, aPod } from '../support/objects.ts';
import { aWorld, drainOptions, finish, rollingOptions, type TestWorld } from '../support/world.ts';

const run = (world: TestWorld, options: Partial<DrainOptions> = {}, mode: DrainMode = {}): Promise<number> =>
  finish(world.clock, drainNodes(world, drainOptions(options), mode));
const targets = (...names: string[]): Pick<DrainOptions, 'targets'> => ({ targets: { names, selector: undefined } });
const rolling = (differences: Partial<DrainOptions['rolling']> = {}): Pick<DrainOptions, 'rolling'> => ({
  rolling: rollingOptions(differences),
});

function etcd(nodeName: string, ready = true): Pod {
  return aPod({
    namespace: 'kube-system',
    name: `etcd-${nodeName}`,
    nodeName,
    mirror: true,
    controller: undefined,
    ready,
    labels: { component: 'etcd', tier: 'control-plane' },
  });
}

/** As many control-plane nodes, node1 and so on, each with an ordinary pod beside its member. */
function members(...ready: boolean[]): TestWorld {
  const names = ready.map((_, index) => `node${index + 1}`);
  const web = names.map((nodeName, index) => aPod({ name: `web-${index + 1}`, nodeName }));
  return aWorld(
    [...web, ...ready.map((one, index) => etcd(`node${index + 1}`, one))],
    names.map((name): Node => aNode({ name, controlPlane: true })),
  );
}

describe('a drain that would break the quorum of etcd', () => {
  it.each<[string, readonly boolean[], RegExp, RegExp]>([
    ['one of two', [true, true], /^without node1 etcd has 1 healthy of 2 members and needs 2;/, /of two members none/],
    [
      'one of three, another ill',
      [true, true, false],
      /has 1 healthy of 3 members and needs 2 \(kube-system\/etcd-node3 is not ready\);/,
      /^bring the others back first; to see them: kubectl get pods/,
    ],
    ['one of five, two ill', [true, true, true, false, false], /has 2 healthy of 5 members and needs 3/, /bring/],
  ])('is refused before anything is written: %s', async (_, ready, message, hint) => {
    const world = members(...ready);
    expect(await run(world)).toBe(3);
    expect(world.cluster.changes).toEqual([]);
    expect(world.cluster.writes).toEqual([]);
    expect(world.journal).toEqual([]);
    expect(world.only('drain.planned').plan.nodes[0]?.blockers).toEqual([
      { kind: 'etcd-quorum', message: expect.any(String), fix: expect.stringMatching(hint) },
    ]);
    expect(world.only('node.finished')).toMatchObject({
      outcome: 'refused',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
    expect(world.only('node.finished').message).toMatch(/; the node was left as it was$/);
    expect(world.only('run.finished')).toMatchObject({ undo: [], resume: ['kmaint drain node1'] });
  });

  it.each(['client', 'server'] as const)(
    'is refused by a dry run as well (%s), and no consent changes that',
    async (dryRun) => {
      expect(await run(members(true, true), { dryRun })).toBe(3);
      const world = members(true, true);
      world.answer = true;
      expect(await run(world, { assumeYes: true })).toBe(3);
      expect(world.questions).toEqual([]);
    },
  );

  it.each<[string, readonly boolean[], string]>([
    ['of one of three', [true, true, true], 'node1'],
    ['of the ill one of three', [true, false, true], 'node2'],
    ['of one of five, another ill', [true, true, true, true, false], 'node2'],
  ])('is none, and no word is lost: that %s', async (_, ready, name) => {
    const world = members(...ready);
    expect(await run(world, targets(name))).toBe(0);
    const [node] = world.only('drain.planned').plan.nodes;
    expect([node?.blockers, node?.risks]).toEqual([undefined, undefined]);
  });

  it('is none where there is only one member: that is a risk, as for every upgrade of such a cluster', async () => {
    const world = members(true);
    expect(await run(world)).toBe(0);
    expect(world.only('drain.planned').plan.nodes[0]?.risks).toEqual([
      {
        kind: 'etcd-quorum',
        message:
          'node1 holds the only etcd member: while it is down, the cluster has no API; the drain itself leaves etcd running, stopping the node does not',
      },
    ]);
    expect([...world.cluster.pods.keys()]).toEqual(['kube-system/etcd-node1']);
  });

  it('is no question for a worker: nothing is read for it', async () => {
    const world = aWorld([aPod()]);
    expect(await run(world)).toBe(0);
    expect(world.cluster.reads.listNodes).toBeUndefined();
  });

  it('is not known where the members cannot be counted: a risk, and the drain goes on', async () => {
    const world = members(true, true, true);
    const forbidden = new ClusterError('nodes is forbidden', { code: 'cluster.forbidden', status: 403 });
    world.cluster.failures.set('listNodes', () => forbidden);
    expect(await run(world)).toBe(0);
    expect(world.only('drain.planned').plan.nodes[0]?.risks).toEqual([
      { kind: 'etcd-quorum', message: expect.stringMatching(/^etcd's members could not be counted, .* is forbidden$/) },
    ]);
  });
});

describe('several members in one run', () => {
  it('add up: the first may go, the second of three stays as it was, and a worker goes', async () => {
    const world = members(true, true, true);
    world.cluster.nodes.set('worker1', aNode({ name: 'worker1' }));
    world.cluster.put(aPod({ name: 'web-9', nodeName: 'worker1' }));
    expect(await run(world, targets('node1', 'node2', 'worker1'))).toBe(1);
    expect(world.cluster.writes).toEqual(['cordon node1', 'cordon worker1', 'evict shop/web-1', 'evict shop/web-9']);
    const refused = world.all('node.finished').find(({ node }) => node === 'node2');
    expect(refused).toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('(node1 goes out of service in the same run)'),
      hint: expect.stringContaining('kmaint drain --max-unavailable=1 --uncordon node1 node2'),
    });
  });

  it('add up only as far as they go: one with a pod in its own way takes nothing away', async () => {
    const world = members(true, true, true);
    world.cluster.put(aPod({ name: 'bare', controller: undefined }));
    expect(await run(world, targets('node1', 'node2'))).toBe(1);
    expect(world.all('node.finished').map(({ node, exitCode }) => [node, exitCode])).toEqual([
      ['node1', 3],
      ['node2', 0],
    ]);
  });

  it('are looked at again before each: what broke meanwhile stops the next one, cordoned and untouched', async () => {
    const world = members(true, true, true, true, true);
    world.onEvent = (event) => {
      if (event.type !== 'node.draining' || event.node !== 'node1') return;
      for (const name of ['node4', 'node5']) world.cluster.put(etcd(name, false));
    };
    expect(await run(world, targets('node1', 'node2'))).toBe(1);
    expect(world.cluster.writes).toEqual(['cordon node1', 'cordon node2', 'evict shop/web-1']);
    expect(world.all('node.finished').find(({ node }) => node === 'node2')).toMatchObject({
      exitCode: 7,
      outcome: 'gate',
      cordonedByUs: true,
      message: expect.stringMatching(/^without node2 etcd has 1 healthy of 5 .*; none of its pods was touched$/),
    });
    expect(world.only('run.finished')).toMatchObject({
      undo: ['kmaint uncordon node1 node2'],
      resume: ['kmaint resume run-1'],
    });
  });

  it('do not add up in a rolling run that brings each back', async () => {
    const world = members(true, true, true);
    expect(await run(world, { ...targets('node1', 'node2', 'node3'), ...rolling() })).toBe(0);
    expect(world.cluster.writes.filter((write) => write.startsWith('evict'))).toHaveLength(3);
  });

  it('do in one that leaves them cordoned and runs nothing for them', async () => {
    const world = members(true, true, true);
    expect(await run(world, { ...targets('node1', 'node2'), ...rolling({ uncordon: false }) })).toBe(1);
    expect(world.cluster.writes).toEqual(['cordon node1', 'evict shop/web-1']);
  });
});

describe('a rolling run', () => {
  it('is refused at once where waiting helps nobody, and nothing is run', async () => {
    const world = members(true, true);
    const ran: string[] = [];
    const programs = {
      ...world.programs,
      run: ({ file }: { readonly file: string }) => {
        ran.push(file);
        return Promise.resolve({ kind: 'exited', exitCode: 0, stdout: '', stderr: '' } as const);
      },
    };
    const options = drainOptions(rolling({ exec: ['reboot'] }));
    expect(await finish(world.clock, drainNodes({ ...world, programs }, options))).toBe(3);
    expect([ran, world.cluster.changes, world.journal]).toEqual([[], [], []]);
  });

  it('looks again when the turn of the node comes: who was ill may be well by then', async () => {
    const world = members(true, true, false);
    expect(await run(world, { ...targets('node3', 'node1'), ...rolling() })).toBe(1);
    const risks = world.only('drain.planned').plan.nodes.map((node) => node.risks?.[0]?.message);
    expect(risks).toEqual([undefined, expect.stringContaining('without node1 etcd has 1 healthy of 3')]);
    expect(world.all('node.finished').map(({ node, exitCode }) => [node, exitCode])).toEqual([
      ['node3', 0],
      ['node1', 3],
    ]);

    const healed = members(true, true, false);
    healed.onEvent = (event) => {
      if (event.type === 'node.finished' && event.node === 'node3') healed.cluster.put(etcd('node3'));
    };
    expect(await run(healed, { ...targets('node3', 'node1'), ...rolling() })).toBe(0);
  });
});

describe('plan and apply', () => {
  const shelf = new Map<string, string>();
  const ports = {
    files: {
      read: (path: string) => Promise.resolve(shelf.get(path) ?? ''),
      writeNew: async (path: string, text: string) => void shelf.set(path, text),
    },
    clusterId: () => Promise.resolve('uid-of-kube-system'),
    kmaint: '0.1.0',
  };
  const apply = { path: 'p', dryRun: 'none', assumeYes: true, takeOver: false, notifyUrl: undefined } as const;
  const applied = (world: TestWorld): Promise<number> =>
    finish(world.clock, applyPlan(world, apply, { ...ports, drain: drainNodes }));

  it('refuse as drain does', async () => {
    const world = members(true, true);
    expect(await showPlan(world, { ...drainOptions(), out: 'p' }, ports)).toBe(3);
    expect(world.only('run.finished')).toMatchObject({
      message: 'without node1 etcd has 1 healthy of 2 members and needs 2; the plan is in p, which apply refuses',
      hint: expect.stringMatching(/^of two members none can be spared/),
      resume: ['kmaint drain node1'],
    });
    expect(await applied(world)).toBe(3);
    expect(world.all('run.finished').at(-1)).toMatchObject({
      message: expect.stringMatching(
        /^the plan was saved with something in the way of the drain \(node1\), .*: without/,
      ),
      hint: expect.stringMatching(/^of two members none/),
    });
    expect(world.cluster.changes).toEqual([]);
  });

  it('find the quorum gone since: drift', async () => {
    const world = members(true, true, true);
    expect(await showPlan(world, { ...drainOptions(), out: 'p' }, ports)).toBe(0);
    world.cluster.put(etcd('node2', false));
    expect(await applied(world)).toBe(6);
    expect(world.all('run.finished').at(-1)).toMatchObject({
      message: expect.stringContaining('node/node1 cannot be spared any more: without node1 etcd has 1 healthy of 3'),
    });
    expect(world.cluster.changes).toEqual([]);
    world.cluster.put(etcd('node2'));
    expect(await applied(world)).toBe(0);
  });

  it('find the same risk of the only member no drift', async () => {
    const world = members(true);
    expect(await showPlan(world, { ...drainOptions(), out: 'p' }, ports)).toBe(0);
    expect(await applied(world)).toBe(0);
  });
});
