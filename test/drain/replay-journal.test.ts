/** What a drain writes down, and when: before each change, and never a change without it. */
import { describe, expect, it } from 'vitest';
import type { OpenJournal } from '../../src/journal/journal.ts';
import { drainNodes } from '../../src/drain/drain.ts';
import type { DrainOptions } from '../../src/drain/options.ts';
import type { World } from '../../src/drain/world.ts';
import { exitCodes, InterruptedError, KmaintError } from '../../src/errors.ts';
import { aBudget, aNode, aPod } from '../support/objects.ts';
import { aWorld, drainOptions, finish, type TestWorld } from '../support/world.ts';

const diskFull = (exitCode: number): Error =>
  new KmaintError('the journal cannot be written: no space left', { code: 'journal.unwritable', exitCode });
const run = (world: TestWorld, options: Partial<DrainOptions> = {}): Promise<number> =>
  finish(world.clock, drainNodes(world, drainOptions(options)));

/** Puts journal and writes into one order: `intent hold`, `change node1`, `evict shop/web-1`. */
function interleaved(world: TestWorld): { readonly world: TestWorld; readonly order: string[] } {
  const order: string[] = [];
  const { cluster } = world;
  const changeNode = cluster.changeNode.bind(cluster);
  const dropAnnotation = cluster.dropAnnotation.bind(cluster);
  const evictPod = cluster.evictPod.bind(cluster);
  const deletePod = cluster.deletePod.bind(cluster);
  cluster.changeNode = (node, change, options) => {
    const what = change.unschedulable === undefined ? 'change' : change.unschedulable ? 'cordon' : 'uncordon';
    order.push(`${what} ${node.name}`);
    return changeNode(node, change, options);
  };
  cluster.dropAnnotation = (node, ...others) => {
    order.push(`release ${node.name}`);
    return dropAnnotation(node, ...others);
  };
  cluster.evictPod = (pod, options) => {
    order.push(`evict ${pod.name}`);
    return evictPod(pod, options);
  };
  cluster.deletePod = (pod, options) => {
    order.push(`delete ${pod.name}`);
    return deletePod(pod, options);
  };
  const journals = wrapped(world, () => ({
    async write(entry) {
      // On the disk only a moment later: who does not wait for it is seen.
      await world.clock.sleep(50);
      if (entry.type === 'intent') order.push(`intent ${entry.step.kind}`);
      if (entry.type === 'node') order.push(`node ${entry.outcome}`);
    },
    async finish(outcome, exitCode) {
      order.push(`finished ${outcome} ${exitCode}`);
    },
    async close() {
      order.push('closed');
    },
  }));
  const begin = journals.begin.bind(journals);
  const told: World['journals'] = {
    ...journals,
    begin: async (one) => {
      order.push('begun');
      return begin(one);
    },
  };
  return { world: Object.assign(world, { journals: told }), order };
}

function wrapped(world: TestWorld, differences: () => Partial<OpenJournal>): World['journals'] {
  const { journals } = world;
  return { ...journals, begin: async (one) => ({ ...(await journals.begin(one)), ...differences() }) };
}

describe('the journal', () => {
  it('has each intent before its change, and the end before the lock is given back', async () => {
    const { world, order } = interleaved(aWorld([aPod()]));
    expect(await run(world)).toBe(0);
    expect(order).toEqual([
      'begun',
      'intent hold',
      'cordon node1',
      'intent drain',
      'evict web-1',
      'intent release',
      'release node1',
      'node done',
      'finished done 0',
      'closed',
    ]);
  });

  it('knows of an uncordon before it is done', async () => {
    const { world, order } = interleaved(aWorld([aPod()]));
    world.cluster.answers.set('shop/web-1', [{ kind: 'fatal', message: 'forbidden', status: 403, hint: undefined }]);
    expect(await run(world, { onFailure: 'restore' })).toBe(1);
    expect(order.slice(-6)).toEqual([
      'intent release',
      'intent uncordon',
      'uncordon node1',
      'node incomplete',
      'finished incomplete 1',
      'closed',
    ]);
  });

  it('knows of a deletion past a budget before it is sent', async () => {
    const { world, order } = interleaved(aWorld([aPod({ terminationGracePeriodSeconds: 5 })]));
    world.cluster.budgets = [aBudget({ disruptionsAllowed: 0, currentHealthy: 1 })];
    world.cluster.judge = () => ({ kind: 'blocked-budget', message: 'no', budget: 'web', needs: 1, has: 1 });
    expect(await run(world, { escalation: { deadlineMs: 15_000, rung: 'delete' } })).toBe(0);
    expect(order.filter((one) => one === 'intent escalate' || one.startsWith('delete'))).toEqual([
      'intent escalate',
      'delete web-1',
    ]);
  });

  it('names the nodes as they were, and those only that are worked on', async () => {
    const world = aWorld(
      [aPod({ nodeName: 'node2', controller: undefined })],
      [aNode({ unschedulable: true }), aNode({ name: 'node2' })],
    );
    expect(await run(world, { targets: { names: ['node1', 'node2'], selector: undefined } })).toBe(1);
    expect(world.journal[0]).toEqual({
      type: 'run',
      nodes: [{ name: 'node1', uid: 'uid-of-node1', wasCordoned: true }],
    });
  });

  it.each<[string, number, Partial<DrainOptions>, (world: TestWorld) => void]>([
    ['done', 0, {}, () => {}],
    ['timeout', 124, { timeoutMs: 3000 }, (world) => (world.cluster.goneAfterMs = Infinity)],
    ['timeout', 124, { totalTimeoutMs: 3000 }, (world) => (world.cluster.goneAfterMs = Infinity)],
    [
      'interrupted',
      143,
      {},
      (world) => {
        world.cluster.goneAfterMs = Infinity;
        world.clock.after(1000, () => world.interrupt(new InterruptedError('SIGTERM')));
      },
    ],
  ])('ends with %s %d, once, and is closed', async (outcome, exitCode, options, change) => {
    const world = aWorld([aPod()]);
    change(world);
    expect(await run(world, options)).toBe(exitCode);
    expect(world.journal.slice(-2)).toEqual([{ type: 'finished', outcome, exitCode }, { type: 'closed' }]);
    expect(world.journal.filter(({ type }) => type === 'finished')).toHaveLength(1);
  });

  it('has no end when kmaint itself broke, so that the run can be resumed', async () => {
    const world = aWorld([aPod()]);
    world.cluster.answers.set('shop/web-1', [() => Promise.reject(new TypeError('a bug'))]);
    await expect(run(world)).rejects.toThrow('a bug');
    expect(world.journal.some(({ type }) => type === 'finished')).toBe(false);
    expect(world.journal.at(-1)).toEqual({ type: 'closed' });
  });

  it('is none for a dry run, a refusal and a no', async () => {
    const dry = aWorld([aPod()]);
    expect(await run(dry, { dryRun: 'server' })).toBe(0);
    const refused = aWorld([aPod({ controller: undefined })]);
    expect(await run(refused)).toBe(3);
    const declined = aWorld([aPod()]);
    declined.answer = false;
    expect(await run(declined)).toBe(3);
    expect([...dry.journal, ...refused.journal, ...declined.journal]).toEqual([]);
  });
});

describe('a journal that cannot be written', () => {
  it('from the beginning: nothing is changed and nobody is told of a start, exit 2', async () => {
    const world = aWorld([aPod()]);
    const told: string[] = [];
    const broken = {
      ...world,
      journals: { newRunId: () => 'run-1', begin: () => Promise.reject(diskFull(exitCodes.usage)) },
      post: (_url: string, text: string) => Promise.resolve(told.push(text)),
    };
    const ownership = { ...drainOptions().ownership, notifyUrl: 'https://hooks.test/x' };
    const failure = finish(world.clock, drainNodes(broken, drainOptions({ ownership })));
    await expect(failure).rejects.toMatchObject({ exitCode: 2, code: 'journal.unwritable' });
    expect(world.cluster.writes).toEqual([]);
    expect(world.cluster.changes).toEqual([]);
    expect(world.cluster.recorded).toEqual([]);
    expect(told).toEqual([]);
  });

  it('from the first intent on: no node is changed, exit 2', async () => {
    const world = aWorld([aPod(), aPod({ name: 'web-2', nodeName: 'node2' })], [aNode(), aNode({ name: 'node2' })]);
    const journals = wrapped(world, () => ({ write: () => Promise.reject(diskFull(exitCodes.usage)) }));
    const options = drainOptions({ targets: { names: ['node1', 'node2'], selector: undefined } });
    expect(await finish(world.clock, drainNodes({ ...world, journals }, options))).toBe(2);
    expect(world.cluster.writes).toEqual([]);
    expect(world.cluster.changes).toEqual([]);
    expect(world.all('node.finished').map(({ exitCode }) => exitCode)).toEqual([2, 2]);
  });

  it('once the node is cordoned: no pod is evicted, exit 1, and the undo is named', async () => {
    const world = aWorld([aPod()]);
    const journals = wrapped(world, () => ({
      write: (entry) =>
        entry.type === 'intent' && entry.step.kind === 'drain'
          ? Promise.reject(diskFull(exitCodes.incomplete))
          : Promise.resolve(),
    }));
    expect(await finish(world.clock, drainNodes({ ...world, journals }, drainOptions()))).toBe(1);
    expect(world.cluster.writes).toEqual(['cordon node1']);
    expect(world.only('node.finished').message).toContain('no space left');
    expect(world.only('run.finished').undo).toEqual(['kmaint uncordon node1']);
  });
});
