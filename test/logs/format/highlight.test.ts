/** Matches are marked as in stern, and codes of colours stay whole. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileFormat } from '../../../src/logs/format/compile.ts';
import { compileHighlight } from '../../../src/logs/format/highlight.ts';
import { defaultPalette } from '../../../src/logs/format/palette.ts';
import { bytesOf } from '../../../src/logs/line.ts';
import { aLine, finderOf, plainDeps, plainOptions, printed, source } from './lines.ts';

const B = '\x1b[31;1m';
const E = '\x1b[0;22m';

function highlighted(patterns: readonly string[], text: string): string {
  const made = compileHighlight(patterns, finderOf);
  if ('problems' in made || !made.value) throw new Error('not compiled');
  return made.value(text);
}

describe('highlighting', () => {
  it.each<[string[], string, string]>([
    [['error'], 'an error, error\n', `an ${B}error${E}, ${B}error${E}\n`],
    [['nothing'], 'an error\n', 'an error\n'],
    [['a', 'ab'], 'abab a\n', `${B}ab${E}${B}ab${E} ${B}a${E}\n`],
    [['b*'], 'abc', `${B}${E}a${B}b${E}c${B}${E}`],
    [['x*'], bytesOf('ü'), `${B}${E}${bytesOf('ü')}${B}${E}`],
    [['ü'], bytesOf('grün'), bytesOf(`gr${B}ü${E}n`)],
    [['n'], `${bytesOf('ü')}\xffn\xe2`, `${bytesOf('ü')}\xff${B}n${E}\xe2`],
    [['.'], '\xff\n', `${B}\xff${E}\n`],
  ])('%j in %j', (patterns, text, marked) => {
    expect(highlighted(patterns, text)).toBe(marked);
  });

  it.each<[string, string, string, string]>([
    ['a match in a code is none', 'm|\\[|3', '\x1b[31mred\x1b[0m', '\x1b[31mred\x1b[0m'],
    ['a match between codes', 'red', '\x1b[31mred\x1b[0m', `\x1b[31m${B}red${E}\x1b[0m`],
    ['one that begins in a code loses that part', 'mred', '\x1b[31mred\x1b[0m', `\x1b[31m${B}red${E}\x1b[0m`],
    ['one that ends in a code loses that part', 'red.', '\x1b[31mred\x1b[0m', `\x1b[31m${B}red${E}\x1b[0m`],
    ['one that begins and ends in codes', '1mred.\\[', '\x1b[31mred\x1b[0m', `\x1b[31m${B}red${E}\x1b[0m`],
    ['whole codes may be in it', 'a.*b', 'a\x1b[31mred\x1b[0mb', `${B}a\x1b[31mred\x1b[0mb${E}`],
    ['an empty one beside a code stays', '$', '\x1b[0m', `\x1b[0m${B}${E}`],
    ['an empty one within a code goes', '(?=m)', '\x1b[0m', '\x1b[0m'],
  ])('%s', (_, pattern, text, marked) => {
    expect(highlighted([pattern], text)).toBe(marked);
  });

  it('never changes what it marks, nor cuts a code', () => {
    const piece = fc.constantFrom(
      '\x1b[31m',
      '\x1b[0m',
      '\x1b[',
      '\x1b',
      '[',
      '3',
      'm',
      '1',
      'a',
      'b ',
      bytesOf('ü'),
      '\xff',
    );
    const pattern = fc.constantFrom('m', '\\d+', '[a-z]+', '.', '.*', 'a|b', '\\[3', '1?', '\\W', 'm.', '3.*a');
    // oxlint-disable-next-line no-control-regex -- the codes begin with one
    const codes = (text: string): readonly string[] => text.match(/\x1b\[[\d;:]*m/g) ?? [];
    fc.assert(
      fc.property(fc.array(piece), fc.array(pattern, { minLength: 1, maxLength: 2 }), (pieces, patterns) => {
        const text = pieces.join('');
        const marked = highlighted(patterns, text);
        const parts = marked.replaceAll(B, E).split(E);
        expect(parts.join('')).toBe(text);
        expect(parts.flatMap(codes)).toEqual(codes(text));
      }),
      { numRuns: 1_000 },
    );
  });

  it('tells every pattern that cannot be compiled', () => {
    const made = compileHighlight(['(', 'ok', '['], finderOf);
    expect(made).toEqual({ problems: [expect.stringMatching(/^\(:/), expect.stringMatching(/^\[:/)] });
  });

  it('also finds the names before a message', () => {
    expect(printed({ colors: defaultPalette, highlight: ['web|m'] }, 'm')).toBe(
      `\x1b[93m${B}web${E}-1\x1b[0m \x1b[33mapp\x1b[0m ${B}m${E}\n`,
    );
  });

  it('needs colours', () => {
    expect(printed({ highlight: ['m'] }, 'm')).toBe('web-1 app m\n');
  });

  it('leaves a line without a timestamp as it is', () => {
    const options = { ...plainOptions, colors: defaultPalette, highlight: ['m'], timestamps: 'short' as const };
    const made = compileFormat({ ...options, output: 'raw' }, plainDeps);
    if ('problems' in made) throw new Error('not compiled');
    expect(made.value.forSource(source)(aLine('m', ''))).toBe('[missing timestamp] m\n');
    expect(made.value.forSource(source)(aLine('m'))).toBe(`11-21 02:16:18 ${B}m${E}\n`);
  });
});
