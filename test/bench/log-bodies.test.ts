import { describe, expect, it } from 'vitest';
import { bodyOf, countNumbered, matchingLines, messageBytes, stampBytes } from './log-bodies.ts';

const nowMs = Date.parse('2026-11-21T02:16:18.500Z');
const all = { timestamps: true, sinceMs: undefined, tailLines: undefined };
const linesOf = (bytes: Buffer): readonly string[] => bytes.toString('latin1').split('\n').slice(0, -1);

describe('a numbered log', () => {
  const body = bodyOf({ kind: 'numbered', lines: 2_000_123 }, nowMs);

  it('has lines of one length, each with its number and a time a microsecond later', () => {
    const bytes = body.read(all);
    expect(bytes).toHaveLength(2_000_123 * (messageBytes + stampBytes));
    const at = (index: number): string =>
      bytes.toString('latin1', index * (messageBytes + stampBytes), (index + 1) * (messageBytes + stampBytes));
    expect(at(0)).toMatch(/^2026-11-21T02:16:15\.000000000Z line=000000000 level=info .*\n$/);
    expect(at(999_999)).toMatch(/^2026-11-21T02:16:15\.999999000Z line=000999999 /);
    expect(at(1_000_000)).toMatch(/^2026-11-21T02:16:16\.000000000Z line=001000000 /);
    expect(at(2_000_122)).toMatch(/^2026-11-21T02:16:17\.000122000Z line=002000122 /);
  });

  it('has the same messages without timestamps', () => {
    const stamped = linesOf(body.read({ ...all, tailLines: 50 }));
    const plain = linesOf(body.read({ ...all, timestamps: false, tailLines: 50 }));
    expect(plain).toEqual(stamped.map((line) => line.slice(stampBytes)));
    expect(plain).toHaveLength(50);
  });

  it('is cut by a time', () => {
    const sinceMs = Date.parse('2026-11-21T02:16:17.000Z');
    expect(linesOf(body.read({ ...all, sinceMs }))[0]).toContain('line=002000000 ');
    expect(linesOf(body.read({ ...all, sinceMs }))).toHaveLength(123);
    expect(body.read({ ...all, sinceMs: nowMs })).toHaveLength(0);
  });

  it('knows how many of its lines match', () => {
    const lines = linesOf(body.read({ ...all, tailLines: 1_004 }));
    const found = lines.filter((line) => /level=(error|warn)/.test(line)).length;
    expect(found).toBe(matchingLines(2_000_123) - matchingLines(2_000_123 - 1_004));
  });
});

describe('a log of text', () => {
  const bytes = Buffer.from('one\n\n\xff\r\nlast', 'latin1');
  const body = bodyOf({ kind: 'text', bytes, startMs: nowMs, stepMs: 1000 }, nowMs);

  it('keeps its bytes', () => {
    expect(body.read({ ...all, timestamps: false })).toEqual(bytes);
    expect(body.read(all).toString('latin1')).toBe(
      '2026-11-21T02:16:18.500456789Z one\n2026-11-21T02:16:19.500456789Z \n2026-11-21T02:16:20.500456789Z \xff\r\n2026-11-21T02:16:21.500456789Z last',
    );
  });

  it('is cut by a number and by a time', () => {
    expect(body.read({ ...all, timestamps: false, tailLines: 1 }).toString()).toBe('last');
    expect(body.read({ ...all, timestamps: false, sinceMs: nowMs + 2500 }).toString()).toBe('last');
  });
});

describe('counting', () => {
  const message = (number: number): string =>
    `${`line=${String(number).padStart(9, '0')} `.padEnd(messageBytes - 1, 'x')}\n`;

  it.each<[string, string, { lines: number; missing: number; doubled: number }]>([
    ['all', `a ${message(0)}b ${message(0)}a ${message(1)}b ${message(1)}`, { lines: 4, missing: 0, doubled: 0 }],
    ['a lost line', `a ${message(0)}b ${message(0)}b ${message(1)}`, { lines: 3, missing: 1, doubled: 0 }],
    ['a doubled line', `a ${message(0)}a ${message(0)}a ${message(1)}`, { lines: 3, missing: 2, doubled: 1 }],
    ['a cut line', `a ${message(0).slice(0, 50)}\na ${message(1)}`, { lines: 2, missing: 3, doubled: 0 }],
    ['nothing', '', { lines: 0, missing: 4, doubled: 0 }],
  ])('finds %s', (_, output, found) => {
    expect(countNumbered(Buffer.from(output), 2, 2)).toEqual(found);
  });
});
