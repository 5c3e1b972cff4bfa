/** What counts as fields: JSON objects, klog and logfmt. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { valueAt, readPath, type Fields } from '../../../src/logs/fields/field-path.ts';
import { parseFields } from '../../../src/logs/fields/parse-fields.ts';

describe('parseFields', () => {
  it.each<[string, string, object | undefined]>([
    ['JSON', '{"level":"info","n":1,"a":{"b":[1]}}', { level: 'info', n: 1, a: { b: [1] } }],
    ['JSON with space around it', ' \t{"a":1} \r', { a: 1 }],
    ['an empty object', '{}', {}],
    ['a list', '[{"a":1}]', undefined],
    ['a text', '"a"', undefined],
    ['half an object', '{"a":1', undefined],
    ['two objects', '{"a":1}{"b":2}', undefined],
    ['an object behind words', 'got {"a":1}', undefined],
    ['logfmt', 'level=info msg="hello \\"you\\"" n=3', { level: 'info', msg: 'hello "you"', n: '3' }],
    ['logfmt with an empty value', 'a= b=""', { a: '', b: '' }],
    ['logfmt with commas', 'a=1, b=2;', { a: '1', b: '2' }],
    ['logfmt with escapes', 'msg="a\\nb\\tc\\\\d\\u00e9"', { msg: 'a\nb\tc\\dé' }],
    ['logfmt behind a time', '2026-11-21 level=warn msg=x', { level: 'warn', msg: 'x' }],
    ['one pair that begins the line', 'level=warn and more', { level: 'warn' }],
    ['a sentence with one pair', 'set x=1 please', undefined],
    ['a URL', 'GET /a?b=c&d=e HTTP/1.1', undefined],
    ['plain text', 'hello world', undefined],
    ['nothing', '', undefined],
    [
      'klog',
      'E1121 10:00:00.123456       1 file.go:12] it failed: a=b c=d',
      { level: 'error', time: '1121 10:00:00.123456', pid: 1, caller: 'file.go:12', msg: 'it failed: a=b c=d' },
    ],
    [
      'structured klog',
      'I1121 10:00:00.123456 42 main.go:7] "Pod is \\"up\\"" pod="ns/web-1" count=3 level=9',
      {
        level: 'info',
        time: '1121 10:00:00.123456',
        pid: 42,
        caller: 'main.go:7',
        msg: 'Pod is "up"',
        pod: 'ns/web-1',
        count: '3',
      },
    ],
  ])('%s', (_, text, fields) => expect(parseFields(text)).toEqual(fields));

  it('takes names of the language for what they are in the line', () => {
    const fields = parseFields('constructor=a __proto__=b') ?? {};
    expect(valueAt(fields, ['constructor'])).toBe('a');
    expect(valueAt(fields, ['__proto__'])).toBe('b');
    expect(valueAt(parseFields('{"a":1}') ?? {}, ['constructor'])).toBeUndefined();
  });

  it('reads back what a logger of logfmt wrote', () => {
    const key = fc.stringMatching(/^[a-z][a-z_.]{0,8}$/);
    fc.assert(
      fc.property(fc.dictionary(key, fc.string({ unit: 'grapheme' }), { minKeys: 1 }), (written) => {
        const line = Object.entries(written)
          .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
          .join(' ');
        expect({ ...parseFields(line) }).toEqual(written);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const fields = parseFields(text);
        expect(fields === undefined || typeof fields === 'object').toBe(true);
      }),
    );
  });
});

describe('paths', () => {
  const fields: Fields = { a: { b: { c: 1 }, 'b.c': 2 }, 'a.b': { d: 3 }, 'x.y': null, list: [{ id: 7 }], 'p q': 4 };

  it.each<[string, unknown]>([
    ['a.b.c', 1],
    ['a.b.d', 3],
    ['a["b.c"]', 2],
    ['x.y', null],
    ['list[0].id', 7],
    ['list.0.id', 7],
    ["['p q']", 4],
    ['a.z', undefined],
    ['a.b.c.d', undefined],
    ['constructor', undefined],
  ])('%s leads to %j', (text, value) => {
    const read = readPath(text, 0);
    expect(read?.end).toBe(text.length);
    expect(valueAt(fields, read?.path ?? [])).toBe(value);
  });

  it.each(['', '.a', '1a', '=', '[a]'])('%j begins no path', (text) => expect(readPath(text, 0)).toBeUndefined());

  it.each([
    ['a.', 1],
    ['a..b', 1],
    ['a[', 1],
    ['a b', 1],
  ])('%j ends early', (text, end) => expect(readPath(text, 0)?.end).toBe(end));
});
