/** Case 42: a tail whose first line is the end of a longer one says so, where that can be known. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { LogQuery } from '../../../src/cluster/container-log.ts';
import { followContainer } from '../../../src/logs/stream/follow.ts';
import { isFragment, mayBeFragment } from '../../../src/logs/stream/fragment.ts';
import { FakeClock } from '../../support/clock.ts';
import { answerWith, textOf } from './kubelet.ts';
import { aRequest, at, kubectl } from './world.ts';

const { signal } = new AbortController();
const recordBytes = 16_384;

/** A server whose runtime cuts lines into records, and whose tails count those. */
class Records {
  readonly asked: Omit<LogQuery, 'signal'>[] = [];
  readonly #records: { readonly text: string; readonly ends: boolean }[] = [];

  write(line: string): void {
    const stamp = line.slice(0, 31);
    const message = line.slice(31);
    for (let from = 0; from === 0 || from < message.length; from += recordBytes) {
      const ends = from + recordBytes >= message.length;
      this.#records.push({ text: `${stamp}${message.slice(from, from + recordBytes)}`, ends });
    }
  }

  readonly open = (_: unknown, { signal: by, transient, ...query }: LogQuery) => {
    this.asked.push(query);
    expect(by.aborted).toBe(false);
    let text = '';
    let within = false;
    for (const record of this.#records.slice(-(query.tailLines ?? Infinity))) {
      text += (within ? record.text.slice(31) : record.text) + (record.ends ? '\n' : '');
      within = !record.ends;
    }
    const bytes = Buffer.from(text).subarray(0, query.limitBytes);
    return Promise.resolve(answerWith(Readable.from([bytes]), undefined, transient));
  };

  /** What a tail of so many shows first. */
  async first(tailLines: number): Promise<Buffer> {
    const answer = await this.open(undefined, { follow: false, tailLines, signal });
    const chunks = answer.kind === 'stream' ? await answer.body.toArray() : [];
    const block = Buffer.concat(chunks as Buffer[]);
    this.asked.length = 0;
    return block.subarray(0, block.indexOf(10) + 1);
  }
}

const long = (bytes: number): string => JSON.stringify({ text: 'x'.repeat(bytes) });

describe('isFragment', () => {
  it.each<[string, readonly string[], number, boolean, number]>([
    ['the end of a long line', [at(0, 'a'), at(1, long(40_000))], 1, true, 2],
    ['two records of it', [at(0, 'a'), at(1, long(40_000))], 2, true, 2],
    ['a short end of it', [at(0, 'a'), at(1, long(recordBytes - 10))], 1, true, 2],
    ['all of it', [at(0, 'a'), at(1, long(40_000))], 3, false, 1],
    ['a line of its own', [at(0, 'a'), at(1, 'b')], 1, false, 1],
    ['the first line of all', [at(0, 'a')], 1, false, 1],
    ['a line after a long one', [at(0, long(40_000)), at(1, 'b')], 1, false, 1],
    ['a line after one whose last record is long', [at(0, long(45_000)), at(1, 'b')], 1, false, 2],
  ])('%s', async (_, lines, tailLines, expected, asked) => {
    const records = new Records();
    for (const line of lines) records.write(line);
    const first = await records.first(tailLines);
    const request = { ...aRequest, tailLines };
    expect(await isFragment({ open: records.open, request, signal }, first)).toBe(expected);
    expect(records.asked).toHaveLength(asked);
    expect(records.asked[0]).toMatchObject({ follow: false, tailLines: tailLines + 1, limitBytes: 8_228 });
  });

  it('is not said of a log that has gone on in the meantime', async () => {
    const records = new Records();
    for (const line of [at(0, 'a'), at(1, long(40_000))]) records.write(line);
    const first = await records.first(1);
    for (const line of [at(2, long(60_000)), at(3, 'c')]) records.write(line);
    expect(await isFragment({ open: records.open, request: { ...aRequest, tailLines: 1 }, signal }, first)).toBe(false);
  });

  it('is not said when the server does not answer', async () => {
    const open = () => Promise.reject(new Error('away'));
    const request = { ...aRequest, tailLines: 1 };
    expect(await isFragment({ open, request, signal }, Buffer.from(`${at(0, 'a')}\n`))).toBe(false);
  });
});

describe('mayBeFragment', () => {
  it.each<[string, readonly string[], boolean]>([
    ['alike', [at(0, '{"a":1}'), at(1, '{"b":1}')], false],
    ['dates', [at(0, '2026-01-01 a'), at(1, '1 b')], false],
    ['levels', [at(0, 'INFO a'), at(1, 'WARN b')], false],
    ['the end of an object', [at(0, 'x":1}'), at(1, '{"b":1}')], true],
    ['one line', [at(0, 'a b')], true],
    ['one that begins within a word', [at(0, 'x":1}')], true],
    // The end of a line that was encoded begins like any other.
    ['one that begins as lines do', [at(0, 'INFO a')], true],
    ['a long one', [at(0, `a${'b'.repeat(9_000)}`), at(1, 'a')], true],
    ['an empty line, and another', [at(0, ''), at(1, '')], false],
    ['no timestamp', ['what the kubelet says'], false],
  ])('%s', (_, lines, expected) => {
    expect(mayBeFragment(Buffer.from(textOf(lines)))).toBe(expected);
  });
});

describe('a tail', () => {
  it.each<[string, number | undefined, readonly string[], string?]>([
    ['says it before it ends', 1, ['attached', 'fragment']],
    ['says it of one that begins as lines do', 1, ['attached', 'fragment'], 'A'.repeat(20_000)],
    ['says nothing of a whole line', 3, ['attached']],
    ['says nothing of a short line', 1, ['attached'], 'A'],
    ['says nothing without a tail', undefined, ['attached']],
  ])('%s', async (_, tailLines, expected, last = long(40_000)) => {
    const records = new Records();
    for (const line of [at(0, 'a'), at(1, last)]) records.write(line);
    const notices: string[] = [];
    const end = await followContainer(
      {
        open: records.open,
        clock: new FakeClock(),
        kubectl,
        container: () => undefined,
        changed: () => new Promise(() => {}),
      },
      { ...aRequest, follow: false, tailLines },
      { block: () => undefined, notice: ({ kind }) => void notices.push(kind) },
      signal,
    );
    expect([end.kind, notices]).toEqual(['ended', expected]);
  });
});
