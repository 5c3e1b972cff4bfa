/** The same lines and separators as grep prints. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContextLines, groupSeparator } from '../../../src/logs/regexp/context-lines.ts';

/** Lines are numbers; capital letters in the pattern are matches. */
function printed(before: number, after: number, pattern: string): string {
  const out: string[] = [];
  const context = new ContextLines<string>(before, after, {
    line: (line) => out.push(line),
    separator: () => out.push(groupSeparator),
  });
  for (const character of pattern) context.next(character, character === character.toUpperCase());
  return out.join('');
}

/** Looks at all lines at once. */
function expected(before: number, after: number, pattern: string): string {
  const isMatch = (index: number): boolean => {
    const character = pattern[index];
    return character !== undefined && character === character.toUpperCase();
  };
  let out = '';
  let last = -1;
  for (let index = 0; index < pattern.length; index += 1) {
    let near = false;
    for (let other = index - after; other <= index + before; other += 1) near ||= isMatch(other);
    if (!near) continue;
    if (last >= 0 && last < index - 1 && before + after > 0) out += groupSeparator;
    out += pattern[index];
    last = index;
  }
  return out;
}

describe('ContextLines', () => {
  it.each<[number, number, string, string]>([
    [0, 0, 'abCdeF', 'CF'],
    [1, 0, 'abCdeF', 'bC--eF'],
    [0, 1, 'abCdeF', 'Cd--F'],
    [1, 1, 'abCdeF', 'bCdeF'],
    [1, 1, 'abCdefG', 'bCd--fG'],
    [2, 0, 'aBcD', 'aBcD'],
    [5, 5, 'abC', 'abC'],
    [0, 2, 'ABcdefG', 'ABcd--G'],
    [1, 0, 'abc', ''],
  ])('before %i, after %i: %s prints %s', (before, after, pattern, out) => {
    expect(printed(before, after, pattern)).toBe(out);
  });

  it('prints what looking at all lines at once prints', () => {
    const pattern = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'E'), { maxLength: 30 }).map((all) => all.join(''));
    fc.assert(
      fc.property(fc.nat(4), fc.nat(4), pattern, (before, after, lines) => {
        expect(printed(before, after, lines)).toBe(expected(before, after, lines));
      }),
      { numRuns: 1000 },
    );
  });
});
