/** Strings and validity of JSON are Go's. */
import { describe, expect, it } from 'vitest';
import { quoteJson } from '../../../src/logs/template/go-json.ts';
import { isJson } from '../../../src/logs/template/json-valid.ts';
import { encodeJson, indentJson, parseJson } from '../../../src/logs/format/json-tree.ts';
import { bytesOf } from '../../../src/logs/line.ts';

describe('a string', () => {
  it.each([
    ['plain', '"plain"'],
    ['', '""'],
    ['say "hi" \\ bye', String.raw`"say \"hi\" \\ bye"`],
    ['<a href="x">&', String.raw`"\u003ca href=\"x\"\u003e\u0026"`],
    ['\b\f\n\r\t', String.raw`"\b\f\n\r\t"`],
    ['\x00\x01\x0b\x1b\x1f', String.raw`"\u0000\u0001\u000b\u001b\u001f"`],
    ['\x7f', '"\x7f"'],
    [bytesOf('grüße € 😀'), bytesOf('"grüße € 😀"')],
    [bytesOf('a\u2028b\u2029c'), String.raw`"a\u2028b\u2029c"`],
    [bytesOf('\ufffd'), bytesOf('"\ufffd"')],
    ['a\xffb', String.raw`"a\ufffdb"`],
    // Go counts bytes, where other decoders take several for one.
    ['\xe2\x82', String.raw`"\ufffd\ufffd"`],
    ['\xe2\x82<', String.raw`"\ufffd\ufffd\u003c"`],
    ['\xc0\x80', String.raw`"\ufffd\ufffd"`],
    ['\xed\xa0\x80', String.raw`"\ufffd\ufffd\ufffd"`],
    ['\xf4\x90\x80\x80', String.raw`"\ufffd\ufffd\ufffd\ufffd"`],
    [`\xff${bytesOf('ü\u2028ü')}\n`, `"${String.raw`\ufffd`}${bytesOf('ü')}${String.raw`\u2028`}${bytesOf('ü')}\\n"`],
  ])('%j', (bytes, json) => {
    expect(quoteJson(bytes)).toBe(json);
  });
});

describe('JSON', () => {
  it.each([
    '{}',
    ' {"a":1} ',
    '{"a":1}\r',
    '[1,2]',
    '[]',
    '[ "a"]',
    '[-1]',
    '[null]',
    '[[{}]]',
    '{ }',
    '{\t"a":{}}',
    '"text"',
    '12',
    '-0.5e+3',
    'null',
    'true',
    ' false\t',
    '{"a":"\xff"}',
    bytesOf('{"ü":"\u2028"}'),
    '1e999',
    `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
  ])('%j is valid', (bytes) => {
    expect(isJson(bytes)).toBe(true);
  });

  it.each([
    '',
    ' ',
    '{',
    '{a:1}',
    "{'a':1}",
    '{"a":1}}',
    '{"a":1} x',
    '{"a":1,}',
    '"',
    '"a" "b"',
    '"a\tb"',
    '"\\x"',
    '01',
    '+1',
    '.5',
    '1.',
    '1e',
    '-',
    'NaN',
    'True',
    'nul',
    '2026-11-21T02:16:18Z {"a":1}',
    '\xef\xbb\xbf{}',
    '\xa0{}',
    '[1\xa0]',
    '[INFO] {x]',
    `${'['.repeat(10_001)}${']'.repeat(10_001)}`,
  ])('%j is not', (bytes) => {
    expect(isJson(bytes)).toBe(false);
  });

  it('is told from a long run of spaces at once', () => {
    expect(isJson(`x${' '.repeat(1_000_000)}x`)).toBe(false);
    expect(isJson(' '.repeat(1_000_000))).toBe(false);
  });
});

describe('JSON printed again', () => {
  it.each([
    ['{"b":1,"a":[true,null,"x"],"c":{}}', '{"a":[true,null,"x"],"b":1,"c":{}}'],
    ['{"2":1,"10":2,"a":3,"a":4}', '{"10":2,"2":1,"a":4}'],
    [
      '[1.0,1e21,1e20,-0,0.000001,1e-7,123456789012345678901]',
      '[1,1e+21,100000000000000000000,-0,0.000001,1e-7,123456789012345680000]',
    ],
    [String.raw`"\u00e9\u003c\ud83d\ude00\ud800"`, bytesOf(String.raw`"é\u003c😀`) + bytesOf('\ufffd"')],
    ['{"a":"\xff"}', bytesOf('{"a":"\ufffd"}')],
    ['{"__proto__":1}', '{"__proto__":1}'],
    [bytesOf('{"😀":1,"\uffee":2}'), bytesOf('{"\uffee":2,"😀":1}')],
    [' [ ] ', '[]'],
  ])('%s', (bytes, json) => {
    const node = parseJson(bytes);
    expect(node && encodeJson(node, 'float')).toBe(json);
  });

  it('keeps the text of numbers where that is asked for', () => {
    const node = parseJson('[1.0,1E5,-0,12345678901234567890]');
    expect(node && encodeJson(node, 'text')).toBe('[1.0,1E5,-0,12345678901234567890]');
  });

  it('is indented by two spaces', () => {
    const node = parseJson('{"b":{"y":[1,{"z":[]}]},"a":{}}');
    expect(node && indentJson(node)).toBe(
      '{\n  "a": {},\n  "b": {\n    "y": [\n      1,\n      {\n        "z": []\n      }\n    ]\n  }\n}',
    );
  });

  it.each(['', 'x', '{"a":1e400}', '{"a":1', '{"a" 1}', '[1 2]', '[1,]', '"a\nb"', '{1:2}', '{} {}', '-', 'nulll'])(
    '%j is refused',
    (bytes) => {
      expect(parseJson(bytes)).toBeUndefined();
    },
  );
});
