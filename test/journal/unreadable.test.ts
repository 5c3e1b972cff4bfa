/** A lock or a journal that cannot be read is an error with a name, and keeps nobody from his work. */
import { mkdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { outside } from '../../src/cli/outside.ts';
import type { Surroundings } from '../../src/cli/context.ts';
import { keptDays, keptRuns } from '../../src/journal/prune.ts';
import { listRuns, lockFile, readRun, runFile } from '../../src/journal/read.ts';
import { newRunId } from '../../src/journal/run-id.ts';
import { createJournal } from '../../src/journal/store.ts';
import { journalWorld } from './journals.ts';
import { aRun } from './run.ts';

describe('a lock that cannot be read', () => {
  it('is told of one run, and does not hide the others from the list', async () => {
    const world = await journalWorld();
    const [blocked, other] = [await createJournal(world, aRun()), await createJournal(world, aRun())];
    for (const journal of [blocked, other]) await journal.close();
    // The superuser of a test may read every file, but not a folder.
    await mkdir(lockFile(world.runs, blocked.runId));
    await expect(readRun(world, blocked.runId)).rejects.toMatchObject({
      code: 'journal.read',
      exitCode: 2,
      message: expect.stringContaining('the lock cannot be read'),
    });
    const { runs, unreadable } = await listRuns(world);
    expect(runs.map(({ header }) => header.runId)).toEqual([other.runId]);
    expect(unreadable).toEqual([{ runId: blocked.runId, message: expect.stringContaining(blocked.runId) }]);
  });
});

describe('house-keeping that fails', () => {
  it('keeps no run from beginning', async () => {
    const world = await journalWorld();
    const oldMs = world.clock.now() - (keptDays + 10) * 24 * 3_600_000;
    const ids = Array.from({ length: keptRuns + 1 }, (_, count) => newRunId(oldMs + count * 1000, () => 0.5));
    await mkdir(world.runs, { recursive: true, mode: 0o700 });
    for (const id of ids) await writeFile(runFile(world.runs, id), '');
    const holder = { pid: 4242, host: hostname(), startTime: 'then' };
    await writeFile(lockFile(world.runs, ids[0] ?? ''), JSON.stringify(holder));
    const asked: number[] = [];
    const io = {
      env: world.env,
      homeDirectory: world.homeDirectory,
      platform: { os: 'linux' },
      workingDirectory: '/',
      self: {
        pid: process.pid,
        isAlive(pid: number) {
          asked.push(pid);
          if (pid === 4242) throw Object.assign(new Error('not to be asked'), { code: 'EIO' });
          return true;
        },
      },
    };
    const { journals } = await outside({ io, clock: world.clock } as unknown as Surroundings, '1.2.3');
    const journal = await journals.begin(aRun());
    expect(asked).toContain(4242);
    await journal.write({ type: 'intent', node: 'node1', step: { kind: 'cordon' } });
    await journal.close();
    expect(await readRun(world, journal.runId)).toMatchObject({ header: { verb: 'drain' } });
  });
});
