import { describe, expect, it } from 'vitest';
import type { Lease, LeaseContent } from '../../../src/cluster/lease.ts';
import { drainNodes } from '../../../src/drain/drain.ts';
import type { DrainOptions } from '../../../src/drain/options.ts';
import { planFiles } from '../../../src/drain/saved-plan-file.ts';
import { showPlan } from '../../../src/drain/show-plan.ts';
import { heldByOther } from '../../../src/drain/ownership/hold.ts';
import { judgeLease } from '../../../src/drain/ownership/judge.ts';
import { ClusterError, type KmaintError } from '../../../src/errors.ts';
import { aNode } from '../../support/objects.ts';
import { drainOptions } from '../../support/world.ts';
import { aRun, aWorld, finish, holdRecord, stored, take, taken, type TestWorld } from './hold-world.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');
const at = (seconds: number): string => new Date(nowMs + seconds * 1000).toISOString().replace('Z', '000Z');

function aLease(differences: Partial<Lease> = {}): Lease {
  return {
    name: 'node-node1',
    namespace: 'medik8s-leases',
    uid: 'uid-of-lease',
    resourceVersion: 'l1',
    labels: {},
    annotations: {},
    finalizers: [],
    creationTimestamp: undefined,
    deletionTimestamp: undefined,
    generation: 0,
    holderIdentity: 'node-maintenance-operator',
    leaseDurationSeconds: 3600,
    acquireTime: at(-60),
    renewTime: at(-60),
    leaseTransitions: 2,
    ...differences,
  };
}

function medik8s(lease?: Lease): TestWorld {
  const world = aWorld([]);
  world.cluster.leaseNamespaces.add('medik8s-leases');
  if (lease) world.cluster.leases.set('medik8s-leases/node-node1', lease);
  return world;
}

const storedLease = (world: TestWorld): Lease | undefined => world.cluster.leases.get('medik8s-leases/node-node1');

describe('who has a Lease', () => {
  it.each<[string, Partial<Lease> | undefined, ReturnType<typeof judgeLease>['kind']]>([
    ['nobody: there is none', undefined, 'free'],
    ['nobody: no holder', { holderIdentity: undefined }, 'free'],
    ['nobody: an empty holder', { holderIdentity: '' }, 'free'],
    ['its holder', {}, 'held'],
    ['its holder, to the last moment', { renewTime: at(-3600) }, 'held'],
    ['nobody: it is over', { renewTime: at(-3601) }, 'free'],
    ['its holder, whose clock is ahead a little', { renewTime: at(900) }, 'held'],
    ['nobody, perhaps: renewed in the future', { renewTime: at(901) }, 'doubtful'],
    ['nobody: never renewed', { renewTime: undefined }, 'free'],
    ['nobody: no time at all', { renewTime: 'yesterday' }, 'free'],
    ['us', { holderIdentity: 'kmaint/r1/elsewhere@host' }, 'ours'],
    ['another run of ours', { holderIdentity: 'kmaint/r10/ann@host' }, 'held'],
  ])('%s', (_, differences, kind) => {
    expect(judgeLease(differences && aLease(differences), 'r1', nowMs).kind).toBe(kind);
  });
});

describe('the Lease beside a hold', () => {
  it('is taken, renewed and removed', async () => {
    const world = medik8s();
    const owners: LeaseContent['owner'][] = [];
    const putLease = world.cluster.putLease.bind(world.cluster);
    world.cluster.putLease = (ref, content, former) => {
      owners.push(content.owner);
      return putLease(ref, content, former);
    };
    const hold = taken(await take(world, aRun(world, 'r1')));
    expect(storedLease(world)).toMatchObject({
      holderIdentity: 'kmaint/r1/r1@host',
      leaseDurationSeconds: 60,
      leaseTransitions: 0,
    });
    expect(storedLease(world)?.acquireTime).toMatch(/^2026-01-01T00:00:00\.\d{6}Z$/);
    await world.clock.advance(45_000);
    expect(storedLease(world)?.renewTime).toMatch(/^2026-01-01T00:00:40/);
    expect(storedLease(world)?.acquireTime).toMatch(/^2026-01-01T00:00:00/);
    const owner = { apiVersion: 'v1', kind: 'Node', name: 'node1', uid: 'uid-of-node1' };
    expect(owners).toEqual([owner, owner, owner]);
    await finish(world.clock, hold.release({ uncordon: false }));
    expect(storedLease(world)).toBeUndefined();
  });

  it('of somebody else keeps us from touching the node', async () => {
    const world = medik8s(aLease());
    const result = await take(world, aRun(world, 'r1'));
    expect(result).toMatchObject({ kind: 'held' });
    expect((result as { message: string }).message).toBe(
      'the Lease medik8s-leases/node-node1 of node-maintenance-operator lasts until 2026-01-01T00:59:00Z',
    );
    expect(world.cluster.changes).toEqual([]);
    expect(storedLease(world)).toEqual(aLease());

    taken(await take(world, aRun(world, 'r2', { takeOver: true })));
    expect(storedLease(world)).toMatchObject({ holderIdentity: 'kmaint/r2/r2@host', leaseTransitions: 3 });
    expect(world.only('warning').message).toContain('taken over');
  });

  it('is asked for beforehand, without a write', async () => {
    const world = medik8s(aLease());
    const ask = (run: ReturnType<typeof aRun>) => finish(world.clock, heldByOther(run, stored(world)));
    expect(await ask(aRun(world, 'r1'))).toMatchObject({
      kind: 'held',
      message: expect.stringContaining('node-maintenance-operator') as string,
    });
    expect(await ask(aRun(world, 'r1', { takeOver: true }))).toBeUndefined();
    world.cluster.leases.clear();
    expect(await ask(aRun(world, 'r1'))).toBeUndefined();
    expect(world.cluster.changes).toEqual([]);
    expect(world.cluster.reads.putLease).toBeUndefined();
    expect(world.events).toEqual([]);
    taken(await take(world, aRun(world, 'r2')));
    expect((await ask(aRun(world, 'r1')))?.message).toContain('held by run r2');
    expect(await ask(aRun(world, 'r2'))).toBeUndefined();
  });

  it('that is over is taken over once', async () => {
    const world = medik8s(aLease({ renewTime: at(-7200) }));
    taken(await take(world, aRun(world, 'r1')));
    expect(storedLease(world)).toMatchObject({ leaseTransitions: 3, acquireTime: at(0) });
    expect((await take(world, aRun(world, 'r2'))).kind).toBe('held');
    expect(storedLease(world)?.leaseTransitions).toBe(3);
  });

  it('that was lost between the look and the write undoes the hold', async () => {
    const world = medik8s();
    const changeNode = world.cluster.changeNode.bind(world.cluster);
    world.cluster.changeNode = async (node, change, options) => {
      world.cluster.leases.set('medik8s-leases/node-node1', aLease());
      return changeNode(node, change, options);
    };
    const result = await take(world, aRun(world, 'r1', { excludeFromLoadBalancers: true }));
    expect(result.kind).toBe('held');
    expect(stored(world)).toMatchObject({ unschedulable: false, annotations: {}, labels: {} });
    expect(storedLease(world)).toEqual(aLease());
    expect(world.clock.waiting).toBe(0);
  });

  it('that becomes another one ends the hold', async () => {
    for (const renewTime of [at(15), at(10_000)]) {
      const world = medik8s();
      const hold = taken(await take(world, aRun(world, 'r1')));
      world.cluster.leases.set('medik8s-leases/node-node1', aLease({ renewTime, resourceVersion: 'l2' }));
      await world.clock.advance(21_000);
      expect(hold.lost.reason).toMatchObject({ code: 'hold.lost', exitCode: 5 });
      expect((hold.lost.reason as KmaintError).message).toContain('node-maintenance-operator');
      await finish(world.clock, hold.release({ uncordon: false }));
      expect(storedLease(world)?.holderIdentity).toBe('node-maintenance-operator');
    }
  });

  it('that somebody removed is made again', async () => {
    const world = medik8s();
    const hold = taken(await take(world, aRun(world, 'r1')));
    world.cluster.leases.clear();
    await world.clock.advance(21_000);
    expect(hold.lost.aborted).toBe(false);
    expect(storedLease(world)?.holderIdentity).toBe('kmaint/r1/r1@host');
    await finish(world.clock, hold.release({ uncordon: false }));
  });

  it('is not asked for again in a cluster without the namespace', async () => {
    const world = aWorld([]);
    const run = aRun(world, 'r1');
    const hold = taken(await take(world, run));
    const asked = world.cluster.reads.getLease;
    await world.clock.advance(60_000);
    taken(await take(world, run));
    expect(world.cluster.reads.getLease).toBe(asked);
    expect(world.cluster.reads).toMatchObject({ namespaceExists: 1 });
    expect(world.cluster.reads.putLease).toBeUndefined();
    expect(world.all('warning')).toEqual([]);
    await finish(world.clock, hold.release({ uncordon: false }));
  });

  it('that we may not read is done without, after one warning', async () => {
    const world = medik8s(aLease());
    const forbidden = (): Error => new ClusterError('leases is forbidden', { code: 'cluster.forbidden', status: 403 });
    world.cluster.failures.set('getLease', forbidden);
    const hold = taken(await take(world, aRun(world, 'r1')));
    await world.clock.advance(60_000);
    expect(world.only('warning').message).toContain('leases is forbidden');
    expect(holdRecord(world)?.run).toBe('r1');
    await finish(world.clock, hold.release({ uncordon: false }));
  });

  it('in the future is not counted, but told', async () => {
    const world = medik8s(aLease({ renewTime: at(1000) }));
    taken(await take(world, aRun(world, 'r1')));
    expect(world.only('warning').message).toContain('renewed 1000 s in the future');
  });
});

describe('who only looks', () => {
  const held = 'the Lease medik8s-leases/node-node1 of node-maintenance-operator lasts until 2026-01-01T00:59:00Z';
  const planned = (world: TestWorld): Promise<number> =>
    finish(
      world.clock,
      showPlan(world, drainOptions(), { files: planFiles, clusterId: async () => 'uid', kmaint: '0.1.0' }),
    );
  const rehearsed = (world: TestWorld, options: Partial<DrainOptions> = {}): Promise<number> =>
    finish(world.clock, drainNodes(world, drainOptions({ dryRun: 'client', ...options })));
  const warnings = (world: TestWorld): string[] => world.all('warning').map(({ message }) => message);

  it('is told by a plan of the holder that its drain would be refused for', async () => {
    const world = medik8s(aLease());
    expect(await planned(world)).toBe(5);
    expect(world.only('run.finished')).toMatchObject({
      message: held,
      hint: 'to drain all the same: kmaint drain node1 --take-over',
    });
    expect(world.cluster.writes).toEqual([]);
  });

  it('is told so by a dry run', async () => {
    const world = medik8s(aLease());
    expect(await rehearsed(world)).toBe(5);
    expect(world.only('node.finished')).toMatchObject({ message: held, hint: 'kmaint drain node1 --take-over' });
    expect(world.cluster.writes).toEqual([]);
  });

  it('is told what a dry run would take over', async () => {
    const world = medik8s(aLease());
    const { ownership } = drainOptions();
    expect(await rehearsed(world, { ownership: { ...ownership, takeOver: true } })).toBe(0);
    expect(warnings(world)).toEqual([`would be taken over: ${held}`]);
  });

  it.each<[string, Lease | undefined]>([
    ['there is none', undefined],
    ['its time is over', aLease({ renewTime: at(-3601) })],
    ['nobody is named', aLease({ holderIdentity: '' })],
  ])('is told nothing where %s', async (_title, lease) => {
    const world = medik8s(lease);
    expect(await planned(world)).toBe(0);
    expect(warnings(world)).toEqual([]);
  });

  it('is told of a holder that does not count', async () => {
    const world = medik8s(aLease({ renewTime: at(7200) }));
    expect(await planned(world)).toBe(0);
    expect(warnings(world)).toEqual([expect.stringContaining('was renewed 7200 s in the future')]);
  });

  it('plans all the same where Leases may not be read, and says so once for all nodes', async () => {
    const world = medik8s(aLease());
    world.cluster.nodes.set('node2', aNode({ name: 'node2', uid: 'uid-of-node2' }));
    world.cluster.failures.set('getLease', () => new ClusterError('leases: no', { code: 'cluster.server' }));
    const targets = { names: ['node1', 'node2'], selector: undefined };
    expect(await rehearsed(world, { targets })).toBe(0);
    expect(warnings(world)).toEqual([
      'the Leases in medik8s-leases could not be read, so a holder among other tools is not shown: leases: no',
    ]);
  });

  it('is not bothered with that where nobody knows of any', async () => {
    const world = medik8s(aLease());
    const forbidden = (): Error => new ClusterError('no', { code: 'cluster.forbidden' });
    world.cluster.failures.set('namespaceExists', forbidden).set('getLease', forbidden);
    expect(await planned(world)).toBe(0);
    expect(warnings(world)).toEqual([]);
    expect(world.all('detail')).toHaveLength(1);
  });

  it('asks for no Lease where the cluster has none', async () => {
    const world = aWorld([]);
    world.cluster.leases.set('medik8s-leases/node-node1', aLease());
    expect(await planned(world)).toBe(0);
  });
});
