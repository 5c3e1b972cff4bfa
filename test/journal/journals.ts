/** Journals in a temporary folder, and the lines of a whole run. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { JournalDeps } from '../../src/journal/deps.ts';
import type { JournalEntry } from '../../src/journal/journal.ts';
import { FakeClock } from '../support/clock.ts';

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kmaint-journal-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A machine whose state folder is temporary; only this process lives on it. */
export async function journalWorld(
  differences: Partial<JournalDeps> = {},
): Promise<JournalDeps & { readonly clock: FakeClock; readonly runs: string }> {
  const stateFolder = await temporaryFolder();
  const clock = new FakeClock(Date.parse('2026-11-21T13:45:00Z'));
  return {
    env: { XDG_STATE_HOME: stateFolder },
    homeDirectory: '/nowhere',
    os: 'linux',
    random: Math.random,
    self: { pid: process.pid, isAlive: (pid) => pid === process.pid },
    holder: 'jane@desk',
    host: 'desk',
    version: '1.2.3',
    ...differences,
    clock,
    runs: join(stateFolder, 'kmaint', 'runs'),
  };
}

/** A run with every kind of line; node1 is done, node2 was begun. */
export const entries: readonly JournalEntry[] = [
  { type: 'intent', node: 'node1', step: { kind: 'hold', wasCordoned: false } },
  {
    type: 'intent',
    node: 'node1',
    step: {
      kind: 'mark',
      labels: { 'example.com/grün': null },
      annotations: { a: 'former' },
      set: { labels: { 'example.com/grün': 'ja' }, annotations: { a: 'ours' } },
    },
  },
  { type: 'done', node: 'node1', step: 'hold' },
  { type: 'done', node: 'node1', step: 'mark' },
  { type: 'intent', node: 'node1', step: { kind: 'drain' } },
  { type: 'pod', node: 'node1', pod: 'shop/web-1', uid: 'u1', state: 'evicting' },
  { type: 'pod', node: 'node1', pod: 'shop/web-1', uid: 'u1', state: 'gone' },
  { type: 'intent', node: 'node1', step: { kind: 'surge', namespace: 'shop', name: 'db', stamp: 's1' } },
  { type: 'intent', node: 'node1', step: { kind: 'escalate', pod: 'shop/web-2', uid: 'u2', rung: 'delete' } },
  { type: 'intent', node: 'node1', step: { kind: 'exec', bootID: 'b1' } },
  { type: 'intent', node: 'node1', step: { kind: 'out-of-service' } },
  { type: 'done', node: 'node1', step: 'drain' },
  { type: 'node', node: 'node1', outcome: 'done', exitCode: 0 },
  { type: 'intent', node: 'node2', step: { kind: 'hold', wasCordoned: true } },
];
