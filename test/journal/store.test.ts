/** Journals on a real disk: begun, broken off, gone on with, listed, thrown away. */
import { chmod, mkdir, open, readFile, readdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { JournalDeps } from '../../src/journal/deps.ts';
import { runsFolder } from '../../src/journal/folder.ts';
import { keptDays, keptRuns, pruneRuns } from '../../src/journal/prune.ts';
import { listRuns, readRun, runFile } from '../../src/journal/read.ts';
import { isUnfinished, unfinishedNodes } from '../../src/journal/record.ts';
import { completeRunId, newRunId } from '../../src/journal/run-id.ts';
import { createJournal, openExisting } from '../../src/journal/store.ts';
import { entries, journalWorld } from './journals.ts';
import { aRun } from './run.ts';

/** A run whose process died after its last line. */
async function brokenOff(world: JournalDeps, runId?: string): Promise<string> {
  const journal = await createJournal(world, aRun({ runId }));
  for (const entry of entries) await journal.write(entry);
  await journal.close();
  return journal.runId;
}

const dead = (world: JournalDeps): JournalDeps => ({ ...world, self: { ...world.self, isAlive: () => false } });

describe('createJournal', () => {
  it('names the run by its time, in a folder and a file for the user alone', async () => {
    const world = await journalWorld();
    const journal = await createJournal(world, aRun());
    expect(journal.runId).toMatch(/^20261121-134500-[0-9a-f]{6}$/);
    expect((await stat(world.runs)).mode & 0o777).toBe(0o700);
    expect((await stat(runFile(world.runs, journal.runId))).mode & 0o777).toBe(0o600);
    await journal.close();
    expect(await readdir(world.runs)).toEqual([`${journal.runId}.jsonl`]);
  });

  it('has the header and every intent on the disk before it says so', async () => {
    const world = await journalWorld();
    const journal = await createJournal(world, aRun());
    const file = runFile(world.runs, journal.runId);
    expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(2);
    await journal.write({ type: 'intent', node: 'node1', step: { kind: 'cordon' } });
    expect(await readFile(file, 'utf8')).toContain('"cordon"');
    await journal.close();
  });

  it('never writes over a file or through a link of that name', async () => {
    const world = await journalWorld();
    await mkdir(world.runs, { recursive: true, mode: 0o700 });
    const runId = '20261121-134500-a1b2c3';
    const elsewhere = join(world.runs, '..', 'elsewhere');
    await symlink(elsewhere, runFile(world.runs, runId));
    await expect(createJournal(world, aRun({ runId }))).rejects.toMatchObject({ code: 'journal.create', exitCode: 2 });
    await expect(stat(elsewhere)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readdir(world.runs)).toEqual([`${runId}.jsonl`]);
  });

  it('says so and exits 2 when the folder cannot be made, is a link, or is open to others', async () => {
    const blocked = await journalWorld();
    await writeFile(join(blocked.runs, '..', '..', 'kmaint'), 'a file');
    await expect(createJournal(blocked, aRun())).rejects.toMatchObject({ code: 'journal.folder', exitCode: 2 });

    const linked = await journalWorld();
    await mkdir(join(linked.runs, '..', 'real'), { recursive: true });
    await symlink('real', linked.runs);
    await expect(createJournal(linked, aRun())).rejects.toMatchObject({ code: 'journal.folder', exitCode: 2 });

    const shared = await journalWorld();
    await mkdir(shared.runs, { recursive: true });
    await chmod(shared.runs, 0o777);
    await expect(createJournal(shared, aRun())).rejects.toMatchObject({
      code: 'journal.folder',
      hint: expect.stringContaining('chmod 700'),
    });
  });
});

describe('a journal', () => {
  it('refuses lines after its end', async () => {
    const journal = await createJournal(await journalWorld(), aRun());
    await journal.finish('done', 0);
    await expect(journal.write({ type: 'done', node: 'node1', step: 'hold' })).rejects.toMatchObject({
      code: 'journal.over',
    });
    await journal.close();
    await journal.close();
  });

  it.runIf(process.platform === 'linux')('says when it cannot be written, and that nothing was changed', async () => {
    const full = await open('/dev/full', 'w');
    const { Appender } = await import('../../src/journal/append.ts');
    const { openJournal } = await import('../../src/journal/writer.ts');
    const lock = { release: async (): Promise<void> => {} };
    const parts = { runId: 'r', file: '/dev/full', lock, clock: { now: () => 0 } };
    const intent = { type: 'intent', node: 'node1', step: { kind: 'cordon' } } as const;
    const fresh = openJournal({ ...parts, appender: new Appender(full, 0), changed: false });
    await expect(fresh.write(intent)).rejects.toMatchObject({
      code: 'journal.write',
      exitCode: 2,
      message: 'the journal cannot be written: /dev/full: the disk is full',
    });
    const later = openJournal({ ...parts, appender: new Appender(full, 0), changed: true });
    await expect(later.write(intent)).rejects.toMatchObject({ exitCode: 1 });
    await full.close();
  });
});

describe('readRun', () => {
  it('tells what is done, what may have happened, and what was before', async () => {
    const world = await journalWorld();
    const runId = await brokenOff(world);
    const record = await readRun(world, runId.slice(0, 17));
    expect(record).toMatchObject({ state: 'broken-off', end: undefined, rolledBack: false });
    expect(record?.nodes).toMatchObject([
      { name: 'node1', wasCordoned: false, end: { outcome: 'done', exitCode: 0 } },
      { name: 'node2', wasCordoned: true, end: undefined, doneSteps: [], openSteps: [{ kind: 'hold' }] },
    ]);
    expect(record?.nodes[0]?.doneSteps.map(({ kind }) => kind)).toEqual(['hold', 'mark', 'drain']);
    expect(record?.nodes[0]?.openSteps.map(({ kind }) => kind)).toEqual([
      'surge',
      'escalate',
      'exec',
      'out-of-service',
    ]);
    expect(record && isUnfinished(record)).toBe(true);
    expect(record && unfinishedNodes(record).map(({ name }) => name)).toEqual(['node2']);
  });

  it('knows a run that a process works on from one whose process died', async () => {
    const world = await journalWorld();
    const journal = await createJournal(world, aRun());
    expect((await readRun(world, journal.runId))?.state).toBe('running');
    // As after kill -9: nobody gave the lock back.
    expect((await readRun(dead(world), journal.runId))?.state).toBe('broken-off');
    await journal.finish('done', 0);
    await journal.close();
    expect(await readRun(world, journal.runId)).toMatchObject({ state: 'finished', end: { exitCode: 0 } });
  });

  it('never throws for a cut at any byte, and lists what can be listed', async () => {
    const world = await journalWorld();
    const runId = await brokenOff(world);
    const file = runFile(world.runs, runId);
    const { size } = await stat(file);
    for (let length = size - 1; length >= 0; length -= 7) {
      await truncate(file, length);
      const record = await readRun(world, runId);
      expect((await listRuns(world)).runs).toHaveLength(record ? 1 : 0);
    }
  });

  it('does not follow links, and names the file that it cannot read', async () => {
    const world = await journalWorld();
    const runId = await brokenOff(world, '20261121-134500-aaaaaa');
    await symlink(runFile(world.runs, runId), runFile(world.runs, '20261121-134500-bbbbbb'));
    await mkdir(runFile(world.runs, '20261121-134500-cccccc'));
    await writeFile(runFile(world.runs, '20261121-134500-dddddd'), 'not ours\n');
    await writeFile(runFile(world.runs, '20261121-134500-eeeeee'), await readFile(runFile(world.runs, runId)));
    await writeFile(join(world.runs, 'README.jsonl'), 'ignored');
    const { runs, unreadable } = await listRuns(world);
    expect(runs.map(({ header }) => header.runId)).toEqual([runId]);
    expect(unreadable.map(({ message }) => message)).toEqual([
      expect.stringMatching(/eeeeee\.jsonl, line 1, is the journal of run 20261121-134500-aaaaaa/),
      expect.stringMatching(/dddddd\.jsonl, line 1, is not JSON/),
      expect.stringMatching(/not a file: .*cccccc/),
      expect.stringMatching(/bbbbbb\.jsonl: it is a link/),
    ]);
  });
});

describe('openExisting', () => {
  it('drops the half line of a crash and goes on in the same file', async () => {
    const world = await journalWorld();
    const runId = await brokenOff(world);
    const file = runFile(world.runs, runId);
    const { size } = await stat(file);
    await truncate(file, size - 5);
    const { journal, record } = await openExisting(world, runId, 'resume');
    expect(record.nodes[1]).toMatchObject({ openSteps: [] });
    await journal.write({ type: 'intent', node: 'node2', step: { kind: 'drain' } });
    await journal.write({ type: 'node', node: 'node2', outcome: 'done', exitCode: 0 });
    await journal.finish('done', 0);
    await journal.close();
    const after = await readRun(world, runId);
    expect(after).toMatchObject({ state: 'finished', end: { outcome: 'done' } });
    expect(after?.lines.filter(({ type }) => type === 'resumed')).toMatchObject([
      { verb: 'resume', holder: 'jane@desk' },
    ]);
    expect(after && isUnfinished(after)).toBe(false);
  });

  it('takes over from a dead process, and exits 5 while it lives', async () => {
    const world = await journalWorld();
    const killed = await createJournal(world, aRun());
    const { runId } = killed;
    await expect(openExisting(world, runId, 'resume')).rejects.toMatchObject({ code: 'journal.locked', exitCode: 5 });
    const { journal } = await openExisting(dead(world), runId, 'resume');
    await journal.close();
    await killed.close();
  });

  it('leaves a corrupt file as it is', async () => {
    const world = await journalWorld();
    const runId = await brokenOff(world);
    const file = runFile(world.runs, runId);
    const spoilt = (await readFile(file, 'utf8')).replace('"intent"', '"intend"');
    await writeFile(file, `${spoilt}half a li`);
    await expect(openExisting(world, runId, 'rollback')).rejects.toMatchObject({ code: 'journal.corrupt' });
    expect(await readFile(file, 'utf8')).toBe(`${spoilt}half a li`);
    expect(await readdir(world.runs)).toEqual([`${runId}.jsonl`]);
  });
});

describe('a folder that vanished', () => {
  it('is an error of ours, not a crash', async () => {
    await expect(openExisting(await journalWorld(), '20261121-134500-a1b2c3', 'resume')).rejects.toMatchObject({
      code: 'journal.write',
      exitCode: 2,
    });
  });
});

describe('pruneRuns', () => {
  it('removes what is old, many and over, and nothing else', async () => {
    const world = await journalWorld();
    const oldMs = world.clock.now() - (keptDays + 10) * 24 * 3_600_000;
    const ids: string[] = [];
    for (let count = 0; count < keptRuns + 3; count += 1) {
      ids.push(newRunId(oldMs + count * 1000, () => 0.5));
    }
    // Only the first few have to exist as journals; the others are there to be many.
    await brokenOff(world, ids[0]);
    for (const id of ids.slice(1, 3)) {
      const journal = await createJournal(world, aRun({ runId: id }));
      await journal.finish('done', 0);
      await journal.close();
    }
    for (const id of ids.slice(3)) await writeFile(runFile(world.runs, id), '');
    expect(await pruneRuns(world)).toEqual(ids.slice(1, 3));
    expect(await pruneRuns(world)).toEqual([]);
    await rm(world.runs, { recursive: true });
    expect(await pruneRuns(world)).toEqual([]);
  });
});

describe('names', () => {
  it.each([
    ['2026', ['20261121-134500-a1b2c3'], '20261121-134500-a1b2c3'],
    ['20261121-134500-a1b2c3', ['20261121-134500-a1b2c3', '20261121-134500-a1b2c4'], '20261121-134500-a1b2c3'],
  ])('%s is short for one', (typed, ids, id) => expect(completeRunId(typed, ids)).toBe(id));

  it.each([
    ['2026', ['20261121-134500-a1b2c3', '20261121-134500-a1b2c4'], 'journal.ambiguous'],
    ['2027', ['20261121-134500-a1b2c3'], 'journal.not-found'],
    ['', ['20261121-134500-a1b2c3'], 'journal.not-found'],
    ['../../etc/passwd', ['20261121-134500-a1b2c3'], 'journal.not-found'],
  ])('%s is refused', (typed, ids, code) => {
    expect(() => completeRunId(typed, ids)).toThrow(expect.objectContaining({ code, exitCode: 2 }));
  });

  it.each([
    ['linux', {}, '/home/jane/.local/state/kmaint/runs'],
    ['linux', { XDG_STATE_HOME: '/state' }, '/state/kmaint/runs'],
    ['linux', { XDG_STATE_HOME: '' }, '/home/jane/.local/state/kmaint/runs'],
    ['darwin', {}, '/home/jane/Library/Application Support/kmaint/runs'],
    ['win32', { LOCALAPPDATA: '/local' }, '/local/kmaint/runs'],
  ])('%s %j: the folder is %s', (os, env, folder) => {
    expect(runsFolder({ os, env, homeDirectory: '/home/jane' })).toBe(folder);
  });
});
