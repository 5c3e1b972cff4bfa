/** Every output prints a line as the tool does that it is named after. */
import { describe, expect, it } from 'vitest';
import type { FormatOptions } from '../../../src/logs/format/options.ts';
import { defaultPalette, stdinPalette } from '../../../src/logs/format/palette.ts';
import { bytesOf, type LogSource } from '../../../src/logs/line.ts';
import { aLine, printed, source } from './lines.ts';

const labelled: LogSource = {
  ...source,
  labels: { tier: 'front', app: '<web>' },
  annotations: { 'b.io/x': 'ü', 'a.io/x': '' },
};

const elsewhere: LogSource = { ...source, context: 'prod' };

describe('stern’s outputs', () => {
  it.each<[string, Partial<FormatOptions>, string, string]>([
    ['default', {}, 'default message', 'web-1 app default message\n'],
    ['an empty line', {}, '', 'web-1 app \n'],
    ['a line of Windows', {}, 'x\r', 'web-1 app x\r\n'],
    ['with the namespace', { showNamespace: true }, 'm', 'shop web-1 app m\n'],
    ['without a prefix', { prefix: 'none' }, 'm', 'm\n'],
    ['in colours', { colors: defaultPalette }, 'm', '\x1b[93mweb-1\x1b[0m \x1b[33mapp\x1b[0m m\n'],
    [
      'with the namespace in colours',
      { colors: defaultPalette, showNamespace: true },
      'm',
      '\x1b[93mshop\x1b[0m \x1b[93mweb-1\x1b[0m \x1b[33mapp\x1b[0m m\n',
    ],
    [
      'with colours by container',
      { colors: defaultPalette, diffContainer: true },
      'm',
      '\x1b[93mweb-1\x1b[0m \x1b[35mapp\x1b[0m m\n',
    ],
    ['raw', { output: 'raw', colors: defaultPalette, showNamespace: true }, ' m ', ' m \n'],
    ['extjson', { output: 'extjson' }, '{"msg":"x"}', '{"pod": "web-1", "container": "app", "message": {"msg":"x"}}\n'],
    [
      'extjson of text',
      { output: 'extjson' },
      'a "b"',
      String.raw`{"pod": "web-1", "container": "app", "message": "a \"b\""}` + '\n',
    ],
    [
      'extjson of JSON and a return',
      { output: 'extjson' },
      '{}\r',
      '{"pod": "web-1", "container": "app", "message": {}\r}\n',
    ],
    [
      'extjson of all namespaces',
      { output: 'extjson', allNamespaces: true, showNamespace: true },
      '1',
      '{"namespace": "shop", "pod": "web-1", "container": "app", "message": 1}\n',
    ],
    [
      'extjson of several namespaces',
      { output: 'extjson', showNamespace: true },
      '1',
      '{"pod": "web-1", "container": "app", "message": 1}\n',
    ],
    [
      'ppextjson of several namespaces',
      { output: 'ppextjson', showNamespace: true },
      '1',
      '{\n  "pod": "web-1",\n  "container": "app",\n  "message": 1\n}\n',
    ],
    [
      'extjson in colours',
      { output: 'extjson', colors: defaultPalette },
      '1',
      '{"pod": "\x1b[93mweb-1\x1b[0m", "container": "\x1b[33mapp\x1b[0m", "message": 1}\n',
    ],
    [
      'ppextjson',
      { output: 'ppextjson' },
      '{"msg":"x"}',
      '{\n  "pod": "web-1",\n  "container": "app",\n  "message": {"msg":"x"}\n}\n',
    ],
    [
      'ppextjson of all namespaces',
      { output: 'ppextjson', allNamespaces: true },
      'x',
      '{\n  "namespace": "shop",\n  "pod": "web-1",\n  "container": "app",\n  "message": "x"\n}\n',
    ],
    [
      'json',
      { output: 'json', colors: defaultPalette, showNamespace: true },
      'a <b>',
      String.raw`{"message":"a \u003cb\u003e","nodeName":"node1","namespace":"shop","podName":"web-1","containerName":"app","labels":null,"annotations":null}` +
        '\n',
    ],
    ['standard input', { colors: stdinPalette }, 'm', '\x1b[0mweb-1\x1b[0m \x1b[0mapp\x1b[0m m\n'],
  ])('%s', (_, options, message, text) => {
    expect(printed(options, message)).toBe(text);
  });

  it('sorts labels and annotations, and escapes them', () => {
    expect(printed({ output: 'json' }, 'm', labelled)).toContain(
      String.raw`"labels":{"app":"\u003cweb\u003e","tier":"front"},"annotations":{"a.io/x":"","b.io/x":"ü"}}`,
    );
  });
});

describe('other outputs', () => {
  it.each<[string, Partial<FormatOptions>, string]>([
    ['kubectl', { output: 'kubectl' }, '[pod/web-1/app] m\n'],
    ['kubectl without a prefix', { output: 'kubectl', prefix: 'none' }, 'm\n'],
    ['kail', { output: 'kail' }, 'shop/web-1[app]: m\n'],
    [
      'kail in colours',
      { output: 'kail', colors: defaultPalette },
      '\x1b[97;1mshop/web-1[app]\x1b[0m\x1b[97;1m: \x1b[0mm\n',
    ],
    ['kail without a prefix', { output: 'kail', prefix: 'none', colors: defaultPalette }, 'm\n'],
    ['kubetail', { output: 'kubetail' }, '[web-1 app] m\n'],
    ['kubetail in colours', { output: 'kubetail', colors: defaultPalette }, '\x1b[31m[web-1 app] m\x1b[0m\n'],
    [
      'kubetail with coloured pods',
      { output: 'kubetail', colors: defaultPalette, counting: { coloured: 'pod', skip: [1, 2], showIndex: true } },
      '\x1b[33m[3:web-1 app]\x1b[0m m\n',
    ],
    ['kubetail without a prefix', { output: 'kubetail', prefix: 'none' }, 'm\n'],
  ])('%s', (_, options, text) => {
    expect(printed(options, 'm')).toBe(text);
  });

  it.each<[string, Partial<FormatOptions>, string]>([
    ['kubetail', { output: 'kubetail' }, '[web-1] m\n'],
    ['kubetail in colours', { output: 'kubetail', colors: defaultPalette }, '\x1b[31m[web-1] m\x1b[0m\n'],
    [
      'kubetail with an index',
      { output: 'kubetail', counting: { coloured: 'pod', skip: [], showIndex: true } },
      '[1:web-1] m\n',
    ],
    ['stern', { output: 'default' }, 'web-1 app m\n'],
    ['kubectl', { output: 'kubectl' }, '[pod/web-1/app] m\n'],
    ['kail', { output: 'kail' }, 'shop/web-1[app]: m\n'],
  ])('%s names the only container of a pod, or does not', (_, options, text) => {
    expect(printed(options, 'm', { ...source, sole: true })).toBe(text);
  });

  it.each<[FormatOptions['output'], string]>([
    ['default', 'prod web-1 app m\n'],
    ['raw', 'm\n'],
    ['kubectl', '[prod/pod/web-1/app] m\n'],
    ['kail', 'prod/shop/web-1[app]: m\n'],
    ['kubetail', '[prod web-1 app] m\n'],
    ['extjson', '{"context": "prod", "pod": "web-1", "container": "app", "message": "m"}\n'],
    ['kail-json', '{"container":"app","context":"prod","message":"m","name":"web-1","namespace":"shop"}\n'],
  ])('%s names the context where there are several', (output, text) => {
    expect(printed({ output, showContext: true }, 'm', elsewhere)).toBe(text);
    expect(printed({ output }, 'm', elsewhere)).toBe(printed({ output }, 'm'));
  });

  it('puts the context last into json', () => {
    expect(printed({ output: 'json', showContext: true }, 'm', elsewhere)).toMatch(
      /"annotations":null,"context":"prod"\}\n$/,
    );
  });
});

describe('kail’s JSON', () => {
  const head = '{"container":"app","message":';
  const tail = ',"name":"web-1","namespace":"shop"}\n';

  it.each([
    ['text', '"text"'],
    ['', '""'],
    ['{"b":2,"a":1e2}', '{"a":100,"b":2}'],
    ['{"a":"<"}', String.raw`{"a":"\u003c"}`],
    ['null', 'null'],
    ['[1]', '"[1]"'],
    ['12', '"12"'],
    ['{"a":1e400}', String.raw`"{\"a\":1e400}"`],
    ['{"a":1} x', String.raw`"{\"a\":1} x"`],
    ['a\xff', String.raw`"a\ufffd"`],
    ['{"a":"\xff"}', '{"a":"\ufffd"}'],
  ])('%s', (message, json) => {
    expect(printed({ output: 'kail-json' }, message)).toBe(head + json + tail);
  });

  it('is indented as a whole', () => {
    expect(printed({ output: 'json-pretty' }, '{"a":{"b":[1]}}')).toBe(
      '{\n  "container": "app",\n  "message": {\n    "a": {\n      "b": [\n        1\n      ]\n    }\n  },\n' +
        '  "name": "web-1",\n  "namespace": "shop"\n}\n',
    );
  });
});

describe('timestamps', () => {
  it.each<[string, Partial<FormatOptions>, string]>([
    ['default', { timestamps: 'default' }, 'web-1 app 2026-11-21T02:16:18.123456789Z m\n'],
    ['short', { timestamps: 'short', timeZone: 'Asia/Tokyo' }, 'web-1 app 11-21 11:16:18 m\n'],
    ['raw', { timestamps: 'default', output: 'raw' }, '2026-11-21T02:16:18.123456789Z m\n'],
    [
      'server',
      { timestamps: 'server', output: 'kubectl', timeZone: 'Asia/Tokyo' },
      '[pod/web-1/app] 2026-11-21T02:16:18.123456789Z m\n',
    ],
  ])('%s', (_, options, text) => {
    expect(printed(options, 'm')).toBe(text);
  });

  it('are part of the message in JSON', () => {
    expect(printed({ timestamps: 'short', output: 'extjson' }, '{}')).toContain('"message": "11-21 02:16:18 {}"');
    expect(printed({ timestamps: 'short', output: 'json' }, '{}')).toContain('{"message":"11-21 02:16:18 {}",');
  });

  it('are missed only where they are asked for', () => {
    const line = aLine('no stamp', '');
    expect(printed({ timestamps: 'default' }, '', source, line)).toBe('web-1 app [missing timestamp] no stamp\n');
    expect(printed({}, '', source, line)).toBe('web-1 app no stamp\n');
    const odd = aLine('to retrieve', 'unable');
    expect(printed({ timestamps: 'short' }, '', source, odd)).toBe(
      'web-1 app [missing timestamp] unable to retrieve\n',
    );
  });
});

it('leaves bytes that are no UTF-8 alone', () => {
  for (const output of ['default', 'raw', 'kubectl', 'kail', 'kubetail'] as const) {
    expect(printed({ output, prefix: 'none' }, bytesOf('ü'))).toBe('ü\n');
    expect(printed({ output, prefix: 'none' }, '\xff\xe2')).toBe(Buffer.from('\xff\xe2\n', 'latin1').toString());
  }
});
