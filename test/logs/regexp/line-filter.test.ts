/** `--include` and `--exclude` over lines and over blocks of lines. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, type LogLine } from '../../../src/logs/line.ts';
import { compileRe2 } from '../../../src/logs/regexp/re2.ts';
import { compileLineFilter, type LineFilter } from '../../../src/logs/regexp/line-filter.ts';

const timestamp = '2026-11-21T10:00:00.123456789Z';

function lineOf(text: string): LogLine {
  const message = bytesOf(text);
  return { timestamp, message, ascii: message === text };
}

function filter(include: readonly string[], exclude: readonly string[] = []): LineFilter {
  const compiled = compileLineFilter({ include, exclude });
  if ('problems' in compiled) throw new Error(compiled.problems.join('\n'));
  return compiled.value;
}

function block(messages: readonly string[]): string {
  return messages.map((message) => `${timestamp} ${message}\n`).join('');
}

/** The slow and simple way. */
function matchesAny(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => {
    const compiled = compileRe2(pattern);
    return 'value' in compiled && compiled.value.test(text);
  });
}

const patterns = fc.array(
  fc.constantFrom(
    'a',
    'b',
    'é',
    '1',
    '😀',
    'a.b',
    'a.*b',
    '(?i)K',
    '^a',
    'b$',
    '[^a]',
    '\\d\\d',
    'x|b1',
    '',
    'a?b',
    ' ',
    'Z a',
    'T1|ab',
    '\\B',
  ),
  { maxLength: 5 },
);
const searchable = fc.array(
  fc.constantFrom(
    'a',
    'b1',
    'é',
    '1',
    'a1',
    '[ab][k1]',
    '(?i)b',
    'x|b1',
    ' ',
    ' a',
    'Z a',
    'T1|ab',
    '\\s',
    '[^\\pL\\PL]',
  ),
  {
    maxLength: 2,
  },
);
const text = fc
  .array(fc.constantFrom(...'abk1 xT'.split(''), 'é', '😀', '\u212a', '\r'), { maxLength: 8 })
  .map((all) => all.join(''));

describe('compileLineFilter', () => {
  it.each<[string, readonly string[], readonly string[], boolean]>([
    ['keeps everything when nothing is asked', [], [], true],
    ['keeps what any include matches', ['nope', 'lo wor'], [], true],
    ['drops what no include matches', ['nope', '^world'], [], false],
    ['drops what any exclude matches', [], ['nope', 'w.rld'], false],
    ['keeps what no exclude matches', [], ['nope'], true],
    ['drops what both match', ['hello'], ['world'], false],
    ['does not look at the timestamp', ['2026'], [], false],
  ])('%s', (_, include, exclude, kept) => expect(filter(include, exclude).keeps(lineOf('hello world'))).toBe(kept));

  it('decides as RE2 does, pattern by pattern', () => {
    fc.assert(
      fc.property(patterns, patterns, fc.array(text, { minLength: 1, maxLength: 5 }), (include, exclude, texts) => {
        const { keeps } = filter(include, exclude);
        for (const one of texts) {
          const wanted = (include.length === 0 || matchesAny(include, one)) && !matchesAny(exclude, one);
          expect({ one, kept: keeps(lineOf(one)) }).toEqual({ one, kept: wanted });
        }
      }),
      { numRuns: 500 },
    );
  }, 60_000);

  it('sees bytes that are no UTF-8 as U+FFFD', () => {
    const broken = { timestamp, message: 'a\xffb', ascii: false };
    expect(filter(['a\ufffdb']).keeps(broken)).toBe(true);
    expect(filter(['a.b']).keeps(broken)).toBe(true);
    expect(filter(['ÿ']).keeps(broken)).toBe(false);
  });

  it('names every problem and the flag it belongs to', () => {
    expect(compileLineFilter({ include: ['a(', 'b'], exclude: ['['] })).toEqual({
      problems: [expect.stringMatching(/^--include: "a\("/), expect.stringMatching(/^--exclude: "\["/)],
    });
  });
});

describe('filterBlock', () => {
  it('keeps the same lines as line by line', () => {
    let used = 0;
    fc.assert(
      fc.property(searchable, searchable, fc.array(text, { minLength: 1, maxLength: 6 }), (include, exclude, texts) => {
        const { keeps, filterBlock } = filter(include, exclude);
        if (!filterBlock) return;
        used += 1;
        const messages = texts.map(bytesOf);
        const whole = block(messages);
        const expected = block(messages.filter((_, index) => keeps(lineOf(texts[index] ?? ''))));
        expect(filterBlock(whole)).toBe(expected);
        // The last line may lack its line feed.
        const lastKept = keeps(lineOf(texts.at(-1) ?? ''));
        expect(filterBlock(whole.slice(0, -1))).toBe(lastKept ? expected.slice(0, -1) : expected);
      }),
      { numRuns: 1000 },
    );
    expect(used).toBeGreaterThan(300);
  }, 60_000);

  it.each<[string, readonly string[], readonly string[]]>([
    ['looks only at messages', ['2026'], ['in 2026']],
    ['looks only at messages, also with several patterns', ['T10', '2026'], ['in 2026', 'T10']],
    ['finds a message that begins with the text', ['start'], ['start']],
    ['does not begin in the space before the message', [' s'], ['a s']],
  ])('%s', (_, include, kept) => {
    const all = ['nothing', 'in 2026', 'start', 'T10', 'a s', ''];
    expect(filter(include).filterBlock?.(block(all))).toBe(block(kept));
  });

  it('looks at all of a line that has no timestamp, or a shorter one', () => {
    const lines = [
      'error first\n',
      'an error\n',
      'error\n',
      '2026-11-21T10:00:00Z error\n',
      '2026-11-21T10:00:00.5+02:00 Z\n',
    ];
    const all = lines.join('');
    expect(filter(['error']).filterBlock?.(all)).toBe(lines.slice(0, 4).join(''));
    expect(filter([], ['error']).filterBlock?.(all)).toBe(lines[4]);
    expect(filter(['2026', 'T10', '02']).filterBlock?.(all)).toBe('');
    expect(filter(['Z', '(?i)x']).filterBlock?.(all)).toBe(lines[4]);
  });

  it.each([[['^a']], [['a$']], [['a.b']], [['a.*b']], [['']], [['\\ba']]])('is not used for %j', (include) =>
    expect(filter(include).filterBlock).toBeUndefined(),
  );
});
