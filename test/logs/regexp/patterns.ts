/** Random patterns of Go's syntax, and texts that they may well match. */
import fc from 'fast-check';

const literal = fc.constantFrom(
  ...'aaabbckKsS01 -_.'.split(''),
  'é',
  'É',
  'ß',
  'σ',
  'ς',
  '😀',
  '𐐀',
  '𐐨',
  '\u212a',
  '\u017f',
  '\n',
  '\r',
);

const escapedLiteral = fc.constantFrom(
  '\\.',
  '\\*',
  '\\[',
  '\\\\',
  '\\-',
  '\\n',
  '\\t',
  '\\r',
  '\\v',
  '\\f',
  '\\a',
  '\\x61',
  '\\x{62}',
  '\\x{1F600}',
  '\\141',
  '\\0',
  '\\Qa.b\\E',
  '\\Q\\E',
  '{',
  '}',
  ']',
  'a{,2}',
  'b{x}',
);

const setName = fc.constantFrom(
  '\\d',
  '\\D',
  '\\s',
  '\\S',
  '\\w',
  '\\W',
  '\\pL',
  '\\PL',
  '\\pN',
  '\\p{Greek}',
  '\\P{Greek}',
  '\\p{^Greek}',
  '\\p{Lu}',
  '\\p{Ll}',
  '\\pS',
);

const posixSet = fc.constantFrom(
  '[:alpha:]',
  '[:^alpha:]',
  '[:upper:]',
  '[:lower:]',
  '[:space:]',
  '[:punct:]',
  '[:word:]',
);

const member = fc.oneof(
  fc.constantFrom(...'abkKsS01 _.*'.split(''), 'é', '😀', '\\]', '\\\\', '\\n', '\\x{10400}', '\u212a'),
  fc.constantFrom('a-c', 'A-Z', '0-9', '\\x00-\\x7f', 'a-\u{10ffff}', 'é-\u{1f64f}', ' -~'),
  setName,
  posixSet,
);

const set = fc
  .record({
    negated: fc.boolean(),
    first: fc.constantFrom('', '', ']', '-'),
    members: fc.array(member, { minLength: 1, maxLength: 3 }),
    last: fc.constantFrom('', '', '-'),
  })
  .map(({ negated, first, members, last }) => `[${negated ? '^' : ''}${first}${members.join('')}${last}]`);

const place = fc.constantFrom('^', '$', '\\A', '\\z', '\\b', '\\B');

const quantifier = fc.oneof(
  { arbitrary: fc.constantFrom('*', '+', '?', '*?', '+?', '??', '{2}', '{0,2}', '{1,3}?', '{2,}', '{0}'), weight: 20 },
  // More than the linear engine unrolls.
  { arbitrary: fc.constantFrom('{18}', '{0,17}'), weight: 1 },
);

const open = fc.constantFrom(
  '(',
  '(?:',
  '(?P<n>',
  '(?<m>',
  '(?i:',
  '(?s:',
  '(?m:',
  '(?U:',
  '(?i-s:',
  '(?im-U:',
  '(?-i:',
);

const { pattern } = fc.letrec<{ pattern: string; atom: string }>((tie) => ({
  atom: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { arbitrary: literal, weight: 6 },
    { arbitrary: fc.constant('.'), weight: 2 },
    { arbitrary: set, weight: 2 },
    { arbitrary: setName, weight: 1 },
    { arbitrary: escapedLiteral, weight: 1 },
    { arbitrary: place, weight: 1 },
    { arbitrary: fc.constantFrom('(?i)', '(?s)', '(?m)', '(?U)', '(?-i)', ''), weight: 1 },
    { arbitrary: fc.tuple(open, tie('pattern')).map(([start, inner]) => `${start}${inner})`), weight: 4 },
  ),
  pattern: fc
    .array(
      fc
        .array(fc.tuple(tie('atom'), fc.option(quantifier, { nil: '', freq: 2 })), { maxLength: 3 })
        .map((items) => items.map((item) => item.join('')).join('')),
      { minLength: 1, maxLength: 3 },
    )
    .map((alternatives) => alternatives.join('|')),
}));

/** Most are valid. */
export const goPattern: fc.Arbitrary<string> = pattern;

/** Without half characters, as no text from a log has them. */
export const someText: fc.Arbitrary<string> = fc
  .array(
    fc.constantFrom(
      ...'aaaabbbckKsS01 -_.{}[]*'.split(''),
      'é',
      'É',
      'ß',
      'ẞ',
      'σ',
      'Σ',
      '😀',
      '𐐀',
      '𐐨',
      '\u212a',
      '\u017f',
      '\ufffd',
      '\n',
      '\r',
      '\t',
    ),
    {
      maxLength: 12,
    },
  )
  .map((characters) => characters.join(''));
