/** Every cut of a journal can be read, and loses nothing but the line that was cut. */
import { describe, expect, it } from 'vitest';
import { parseRun } from '../../src/journal/parse.ts';
import { readFile } from 'node:fs/promises';
import { runFile } from '../../src/journal/read.ts';
import { createJournal } from '../../src/journal/store.ts';
import { entries, journalWorld } from './journals.ts';
import { aRun } from './run.ts';

async function aSample(): Promise<Buffer> {
  const world = await journalWorld();
  const journal = await createJournal(world, aRun());
  for (const entry of entries) await journal.write(entry);
  await journal.finish('interrupted', 130);
  await journal.close();
  return readFile(runFile(world.runs, journal.runId));
}

describe('parseRun', () => {
  it('reads back what was written', async () => {
    const parsed = parseRun(await aSample(), 'f');
    const written = [...entries, { type: 'finished', outcome: 'interrupted', exitCode: 130 }];
    const at = '2026-11-21T13:45:00.000Z';
    expect(parsed?.lines).toEqual(written.map((line) => ({ ...line, at })));
    expect(parsed?.header).toMatchObject({ kmaint: '1.2.3', holder: 'jane@desk', verb: 'drain', nodes: aRun().nodes });
  });

  it('survives a cut at every byte, and keeps every whole line', async () => {
    const bytes = await aSample();
    const whole = parseRun(bytes, 'f');
    let wholeLines = 0;
    for (let length = 0; length <= bytes.length; length += 1) {
      if (length > 0 && bytes[length - 1] === 0x0a) wholeLines += 1;
      const parsed = parseRun(bytes.subarray(0, length), 'f');
      if (wholeLines === 0) expect(parsed).toBeUndefined();
      else {
        expect(parsed?.lines).toEqual(whole?.lines.slice(0, wholeLines - 1));
        expect(parsed?.wholeBytes).toBe(bytes.lastIndexOf(0x0a, length - 1) + 1);
      }
    }
    expect(wholeLines).toBe(entries.length + 2);
  });

  it('drops the zeros that a power cut leaves behind', async () => {
    const bytes = await aSample();
    const parsed = parseRun(Buffer.concat([bytes, Buffer.alloc(100)]), 'f');
    expect(parsed?.lines).toHaveLength(entries.length + 1);
    expect(parsed?.wholeBytes).toBe(bytes.length);
  });

  it.each<[string, (lines: string[]) => string[], RegExp]>([
    ['a line in the middle that is no JSON', (all) => all.with(3, '{"type":"in'), /^f, line 4, is not JSON/],
    ['an empty line', (all) => all.with(3, ''), /^f, line 4, is not JSON/],
    ['a line that nobody knows', (all) => all.with(2, '{"type":"party","at":"x"}'), /^f, line 3, is nothing that/],
    [
      'a step that nobody knows',
      (all) => all.with(1, '{"type":"intent","at":"x","node":"node1","step":{"kind":"explode"}}'),
      /^f, line 2, is nothing that/,
    ],
    [
      'a node that the header does not name',
      (all) => all.with(1, '{"type":"done","at":"x","node":"node9","step":"hold"}'),
      /^f, line 2, names the node node9/,
    ],
    [
      'another version',
      (all) => all.with(0, (all[0] ?? '').replace('"journal":1', '"journal":2')),
      /line 1.*version 2/,
    ],
    ['a header without nodes', (all) => all.with(0, (all[0] ?? '').replace('"nodes":', '"knots":')), /line 1.*nodes/],
    ['a second header', (all) => [...all.slice(0, 2), all[0] ?? '', ...all.slice(2)], /^f, line 3/],
    ['a foreign file', () => ['{"hello":"world"}'], /^f, line 1, is not how a journal of kmaint begins/],
    ['a text', () => ['hello'], /^f, line 1, is not JSON/],
    ['a list', () => ['null'], /^f, line 1, is not JSON/],
  ])('refuses %s', async (_, spoil, message) => {
    const lines = (await aSample()).toString().split('\n').slice(0, -1);
    const spoilt = Buffer.from(`${spoil(lines).join('\n')}\n`);
    expect(() => parseRun(spoilt, 'f')).toThrow(
      expect.objectContaining({ code: 'journal.corrupt', exitCode: 2, message: expect.stringMatching(message) }),
    );
  });
});
