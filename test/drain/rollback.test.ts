/** A rollback leaves nodes as they were before the run, whatever happened in between. */
import { describe, expect, it } from 'vitest';
import type { Node } from '../../src/cluster/node.ts';
import { cordonAnnotation, holdAnnotation } from '../../src/drain/ownership/annotations.ts';
import { rollbackRun, type RollbackRequest } from '../../src/drain/rollback.ts';
import { ClusterError, InterruptedError } from '../../src/errors.ts';
import type { JournalDeps } from '../../src/journal/deps.ts';
import type { JournalEntry } from '../../src/journal/journal.ts';
import { readRun, runIds } from '../../src/journal/read.ts';
import { createJournal } from '../../src/journal/store.ts';
import { journalWorld } from '../journal/journals.ts';
import { aRun } from '../journal/run.ts';
import { aNode } from '../support/objects.ts';
import { aWorld, type TestWorld } from '../support/world.ts';
import { onProd } from './resume-case.ts';

const runId = '20260101-000000-aaaaaa';

interface Case {
  readonly world: TestWorld;
  readonly journals: JournalDeps;
  readonly rollback: (request?: Partial<RollbackRequest>) => Promise<number>;
}

async function aCase(nodes: readonly Node[], lines: readonly JournalEntry[] = []): Promise<Case> {
  const world = aWorld([], nodes);
  const journals = { ...(await journalWorld()), clock: world.clock };
  if (lines.length > 0) {
    const header = nodes.map(({ name, uid }) => ({ name, uid, wasCordoned: false }));
    const journal = await createJournal(journals, aRun({ runId, nodes: header }));
    for (const line of lines) await journal.write(line);
    await journal.close();
  }
  const rollback = (request: Partial<RollbackRequest> = {}): Promise<number> =>
    finish(world, rollbackRun(world, journals, { run: undefined, node: undefined, assumeYes: false, ...request }));
  return { world, journals, rollback };
}

/** Lets time pass only while the work waits for it: the disk takes real time, and must not eat up the clock's. */
async function finish({ clock }: TestWorld, work: Promise<number>): Promise<number> {
  let settled = false;
  const watched = work.finally(() => (settled = true));
  watched.catch(() => {});
  while (!settled) {
    if (clock.waiting > 0) await clock.advance(100);
    else await new Promise((resolve) => setImmediate(resolve));
  }
  return watched;
}

/** As the run leaves it, from a time long before the test's. */
function taken(node: Node, run = runId, holder = 'jane@desk'): Node {
  const hold = { run, holder, until: '2025-12-31T23:00:00Z', wasCordoned: node.unschedulable };
  const record = { run, by: holder, at: '2025-12-31T22:00:00Z' };
  return {
    ...node,
    unschedulable: true,
    labels: { ...node.labels, lb: 'true' },
    annotations: {
      ...node.annotations,
      [holdAnnotation]: JSON.stringify(hold),
      ...(node.unschedulable ? {} : { [cordonAnnotation]: JSON.stringify(record) }),
    },
    taints: [...node.taints, { key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' }],
  };
}

function stepsOn(node: string, wasCordoned = false): JournalEntry[] {
  const set = { labels: { lb: 'true' }, annotations: {} };
  return [
    { type: 'intent', node, step: { kind: 'hold', wasCordoned } },
    { type: 'intent', node, step: { kind: 'mark', labels: { lb: null }, annotations: {}, set } },
    { type: 'done', node, step: 'hold' },
    { type: 'done', node, step: 'mark' },
    { type: 'intent', node, step: { kind: 'out-of-service' } },
  ];
}

const before = (name: string): Node =>
  aNode({
    name,
    labels: { pool: 'a' },
    annotations: { theirs: '1' },
    taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }],
  });
/** What a rollback answers for. */
const narrow = ({ labels, annotations, taints, unschedulable, uid }: Node): string =>
  JSON.stringify({ labels, annotations, taints, unschedulable, uid });

describe('kmaint rollback', () => {
  it('leaves spec, labels and annotations byte for byte as they were, and a second time does nothing', async () => {
    const nodes = [before('node1'), { ...before('node2'), unschedulable: true }];
    const { world, rollback, journals } = await aCase(
      nodes.map((node) => taken(node)),
      [
        ...stepsOn('node1'),
        ...stepsOn('node2', true),
        { type: 'pod', node: 'node1', pod: 'shop/web-1', uid: 'u1', state: 'gone' },
      ],
    );
    expect(await rollback()).toBe(0);
    for (const node of nodes) expect(narrow(world.cluster.nodes.get(node.name) as Node)).toBe(narrow(node));
    expect(world.cluster.changes).toHaveLength(2);
    expect(world.all('node.uncordoned').map(({ node }) => node)).toEqual(['node1']);
    expect(world.all('node.finished').map(({ outcome }) => outcome)).toEqual(['done', 'done']);
    const warnings = world.all('warning').map(({ message }) => message);
    expect(warnings).toContainEqual(expect.stringMatching(/1 pod had been asked to go and will not be brought back/));
    expect(warnings).toContainEqual(expect.stringMatching(/node2 was cordoned before the run/));
    expect(await readRun(journals, runId)).toMatchObject({ state: 'finished', rolledBack: true });

    expect(await rollback({ run: runId })).toBe(0);
    expect(world.cluster.changes).toHaveLength(2);
    expect(await rollback()).toBe(0);
  });

  it('writes its intent down before it changes anything', async () => {
    const { world, rollback, journals } = await aCase([taken(before('node1'))], stepsOn('node1'));
    let linesBefore = 0;
    world.cluster.failures.set('changeNode', () => {
      world.cluster.failures.delete('changeNode');
      linesBefore += 1;
      return new ClusterError('no', { code: 'cluster.forbidden', status: 403 });
    });
    expect(await rollback()).toBe(4);
    expect(linesBefore).toBe(1);
    const record = await readRun(journals, runId);
    expect(record?.nodes[0]?.openSteps.map(({ kind }) => kind)).toEqual(['out-of-service', 'uncordon', 'release']);
    expect(world.only('run.finished')).toMatchObject({ exitCode: 4, message: 'not restored: node1' });
    expect(await rollback()).toBe(0);
    expect(narrow(world.cluster.nodes.get('node1') as Node)).toBe(narrow(before('node1')));
  });

  it('looks again when somebody writes in between, and keeps what they wrote', async () => {
    const { world, rollback } = await aCase([taken(before('node1'))], stepsOn('node1'));
    let conflicts = 3;
    world.cluster.failures.set('changeNode', () => {
      const node = world.cluster.nodes.get('node1') as Node;
      world.cluster.nodes.set('node1', { ...node, labels: { ...node.labels, theirs: String(conflicts) } });
      conflicts -= 1;
      if (conflicts === 0) world.cluster.failures.delete('changeNode');
      return new ClusterError('changed', { code: 'cluster.conflict', status: 409 });
    });
    expect(await rollback()).toBe(0);
    expect(world.cluster.nodes.get('node1')).toMatchObject({
      unschedulable: false,
      labels: { pool: 'a', theirs: '1' },
    });
  });

  it('tells what it did also when the answer was lost', async () => {
    const { world, rollback } = await aCase([taken(before('node1'))], stepsOn('node1'));
    world.cluster.failures.set('changeNode', () => {
      world.cluster.failures.delete('changeNode');
      world.cluster.nodes.set('node1', before('node1'));
      return new ClusterError('connection lost', { code: 'cluster.unreachable' });
    });
    expect(await rollback()).toBe(0);
    expect(world.only('node.uncordoned')).toMatchObject({ node: 'node1', changed: true });
    expect(world.cluster.changes).toEqual([]);
  });

  it('leaves a node that another run works on, and exits 5; with others restored, 1', async () => {
    const until = '2026-12-31T00:00:00Z';
    const hold = JSON.stringify({ run: 'x', holder: 'bob@lap', until, wasCordoned: false });
    const live = { ...taken(before('node2')), annotations: { [holdAnnotation]: hold } };
    const alone = await aCase([live], stepsOn('node2'));
    expect(await alone.rollback()).toBe(5);
    expect(alone.world.cluster.changes).toEqual([]);
    expect(alone.world.only('node.finished').message).toMatch(/bob@lap is working on node2/);

    const both = await aCase([taken(before('node1')), live], [...stepsOn('node1'), ...stepsOn('node2')]);
    expect(await both.rollback()).toBe(1);
    expect(both.world.cluster.nodes.get('node1')?.unschedulable).toBe(false);
  });

  it('exits 5 while the run itself is at work', async () => {
    const { world, journals, rollback } = await aCase([taken(before('node1'))]);
    const journal = await createJournal(journals, aRun({ runId }));
    await expect(rollback({ run: runId })).rejects.toMatchObject({ exitCode: 5 });
    await expect(rollback()).rejects.toMatchObject({ exitCode: 5 });
    await journal.close();
    expect(world.cluster.changes).toEqual([]);
  });

  it('touches no node of another cluster, nor one that was registered anew; one that is gone is fine', async () => {
    const far = await aCase([taken(before('node1'))], stepsOn('node1'));
    Object.assign(far.world.cluster.identity, { server: 'https://elsewhere:6443' });
    await expect(far.rollback({ run: runId })).rejects.toMatchObject({ code: 'resume.cluster', exitCode: 3 });

    const anew = await aCase([taken(before('node1'))], stepsOn('node1'));
    anew.world.cluster.nodes.set('node1', { ...taken(before('node1')), uid: 'another' });
    expect(await anew.rollback()).toBe(6);
    expect(anew.world.cluster.changes).toEqual([]);

    const gone = await aCase([taken(before('node1'))], stepsOn('node1'));
    gone.world.cluster.nodes.clear();
    expect(await gone.rollback()).toBe(0);
  });

  it('asks on a terminal, saying what it would do', async () => {
    const { world, rollback } = await aCase([taken(before('node1'))], stepsOn('node1'));
    world.answer = false;
    expect(await rollback()).toBe(3);
    expect(world.cluster.changes).toEqual([]);
    expect(world.questions).toEqual([
      expect.stringMatching(/node1: uncordoned[^]*Roll back run .*\(context test\)\?$/),
    ]);
    world.answer = true;
    expect(await rollback()).toBe(0);
    expect(world.questions).toHaveLength(2);
  });

  it("removes the run's own Lease, and only that", async () => {
    const { world, rollback } = await aCase([taken(before('node1'))], stepsOn('node1'));
    const { cluster, clock } = world;
    cluster.leaseNamespaces.add('medik8s-leases');
    const lease = async (node: string, holderIdentity: string): Promise<void> => {
      const time = new Date(clock.now()).toISOString();
      const content = {
        holderIdentity,
        leaseDurationSeconds: 60,
        acquireTime: time,
        renewTime: time,
        leaseTransitions: 0,
      };
      await cluster.putLease({ namespace: 'medik8s-leases', name: `node-${node}` }, content, undefined);
    };
    await lease('node1', `kmaint/${runId}/jane@desk`);
    await lease('node2', 'somebody');
    expect(await rollback()).toBe(0);
    expect([...cluster.leases.keys()]).toEqual(['medik8s-leases/node-node2']);
    cluster.failures.set('getLease', () => new ClusterError('no', { code: 'cluster.forbidden', status: 403 }));
    expect(await rollback({ run: runId })).toBe(0);
    expect(world.all('detail')).toHaveLength(1);
  });

  it('stops at an interrupt and says what is left', async () => {
    const { world, rollback } = await aCase(
      [taken(before('node1')), taken(before('node2'))],
      [...stepsOn('node1'), ...stepsOn('node2')],
    );
    world.onEvent = (event) => {
      if (event.type === 'node.finished') world.interrupt(new InterruptedError('SIGINT'));
    };
    expect(await rollback()).toBe(130);
    expect(world.cluster.nodes.get('node2')?.unschedulable).toBe(true);
    expect(world.only('run.finished').message).toBe('not restored: node2');
  });
});

describe('kmaint rollback --node', () => {
  it('goes by what stands on the node, in a journal of its own', async () => {
    const node = taken(before('node1'), runId, 'bob@lap');
    const { world, journals, rollback } = await aCase([
      { ...node, labels: { pool: 'a' }, taints: before('node1').taints },
    ]);
    expect(await rollback({ node: 'node1' })).toBe(0);
    expect(narrow(world.cluster.nodes.get('node1') as Node)).toBe(narrow(before('node1')));
    const [own] = await runIds(journals);
    expect(await readRun(journals, own ?? '')).toMatchObject({ header: { verb: 'rollback' }, state: 'finished' });
  });

  it('goes by the record of the cordon when the run itself is over', async () => {
    const node = taken(before('node1'));
    const { [holdAnnotation]: _, ...annotations } = node.annotations;
    const { world, rollback } = await aCase([{ ...node, annotations, labels: { pool: 'a' } }]);
    expect(await rollback({ node: 'node1' })).toBe(0);
    expect(world.cluster.nodes.get('node1')?.unschedulable).toBe(false);
  });

  it('refuses a node that says nothing, and sends to the journal where it is here', async () => {
    const plain = await aCase([{ ...before('node1'), unschedulable: true }]);
    await expect(plain.rollback({ node: 'node1' })).rejects.toMatchObject({ code: 'rollback.no-hold', exitCode: 2 });
    const here = await aCase([taken(before('node1'))], stepsOn('node1'));
    Object.assign(here.world, { commandLine: onProd });
    await expect(here.rollback({ node: 'node1' })).rejects.toMatchObject({
      hint: `kmaint rollback --context=prod ${runId}`,
    });
    expect(here.world.cluster.changes).toEqual([]);
  });
});
