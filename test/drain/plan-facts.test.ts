import { describe, expect, it } from 'vitest';
import type { Pod } from '../../src/cluster/pod.ts';
import type { VolumeClaim } from '../../src/cluster/volume.ts';
import { chooseLookup, factsWanted, type FactsWanted } from '../../src/drain/facts.ts';
import { planDrain } from '../../src/drain/plan.ts';
import { snapshotReader, type Reading } from '../../src/drain/snapshot.ts';
import { ClusterError } from '../../src/errors.ts';
import { aBudget, aNode, aPod, aPolicy, aWorkload } from '../support/objects.ts';
import { aWorld, drainOptions, type TestWorld } from '../support/world.ts';

const forbidden = (): Error => new ClusterError('forbidden', { code: 'cluster.forbidden', status: 403 });

function ofDeployment(name: string, index: number, more: Partial<Pod> = {}): Pod {
  return aPod({
    name: `${name}-5d9-${index}`,
    labels: { app: name, 'pod-template-hash': '5d9' },
    controller: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${name}-5d9`, uid: `uid-of-${name}` },
    ...more,
  });
}

async function read(world: TestWorld, facts: FactsWanted, nodes = [aNode()]): Promise<Reading> {
  return snapshotReader(world, aPolicy(), 500).readAll(nodes, world.signal, { facts });
}

describe('what is read for a plan', () => {
  it('only what the nodes have when nobody wants more', async () => {
    const world = aWorld([ofDeployment('web', 1)]);
    const { snapshots, facts } = await read(world, 'none');
    expect([snapshots.length, facts, world.cluster.reads]).toEqual([1, undefined, { listPods: 1, listBudgets: 1 }]);
  });

  it('50 pods of one Deployment cost one request', async () => {
    const world = aWorld(Array.from({ length: 50 }, (_, index) => ofDeployment('web', index)));
    world.cluster.putWorkload(aWorkload());
    const { facts } = await read(world, 'owners');
    expect([...(facts?.workloads.keys() ?? [])]).toEqual(['Deployment/shop/web']);
    expect(world.cluster.reads).toEqual({ listPods: 1, listBudgets: 1, getWorkload: 1 });
  });

  it('many Deployments of a namespace cost one list', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `app-${index}`);
    const world = aWorld(names.map((name) => ofDeployment(name, 1)));
    for (const name of [...names, 'another']) world.cluster.putWorkload(aWorkload({ name }));
    const { facts } = await read(world, 'owners');
    expect(facts?.workloads.size).toBe(8);
    expect(world.cluster.reads).toEqual({ listPods: 1, listBudgets: 1, listWorkloads: 1 });
  });

  it('looks at the ReplicaSet where no Deployment has that name', async () => {
    const world = aWorld([ofDeployment('web', 1)]);
    const renamed = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'renamed', uid: 'u' };
    world.cluster.putWorkload(aWorkload({ kind: 'ReplicaSet', name: 'web-5d9', controller: renamed }));
    world.cluster.putWorkload(aWorkload({ name: 'renamed' }));
    const { facts } = await read(world, 'owners');
    expect([...(facts?.workloads.keys() ?? [])]).toEqual(['ReplicaSet/shop/web-5d9', 'Deployment/shop/renamed']);
  });

  it('asks for nothing about pods that stay', async () => {
    const claims = [{ name: 'data', kind: 'persistentVolumeClaim', inMemory: false, claimName: 'data' }] as const;
    const stays = { mirror: true, volumes: claims };
    const world = aWorld([ofDeployment('web', 1, stays), ofDeployment('web', 2, { finished: true, phase: 'Failed' })]);
    await read(world, 'owners');
    expect(world.cluster.reads).toEqual({ listPods: 1, listBudgets: 1 });
  });

  it('claims and volumes where a pod that leaves mounts one', async () => {
    const claims = ['data', 'free', 'lost'].map((claimName) => ({
      name: claimName,
      kind: 'persistentVolumeClaim' as const,
      inMemory: false,
      claimName,
    }));
    const world = aWorld([aPod({ volumes: claims, controller: undefined })]);
    const claim = (name: string, volumeName: string | undefined): VolumeClaim => ({
      ...aWorkload({ name }),
      volumeName,
      accessModes: [],
      storageClassName: undefined,
    });
    world.cluster.claims = [claim('data', 'pv-1'), claim('free', undefined), claim('lost', 'pv-2')];
    const volume = { ...aNode({ name: 'pv-1' }), local: true, nodeTerms: [], claim: undefined };
    world.cluster.persistentVolumes = [volume];
    const { facts } = await read(world, 'owners');
    expect([...(facts?.volumes ?? [])]).toEqual([
      ['shop/data', volume],
      ['shop/free', 'unbound'],
    ]);
    expect(world.cluster.reads).toMatchObject({ listClaims: 1, listPersistentVolumes: 1 });
  });

  it('the pods of a namespace where a budget does not let all go', async () => {
    const elsewhere = aPod({ name: 'web-9', nodeName: 'node9' });
    const world = aWorld([aPod(), elsewhere, aPod({ namespace: 'other', nodeName: 'node9' })]);
    world.cluster.budgets = [aBudget({ disruptionsAllowed: 0 })];
    const { facts } = await read(world, 'owners');
    expect([...(facts?.podsByNamespace ?? [])].map(([name, pods]) => [name, pods.length])).toEqual([['shop', 2]]);
    expect(world.cluster.reads.listPods).toBe(2);
    world.cluster.budgets = [aBudget()];
    expect((await read(world, 'owners')).facts?.podsByNamespace.size).toBe(0);
  });

  it('the room once, and no pods besides', async () => {
    const nodes = [aNode(), aNode({ name: 'node2' })];
    const world = aWorld([aPod(), aPod({ name: 'web-2', nodeName: 'node2' })], nodes);
    world.cluster.budgets = [aBudget({ disruptionsAllowed: 0 })];
    const { facts } = await read(world, 'all', nodes);
    expect([facts?.room?.nodes.length, facts?.room?.pods.length]).toEqual([2, 2]);
    expect(facts?.podsByNamespace.get('shop')).toHaveLength(2);
    expect(world.cluster.reads).toMatchObject({ listPods: 1, listNodes: 1 });
  });

  it('the pods of each node from the room, and none of other nodes', async () => {
    const nodes = [aNode(), aNode({ name: 'node2' }), aNode({ name: 'node3' })];
    const pods = [aPod(), aPod({ name: 'web-2', nodeName: 'node2' }), aPod({ name: 'new', nodeName: '' })];
    const world = aWorld(pods, nodes);
    const { snapshots } = await read(world, 'all', nodes);
    expect(snapshots.map((snapshot) => snapshot.pods.map(({ name }) => name))).toEqual([['web-1'], ['web-2'], []]);
  });
});

describe('what may not be read', () => {
  it('is unknown, and said once', async () => {
    const claims = [{ name: 'data', kind: 'persistentVolumeClaim', inMemory: false, claimName: 'data' }] as const;
    const world = aWorld([ofDeployment('web', 1, { volumes: claims }), ofDeployment('api', 1)]);
    for (const call of ['getWorkload', 'listClaims', 'listPersistentVolumes', 'listNodes'] as const) {
      world.cluster.failures.set(call, forbidden);
    }
    const { facts } = await read(world, 'all');
    expect([facts?.workloads.size, facts?.volumes, facts?.room]).toEqual([0, undefined, undefined]);
    const all = 'Deployments, PersistentVolumeClaims, PersistentVolumes, ReplicaSets, nodes';
    expect(world.only('warning').message).toBe(
      `${all} could not be read, so the plan cannot show every risk (forbidden)`,
    );
  });

  it('leaves the plan as it is', async () => {
    const world = aWorld([ofDeployment('web', 1)]);
    for (const call of ['getWorkload', 'listNodes'] as const) world.cluster.failures.set(call, forbidden);
    const { snapshots, facts } = await read(world, 'all');
    const plan = planDrain(world.cluster, snapshots, aPolicy(), 0, facts);
    expect(plan.nodes[0]?.pods).toMatchObject([{ action: 'remove', risks: [] }]);
  });

  it('does not hide an interrupt', async () => {
    const world = aWorld([ofDeployment('web', 1)]);
    const interrupt = new Error('interrupted');
    world.cluster.failures.set('getWorkload', () => {
      world.interrupt(interrupt);
      return new ClusterError('aborted', { code: 'cluster.unreachable' });
    });
    await expect(read(world, 'owners')).rejects.toBe(interrupt);
  });
});

describe('how several objects are read', () => {
  const refs = (count: number, namespaces: number) =>
    Array.from({ length: count }, (_, index) => ({ namespace: `n${index % namespaces}`, name: `x${index}` }));
  it.each([
    [5, 5, 'name'],
    [6, 5, 'namespace'],
    [100, 1, 'namespace'],
    [6, 6, 'cluster'],
  ])('%d of %d namespaces by %s', (count, namespaces, by) => {
    expect(chooseLookup(refs(count, namespaces)).by).toBe(by);
  });
});

describe('whether the room is looked at', () => {
  const wanted = (terminal: boolean, options: Parameters<typeof drainOptions>[0]) =>
    factsWanted(drainOptions(options), terminal);
  it.each([
    ['never', true, {}, 'owners'],
    ['always', false, {}, 'all'],
    ['auto', true, {}, 'all'],
    ['auto', true, { assumeYes: true }, 'owners'],
    ['auto', false, {}, 'owners'],
    ['auto', false, { dryRun: 'client' }, 'all'],
    ['auto', false, { policy: aPolicy({ strict: true }) }, 'all'],
  ] as const)('%s on a terminal: %s, %j', (capacity, terminal, options, expected) => {
    expect(wanted(terminal, { capacity, ...options })).toBe(expected);
  });
});
