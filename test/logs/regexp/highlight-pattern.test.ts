/** How several patterns are highlighted at once. */
import { expect, it } from 'vitest';
import { compileGoRegexp } from '../../../src/logs/regexp/go-regexp.ts';
import { highlightPattern } from '../../../src/logs/regexp/highlight-pattern.ts';

it.each<[readonly string[], string | undefined]>([
  [[], undefined],
  [['a'], '(a)'],
  [['ab', 'cd', 'abc'], '(abc|ab|cd)'],
  [['ab', 'é1'], '(é1|ab)'],
])('%j becomes %j', (patterns, joined) => expect(highlightPattern(patterns)).toBe(joined));

it('prefers the longer of two that begin alike', () => {
  const compiled = compileGoRegexp(highlightPattern(['err', 'error', 'ror']) ?? '');
  expect('value' in compiled && compiled.value.matches('an error')).toEqual([{ start: 3, end: 8 }]);
});
