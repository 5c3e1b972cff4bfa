/** A rolling run that is resumed goes on with a node where it stood: what was done to it is not done again. */
import { describe, expect, it } from 'vitest';
import { drainNodes } from '../../src/drain/drain.ts';
import type { RollingOptions } from '../../src/drain/options.ts';
import type { ResumeNode } from '../../src/drain/resume-state.ts';
import type { JournalEntry, JournalStep } from '../../src/journal/journal.ts';
import { aNode, aPod } from '../support/objects.ts';
import { aWorld, drainOptions, finish, rollingOptions, type TestWorld } from '../support/world.ts';

const node = 'node1';
const hold: JournalStep = { kind: 'hold', wasCordoned: false };
const exec: JournalStep = { kind: 'exec', bootID: 'boot-of-node1' };
const course: readonly JournalStep[] = [hold, { kind: 'drain' }, exec, { kind: 'release' }, { kind: 'uncordon' }];
const rolling = (differences: Partial<RollingOptions> = {}): RollingOptions =>
  rollingOptions({ exec: ['/opt/patch'], ...differences });

interface Resumed {
  readonly world: TestWorld;
  readonly lines: JournalEntry[];
  readonly ran: string[];
  readonly exitCode: number;
}

async function resume(
  past: Partial<ResumeNode>,
  loop: Partial<RollingOptions> = {},
  prepare: (world: TestWorld) => void = () => {},
): Promise<Resumed> {
  const world = aWorld([aPod({ name: 'new', nodeName: node })], [aNode({ name: node })]);
  prepare(world);
  const lines: JournalEntry[] = [];
  const ran: string[] = [];
  const run = async (): Promise<{ kind: 'exited'; exitCode: number; stdout: string; stderr: string }> => {
    ran.push(node);
    return { kind: 'exited', exitCode: 0, stdout: '', stderr: '' };
  };
  const journal = { runId: 'run-1', write: async (entry: JournalEntry) => void lines.push(entry) };
  const known: ResumeNode = { uid: `uid-of-${node}`, wasCordoned: false, doneSteps: [], openSteps: [], ...past };
  const work = drainNodes(
    Object.assign(world, { programs: { run, env: {}, cwd: '/' } }),
    drainOptions({ rolling: rolling(loop) }),
    { verb: 'resume', journal, resume: { runId: 'run-1', nodes: new Map([[node, known]]) } },
  );
  return { exitCode: await finish(world.clock, work), world, lines, ran };
}

describe('a node that was uncordoned and then failed a gate', () => {
  it('is not taken, cordoned or drained again: only its gates are left', async () => {
    const { exitCode, world, lines, ran } = await resume({ doneSteps: course });
    expect(exitCode).toBe(0);
    expect(world.cluster.changes).toEqual([]);
    expect(world.cluster.writes).toEqual([]);
    expect(world.cluster.pods.has('shop/new')).toBe(true);
    expect(ran).toEqual([]);
    expect(lines).toEqual([{ type: 'node', node, outcome: 'done', exitCode: 0 }]);
    expect(world.all('node.step').map(({ step }) => step)).toEqual(['gate']);
  });

  it('ends with 7 when a gate is closed still, and can be resumed again', async () => {
    const { exitCode, world, lines } = await resume({ doneSteps: course }, { criticalPods: ['db/db'] });
    expect(exitCode).toBe(7);
    expect(world.only('node.finished').message).toMatch(/a health gate failed: .*; the node is uncordoned/);
    expect(world.cluster.changes).toEqual([]);
    expect(lines).toEqual([expect.objectContaining({ type: 'node', exitCode: 7 })]);
  });

  it('is watched for as long as was asked for', async () => {
    const { exitCode, world } = await resume({ doneSteps: course }, { minStableMs: 60_000 });
    expect(exitCode).toBe(0);
    expect(world.only('node.step').message).toContain('well for 1m00s');
  });
});

describe('a node whose program had begun', () => {
  const rebooting = { expectReboot: true, waitReadyMs: 60_000 };
  const begun = { doneSteps: [hold, { kind: 'drain' } as const], openSteps: [exec] };

  it('is not worked on again when it was booted since', async () => {
    const { exitCode, ran, lines, world } = await resume(begun, rebooting, ({ cluster, clock }) => {
      const since = aNode({ name: node, bootID: 'another', unschedulable: true });
      cluster.nodes.set(node, since);
      const renew = (): void => {
        cluster.leases.set(`kube-node-lease/${node}`, {
          ...since,
          namespace: 'kube-node-lease',
          holderIdentity: node,
          leaseDurationSeconds: 40,
          acquireTime: undefined,
          renewTime: new Date(clock.now()).toISOString(),
          leaseTransitions: 0,
        });
        clock.after(10_000, renew);
      };
      renew();
    });
    expect(ran).toEqual([]);
    expect(exitCode).toBe(0);
    expect(lines).toContainEqual({ type: 'done', node, step: 'exec' });
    expect(lines).not.toContainEqual(expect.objectContaining({ step: expect.objectContaining({ kind: 'exec' }) }));
    expect(world.all('node.step').map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/booted since \/opt\/patch had begun .*not run again/),
    );
  });

  it.each<[string, Partial<RollingOptions>]>([
    ['it was not booted', { expectReboot: true, waitReadyMs: 1000 }],
    ['a boot is no proof of the work', {}],
  ])('is worked on again when %s', async (_, loop) => {
    const { ran } = await resume(begun, loop, ({ cluster }) => {
      const bootID = loop.expectReboot ? 'boot-of-node1' : 'another';
      cluster.nodes.set(node, aNode({ name: node, bootID, unschedulable: true }));
    });
    expect(ran).toEqual([node]);
  });
});

it('a node that was to be fenced when the run was broken off is said to be so', async () => {
  const { world } = await resume({ doneSteps: [hold], openSteps: [{ kind: 'fence', by: '/opt/fence' }] });
  expect(world.all('warning').map(({ message }) => message)).toContainEqual(
    expect.stringContaining('/opt/fence had begun to switch node1 off'),
  );
});
