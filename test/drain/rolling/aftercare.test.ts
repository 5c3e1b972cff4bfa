import { describe, expect, it } from 'vitest';
import type { Node } from '../../../src/cluster/node.ts';
import type { RollingOptions } from '../../../src/drain/options.ts';
import { bringBack, type AftercareContext, type AftercareSteps } from '../../../src/drain/rolling/aftercare.ts';
import { ClusterError, InterruptedError } from '../../../src/errors.ts';
import type { JournalEntry } from '../../../src/journal/journal.ts';
import type { RunOutcome } from '../../../src/process/run.ts';
import { aNode } from '../../support/objects.ts';
import { said } from '../../support/said.ts';
import { aWorld, finish, type TestWorld } from '../../support/world.ts';
import { keepLease } from './kubelet.ts';

const drained = aNode({ unschedulable: true });
const well: RunOutcome = { kind: 'exited', exitCode: 0, stdout: '', stderr: '' };

interface Course {
  readonly world: TestWorld;
  readonly context: AftercareContext;
  readonly journal: JournalEntry[];
  /** What was run and uncordoned, in order. */
  readonly done: string[];
  outcome: RunOutcome;
  onRun: () => void;
}

function aCourse(): Course {
  const world = aWorld([], [drained]);
  const journal: JournalEntry[] = [];
  const done: string[] = [];
  const course: Course = {
    world,
    journal,
    done,
    outcome: well,
    onRun: () => {},
    context: {
      ...world,
      env: {},
      cwd: '/',
      journal: { runId: 'run-1', write: async (entry) => void journal.push(entry) },
      run: async ({ file, env, signal, onLine }) => {
        done.push(`${file} ${env['KMAINT_NODE']} ${env['KMAINT_RUN']}`);
        course.onRun();
        await world.clock.sleep(1000, signal);
        return said({ onLine }, course.outcome);
      },
    },
  };
  keepLease(world, 'node1');
  return course;
}

const options = (differences: Partial<RollingOptions> = {}): RollingOptions => ({
  maxUnavailable: { count: 1 },
  exec: ['reboot-it'],
  waitReadyMs: 600_000,
  uncordon: true,
  expectReboot: true,
  minStableMs: 30_000,
  criticalPods: [],
  ...differences,
});

const reboots = ({ world }: Course, afterMs = 30_000): void =>
  void world.clock.after(afterMs, () => world.cluster.nodes.set('node1', { ...drained, bootID: 'new' }));

function run(course: Course, differences: Partial<RollingOptions> = {}, steps: Partial<AftercareSteps> = {}) {
  const uncordon = async ({ name, bootID }: Node): Promise<void> => void course.done.push(`uncordon ${name} ${bootID}`);
  const end = bringBack(course.context, drained, options(differences), { uncordon, ...steps });
  return finish(course.world.clock, end, 1_200_000);
}

const steps = ({ world }: Course): string[] => world.all('node.step').map(({ step }) => step);

describe('after its drain a node', () => {
  it('is worked on, comes back, is uncordoned and watched', async () => {
    const course = aCourse();
    reboots(course);
    expect(await run(course)).toEqual({ exitCode: 0 });
    expect(course.done).toEqual(['reboot-it node1 run-1', 'uncordon node1 new']);
    expect(steps(course)).toEqual(['exec', 'rebooted', 'ready', 'gate']);
    expect(course.journal).toEqual([
      { type: 'intent', node: 'node1', step: { kind: 'exec', bootID: 'boot-of-node1' } },
      { type: 'done', node: 'node1', step: 'exec' },
    ]);
  });

  it('has its program begun only after the journal knows of it', async () => {
    const course = aCourse();
    const known: number[] = [];
    course.onRun = () => known.push(course.journal.length);
    reboots(course);
    await run(course);
    expect(known).toEqual([1]);
  });

  it('stays cordoned when its program fails', async () => {
    const course = aCourse();
    course.outcome = { kind: 'exited', exitCode: 2, stdout: '', stderr: 'no power' };
    expect(await run(course)).toMatchObject({
      exitCode: 1,
      message: 'reboot-it ended with exit code 2 after 1s: no power; the node stays cordoned',
    });
    expect(course.done).toEqual(['reboot-it node1 run-1']);
    expect(course.journal).toHaveLength(1);
  });

  it('stays cordoned when it was not booted', async () => {
    const course = aCourse();
    expect(await run(course, { waitReadyMs: 60_000 })).toMatchObject({
      exitCode: 124,
      message: 'not back within --wait-ready 1m00s: still the old boot: bootID boot-of-node1; the node stays cordoned',
    });
    expect(course.done).toEqual(['reboot-it node1 run-1']);
  });

  it('has its reboot proved even without --wait-ready', async () => {
    const course = aCourse();
    expect(await run(course, { waitReadyMs: undefined })).toMatchObject({ exitCode: 124 });
    expect(course.done).not.toContainEqual(expect.stringContaining('uncordon'));
  });

  it('fails its gate after the uncordon, and that is said', async () => {
    const course = aCourse();
    const problem = { type: 'KernelDeadlock', status: 'True', reason: undefined, message: undefined };
    const conditions = [{ ...problem, lastHeartbeatTime: undefined, lastTransitionTime: undefined }];
    course.world.clock.after(30_000, () =>
      course.world.cluster.nodes.set('node1', { ...drained, bootID: 'new', conditions }),
    );
    expect(await run(course)).toMatchObject({
      exitCode: 7,
      message: 'a health gate failed: node1: KernelDeadlock is True; the node is uncordoned',
    });
  });

  it('fails its gate when it does not stay well', async () => {
    const course = aCourse();
    reboots(course, 10_000);
    course.world.clock.after(45_000, () => course.world.cluster.nodes.set('node1', { ...drained, bootID: 'third' }));
    expect(await run(course, { minStableMs: 120_000 })).toMatchObject({
      exitCode: 7,
      message: expect.stringContaining('was booted again: bootID third'),
    });
  });

  it('is not worked on when it is another node by now', async () => {
    const course = aCourse();
    course.world.cluster.nodes.set('node1', { ...drained, uid: 'another' });
    expect(await run(course)).toMatchObject({
      exitCode: 6,
      message: expect.stringContaining('nothing was run for it'),
    });
    course.world.cluster.nodes.delete('node1');
    expect(await run(course)).toMatchObject({ exitCode: 6 });
    expect(course.done).toEqual([]);
  });

  it('is not worked on twice when the run is resumed', async () => {
    const course = aCourse();
    course.world.cluster.nodes.set('node1', { ...drained, bootID: 'new' });
    expect(await run(course, {}, { executed: { bootID: 'boot-of-node1' } })).toEqual({ exitCode: 0 });
    expect(course.done).toEqual(['uncordon node1 new']);
    expect(course.journal).toEqual([]);
  });

  it('is only looked at when nothing else was asked for', async () => {
    const course = aCourse();
    const nothing = { exec: undefined, waitReadyMs: undefined, uncordon: false, expectReboot: false, minStableMs: 0 };
    expect(await run(course, nothing)).toEqual({ exitCode: 0 });
    expect(course.done).toEqual([]);
    expect(steps(course)).toEqual(['gate']);
  });

  it.each([
    ['its program', 500, 'the node stays cordoned'],
    ['its return', 5000, 'the node stays cordoned'],
    ['its gates', 50_000, 'the node is uncordoned'],
  ])('says where it stands when interrupted during %s', async (_, afterMs, left) => {
    const course = aCourse();
    reboots(course, 10_000);
    course.world.clock.after(afterMs, () => course.world.interrupt(new InterruptedError('SIGINT')));
    expect(await run(course, { minStableMs: 300_000 })).toEqual({
      exitCode: 130,
      message: `interrupted by SIGINT; ${left}`,
      hint: undefined,
    });
  });

  it('stays cordoned when the uncordon fails', async () => {
    const course = aCourse();
    reboots(course);
    const forbidden = new ClusterError('may not', { code: 'cluster.forbidden', hint: 'ask for it' });
    expect(await run(course, {}, { uncordon: () => Promise.reject(forbidden) })).toEqual({
      exitCode: 1,
      message: 'may not; the node stays cordoned',
      hint: 'ask for it',
    });
  });

  it('throws what is a bug', async () => {
    const course = aCourse();
    reboots(course);
    const bug = new TypeError('undefined is not a function');
    await expect(run(course, {}, { uncordon: () => Promise.reject(bug) })).rejects.toBe(bug);
  });
});
