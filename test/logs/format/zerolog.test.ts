/** JSON messages look as in zerolog's console. */
import { describe, expect, it } from 'vitest';
import type { FormatOptions } from '../../../src/logs/format/options.ts';
import { defaultPalette } from '../../../src/logs/format/palette.ts';
import { bytesOf } from '../../../src/logs/line.ts';
import { printed } from './lines.ts';

const show = (message: string, options: Partial<FormatOptions> = {}): string | undefined =>
  printed({ output: 'zerolog', prefix: 'none', ...options }, bytesOf(message));

describe('zerolog', () => {
  it.each([
    ['{"time":"2026-11-21T15:04:05Z","level":"info","message":"hello"}', '3:04PM INF hello\n'],
    ['{"time":"2026-11-21T00:04:05.5Z","level":"debug"}', '12:04AM DBG\n'],
    ['{"time":1136171056,"level":"trace","message":"m"}', '3:04AM TRC m\n'],
    ['{"time":1136171056.5,"level":"warn","message":"m"}', '1136171056.5 WRN m\n'],
    ['{"time":"then","level":"fatal","message":"m"}', 'then FTL m\n'],
    ['{"level":"panic"}', '<nil> PNC\n'],
    ['{"message":"m"}', '<nil> ??? m\n'],
    ['{}', '<nil> ???\n'],
    ['null', '<nil> ???\n'],
    ['{"level":"notice","message":""}', '<nil> notice\n'],
    ['{"level":30,"message":5}', '<nil> 30 5\n'],
    ['{"level":"error","caller":"main.go:12","message":"m"}', '<nil> ERR main.go:12 > m\n'],
    [
      '{"b":1.0,"a":"x y","error":"no","c":{"z":1,"y":[true,null]},"d":""}',
      '<nil> ??? error=no a="x y" b=1.0 c={"y":[true,null],"z":1} d=\n',
    ],
    ['{"a":"tab\\t\\u001b\\"ü\\u00a0\\u2028😀\\u0007"}', '<nil> ??? a="tab\\t\\x1b\\"ü\\u00a0\\u2028😀\\a"\n'],
    ['not JSON', 'not JSON\n'],
    ['[1]', '[1]\n'],
    ['"x"', '"x"\n'],
  ])('%s', (message, text) => {
    expect(show(message)).toBe(text);
  });

  it('has colours', () => {
    expect(
      show('{"time":1136171056,"level":"error","message":"m","caller":"c","error":"no","a":1}', {
        colors: defaultPalette,
      }),
    ).toBe(
      '\x1b[90m3:04AM\x1b[0m \x1b[1m\x1b[31mERR\x1b[0m\x1b[0m \x1b[1mc\x1b[0m\x1b[36m >\x1b[0m m ' +
        '\x1b[36merror=\x1b[0m\x1b[31mno\x1b[0m \x1b[36ma=\x1b[0m1\n',
    );
    expect(show('{"level":"info"}', { colors: defaultPalette })).toContain('\x1b[32mINF\x1b[0m');
  });

  it('has kail’s prefix', () => {
    expect(show('{"level":"info","message":"m"}', { prefix: 'full' })).toBe('shop/web-1[app]: <nil> INF m\n');
    expect(show('plain', { prefix: 'full' })).toBe('shop/web-1[app]: plain\n');
  });

  it('finds fields by the names that were given, and tells the time of the zone', () => {
    const zerologFields = { timestamp: 'ts', level: 'lvl', message: 'msg', error: 'err' };
    expect(
      show('{"ts":"2026-11-21T15:04:05Z","lvl":"info","msg":"m","err":"no","a":1,"time":2}', {
        zerologFields,
        timeZone: 'Asia/Kathmandu',
      }),
    ).toBe('8:49PM INF m err=no a=1 time=2\n');
  });

  it('does not let a decoded message act on the terminal', () => {
    expect(show(String.raw`{"message":"a\u001b]0;x\u0007"}`, { controlChars: 'escape' })).toBe(
      String.raw`<nil> ??? a\x1b]0;x\x07` + '\n',
    );
  });
});
