/** Names match by glob as they do by regular expression, and a comma never changes what an expression meant. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyOf, compileGlob, compilePatterns, splitPattern } from '../../../src/logs/selection/names.ts';
import { compileRegexp } from './pods.ts';

describe('compileGlob', () => {
  it.each([
    ['web', ['web'], ['web-1', 'aweb', '']],
    ['web-*', ['web-', 'web-1', 'web-1-2'], ['web', 'a-web-1']],
    ['*-db', ['-db', 'a-db'], ['a-db-1']],
    ['*', ['', 'anything'], []],
    ['a*b*c', ['abc', 'a1b2c', 'abbc', 'abcbc'], ['ab', 'ac', 'acb']],
    ['a*a', ['aa', 'aba'], ['a']],
    ['a.c', ['a.c'], ['abc']],
  ])('%s', (glob, yes, no) => {
    const test = compileGlob(glob);
    expect(yes.filter((name) => !test(name))).toEqual([]);
    expect(no.filter(test)).toEqual([]);
  });

  it('means what the regular expression with .* means', () => {
    const text = (...letters: string[]) => fc.string({ unit: fc.constantFrom(...letters), maxLength: 8 });
    fc.assert(
      fc.property(text('a', 'b', '*'), text('a', 'b'), (glob, name) => {
        const expression = new RegExp(`^${glob.replaceAll('*', '.*')}$`);
        expect(compileGlob(glob)(name)).toBe(expression.test(name));
      }),
    );
  });
});

describe('splitPattern', () => {
  it.each([
    ['web', ['web']],
    ['app1,app2', ['app1', 'app2']],
    ['app1,,app2,', ['app1', 'app2']],
    [',', []],
    ['^a,b$', ['^a', 'b$']],
    ['a{1,2}', ['a{1,2}']],
    ['a{1,2},b{3,}', ['a{1,2}', 'b{3,}']],
    ['a{1,b', ['a{1', 'b']],
    ['[a,b]c,d', ['[a,b]c', 'd']],
    ['[],a]b,c', ['[],a]b', 'c']],
    ['[^],]b,c', ['[^],]b', 'c']],
    ['[[:alpha:],]b,c', ['[[:alpha:],]b', 'c']],
    [String.raw`[\],]b,c`, [String.raw`[\],]b`, 'c']],
    ['(a,b)c,d', ['(a,b)c', 'd']],
    ['((a),b),c', ['((a),b)', 'c']],
    [String.raw`\(a,b`, [String.raw`\(a`, 'b']],
    [String.raw`a\,b`, [String.raw`a\,b`]],
    [String.raw`\Qa,b\E,c`, [String.raw`\Qa,b\E`, 'c']],
    [String.raw`\Qa,b`, [String.raw`\Qa,b`]],
    ['a,?b', ['a,?b']],
    ['a,*b', ['a,*b']],
    ['a,|b', ['a,|b']],
    ['a|,b', ['a|,b']],
    ['[a,b', ['[a,b']],
  ])('%s', (pattern, parts) => expect(splitPattern(pattern)).toEqual(parts));

  it('loses no name that the expression matched', () => {
    const pattern = fc.string({
      unit: fc.constantFrom('a', 'b', ',', '|', '(', ')', '?', '*', '{', '1', '}', '^', '$', '\\'),
      maxLength: 12,
    });
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '1'), maxLength: 5 });
    fc.assert(
      fc.property(pattern, name, (text, subject) => {
        const whole = compileRegexp(text);
        fc.pre('value' in whole && whole.value.test(subject) && text.includes(',') && splitPattern(text).length > 0);
        const joined = compileRegexp(splitPattern(text).join('|'));
        expect('value' in joined && joined.value.test(subject)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

it('compiles several patterns to one test and tells of each that is wrong', () => {
  const problems: string[] = [];
  const test = compilePatterns(
    ['^a', '(', 'b$', ')'],
    '--exclude-pod',
    compileRegexp,
    (text) => void problems.push(text),
  );
  expect(['a1', '1b', 'xax'].map((name) => test?.(name))).toEqual([true, true, false]);
  expect(problems.map((text) => text.split(':')[0])).toEqual(['--exclude-pod', '--exclude-pod']);
  expect(anyOf([])).toBeUndefined();
});
