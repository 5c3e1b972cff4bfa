/** A resume goes on with what a run did not finish, and only with that. */
import { describe, expect, it } from 'vitest';
import { holdAnnotation } from '../../src/drain/ownership/annotations.ts';
import type { DrainOptions } from '../../src/drain/options.ts';
import { resumeRun } from '../../src/drain/resume.ts';
import { readOptions, storedCommand, storedOptions } from '../../src/drain/resume-options.ts';
import { ClusterError } from '../../src/errors.ts';
import type { JournalEntry } from '../../src/journal/journal.ts';
import { readRun } from '../../src/journal/read.ts';
import { createJournal, type NewRun } from '../../src/journal/store.ts';
import { aRun } from '../journal/run.ts';
import { aNode } from '../support/objects.ts';
import { aCase, base, done, hold, late, onProd, options, runId, type Case } from './resume-case.ts';

describe('kmaint resume', () => {
  it('drains the nodes that are left, with the options of the run and what was before it', async () => {
    const { record, resume, drains, journals, world } = await aCase();
    await record([hold('node1'), done('node1'), hold('node2', true), { type: 'done', node: 'node2', step: 'hold' }]);
    world.cluster.nodes.set('node2', aNode({ name: 'node2', unschedulable: true }));
    expect(await resume()).toBe(0);
    expect(drains).toHaveLength(1);
    const [{ options: used, run }] = drains as [Case['drains'][number]];
    expect(used).toEqual({
      ...options,
      targets: { names: ['node2'], selector: undefined },
      ownership: { ...options.ownership, takeOver: false, notifyUrl: undefined },
    });
    expect(run.journal.runId).toBe(runId);
    expect([...run.resume.nodes]).toEqual([
      [
        'node2',
        { uid: 'uid-of-node2', wasCordoned: true, doneSteps: [{ kind: 'hold', wasCordoned: true }], openSteps: [] },
      ],
    ]);
    expect(world.all('warning').map(({ message }) => message)).toEqual([expect.stringMatching(/--notify-url/)]);
    expect(await readRun(journals, runId)).toMatchObject({ state: 'finished', end: { exitCode: 0 } });

    expect(await resume({ run: runId })).toBe(0);
    expect(await resume()).toBe(0);
    expect(drains).toHaveLength(1);
  });

  it('goes on with a run that came to a bad end, and can be resumed again when this one does', async () => {
    const { record, resume, drains } = await aCase();
    await record([hold('node1'), late('node1'), hold('node2'), done('node2')], {}, ['timeout', 124]);
    expect(await resume({ assumeYes: true, notifyUrl: 'https://hook.test/2' }, 124)).toBe(124);
    expect(drains[0]?.options).toMatchObject({
      assumeYes: true,
      targets: { names: ['node1'] },
      ownership: { notifyUrl: 'https://hook.test/2' },
    });
    expect(await resume()).toBe(0);
    expect(drains).toHaveLength(2);
  });

  it('stays resumable when the drain throws', async () => {
    const { record, journals, world } = await aCase();
    await record([hold('node1')]);
    const drain = async (): Promise<number> => {
      throw new ClusterError('gone', { code: 'cluster.unreachable' });
    };
    await expect(resumeRun(world, journals, base, drain)).rejects.toMatchObject({ exitCode: 4 });
    expect(await readRun(journals, runId)).toMatchObject({ state: 'broken-off' });
  });

  it.each<[string, readonly JournalEntry[], [string, number], number, RegExp]>([
    ['is done', [hold('node1'), done('node1'), hold('node2'), done('node2')], ['done', 0], 0, /nothing is left to do/],
    ['changed nothing', [], ['refused', 3], 3, /refused, exit code 3\) before it changed anything/],
  ])('has nothing to do when the run %s', async (_, lines, end, exitCode, message) => {
    const { record, resume, drains, world } = await aCase();
    await record(lines, {}, end);
    expect(await resume({ run: runId })).toBe(exitCode);
    expect(drains).toEqual([]);
    expect(world.only('run.started')).toMatchObject({ verb: 'resume', runId });
    const last = world.only('run.finished');
    expect(last.message ?? world.only('warning').message).toMatch(message);
    expect(last.resume).toEqual(exitCode === 0 ? [] : ['kmaint drain node1 node2']);
  });

  it('never guesses between several runs, but a node that a later run took in hand is no longer open', async () => {
    const { record, resume, drains, world } = await aCase();
    const node = (name: string): Partial<NewRun> => ({ nodes: [{ name, uid: `uid-of-${name}`, wasCordoned: false }] });
    await record([hold('node1')], node('node1'));
    await record([hold('node1'), done('node1')], { ...node('node1'), runId: '20260102-000000-aaaaaa' }, ['done', 0]);
    await record([hold('node2')], { ...node('node2'), runId: '20260103-000000-aaaaaa' });
    await record([hold('node3')], {
      ...node('node3'),
      runId: '20260104-000000-aaaaaa',
      identity: { context: 'x', server: 'https://far', user: 'u' },
    });
    expect(await resume()).toBe(0);
    expect(drains[0]?.options.targets.names).toEqual(['node2']);

    await record([hold('node2')], { ...node('node2'), runId: '20260105-000000-aaaaaa' });
    await record([hold('node3')], { ...node('node3'), runId: '20260106-000000-aaaaaa' });
    Object.assign(world, { commandLine: onProd });
    await expect(resume()).rejects.toMatchObject({
      exitCode: 2,
      hint: 'kmaint resume --context=prod 20260106-000000-aaaaaa',
      message: expect.stringMatching(/20260106-000000-aaaaaa {2}node3[^]*20260105-000000-aaaaaa {2}node2/),
    });
  });

  it('leaves a run alone that is still at work, here or elsewhere', async () => {
    const { resume, drains, journals, record, world } = await aCase();
    const journal = await createJournal(journals, aRun({ runId }));
    await expect(resume()).rejects.toMatchObject({ exitCode: 5 });
    await expect(resume({ run: '2026' })).rejects.toMatchObject({ exitCode: 5 });
    await journal.close();

    const elsewhere = '20260102-000000-aaaaaa';
    await record([hold('node1')], { runId: elsewhere });
    const until = '2026-01-01T00:01:00Z';
    const text = JSON.stringify({ run: elsewhere, holder: 'bob@lap', until, wasCordoned: false });
    world.cluster.nodes.set('node1', aNode({ annotations: { [holdAnnotation]: text } }));
    await expect(resume({ run: elsewhere })).rejects.toMatchObject({ code: 'resume.held', exitCode: 5 });
    expect(drains).toEqual([]);
  });

  it('changes nothing in another cluster, or on another node of that name; one that is gone is fine', async () => {
    const { record, resume, drains, world } = await aCase();
    await record([hold('node1'), hold('node2')]);
    Object.assign(world.cluster.identity, { server: 'https://far' });
    await expect(resume({ run: runId })).rejects.toMatchObject({ code: 'resume.cluster', exitCode: 3 });
    Object.assign(world.cluster.identity, { server: 'https://127.0.0.1:6443' });
    world.cluster.nodes.set('node1', aNode({ uid: 'another' }));
    await expect(resume()).rejects.toMatchObject({
      exitCode: 6,
      hint: expect.stringContaining(`kmaint resume ${runId} --node=node2`),
    });
    expect(drains).toEqual([]);
    world.cluster.nodes.delete('node1');
    expect(await resume()).toBe(0);
    expect(drains[0]?.options.targets.names).toEqual(['node2']);
  });

  it('refuses a run whose options it does not know', async () => {
    const { record, resume, drains } = await aCase();
    await record([hold('node1')], { options: { ...options, newThing: true } });
    await expect(resume()).rejects.toMatchObject({ code: 'resume.options', exitCode: 2 });
    expect(drains).toEqual([]);
  });
});

describe('options', () => {
  it('come back from a journal as they went in, without secrets', () => {
    const full: DrainOptions = {
      ...options,
      escalation: { deadlineMs: 1, rung: 'delete' },
      rolling: {
        maxUnavailable: { percent: 20 },
        exec: ['reboot'],
        waitReadyMs: 1,
        uncordon: true,
        expectReboot: true,
        minStableMs: 0,
        criticalPods: ['a:b=c'],
      },
    };
    const stored = storedOptions(full);
    const text = JSON.stringify(stored.options);
    expect(text).not.toContain('secret');
    expect(stored.leftOut).toEqual(['ownership.notifyUrl']);
    expect(readOptions(JSON.parse(text), 'kmaint drain')).toEqual({
      ...full,
      ownership: { ...full.ownership, notifyUrl: undefined },
    });
  });
});

describe('the command in a journal', () => {
  const rolling = (exec: readonly string[] | undefined): Pick<DrainOptions, 'rolling'> => ({
    rolling: {
      maxUnavailable: { count: 1 },
      exec,
      waitReadyMs: undefined,
      uncordon: false,
      expectReboot: false,
      minStableMs: 0,
      criticalPods: [],
    },
  });
  it.each<[string, readonly string[] | undefined, string]>([
    ['kmaint drain n1 -- ./patch --token s3cret', ['./patch', '--token', 's3cret'], 'kmaint drain n1 -- ./patch …'],
    ["kmaint drain n1 -- './my patch' 'a -- b'", ['./my patch', 'a -- b'], "kmaint drain n1 -- './my patch' …"],
    ['kmaint drain n1 -- "C:\\my patch" x', ['C:\\my patch', 'x'], 'kmaint drain n1 -- "C:\\my patch" …'],
    ['kmaint drain n1 -- ./patch', ['./patch'], 'kmaint drain n1 -- ./patch'],
    ['kmaint drain n1', undefined, 'kmaint drain n1'],
    ['kmaint apply plan.json', ['./patch', 's3cret'], 'kmaint apply plan.json'],
  ])('%s', (command, exec, stored) => {
    expect(storedCommand(command, rolling(exec))).toBe(stored);
  });

  it('is whole without a rolling run', () => {
    expect(storedCommand('kmaint drain n1 -- x y', { rolling: undefined })).toBe('kmaint drain n1 -- x y');
  });
});
