import { describe, expect, it } from 'vitest';
import type { Node, Taint } from '../../../src/cluster/node.ts';
import {
  clearOutOfService,
  setOutOfService,
  type TaintDependencies,
} from '../../../src/drain/unreachable/out-of-service.ts';
import { ClusterError } from '../../../src/errors.ts';
import type { JournalEntry } from '../../../src/journal/journal.ts';
import { aNode } from '../../support/objects.ts';
import { aWorld, finish, type TestWorld } from '../../support/world.ts';

const key = 'node.kubernetes.io/out-of-service';
const ours: Taint = { key, value: 'nodeshutdown', effect: 'NoExecute' };
const unreachable: Taint = { key: 'node.kubernetes.io/unreachable', value: undefined, effect: 'NoExecute' };
const dead = aNode({ ready: 'Unknown', taints: [unreachable] });

function aTest(stored: Node = dead): { world: TestWorld; deps: TaintDependencies; journal: JournalEntry[] } {
  const world = aWorld([], [stored]);
  const journal: JournalEntry[] = [];
  const write = async (entry: JournalEntry): Promise<void> => {
    // What is written before a change must be there when it is made.
    if (entry.type === 'intent') expect(world.cluster.writes).toEqual([]);
    journal.push(entry);
  };
  return { world, journal, deps: { ...world, journal: { runId: 'run-1', write } } };
}

const taintsOf = ({ cluster }: TestWorld): readonly Taint[] => cluster.nodes.get('node1')?.taints ?? [];
const steps = (world: TestWorld): string[] => world.all('node.step').map(({ step }) => step);

/** Lets the next `times` writes fail; `stored` first does what the server did although its answer was lost. */
function failChanges(world: TestWorld, times: number, error: ClusterError, stored?: () => void): void {
  let left = times;
  world.cluster.failures.set('changeNode', () => {
    left -= 1;
    if (left <= 0) world.cluster.failures.delete('changeNode');
    stored?.();
    return error;
  });
}
const conflict = new ClusterError('changed meanwhile', { code: 'cluster.conflict', status: 409 });
const reset = new ClusterError('connection reset', { code: 'cluster.unreachable' });

describe('the out-of-service taint', () => {
  it('is set beside the others, after the journal knows of it, and that is said', async () => {
    const { world, deps, journal } = aTest();
    expect(await finish(world.clock, setOutOfService(deps, dead))).toMatchObject({ ok: true, changed: true });
    expect(taintsOf(world)).toEqual([unreachable, ours]);
    expect(journal.map(({ type }) => type)).toEqual(['intent', 'done']);
    expect(world.only('node.step')).toMatchObject({
      step: 'marked',
      message: expect.stringContaining(`kubectl taint node node1 ${key}- --context test`),
    });
  });

  it('is left as it is where somebody else has set it', async () => {
    const theirs = { ...ours, effect: 'NoSchedule' };
    const { world, deps, journal } = aTest({ ...dead, taints: [theirs] });
    const end = setOutOfService(deps, { ...dead, taints: [theirs] });
    expect(await finish(world.clock, end)).toMatchObject({ ok: true, changed: false });
    expect(world.cluster.writes).toEqual([]);
    expect(journal).toEqual([]);
  });

  it('is set over a write of somebody else, whose change stays', async () => {
    const { world, deps } = aTest();
    failChanges(world, 1, conflict, () =>
      world.cluster.nodes.set('node1', { ...dead, resourceVersion: '7', labels: { theirs: 'yes' } }),
    );
    expect(await finish(world.clock, setOutOfService(deps, dead))).toMatchObject({ ok: true, changed: true });
    expect(world.cluster.nodes.get('node1')?.labels).toEqual({ theirs: 'yes' });
    expect(taintsOf(world)).toContainEqual(ours);
  });

  it('is not set on a node that became Ready meanwhile', async () => {
    const { world, deps, journal } = aTest();
    failChanges(world, 1, conflict, () => world.cluster.nodes.set('node1', { ...aNode(), resourceVersion: '7' }));
    expect(await finish(world.clock, setOutOfService(deps, dead))).toEqual({
      ok: false,
      message: expect.stringContaining('was not set: node1 is Ready'),
    });
    expect(taintsOf(world)).toEqual([]);
    expect(journal.map(({ type }) => type)).toEqual(['intent']);
    expect(steps(world)).toEqual([]);
  });

  it.each([
    ['another node of its name', { ...dead, uid: 'another' }],
    ['a node that is Ready', aNode()],
  ])('is not set on %s', async (_, stored) => {
    const { world, deps } = aTest(stored);
    expect(await finish(world.clock, setOutOfService(deps, dead))).toMatchObject({ ok: false });
    expect(world.cluster.writes).toEqual([]);
  });

  it('counts as ours when only the answer was lost', async () => {
    const { world, deps, journal } = aTest();
    failChanges(world, 1, reset, () => world.cluster.nodes.set('node1', { ...dead, taints: [unreachable, ours] }));
    expect(await finish(world.clock, setOutOfService(deps, dead))).toMatchObject({ ok: true, changed: true });
    expect(journal.map(({ type }) => type)).toEqual(['intent', 'done']);
    expect(steps(world)).toEqual(['marked']);
  });

  it('is given up when it may not be set, or never can', async () => {
    const { world, deps } = aTest();
    const forbidden = new ClusterError('forbidden', { code: 'cluster.forbidden', status: 403 });
    world.cluster.failures.set('changeNode', () => forbidden);
    await expect(finish(world.clock, setOutOfService(deps, dead))).rejects.toBe(forbidden);
    world.cluster.failures.set('changeNode', () => conflict);
    await expect(finish(world.clock, setOutOfService(deps, dead))).rejects.toBe(conflict);
  });

  it('is not set when the journal cannot be written', async () => {
    const { world, deps } = aTest();
    const full = new Error('no space left on the disk');
    const journal = { runId: 'run-1', write: () => Promise.reject(full) };
    await expect(finish(world.clock, setOutOfService({ ...deps, journal }, dead))).rejects.toBe(full);
    expect(world.cluster.writes).toEqual([]);
  });
});

describe('once the node is Ready again', () => {
  it('the taint is removed and the others stay', async () => {
    const { world, deps } = aTest(aNode({ taints: [unreachable, ours] }));
    expect(await finish(world.clock, clearOutOfService(deps, dead))).toMatchObject({ ok: true, changed: true });
    expect(taintsOf(world)).toEqual([unreachable]);
    expect(world.only('node.step')).toMatchObject({ step: 'unmarked' });
  });

  it.each<[what: string, stored: Node]>([
    ['one of another value', aNode({ taints: [{ ...ours, value: 'theirs' }] })],
    ['one of another effect', aNode({ taints: [{ ...ours, effect: 'NoSchedule' }] })],
    ['none', aNode()],
  ])('%s is left as it is', async (_, stored) => {
    const { world, deps } = aTest(stored);
    expect(await finish(world.clock, clearOutOfService(deps, dead))).toMatchObject({ ok: true, changed: false });
    expect(world.cluster.writes).toEqual([]);
    expect(steps(world)).toEqual([]);
  });

  it('and not before', async () => {
    const { world, deps } = aTest({ ...dead, taints: [ours] });
    expect(await finish(world.clock, clearOutOfService(deps, dead))).toEqual({
      ok: false,
      message: expect.stringContaining('stays: node1 is not Ready (Unknown)'),
    });
    expect(taintsOf(world)).toEqual([ours]);
  });
});
