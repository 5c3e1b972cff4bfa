import { describe, expect, it } from 'vitest';
import { cursorOf } from '../../../src/logs/stream/cursor.ts';
import { RecentLines } from '../../../src/logs/stream/recent.ts';
import { Resumption, type Gap } from '../../../src/logs/stream/resumption.ts';
import { textOf } from './kubelet.ts';
import { at, some } from './world.ts';

interface Resumed {
  readonly fresh: string;
  readonly gap: Gap | undefined;
}

/** What is new of `read` after `given`, read in chunks of whole lines. */
function resume(given: readonly string[], read: readonly string[], perChunk = 1000, firstIsTail = false): Resumed {
  const cursor = cursorOf(Buffer.from(textOf(given)));
  if (!cursor) throw new Error('nothing was given');
  const resumption = new Resumption(cursor, { firstIsTail });
  let fresh = '';
  for (let from = 0; from < read.length; from += perChunk) {
    fresh += String(resumption.push(Buffer.from(textOf(read.slice(from, from + perChunk)))) ?? '');
  }
  if (resumption.searching) fresh += String(resumption.settle() ?? '');
  return { fresh, gap: resumption.gap };
}

describe('where a reading stands', () => {
  it('is two seconds before the latest line, and those since then', () => {
    const given = [at(0, 'a'), at(999, 'b'), at(1000, 'c'), at(3900, 'd')];
    expect(cursorOf(Buffer.from(textOf(given)))).toEqual({
      sinceTime: '2026-01-01T00:00:01Z',
      lines: given.slice(2),
      latest: given[3]?.slice(0, 30),
      last: given[3]?.slice(0, 30),
    });
  });

  it('goes by the latest line, which need not be the last', () => {
    const given = [at(5000, 'stdout'), at(3500, 'stderr')];
    const cursor = cursorOf(Buffer.from(textOf(given)));
    expect(cursor).toMatchObject({ sinceTime: '2026-01-01T00:00:03Z', lines: given });
    expect([cursor?.latest, cursor?.last]).toEqual(given.map((line) => line.slice(0, 30)));
  });

  it('knows zones', () => {
    expect(cursorOf(Buffer.from('2026-01-01T01:00:05.000000000+01:00 a\n'))?.sinceTime).toBe('2026-01-01T00:00:03Z');
  });

  it('is nowhere without a timestamp', () => {
    expect(cursorOf(Buffer.from('a\nb\n'))).toBeUndefined();
    expect(cursorOf(Buffer.alloc(0))).toBeUndefined();
  });

  it('counts lines without a timestamp to the line before', () => {
    const given = [at(0, 'a'), 'of a', at(9000, 'b'), 'of b'];
    expect(cursorOf(Buffer.from(textOf(given)))?.lines).toEqual(['2026-01-01T00:00:09.000000000Z b', 'of b']);
  });
});

describe('what is new', () => {
  const same = at(0, 'same');
  it.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ['nothing', some(5), some(5), []],
    ['what follows', some(5), some(9), some(4, 5)],
    ['after lines of one second', some(3), some(5), some(2, 3)],
    ['after the same text and time thrice', [same, same], [same, same, same], [same]],
    ['after the same line twice, then another', [same, same], [same, same, same, at(1, 'b')], [same, at(1, 'b')]],
    [
      'after lines out of order',
      [at(500, 'a'), at(400, 'b')],
      [at(500, 'a'), at(400, 'b'), at(450, 'c')],
      [at(450, 'c')],
    ],
    ['behind lines older than the first given', some(2, 5), some(10), some(3, 7)],
    ['behind a long past that was not given', some(2, 1000), some(1005), some(3, 1002)],
    ['after a rotation in their midst', some(10), some(8, 6), some(4, 10)],
    ['after a rotation that left the last', [same, same, at(1, 'b')], [at(1, 'b'), at(2, 'c')], [at(2, 'c')]],
    ['after a beginning that repeats', [same, at(1, 'a')], [same, same, at(1, 'a'), at(2, 'b')], [at(2, 'b')]],
  ])('%s', (_, given, read, fresh) => {
    for (const perChunk of [1, 2, 1000]) {
      expect(resume(given, read, perChunk)).toEqual({ fresh: textOf(fresh), gap: undefined });
    }
  });

  it('is all of it when none of the known lines came, and that is said', () => {
    for (const perChunk of [1, 1000]) {
      expect(resume(some(10), some(5, 60), perChunk)).toEqual({
        fresh: textOf(some(5, 60)),
        gap: { from: '2026-01-01T00:00:00.900000000Z', to: '2026-01-01T00:00:06.000000000Z' },
      });
    }
  });

  it('is nothing yet while nothing came', () => {
    expect(resume(some(10), [])).toEqual({ fresh: '', gap: undefined });
  });

  it('is known without waiting for what follows', () => {
    const cursor = cursorOf(Buffer.from(textOf(some(5))));
    if (!cursor) throw new Error('nothing was given');
    const resumption = new Resumption(cursor);
    expect(resumption.push(Buffer.from(textOf(some(4))))).toBeUndefined();
    expect([resumption.searching, resumption.holding]).toEqual([true, true]);
    expect(String(resumption.push(Buffer.from(textOf(some(3, 4)))))).toBe(textOf(some(2, 5)));
    expect(resumption.searching).toBe(false);
    expect(String(resumption.push(Buffer.from('any\n')))).toBe('any\n');
  });

  it('follows a line of which only the end was given, by a tail that counts records', () => {
    const long = at(0, `${'x'.repeat(40_000)}the end`);
    const given = [at(5, 'xxthe end'), at(100, 'next')];
    const read = [at(-50, 'old'), long, at(100, 'next'), at(200, 'new')];
    expect(resume(given, read, 1, true)).toEqual({ fresh: textOf([at(200, 'new')]), gap: undefined });
    expect(resume(given.slice(0, 1), read, 1, true)).toEqual({ fresh: textOf(read.slice(2)), gap: undefined });
    expect(resume(given, read, 1, false).fresh).toBe(textOf(read));
  });

  it('is found behind more than memory should hold', () => {
    const past = Array.from({ length: 60 }, (_, index) => at(index, 'x'.repeat(100_000)));
    const given = some(5, 1);
    const read = [...past, ...given, ...some(2, 6)];
    expect(resume(given, read, 1)).toEqual({ fresh: textOf(some(2, 6)), gap: undefined });
  });

  it('is not thrown away for being much', () => {
    const given = some(3);
    const read = Array.from({ length: 60 }, (_, index) => at(500 + index, 'x'.repeat(100_000)));
    const { fresh, gap } = resume(given, read, 1);
    expect(fresh).toBe(textOf(read));
    expect(gap?.to).toBe('2026-01-01T00:00:00.500000000Z');
  });
});

describe('the lines given last', () => {
  function remember(blocks: readonly string[]): RecentLines {
    const recent = new RecentLines();
    for (const block of blocks) recent.add(Buffer.from(block));
    return recent;
  }

  it('are all of them while they are few', () => {
    const lines = some(200).map((line) => `${line}\n`);
    const recent = remember(lines);
    expect(String(recent.bytes())).toBe(lines.join(''));
    expect(recent.complete).toBe(true);
  });

  it.each([
    ['single lines', 1],
    ['small blocks', 50],
    ['large blocks', 5000],
  ])('are whole, and at least 8 KiB of the end, in %s', (_, perBlock) => {
    const lines = some(20_000).map((line) => `${line}\n`);
    const blocks = Array.from({ length: lines.length / perBlock }, (_unused, index) =>
      lines.slice(index * perBlock, (index + 1) * perBlock).join(''),
    );
    const recent = remember(blocks);
    const kept = String(recent.bytes());
    expect(lines.join('').endsWith(`\n${kept}`)).toBe(true);
    expect(kept.length).toBeGreaterThan(8_000);
    expect(recent.complete).toBe(false);
  });

  it('go on behind a large block', () => {
    const large = some(1000)
      .map((line) => `${line}\n`)
      .join('');
    const small = some(3, 1000).map((line) => `${line}\n`);
    expect(String(remember([...small, large, ...small]).bytes())).toBe(large + small.join(''));
  });

  it.each([1, 10_000])('are copies: %i lines', (count) => {
    const recent = new RecentLines();
    const block = Buffer.from('a\n'.repeat(count));
    recent.add(block);
    block.fill('x');
    expect(String(recent.bytes())).toBe('a\n'.repeat(count));
  });
});
