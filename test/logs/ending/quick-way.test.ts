/** A tail that may end by itself prints the same bytes as any other, and as quickly. */
import { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ending, type EndingDeps } from '../../../src/logs/ending/ending.ts';
import { printerFor, printTo, type Print } from '../../../src/logs/print.ts';
import { createLineWriter } from '../../../src/report/line-writer.ts';
import { FakeClock } from '../../support/clock.ts';
import { aSource } from '../../support/log-source.ts';

const source = aSource();
const at = '2026-11-21T02:16:18.123456789Z';
const prefix = 'web-1 app ';
const format = {
  forSource:
    () =>
    ({ message }: { message: string }) =>
      `${prefix}${message}\n`,
  prefixFor: () => prefix,
};

const look = { colors: undefined, diffContainer: false, showNamespace: false, showContext: false };

const findEnd: EndingDeps['findEnd'] = () => (block) => {
  const found = /[^\n]* end\n/.exec(block.toString('latin1'));
  return found ? { kind: 'match', bytes: found.index + found[0].length } : undefined;
};

interface Outcome {
  readonly bytes: string;
  readonly end: string | undefined;
  /** Blocks that became strings. */
  readonly slow: number;
}

/** What of these blocks is written. */
async function outcomeOf(blocks: readonly string[], deps: Partial<EndingDeps>, quick: boolean): Promise<Outcome> {
  let bytes = '';
  let slow = 0;
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      bytes += chunk.toString('latin1');
      done();
    },
  });
  const ending = new Ending({ clock: new FakeClock(), idleTimeoutMs: undefined, findEnd: undefined, ...deps });
  const counted = (print: Print): Print => {
    const counting = (block: Buffer): string => ((slow += 1), print(block));
    return Object.assign(counting, quick ? { swap: print.swap } : {});
  };
  const pipeline = { look, printerFor: () => counted(printerFor(source, { format, tests: [] })) };
  const print = ending.watched(pipeline).printerFor(source);
  const writer = createLineWriter(stream);
  const watched = ending.watchedWriter(writer);
  for (const block of blocks) void printTo(watched, print, Buffer.from(block, 'latin1'));
  await watched.flush();
  ending.stop();
  return { bytes, end: ending.end?.kind, slow };
}

/** Most have the usual timestamp, some have to be looked at. */
const aLine = fc
  .tuple(
    fc.constantFrom(at, at, at, '2026-11-21T02:16:18Z', 'unable'),
    fc.constantFrom('a', 'b c', 'end', '', 'caf\xc3\xa9', '  '),
  )
  .map(([stamp, message]) => `${stamp} ${message}\n`);
const someBlocks = fc.array(
  fc.array(aLine, { minLength: 1, maxLength: 5 }).map((lines) => lines.join('')),
  { minLength: 1, maxLength: 8 },
);

describe.each([
  ['--idle-timeout', { idleTimeoutMs: 10_000 }],
  ['--until-match', { findEnd }],
  ['both', { idleTimeoutMs: 10_000, findEnd }],
])('%s', (_, deps) => {
  it('prints the same by both ways, and ends with the same line', async () => {
    await fc.assert(
      fc.asyncProperty(someBlocks, async (blocks) => {
        const [quick, plain] = [await outcomeOf(blocks, deps, true), await outcomeOf(blocks, deps, false)];
        expect([quick.bytes, quick.end]).toEqual([plain.bytes, plain.end]);
      }),
      { numRuns: 150 },
    );
  });

  it('makes no string of a block of usual lines', async () => {
    const usual = Array.from({ length: 20 }, (__, block) => `${at} line ${block}\n${at} x\n`);
    const { bytes, slow } = await outcomeOf(usual, deps, true);
    expect(slow).toBe(0);
    expect(bytes).toBe(usual.join('').replaceAll(`${at} `, prefix));
  });
});

it('is the slow way where the line that ends it is written later', async () => {
  const { slow } = await outcomeOf([`${at} a\n`, `${at} end\n`], { findEnd, sorted: true }, true);
  expect(slow).toBe(2);
});

it('hears lines that go the quick way, and waits for a reader that is behind them', async () => {
  const clock = new FakeClock();
  const ending = new Ending({ clock, idleTimeoutMs: 10_000, findEnd: undefined });
  const print = ending
    .watched({ look, printerFor: () => printerFor(source, { format, tests: [] }) })
    .printerFor(source);
  let release = (): void => {};
  let behind: Promise<void> | undefined;
  const writer = ending.watchedWriter({
    room: () => ({ bytes: Buffer.alloc(1000), start: 0 }),
    filled: () => behind,
    write: () => {
      throw new Error('not the quick way');
    },
    failure: undefined,
    flush: () => Promise.resolve(),
  });
  const block = Buffer.from(`${at} a\n`);
  for (let line = 0; line < 3; line += 1) {
    await clock.advance(9_000);
    expect(printTo(writer, print, block)).toBeUndefined();
  }
  behind = new Promise<void>((resolve) => (release = resolve));
  expect(printTo(writer, print, block)).toBe(behind);
  await clock.advance(60_000);
  expect(ending.end).toBeUndefined();
  release();
  await clock.advance(9_999);
  expect(ending.end).toBeUndefined();
  await clock.advance(1);
  expect(ending.end?.kind).toBe('idle');
});
