/** A resume looks at what became of the nodes, and goes by what stands on them where it is told to. */
import { describe, expect, it } from 'vitest';
import type { Node } from '../../src/cluster/node.ts';
import type { DrainOptions } from '../../src/drain/options.ts';
import { cordonAnnotation, holdAnnotation } from '../../src/drain/ownership/annotations.ts';
import type { JournalEntry } from '../../src/journal/journal.ts';
import { readRun } from '../../src/journal/read.ts';
import { isUnfinished } from '../../src/journal/record.ts';
import { outcomeText } from '../../src/journal/runs-text.ts';
import { aNode, aPolicy } from '../support/objects.ts';
import { drainOptions } from '../support/world.ts';
import { aCase, done, hold, late, runId } from './resume-case.ts';

describe('a node that somebody uncordoned since the run', () => {
  const held: JournalEntry[] = [hold('node1'), { type: 'done', node: 'node1', step: 'hold' }];
  const cordoned = aNode({ name: 'node2', unschedulable: true });
  const both: JournalEntry[] = [...held, hold('node2'), { type: 'done', node: 'node2', step: 'hold' }];
  const record = JSON.stringify({ run: runId, by: 'ann@here', at: '2026-01-01T00:00:00Z' });
  const ways: [string, Partial<Node>][] = [
    ['kubectl, which leaves our record', { annotations: { [cordonAnnotation]: record } }],
    ['kmaint uncordon, which takes it along', {}],
  ];

  it.each(ways)('by %s is left in service where nobody can be asked', async (_, differences) => {
    const { record: write, resume, drains, world } = await aCase();
    await write(both);
    world.cluster.nodes.set('node1', aNode(differences));
    world.cluster.nodes.set('node2', cordoned);
    await expect(resume()).rejects.toMatchObject({
      code: 'resume.uncordoned',
      exitCode: 6,
      message: expect.stringMatching(/put it to use: node1$/),
      hint: expect.stringMatching(
        /others: kmaint resume \S+ --node=node2; to take it out of service again: kmaint .* --yes$/,
      ),
    });
    expect(drains).toEqual([]);
    expect(await resume({ run: runId, nodes: ['node2'] })).toBe(0);
    expect(drains[0]?.options.targets.names).toEqual(['node2']);
    expect(world.all('warning').map(({ message }) => message)).not.toContainEqual(expect.stringMatching(/node1/));
  });

  it.each([true, undefined])(
    'is taken again by consent (--yes: %s), and given back to those who use it',
    async (yes) => {
      const { record: write, resume, drains, world } = await aCase();
      await write([hold('node1', true), { type: 'done', node: 'node1', step: 'hold' }, hold('node2'), done('node2')]);
      if (!yes) world.answer = true;
      expect(await resume({ assumeYes: yes === true })).toBe(0);
      expect(drains[0]?.options).toMatchObject({ targets: { names: ['node1'] }, assumeYes: yes === true });
      // It was cordoned when the run came; what counts now is that somebody uses it.
      expect(drains[0]?.run.resume.nodes.get('node1')).toMatchObject({ wasCordoned: false });
      expect(world.all('warning').map(({ message }) => message)).toContainEqual(
        expect.stringMatching(/^node1 was uncordoned since the run.*planned anew, cordoned and drained again$/),
      );
    },
  );

  it.each<[string, JournalEntry[]]>([
    ['the run never came to cordon it', [hold('node1')]],
    [
      'the run uncordoned it itself',
      [
        ...held,
        { type: 'intent', node: 'node1', step: { kind: 'uncordon' } },
        { type: 'done', node: 'node1', step: 'uncordon' },
      ],
    ],
    ['the run may have uncordoned it', [...held, { type: 'intent', node: 'node1', step: { kind: 'uncordon' } }]],
  ])('is none where %s', async (_, lines) => {
    const { record: write, resume, world } = await aCase();
    await write([...lines, hold('node2'), done('node2')]);
    expect(await resume()).toBe(0);
    expect(world.all('warning').map(({ message }) => message)).not.toContainEqual(expect.stringMatching(/^node1/));
  });
});

describe('kmaint resume --node', () => {
  const holdOf = (run: string): string =>
    JSON.stringify({ run, holder: 'bob@lap', until: '2026-01-01T00:01:00Z', wasCordoned: true });
  const cordonOf = (run: string): string => JSON.stringify({ run, by: 'bob@lap', at: '2026-01-01T00:00:00Z' });
  const marked = (name: string, annotations: Record<string, string>): Node =>
    aNode({ name, unschedulable: true, annotations });

  it('goes on under the same run, once its hold is over', async () => {
    const { resume, drains, world, journals } = await aCase();
    world.cluster.nodes.set('node1', marked('node1', { [holdAnnotation]: holdOf(runId) }));
    await expect(resume({ nodes: ['node1'] })).rejects.toMatchObject({ exitCode: 5 });
    await world.clock.advance(120_000);
    expect(await resume({ nodes: ['node1'] })).toBe(0);
    expect(drains[0]?.options).toMatchObject({ targets: { names: ['node1'] }, policy: { force: false } });
    expect(drains[0]?.run.resume).toMatchObject({ runId });
    expect(drains[0]?.run.resume.nodes.get('node1')).toMatchObject({ wasCordoned: true });
    expect(world.all('warning').map(({ message }) => message)).toEqual([
      expect.stringMatching(/the options of bob@lap are not known/),
    ]);
    expect(await readRun(journals, runId)).toMatchObject({ state: 'finished' });
  });

  it('goes on with several nodes at once, also where only the cordon of the run is left, with the flags typed', async () => {
    const { resume, drains, world } = await aCase();
    await world.clock.advance(120_000);
    world.cluster.nodes.set('node1', marked('node1', { [holdAnnotation]: holdOf(runId) }));
    world.cluster.nodes.set('node2', marked('node2', { [cordonAnnotation]: cordonOf(runId) }));
    const fallback = drainOptions({ policy: aPolicy({ force: true }), timeoutMs: 5000 });
    expect(await resume({ nodes: ['node1', 'node2'], fallback })).toBe(0);
    expect(drains[0]?.options).toMatchObject({
      targets: { names: ['node1', 'node2'] },
      policy: { force: true },
      timeoutMs: 5000,
    });
    expect(drains[0]?.run.resume.nodes.get('node2')).toMatchObject({ wasCordoned: false });
  });

  it('goes by the journal where it is here, with the options of the run and for these nodes only', async () => {
    const { record, resume, drains, world, journals } = await aCase();
    await record([hold('node1'), late('node1'), hold('node2'), late('node2')], {}, ['timeout', 124]);
    world.cluster.nodes.set('node2', marked('node2', { [cordonAnnotation]: cordonOf(runId) }));
    const withTyped = (given: DrainOptions): DrainOptions => ({ ...given, timeoutMs: 900_000 });
    expect(await resume({ nodes: ['node2'], withTyped })).toBe(0);
    expect(drains[0]?.options).toMatchObject({
      targets: { names: ['node2'] },
      policy: { force: true },
      timeoutMs: 900_000,
    });
    const half = await readRun(journals, runId);
    expect(half && [outcomeText(half), isUnfinished(half)]).toEqual(['incomplete', true]);
    expect(await resume({ nodes: ['node2'] })).toBe(0);
    expect(world.all('warning').at(-1)?.message).toBe(`run ${runId} is done on node2: nothing is left to do`);
    expect(drains).toHaveLength(1);
    await expect(resume({ run: runId, nodes: ['node3'] })).rejects.toMatchObject({ code: 'resume.not-of-run' });
  });

  it('does not go on with nodes of several runs at once', async () => {
    const { resume, world } = await aCase();
    world.cluster.nodes.set('node1', marked('node1', { [cordonAnnotation]: cordonOf(runId) }));
    world.cluster.nodes.set('node2', marked('node2', { [cordonAnnotation]: cordonOf('20260102-000000-aaaaaa') }));
    await expect(resume({ nodes: ['node1', 'node2'] })).rejects.toMatchObject({
      code: 'resume.ambiguous',
      exitCode: 2,
      hint: 'kmaint resume --node=node1',
    });
  });

  it('leaves a node in service that somebody uncordoned, unless that is meant', async () => {
    const { resume, drains, world } = await aCase();
    world.cluster.nodes.set('node1', aNode({ annotations: { [cordonAnnotation]: cordonOf(runId) } }));
    await expect(resume({ nodes: ['node1'] })).rejects.toMatchObject({ code: 'resume.uncordoned', exitCode: 6 });
    expect(await resume({ nodes: ['node1'], assumeYes: true })).toBe(0);
    expect(drains).toHaveLength(1);
  });

  it.each([
    [holdAnnotation, undefined],
    [holdAnnotation, 'nonsense'],
    [holdAnnotation, holdOf('../../x')],
    [cordonAnnotation, cordonOf('')],
  ])('refuses a node whose %s says %s', async (key, said) => {
    const { resume, world } = await aCase();
    world.cluster.nodes.set('node1', aNode({ annotations: said === undefined ? {} : { [key]: said } }));
    await expect(resume({ nodes: ['node1'] })).rejects.toMatchObject({
      code: 'resume.no-hold',
      exitCode: 2,
      hint: 'kmaint drain node1',
    });
  });
});
