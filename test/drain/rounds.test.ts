/** How often a drain waits for the server, one request after the other: each wait is the way to a far cluster and back. */
import { describe, expect, it } from 'vitest';
import { drainNodes } from '../../src/drain/drain.ts';
import type { DrainOptions } from '../../src/drain/options.ts';
import { KmaintError } from '../../src/errors.ts';
import type { JournalEntry } from '../../src/journal/journal.ts';
import { inLockstep } from '../support/lockstep.ts';
import { aBudget, aNode, aPod } from '../support/objects.ts';
import { aWorld, drainOptions, finish, type TestWorld } from '../support/world.ts';

async function rounds(world: TestWorld, options: Partial<DrainOptions> = {}): Promise<readonly (readonly string[])[]> {
  const lockstep = inLockstep(world.cluster);
  const done = drainNodes({ ...world, cluster: lockstep.cluster }, drainOptions(options));
  expect(await lockstep.finish(world.clock, done)).toBe(0);
  return lockstep.rounds;
}

function budgetedWorld(): TestWorld {
  const world = aWorld([aPod(), aPod({ name: 'web-2' })]);
  world.cluster.budgets = [aBudget({ disruptionsAllowed: 1 })];
  return world;
}

const fleet = (size: number): TestWorld => {
  const nodes = Array.from({ length: size }, (_, index) => aNode({ name: `node${index}`, uid: `uid-${index}` }));
  return aWorld(
    nodes.map(({ name }, index) => aPod({ name: `web-${index}`, nodeName: name })),
    nodes,
  );
};

const fleetOptions = (size: number): Partial<DrainOptions> => ({
  targets: { names: Array.from({ length: size }, (_, index) => `node${index}`), selector: undefined },
  parallel: { count: size },
});

describe('the rounds of a drain', () => {
  it('are four before the first eviction, and three after the last pod is gone', async () => {
    const all = await rounds(budgetedWorld());
    const evictions = all.findIndex((round) => round.some((what) => what.startsWith('evictPod')));
    expect(all.slice(0, evictions)).toEqual([
      [
        'getNode node1',
        'getWorkload kube-system/kured',
        'listPods node1',
        'namespaceExists medik8s-leases',
        'watchBudgets',
      ],
      ['getWorkload shop/web', 'listPods shop'],
      ['changeNode node1'],
      ['createEvent DrainStarted', 'watchPods node1'],
    ]);
    const last = all.findLastIndex((round) => round.some((what) => what.startsWith('evictPod')));
    expect(all.slice(last + 1)).toEqual([['listPods node1'], ['dropAnnotation node1'], ['createEvent DrainSucceeded']]);
  });

  it('are as many with twenty nodes as with one before the first eviction, which waits for the looks at a few', async () => {
    const begin = async (size: number): Promise<readonly (readonly string[])[]> => {
      const all = await rounds(fleet(size), fleetOptions(size));
      const kinds = all.map((round) => [...new Set(round.map((what) => what.split(' ', 1)[0] ?? ''))]);
      return kinds.slice(
        0,
        kinds.findIndex((round) => round.includes('evictPod')),
      );
    };
    expect(await begin(20)).toEqual(await begin(1));

    const all = await rounds(fleet(20), fleetOptions(20));
    const looks = all.filter((round) => round.some((what) => what.startsWith('watchPods')));
    expect(looks.map((round) => round.filter((what) => what.startsWith('watchPods')).length)).toEqual([4, 4, 4, 4, 4]);
    expect(looks[1]?.filter((what) => what.startsWith('evictPod'))).toHaveLength(4);
  });

  it('do not wait for long for nodes whose pods take long to be listed', async () => {
    const world = fleet(20);
    const watch = world.cluster.watchPods.bind(world.cluster);
    const slow = new Set(['node0', 'node1', 'node2', 'node3']);
    world.cluster.watchPods = async function* (query) {
      if (slow.has(query.nodeName ?? '')) await world.clock.sleep(30_000, query.signal);
      yield* watch(query);
    };
    const startMs = world.clock.now();
    expect(await finish(world.clock, drainNodes(world, drainOptions(fleetOptions(20))))).toBe(0);
    const evictions = world.cluster.writes.flatMap((what, index) =>
      what.startsWith('evict') ? [world.cluster.writtenAtMs[index] ?? 0] : [],
    );
    expect(evictions.filter((atMs) => atMs - startMs < 100)).toHaveLength(16);
  });

  it('grow by two where Leases are kept, read and written beside the annotation', async () => {
    const world = budgetedWorld();
    world.cluster.leaseNamespaces.add('medik8s-leases');
    const all = await rounds(world);
    const evictions = all.findIndex((round) => round.some((what) => what.startsWith('evictPod')));
    expect(all.slice(2, evictions)).toEqual([
      ['getLease medik8s-leases/node-node1'],
      ['changeNode node1'],
      ['putLease medik8s-leases/node-node1'],
      ['createEvent DrainStarted', 'watchPods node1'],
    ]);
  });

  it('cost an unknown node nothing but its name', async () => {
    const world = aWorld([aPod({ nodeName: 'node1' })]);
    const lockstep = inLockstep(world.cluster);
    const targets = { names: ['node1', 'nod2'], selector: undefined };
    const done = drainNodes({ ...world, cluster: lockstep.cluster }, drainOptions({ targets }));
    await expect(lockstep.finish(world.clock, done)).rejects.toThrow('no node is called nod2; did you mean node1?');
    expect(world.cluster.writes).toEqual([]);
    expect(lockstep.rounds.at(-1)).toEqual(['listNodes']);
  });
});

describe('what was asked before it was known to be needed', () => {
  it('is told as if it had been asked for in its turn', async () => {
    const world = budgetedWorld();
    const list = world.cluster.listPods.bind(world.cluster);
    world.cluster.listPods = (query) =>
      query.nodeName === undefined ? list(query) : Promise.reject(new Error('the pods cannot be listed'));
    await expect(rounds(world)).rejects.toThrow('the pods cannot be listed');
    expect(world.cluster.writes).toEqual([]);
  });

  it('is not asked where the pods of all nodes are read anyway', async () => {
    const [first = []] = await rounds(budgetedWorld(), { capacity: 'always' });
    expect(first.filter((what) => what.startsWith('listPods'))).toEqual([]);
  });
});

describe('the journal', () => {
  it.each(['hold', 'drain'] as const)('has the intent to %s before anything of it is done', async (kind) => {
    const world = budgetedWorld();
    const seen: string[] = [];
    let release = (): void => {};
    const begin = world.journals.begin.bind(world.journals);
    world.journals.begin = async (run) => {
      const journal = await begin(run);
      const write = async (entry: JournalEntry): Promise<void> => {
        if (entry.type === 'intent' && entry.step.kind === kind) {
          // A slow disk: all that can happen without this line happens meanwhile.
          await new Promise<void>((resolve) => (release = resolve));
          seen.push(...world.cluster.writes);
        }
        await journal.write(entry);
      };
      return { ...journal, write };
    };
    const done = drainNodes(world, drainOptions());
    await world.clock.advance(20_000);
    expect(world.cluster.writes).toEqual(kind === 'hold' ? [] : ['cordon node1']);
    release();
    await world.clock.advance(20_000);
    expect(await done).toBe(0);
    expect(seen).toEqual(kind === 'hold' ? [] : ['cordon node1']);
    expect(world.cluster.writes).toEqual(['cordon node1', 'evict shop/web-1', 'evict shop/web-2']);
  });

  it('that cannot take the intent lets no pod be touched, and the node is given back', async () => {
    const world = budgetedWorld();
    const begin = world.journals.begin.bind(world.journals);
    world.journals.begin = async (run) => {
      const journal = await begin(run);
      return {
        ...journal,
        write: (entry) =>
          entry.type === 'intent' && entry.step.kind === 'drain'
            ? Promise.reject(new KmaintError('the journal cannot be written', { code: 'journal.write', exitCode: 1 }))
            : journal.write(entry),
      };
    };
    expect(await finish(world.clock, drainNodes(world, drainOptions()))).toBe(1);
    expect(world.cluster.writes).toEqual(['cordon node1']);
    expect(world.only('node.finished').message).toContain('the journal cannot be written');
  });
});
