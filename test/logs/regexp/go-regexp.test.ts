/** Go's syntax, construct by construct, and patterns that would stall a backtracking engine. */
import { describe, expect, it } from 'vitest';
import { compileGoRegexp, type GoRegexp } from '../../../src/logs/regexp/go-regexp.ts';

function compiled(pattern: string): GoRegexp {
  const result = compileGoRegexp(pattern);
  if ('problem' in result) throw new Error(result.problem);
  return result.value;
}

/** The matches, each as its text. */
function found(pattern: string, text: string): readonly string[] {
  return compiled(pattern)
    .matches(text)
    .map(({ start, end }) => text.slice(start, end));
}

describe('compileGoRegexp', () => {
  it.each<[string, string, readonly string[]]>([
    // Groups and flags.
    ['(?P<x>a)(?<y>b)', 'ab', ['ab']],
    ['(?i)err', 'Err eRR', ['Err', 'eRR']],
    ['a(?i)b|c', 'aB C A', ['aB', 'C']],
    ['a(?i:b)c', 'aBc aBC', ['aBc']],
    ['(?i)a(?-i)b', 'Ab AB', ['Ab']],
    ['(?i)k', 'k K \u212a', ['k', 'K', '\u212a']],
    ['(?i)S', 's S \u017f', ['s', 'S', '\u017f']],
    ['(?i)ß', 'ß ẞ ss', ['ß', 'ẞ']],
    ['(?i)σ', 'σ ς Σ', ['σ', 'ς', 'Σ']],
    ['(?i)[^k]', 'kK\u212aj', ['j']],
    ['(?i)\\x{10428}', '𐐀𐐨', ['𐐀', '𐐨']],
    ['(?U)a+', 'aaa', ['a', 'a', 'a']],
    ['(?U)a+?', 'aaa', ['aaa']],
    // What matches no line feed, and where lines end.
    ['a.b', 'a\nb', []],
    ['(?s)a.b', 'a\nb', ['a\nb']],
    ['a[^x]b', 'a\nb', ['a\nb']],
    ['^b$', 'a\nb\n', []],
    ['b$', 'b\n', []],
    ['(?m)^b$', 'a\nb\nc', ['b']],
    ['(?m)^b$', 'a\rb\r', []],
    ['(?m)\\Ab', 'a\nb', []],
    ['(?m)b\\z', 'b\na', []],
    // Escapes.
    ['\\Qa.b*\\E+', 'a.b***', ['a.b***']],
    ['\\Qa.b', 'a.b axb', ['a.b']],
    ['\\a\\f\\t\\n\\r\\v', '\u0007\f\t\n\r\v', ['\u0007\f\t\n\r\v']],
    ['\\123\\x7F\\x{1F600}\\0', 'S\u007f😀\0', ['S\u007f😀\0']],
    ['\\s+', ' \t\n\f\r\v\u00a0', [' \t\n\f\r']],
    ['\\w+', 'aé_1', ['a', '_1']],
    ['\\d', '1٣', ['1']],
    ['\\bé', 'é aé', ['é']],
    ['\\bé', ' é', []],
    ['\\Bé', 'xé é', ['é']],
    // Sets.
    ['[[:alpha:]]+', 'ab1', ['ab']],
    ['[[:^alpha:]x]+', 'ab1x', ['1x']],
    ['[]a]+', ']a', [']a']],
    ['[^]a]+', ']ab', ['b']],
    ['[a-]+', 'b-a', ['-a']],
    ['[-a]+', 'b-a', ['-a']],
    ['[\\]\\\\]+', ']\\', [']\\']],
    ['[[:a]+', ':[', [':[']],
    ['\\pL+', 'aéЖ1', ['aéЖ']],
    ['\\p{Greek}', 'aλ', ['λ']],
    ['\\PN+', '1a2', ['a']],
    ['[^\\x00-\\x{10FFFF}]', 'a', []],
    ['[\\x{10000}-\\x{10FFFF}]', 'a😀', ['😀']],
    // A character is one, however many units it has.
    ['^.$', '😀', ['😀']],
    ['^..$', '😀', []],
    ['.{2}', 'é😀', ['é😀']],
    ['[^a]', '😀', ['😀']],
    ['😀+', '😀😀', ['😀😀']],
    ['', '😀', ['', '']],
    // Repetition.
    ['a{,2}', 'a{,2}', ['a{,2}']],
    ['a{2', 'a{2', ['a{2']],
    ['a{02}', 'a{02}', ['a{02}']],
    ['a{1,02}', 'a{1,02}', ['a{1,02}']],
    ['a{2,3}', 'aaaaa', ['aaa', 'aa']],
    ['a{2,3}?', 'aaaaa', ['aa', 'aa']],
    ['a{0}b', 'ab', ['b']],
    ['^*a', 'a', ['a']],
    ['(?:a{20}){2}', 'a'.repeat(40), ['a'.repeat(40)]],
    ['a{3,40}', 'a'.repeat(41), ['a'.repeat(40)]],
    // Where the first alternative is empty, V8 alone would go on.
    ['(|a)*', 'aa', ['', '', '']],
    ['(|a)+', 'aa', ['', '', '']],
    ['(|a)?', 'a', ['', '']],
    // Go does not count an empty match behind another.
    ['a*', 'baac', ['', 'aa', '']],
    ['a|ab', 'ab', ['a']],
    ['x*', '😀', ['', '']],
  ])('%j in %j', (pattern, text, matches) => {
    expect(found(pattern, text)).toEqual(matches);
    expect(compiled(pattern).test(text)).toBe(matches.length > 0);
  });

  it.each<[string, RegExp]>([
    ['a(', /^"a\(" is no regular expression of Go: missing closing \)/],
    ['a)', /unexpected \)/],
    ['*', /missing argument to repetition operator: `\*`/],
    ['a**', /invalid nested repetition operator: `\*\*`/],
    ['[b-a]', /invalid character class range: `b-a`/],
    ['[a', /missing closing \]/],
    ['\\C', /invalid escape sequence: `\\C`/],
    ['\\8', /invalid escape sequence/],
    ['(a)\\1', /invalid escape sequence: `\\1`; Go has no back references/],
    ['(?=a)', /invalid or unsupported Perl syntax: `\(\?=`; Go has no lookahead/],
    ['(?<!a)', /Go has no lookahead and no lookbehind: use --exclude/],
    ['a{1001}', /invalid repeat count/],
    ['\\p{Klingon}', /invalid character class range/],
    ['[[:foo:]]', /invalid character class range/],
    ['a\\', /trailing backslash/],
    ['(?P<n>a)(?P<n>b)', /duplicate/],
    ['\ud83d', /half of a character/],
  ])('refuses %j', (pattern, problem) => {
    expect(compileGoRegexp(pattern)).toEqual({ problem: expect.stringMatching(problem) as string });
  });

  it.each<[string, string | undefined]>([
    ['error', 'error'],
    ['a\\.b', 'a.b'],
    ['\\Q[x]*\\E', '[x]*'],
    ['é😀', 'é😀'],
    ['a.b', undefined],
    ['(?i)a', undefined],
    ['(?i)1', '1'],
    ['', undefined],
    ['a|b', undefined],
    ['\ufffd', undefined],
    ['\\x{D800}', undefined],
  ])('knows the text of %j', (pattern, literal) => expect(compiled(pattern).literal).toBe(literal));

  it.each<[string, boolean]>([
    ['error|panic', true],
    ['err.*timeout', true],
    ['^[a-z]+ \\d$', true],
    ['é', true],
    ['.*é.*', true],
    ['.*[a-z]+', true],
    ['a.b', false],
    ['a.+b', false],
    ['[^a]', false],
    ['(?i)k', false],
    ['\\Ba', false],
  ])('may look at the bytes of every line for %j: %j', (pattern, asciiOnly) =>
    expect(compiled(pattern).asciiOnly).toBe(asciiOnly),
  );

  it.each([
    ['^(a+)+$', 'a', 'b'],
    ['^(a|a)*$', 'a', 'b'],
    ['(x+x+)+y', 'x', ''],
    ['(?i)^(a|a)*$', 'a', 'b'],
    ['(?m)^(a|aa)+$', 'a', 'b'],
    ['^(a?){40}a{40}$', 'a', 'b'],
    ['^(\\w+\\s?)*$', 'a', '!'],
    ['^((((((a+)b?)+)b?)+)b?)+$', 'a', 'c'],
    ['^(é|é)*$', 'é', 'b'],
    ['.*.*.*x', 'a', 'b'],
    ['^(.|.)*$', '😀', '\n'],
  ])('does not stall at %j', (pattern, repeated, end) => {
    const expression = compiled(pattern);
    const text = repeated.repeat(2000) + end;
    const started = Date.now();
    expect(expression.test(text)).toBe(false);
    expect(Date.now() - started).toBeLessThan(1000);
  });
});
