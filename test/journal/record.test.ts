/** Which step a `done` line speaks of, and what fencing leaves in a journal. */
import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../src/journal/journal.ts';
import { readRun } from '../../src/journal/read.ts';
import type { NodeRecord } from '../../src/journal/record.ts';
import { runLines } from '../../src/journal/runs-text.ts';
import { createJournal } from '../../src/journal/store.ts';
import { journalWorld } from './journals.ts';
import { aRun } from './run.ts';

const node = 'node1';
const surge = (name: string): JournalEntry => ({
  type: 'intent',
  node,
  step: { kind: 'surge', namespace: 'shop', name, stamp: `stamp of ${name}` },
});
const exec = (bootID: string): JournalEntry => ({ type: 'intent', node, step: { kind: 'exec', bootID } });

/** Through the disk and back. */
async function recorded(lines: readonly JournalEntry[]): Promise<{ node: NodeRecord; text: string }> {
  const world = await journalWorld();
  const journal = await createJournal(world, aRun());
  for (const line of lines) await journal.write(line);
  await journal.close();
  const record = await readRun(world, journal.runId);
  const [first] = record?.nodes ?? [];
  if (!record || !first) throw new Error('nothing was written');
  return { node: first, text: runLines(record).join('\n') };
}

describe('a step is known to be done', () => {
  it('by its name, where several are under way at once', async () => {
    const { node: of } = await recorded([
      surge('db'),
      surge('web'),
      { type: 'done', node, step: 'surge', of: 'shop/web' },
    ]);
    expect(of.openSteps).toEqual([expect.objectContaining({ name: 'db' })]);
    expect(of.doneSteps).toEqual([expect.objectContaining({ name: 'web' })]);
  });

  it('in the order they were begun, in a journal that does not name it', async () => {
    const { node: of } = await recorded([surge('db'), surge('web'), { type: 'done', node, step: 'surge' }]);
    expect(of.openSteps).toEqual([expect.objectContaining({ name: 'web' })]);
  });

  it('in its last try, not in one that was broken off', async () => {
    const { node: of } = await recorded([exec('first'), exec('second'), { type: 'done', node, step: 'exec' }]);
    expect(of.openSteps).toEqual([{ kind: 'exec', bootID: 'first' }]);
    expect(of.doneSteps).toEqual([{ kind: 'exec', bootID: 'second' }]);
  });
});

it('fencing that had begun is shown as something that may have happened', async () => {
  const { node: of, text } = await recorded([{ type: 'intent', node, step: { kind: 'fence', by: '/opt/fence' } }]);
  expect(of.openSteps).toEqual([{ kind: 'fence', by: '/opt/fence' }]);
  expect(text).toContain('node1  begins: fence by /opt/fence');
  expect(text).toContain('node1: not finished; may have happened: fence');
});
