/** A rollback takes restarts back that were under way when the run was broken off, and only those. */
import { describe, expect, it } from 'vitest';
import type { Node } from '../../src/cluster/node.ts';
import type { Workload } from '../../src/cluster/workload.ts';
import { restartedAtAnnotation } from '../../src/drain/continuity/surge-undo.ts';
import { holdAnnotation } from '../../src/drain/ownership/annotations.ts';
import { rollbackRun } from '../../src/drain/rollback.ts';
import { ClusterError } from '../../src/errors.ts';
import type { JournalDeps } from '../../src/journal/deps.ts';
import type { JournalEntry } from '../../src/journal/journal.ts';
import { readRun } from '../../src/journal/read.ts';
import { createJournal } from '../../src/journal/store.ts';
import { journalWorld } from '../journal/journals.ts';
import { aRun } from '../journal/run.ts';
import { aNode } from '../support/objects.ts';
import { aWorld, type TestWorld } from '../support/world.ts';
import { aReplicaSet, aSingle } from './continuity/world.ts';
import { onProd } from './resume-case.ts';

const runId = '20260101-000000-aaaaaa';
const node = 'node1';
const stamp = '2025-12-31T22:00:00.000Z';
const annotations = { [restartedAtAnnotation]: stamp };
const surge = { kind: 'surge', namespace: 'shop', name: 'web', stamp } as const;
const open: readonly JournalEntry[] = [
  { type: 'intent', node, step: { kind: 'hold', wasCordoned: true } },
  { type: 'done', node, step: 'hold' },
  { type: 'intent', node, step: surge },
];
const midway = (differences: Partial<Workload> = {}): Workload =>
  aSingle({ templateAnnotations: annotations, generation: 2, statusReplicas: 2, ...differences });

interface Case {
  readonly world: TestWorld;
  readonly journals: JournalDeps;
  readonly rollback: () => Promise<number>;
}

async function aCase(deployment: Workload, lines: readonly JournalEntry[] = open, stored?: Node): Promise<Case> {
  const world = aWorld([], [stored ?? aNode({ unschedulable: true })]);
  world.cluster.putWorkload(deployment);
  world.cluster.putWorkload(aReplicaSet({ revision: '1', templateAnnotations: { [restartedAtAnnotation]: 'before' } }));
  world.cluster.putWorkload(aReplicaSet({ name: 'web-2', revision: '2', templateAnnotations: annotations }));
  const journals = { ...(await journalWorld()), clock: world.clock };
  const header = [{ name: node, uid: `uid-of-${node}`, wasCordoned: true }];
  const journal = await createJournal(journals, aRun({ runId, nodes: header }));
  for (const line of lines) await journal.write(line);
  await journal.close();
  const request = { run: runId, node: undefined, assumeYes: false };
  return { world, journals, rollback: () => settle(world, rollbackRun(world, journals, request)) };
}

/** Lets time pass only while the work waits for it: the disk takes real time. */
async function settle({ clock }: TestWorld, work: Promise<number>): Promise<number> {
  let settled = false;
  const watched = work.finally(() => (settled = true));
  watched.catch(() => {});
  while (!settled) {
    if (clock.waiting > 0) await clock.advance(100);
    else await new Promise((resolve) => setImmediate(resolve));
  }
  return watched;
}

const stampOf = ({ world }: Case): string | undefined =>
  world.cluster.workloads.get('Deployment/shop/web')?.templateAnnotations[restartedAtAnnotation];
const said = ({ world }: Case): readonly string[] =>
  world.all('node.step').flatMap(({ step, message }) => (step === 'surge' ? [message] : []));
const warned = ({ world }: Case): string =>
  world
    .all('warning')
    .map(({ message }) => message)
    .join('\n');

describe('a restart that was under way', () => {
  it('is undone, once', async () => {
    const one = await aCase(midway());
    expect(await one.rollback()).toBe(0);
    expect(stampOf(one)).toBe('before');
    expect(said(one)).toEqual(['Deployment shop/web: the restart was undone']);
    expect(warned(one)).not.toContain('a restart is not undone');
    expect((await readRun(one.journals, runId))?.nodes[0]?.openSteps).toEqual([]);
    const { length } = one.world.cluster.writes;
    expect(await one.rollback()).toBe(0);
    expect(one.world.cluster.writes).toHaveLength(length);
  });

  it('stays where it has come to its end meanwhile', async () => {
    const one = await aCase(midway({ statusReplicas: 1 }));
    expect(await one.rollback()).toBe(0);
    expect(stampOf(one)).toBe(stamp);
    expect(said(one)).toEqual(['Deployment shop/web: the new pod was ready by then, so the restart stays']);
  });

  it('is tried again by the next rollback when it cannot be undone', async () => {
    const one = await aCase(midway());
    Object.assign(one.world, { commandLine: onProd });
    const { cluster } = one.world;
    cluster.failures.set('annotateTemplate', () => new ClusterError('may not', { code: 'cluster.forbidden' }));
    expect(await one.rollback()).toBe(1);
    expect(one.world.only('node.finished')).toMatchObject({
      message: expect.stringContaining('the restart could not be undone (may not)'),
      hint: `kmaint rollback --context=prod ${runId}`,
    });
    expect(await readRun(one.journals, runId)).toMatchObject({ rolledBack: false });
    cluster.failures.clear();
    expect(await one.rollback()).toBe(0);
    expect(stampOf(one)).toBe('before');
  });

  it('is undone also when the node is gone, and not while another run works on it', async () => {
    const gone = await aCase(midway());
    gone.world.cluster.nodes.clear();
    expect(await gone.rollback()).toBe(0);
    expect(stampOf(gone)).toBe('before');

    const hold = JSON.stringify({ run: 'x', holder: 'bob@lap', until: '2026-12-31T00:00:00Z', wasCordoned: false });
    const held = await aCase(midway(), open, aNode({ unschedulable: true, annotations: { [holdAnnotation]: hold } }));
    expect(await held.rollback()).toBe(5);
    expect(stampOf(held)).toBe(stamp);
  });

  it('is part of the question', async () => {
    const one = await aCase(midway());
    one.world.answer = false;
    expect(await one.rollback()).toBe(3);
    expect(one.world.questions).toEqual([expect.stringContaining('restart of Deployment shop/web undone')]);
    expect(stampOf(one)).toBe(stamp);
  });
});

it('a restart that ended, and a program that had begun, are said and left', async () => {
  const one = await aCase(midway(), [
    ...open,
    { type: 'done', node, step: 'surge', of: 'shop/web' },
    { type: 'intent', node, step: { kind: 'exec', bootID: 'b' } },
  ]);
  expect(await one.rollback()).toBe(0);
  expect(stampOf(one)).toBe(stamp);
  expect(warned(one)).toContain('Deployment shop/web was restarted by the run; a restart is not undone');
  expect(warned(one)).toContain('the program had begun for it; that is not undone');
});
