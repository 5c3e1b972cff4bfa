/** JSON is written and read as Go's encoding/json does. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../../src/logs/line.ts';
import { decodeText } from '../../../src/logs/template/bytes.ts';
import { encodeJson, quoteJson } from '../../../src/logs/template/go-json.ts';
import { isJson } from '../../../src/logs/template/json-valid.ts';
import { parseJsonObject } from '../../../src/logs/template/parse-json.ts';
import { GoFunction, GoInt, GoMap, GoSlice, type GoValue } from '../../../src/logs/template/values.ts';

describe('encodeJson', () => {
  const text = (value: string): string => bytesOf(value);
  const map = (entries: Readonly<Record<string, GoValue>>): GoMap =>
    new GoMap(new Map(Object.entries(entries).map(([key, value]) => [bytesOf(key), value])));
  const cases: readonly (readonly [value: GoValue, expected: string])[] = [
    ['plain', '"plain"'],
    ['', '""'],
    ['"\\\b\f\n\r\t\v\0\x1f\x7f', String.raw`"\"\\\b\f\n\r\t\u000b\u0000\u001f` + '\x7f"'],
    ['<a href="x">&</a>', String.raw`"\u003ca href=\"x\"\u003e\u0026\u003c/a\u003e"`],
    [text('\u2028 \u2029 ✓ é'), String.raw`"\u2028 \u2029 ✓ é"`],
    [text('\u{1f600}'), '"\u{1f600}"'],
    [
      map({ b: 1, a: map({ d: null, c: new GoSlice([true, 'x']) }), é: 2 }),
      '{"a":{"c":[true,"x"],"d":null},"b":1,"é":2}',
    ],
    [map({}), '{}'],
    [new GoMap(undefined), 'null'],
    [new GoSlice([]), '[]'],
    [null, 'null'],
    [1e21, '1e+21'],
    [1e20, '100000000000000000000'],
    [1e-6, '0.000001'],
    [1e-7, '1e-7'],
    [-0, '-0'],
    [1.5, '1.5'],
  ];
  it.each(cases)('%j', (value, expected) => {
    expect(decodeText(encodeJson(value))).toBe(expected);
  });

  it('writes whole numbers of any size', () => {
    expect(encodeJson(new GoInt(12345678901234567890n))).toBe('12345678901234567890');
  });

  it('cannot write what JSON has not', () => {
    expect(() => encodeJson(Number.NaN)).toThrow('json: unsupported value: NaN');
    expect(() => encodeJson(new GoFunction('f', [], undefined, () => ''))).toThrow('json: unsupported type: func');
  });
});

describe('quoteJson', () => {
  it('tells bytes that are no UTF-8 from the character that stands for them', () => {
    expect(quoteJson('a\xff\xfe')).toBe(String.raw`"a\ufffd\ufffd"`);
    expect(quoteJson('\xef\xbf\xbd')).toBe('"\xef\xbf\xbd"');
    expect(quoteJson('\xe2\x80\xa8\xff<')).toBe(String.raw`"\u2028\ufffd\u003c"`);
    expect(quoteJson('\xed\xa0\x80 \xc0\xaf \xf4\x90\x80\x80')).toBe(
      String.raw`"\ufffd\ufffd\ufffd \ufffd\ufffd \ufffd\ufffd\ufffd\ufffd"`,
    );
  });
});

function read(text: string, numbersAsText = false): string {
  const parsed = parseJsonObject(bytesOf(text), { numbersAsText, lenientEnd: false });
  return 'problem' in parsed ? decodeText(parsed.problem) : decodeText(encodeJson(parsed.value));
}

describe('parseJsonObject', () => {
  const cases: readonly (readonly [text: string, expected: string])[] = [
    [' {"b" : [1, 2.50, -0, 1e3], "a":{}}\n', '{"a":{},"b":[1,2.5,-0,1000]}'],
    [String.raw`{"a":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud83dx"}`, '{"a":"\\"\\\\/\\b\\f\\n\\r\\té\u{1f600}\ufffdx"}'],
    ['{"a":1,"a":2}', '{"a":2}'],
    ['{"__proto__":1}', '{"__proto__":1}'],
    ['null', 'null'],
    ['', 'unexpected end of JSON input'],
    ['  ', 'unexpected end of JSON input'],
    ['{', 'unexpected end of JSON input'],
    ['{"a":"b', 'unexpected end of JSON input'],
    ['hello', "invalid character 'h' looking for beginning of value"],
    ['\xe9', "invalid character 'Ã' looking for beginning of value"],
    ["'", String.raw`invalid character '\'' looking for beginning of value`],
    ['"', 'unexpected end of JSON input'],
    ['{a}', "invalid character 'a' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 2}', "invalid character '2' after object key:value pair"],
    ['{"a":[1 2]}', "invalid character '2' after array element"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['{"a":[1,]}', "invalid character ']' looking for beginning of value"],
    ['{} x', "invalid character 'x' after top-level value"],
    ['{"a":"\n"}', String.raw`invalid character '\n' in string literal`],
    [String.raw`{"a":"\x"}`, "invalid character 'x' in string escape code"],
    [String.raw`{"a":"\u12g4"}`, String.raw`invalid character 'g' in \u hexadecimal character escape`],
    ['{"a":tru}', "invalid character '}' in literal true (expecting 'e')"],
    ['{"a":nul', "invalid character ' ' in literal null (expecting 'l')"],
    ['{"a":1.', "invalid character ' ' after decimal point in numeric literal"],
    ['-', "invalid character ' ' in numeric literal"],
    ['1e', "invalid character ' ' in exponent of numeric literal"],
    ['{"a":"\\', "invalid character ' ' in string escape code"],
    ['{"a":"\\u00', String.raw`invalid character ' ' in \u hexadecimal character escape`],
    ['{"a":-}', "invalid character '}' in numeric literal"],
    ['{"a":01}', "invalid character '1' after object key:value pair"],
    ['{"a":1.}', "invalid character '}' after decimal point in numeric literal"],
    ['{"a":1e}', "invalid character '}' in exponent of numeric literal"],
    ['{"a":1.5e+x}', "invalid character 'x' in exponent of numeric literal"],
    ['{"a":.5}', "invalid character '.' looking for beginning of value"],
    ['[1]', 'json: cannot unmarshal array into Go value of type map[string]interface {}'],
    ['"a"', 'json: cannot unmarshal string into Go value of type map[string]interface {}'],
    ['1', 'json: cannot unmarshal number into Go value of type map[string]interface {}'],
    ['true', 'json: cannot unmarshal bool into Go value of type map[string]interface {}'],
    ['{"a":1e999}', 'json: cannot unmarshal number 1e999 into Go value of type float64'],
  ];
  it.each(cases)('%j', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it('keeps numbers as they are written when asked to', () => {
    expect(read('{"a":1.50,"b":1e999,"c":12345678901234567890}', true)).toBe(
      '{"a":1.50,"b":1e999,"c":12345678901234567890}',
    );
  });

  it('looks at nothing after the object when asked not to', () => {
    const options = { numbersAsText: true, lenientEnd: true };
    expect(parseJsonObject('{"a":1} trailing }', options)).toHaveProperty('value');
    expect(parseJsonObject('{"a":1', options)).toHaveProperty('problem');
  });

  it('survives any depth', () => {
    const deep = (count: number): string => `${'{"a":'.repeat(count)}1${'}'.repeat(count)}`;
    expect(parseJsonObject(deep(1000), { numbersAsText: false, lenientEnd: false })).toHaveProperty('value');
    expect(parseJsonObject(deep(100_000), { numbersAsText: false, lenientEnd: false })).toHaveProperty('problem');
  });

  it('reads what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.parse(read(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('agrees with JSON.parse on what is JSON', () => {
    const pieces = ['{', '}', '[', ']', ',', ':', '"', 'a', '\\', '1', '-', '.', 'e', 'true', 'null', ' ', '"a"'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 8 }), (parts) => {
        const text = parts.join('');
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        expect(isJson(text)).toBe(valid);
      }),
      { numRuns: 2000 },
    );
  });
});
