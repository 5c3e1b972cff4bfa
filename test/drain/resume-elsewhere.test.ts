/** A run is gone on with from a machine that has no journal of it: as often as it takes, and node by node. */
import { describe, expect, it } from 'vitest';
import type { Node } from '../../src/cluster/node.ts';
import { drainNodes } from '../../src/drain/drain.ts';
import {
  cordonAnnotation,
  excludeFromLoadBalancersLabel,
  formerMarksAnnotation,
  holdAnnotation,
} from '../../src/drain/ownership/annotations.ts';
import { resumeRun } from '../../src/drain/resume.ts';
import type { ResumeRequest } from '../../src/drain/resume-parts.ts';
import { rollbackRun } from '../../src/drain/rollback.ts';
import { ClusterError } from '../../src/errors.ts';
import { readRun } from '../../src/journal/read.ts';
import { journalWorld } from '../journal/journals.ts';
import { aNode, aPod, aPolicy } from '../support/objects.ts';
import { aWorld, drainOptions, type TestWorld } from '../support/world.ts';
import { base, runId } from './resume-case.ts';

/** As a run of a machine that died left it, long ago. */
function left(name: string, differences: Partial<Node> = {}): Node {
  const hold = { run: runId, holder: 'bob@lap', until: '2025-12-31T23:00:00Z', wasCordoned: false };
  const cordon = { run: runId, by: 'bob@lap', at: '2025-12-31T22:00:00Z' };
  const annotations = { [holdAnnotation]: JSON.stringify(hold), [cordonAnnotation]: JSON.stringify(cordon) };
  return aNode({ name, unschedulable: true, annotations, ...differences });
}

async function elsewhere(nodes: readonly Node[]) {
  const pods = nodes.map(({ name }, index) => aPod({ name: `web-${index + 1}`, nodeName: name }));
  const world = aWorld(pods, nodes);
  const journals = { ...(await journalWorld()), clock: world.clock };
  return {
    world,
    journals,
    resume: (request: Partial<ResumeRequest>): Promise<number> =>
      finish(world, resumeRun(world, journals, { ...base, ...request }, drainNodes)),
    rollback: (request: { readonly run?: string; readonly node?: string }): Promise<number> =>
      finish(world, rollbackRun(world, journals, { run: request.run, node: request.node, assumeYes: true })),
  };
}

/** Lets time pass slowly: the disk takes real time, and a hold must not run out while a line is written. */
async function finish({ clock }: TestWorld, work: Promise<number>): Promise<number> {
  let settled = false;
  const watched = work.finally(() => (settled = true));
  watched.catch(() => {});
  while (!settled) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (clock.waiting > 0) await clock.advance(20);
  }
  return watched;
}

const force: Partial<ResumeRequest> = {
  fallback: drainOptions({ policy: aPolicy({ force: true }) }),
  withTyped: (options) => ({ ...options, policy: { ...options.policy, force: true } }),
};

describe('a second kmaint resume --node', () => {
  it('goes on after a first one that was refused, with the flag that lifts what was in the way', async () => {
    const { world, resume } = await elsewhere([left('node1')]);
    world.cluster.put(aPod({ name: 'bare', controller: undefined }));
    expect(await resume({ nodes: ['node1'] })).toBe(3);
    expect(world.cluster.changes).toEqual([]);
    expect(await resume({ nodes: ['node1'], ...force })).toBe(0);
    expect([...world.cluster.pods.keys()]).toEqual([]);
  });

  it('goes on after a first one that nobody confirmed', async () => {
    const { world, resume } = await elsewhere([left('node1')]);
    world.answer = false;
    expect(await resume({ nodes: ['node1'] })).toBe(3);
    world.answer = true;
    expect(await resume({ nodes: ['node1'] })).toBe(0);
    expect([...world.cluster.pods.keys()]).toEqual([]);
  });

  it('goes on with another node of the run, and bare with what is left of it', async () => {
    const { world, journals, resume } = await elsewhere([
      left('node1'),
      left('node2'),
      left('node3'),
      aNode({ name: 'node4' }),
    ]);
    expect(await resume({ nodes: ['node1'] })).toBe(0);
    expect((await readRun(journals, runId))?.nodes.map(({ name, end }) => [name, end?.exitCode])).toEqual([
      ['node1', 0],
      ['node2', undefined],
      ['node3', undefined],
    ]);
    expect(await resume({ nodes: ['node2'] })).toBe(0);
    expect(await resume({})).toBe(0);
    expect([...world.cluster.pods.keys()]).toEqual(['shop/web-4']);
    expect(await resume({ run: runId })).toBe(0);
    expect(world.all('warning').at(-1)?.message).toBe(`run ${runId} is done: nothing is left to do`);
  });

  it('is not about nodes that take pods again, nor about those of other runs', async () => {
    const other = '20260102-000000-bbbbbb';
    const record = JSON.stringify({ run: other, by: 'ann@desk', at: '2026-01-02T00:00:00Z' });
    const { journals, resume } = await elsewhere([
      left('node1'),
      left('node2', { unschedulable: false }),
      left('node3', { annotations: { [cordonAnnotation]: record } }),
    ]);
    expect(await resume({ nodes: ['node1'] })).toBe(0);
    expect((await readRun(journals, runId))?.nodes.map(({ name }) => name)).toEqual(['node1']);
  });

  it('of one node needs no list of them', async () => {
    const { world, journals, resume } = await elsewhere([left('node1'), left('node2')]);
    const forbidden = new ClusterError('nodes is forbidden', { code: 'cluster.forbidden', status: 403 });
    world.cluster.failures.set('listNodes', () => forbidden);
    expect(await resume({ nodes: ['node1'] })).toBe(0);
    expect((await readRun(journals, runId))?.nodes.map(({ name }) => name)).toEqual(['node1']);
    expect(world.all('detail').map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/other nodes is not known/),
    );
    await expect(resume({ nodes: ['node2'] })).rejects.toMatchObject({
      code: 'resume.not-of-run',
      hint: expect.stringContaining('kmaint drain node2'),
    });
  });
});

describe('a rollback after a kmaint resume --node', () => {
  const lb = { [excludeFromLoadBalancersLabel]: 'true' };
  const former = { [formerMarksAnnotation]: JSON.stringify({ [excludeFromLoadBalancersLabel]: null }) };

  it('puts back what stood on the node, although the resume itself changed nothing', async () => {
    const node = left('node1');
    const { world, resume, rollback } = await elsewhere([
      { ...node, labels: lb, annotations: { ...node.annotations, ...former } },
      left('node2'),
    ]);
    world.answer = false;
    expect(await resume({ nodes: ['node1'] })).toBe(3);
    expect(await rollback({ run: runId })).toBe(0);
    for (const name of ['node1', 'node2']) {
      expect(world.cluster.nodes.get(name)).toMatchObject({ unschedulable: false, annotations: {}, labels: {} });
    }
  });

  it('goes by the annotations of a node that the journal here does not know', async () => {
    const { world, resume, rollback } = await elsewhere([left('node1'), left('node2')]);
    world.cluster.failures.set('listNodes', () => new ClusterError('no', { code: 'cluster.forbidden', status: 403 }));
    expect(await resume({ nodes: ['node1'] })).toBe(0);
    await expect(rollback({ node: 'node1' })).rejects.toMatchObject({ code: 'rollback.journal' });
    expect(await rollback({ node: 'node2' })).toBe(0);
    expect(world.cluster.nodes.get('node2')).toMatchObject({ unschedulable: false, annotations: {} });
    expect(world.cluster.nodes.get('node1')?.unschedulable).toBe(true);
  });
});
