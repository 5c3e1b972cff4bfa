/** What becomes of a journal when its work or its closing fails: one error, and the lock given back. */
import { describe, expect, it } from 'vitest';
import { withJournal } from '../../src/drain/resume-parts.ts';
import { Appender, type AppendTarget } from '../../src/journal/append.ts';
import { thenClose } from '../../src/journal/closing.ts';
import type { OpenJournal } from '../../src/journal/journal.ts';
import { openJournal } from '../../src/journal/writer.ts';
import { FakeClock } from '../support/clock.ts';

const full = (): Promise<never> => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' }));

function aJournal(failing: Partial<AppendTarget> = {}): {
  readonly journal: OpenJournal;
  readonly released: boolean[];
} {
  const released: boolean[] = [];
  const file: AppendTarget = {
    write: async (_data, _offset, length) => ({ bytesWritten: length }),
    datasync: async () => {},
    truncate: async () => {},
    close: async () => {},
    ...failing,
  };
  const journal = openJournal({
    runId: 'run-1',
    file: '/runs/run-1.jsonl',
    appender: new Appender(file, 0),
    lock: { release: async () => void released.push(true) },
    clock: new FakeClock(),
    changed: true,
  });
  return { journal, released };
}

describe('a journal that cannot be closed', () => {
  it.each<[string, Partial<AppendTarget>]>([
    ['because its last lines do not get to the disk', { datasync: full }],
    ['because the system refuses', { close: full }],
  ])('says which and why, %s, and gives the lock back', async (_, failing) => {
    const { journal, released } = aJournal(failing);
    await expect(journal.close()).rejects.toMatchObject({
      code: 'journal.write',
      exitCode: 1,
      message: 'the journal cannot be closed: /runs/run-1.jsonl: the disk is full',
      hint: expect.stringContaining('kmaint resume run-1'),
    });
    expect(released).toEqual([true]);
  });

  it('tells the failure of its lock in the same way', async () => {
    const { journal } = aJournal();
    const broken = openJournal({
      runId: 'run-1',
      file: '/runs/run-1.jsonl',
      appender: new Appender({ write: full, datasync: async () => {}, truncate: full, close: async () => {} }, 0),
      lock: { release: full },
      clock: new FakeClock(),
      changed: false,
    });
    await expect(broken.close()).rejects.toMatchObject({ code: 'journal.write', exitCode: 2 });
    await expect(journal.close()).resolves.toBeUndefined();
  });
});

describe('thenClose', () => {
  it('tells the first failure when the end cannot be written, and closes all the same', async () => {
    const { journal, released } = aJournal({ write: full });
    const work = thenClose(journal, () => journal.finish('done', 0));
    await expect(work).rejects.toMatchObject({ message: expect.stringContaining('cannot be written') });
    expect(released).toEqual([true]);
  });

  it('tells what the work threw, not what the closing adds', async () => {
    const bug = new TypeError('undefined is not a function');
    const { journal } = aJournal({ close: full });
    await expect(thenClose(journal, () => Promise.reject(bug))).rejects.toBe(bug);
  });

  it('is what a resume goes by: the end that was not written counts', async () => {
    const first = new Error('the end');
    const broken: OpenJournal = {
      runId: 'run-1',
      write: async () => {},
      finish: () => Promise.reject(first),
      close: () => Promise.reject(new Error('the closing')),
    };
    await expect(withJournal(broken, async () => 0)).rejects.toBe(first);
  });

  it('tells the failure of the closing where the work went well', async () => {
    const { journal } = aJournal({ close: full });
    await expect(thenClose(journal, async () => 0)).rejects.toMatchObject({ code: 'journal.write' });
    const well = aJournal();
    expect(await thenClose(well.journal, async () => 3)).toBe(3);
    expect(well.released).toEqual([true]);
  });
});
