/** Nothing in a log acts on the terminal, and colours stay. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { neutraliseJson, neutraliser, type ControlChars } from '../../../src/logs/format/neutralise.ts';
import { defaultPalette } from '../../../src/logs/format/palette.ts';
import { leavesOpen } from '../../../src/logs/format/sgr-state.ts';
import { bytesOf } from '../../../src/logs/line.ts';
import { printed } from './lines.ts';

function cleaned(mode: ControlChars, text: string): string {
  const clean = neutraliser(mode);
  if (!clean) throw new Error('nothing to do');
  return clean(text);
}

describe('control characters', () => {
  it.each<[string, string, string, string]>([
    ['plain text', 'plain\ttext', 'plain\ttext', 'plain\ttext'],
    ['other languages', bytesOf('grüße – €Ü😀'), bytesOf('grüße – €Ü😀'), bytesOf('grüße – €Ü😀')],
    ['a colour', '\x1b[31mred\x1b[0m.', '\x1b[31mred\x1b[0m.', '\x1b[31mred\x1b[0m.'],
    ['a title', 'a\x1b]0;title\x07b', String.raw`a\x1b]0;title\x07b`, 'ab'],
    ['a title that ends the long way', 'a\x1b]0;t\x1b\\b', String.raw`a\x1b]0;t\x1b\b`, 'ab'],
    ['a title of other languages', bytesOf('a\x1b]0;Üb\x07c'), bytesOf(String.raw`a\x1b]0;Üb\x07c`), 'ac'],
    ['a title that never ends', 'a\x1b]0;title', String.raw`a\x1b]0;title`, 'a0;title'],
    ['a device string', 'a\x1bPq#1\x1b\\b', String.raw`a\x1bPq#1\x1b\b`, 'ab'],
    ['moving the cursor', 'a\x1b[2Jb\x1b[?25lc', String.raw`a\x1b[2Jb\x1b[?25lc`, 'abc'],
    ['half a sequence', 'a\x1b[', String.raw`a\x1b[`, 'a'],
    ['a lone escape', 'a\x1b', String.raw`a\x1b`, 'a'],
    ['a charset', 'a\x1b(0b', String.raw`a\x1b(0b`, 'ab'],
    ['a return within', 'a\rb', String.raw`a\x0db`, 'ab'],
    ['a return at the end', 'a\r', 'a\r', 'a\r'],
    ['bell, backspace, nul and delete', 'a\x07\b\x00\x7fb', String.raw`a\x07\x08\x00\x7fb`, 'ab'],
    ['C1 as UTF-8', bytesOf('a\u009b2Jb\u0085c'), String.raw`a\x9b2Jb\x85c`, 'abc'],
    ['a C1 title', bytesOf('a\u009d0;t\u009cb'), String.raw`a\x9d0;t\x9cb`, 'ab'],
    ['C1 as a byte', 'a\x9b2Jb', String.raw`a\x9b2Jb`, 'a2Jb'],
    ['other odd bytes', 'a\xff\xa0b', 'a\xff\xa0b', 'a\xff\xa0b'],
    ['an open colour', '\x1b[31mred', '\x1b[31mred\x1b[0m', '\x1b[31mred\x1b[0m'],
    ['an open colour before a line feed', '\x1b[1mx\n', '\x1b[1mx\x1b[0m\n', '\x1b[1mx\x1b[0m\n'],
    ['a colour in a C1 form', bytesOf('\u009b31mx'), String.raw`\x9b31mx`, 'x'],
  ])('%s', (_, text, escaped, stripped) => {
    expect(cleaned('escape', text)).toBe(escaped);
    expect(cleaned('strip', text)).toBe(stripped);
  });

  it('stay in raw', () => {
    expect(neutraliser('raw')).toBeUndefined();
    expect(printed({ output: 'raw' }, '\x1b[2J')).toBe('\x1b[2J\n');
  });

  it('never come through, whatever stands around them', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '\x1b',
        '\x1b[31m',
        '\x1b]',
        '\x1b\\',
        '\x9b',
        '\xc2',
        '\xc2\x9b',
        '\xe2\x80',
        'm',
        ';',
        '\r',
        '\x07',
      ),
      fc.integer({ min: 0, max: 255 }).map((byte) => (byte === 10 ? 'x' : String.fromCharCode(byte))),
    );
    fc.assert(
      fc.property(fc.array(piece), fc.constantFrom<ControlChars>('escape', 'strip'), (pieces, mode) => {
        const text = cleaned(mode, pieces.join(''));
        // oxlint-disable-next-line no-control-regex -- what must not be there
        const rest = Buffer.from(text.replaceAll(/\x1b\[[\d;:]*m/g, ''), 'latin1').toString();
        // oxlint-disable-next-line no-control-regex -- what must not be there
        expect(rest.replace(/\r$/, '')).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
        expect(leavesOpen(text)).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  it('take time in proportion to the text', () => {
    for (const one of ['\x1b]', '\xc2\x9d', '\x1b[31', '\x1b[', '\x9b', '\xc2\x9b', '\r']) {
      const text = one.repeat(100_000);
      expect(cleaned('strip', text).length).toBeLessThanOrEqual(text.length);
    }
  });
});

describe('an attribute', () => {
  it.each([
    ['', false],
    ['\x1b[0m', false],
    ['\x1b[31m', true],
    ['\x1b[31mx\x1b[m', false],
    ['\x1b[31mx\x1b[39m', false],
    ['\x1b[31;1mx\x1b[39m', true],
    ['\x1b[31;1mx\x1b[0;22m', false],
    ['\x1b[31mx\x1b[0my\x1b[32mz', true],
    ['\x1b[38;5;1mx\x1b[39m', false],
    ['\x1b[38;2;1;2;3mx\x1b[39m', false],
    ['\x1b[38;5;1;1mx\x1b[39m', true],
    ['\x1b[38:2::1:2:3mx\x1b[39m', false],
    ['\x1b[4:3mx\x1b[4:0m', false],
    ['\x1b[48;5;9mx\x1b[39m', true],
    ['\x1b[101mx\x1b[49m', false],
    ['\x1b[91mx\x1b[39m', false],
    ['\x1b[2mx\x1b[22m', false],
    ['\x1b[53mx\x1b[55m', false],
    ['\x1b[77mx', true],
  ])('%j is left on: %s', (text, open) => {
    expect(leavesOpen(text)).toBe(open);
  });
});

describe('on a terminal', () => {
  it('JSON escapes what JSON leaves as it is', () => {
    expect(neutraliseJson(bytesOf('"a\u009bb\x7fü\x1b[0m"'))).toBe(bytesOf(String.raw`"a\u009bb\u007fü`) + '\x1b[0m"');
    expect(neutraliseJson('"a\x9b"')).toBe(String.raw`"a\ufffd"`);
    expect(
      JSON.parse(printed({ output: 'extjson', controlChars: 'escape' }, bytesOf('"\u009bü"')) ?? ''),
    ).toMatchObject({
      message: '\u009bü',
    });
    expect(
      JSON.parse(printed({ output: 'json', controlChars: 'strip' }, bytesOf('\x1b[2J\u009b\x7f')) ?? ''),
    ).toMatchObject({
      message: '\x1b[2J\u009b\x7f',
    });
  });

  it('prefixes and timestamps are left alone, and colours of the message end with it', () => {
    expect(
      printed({ colors: defaultPalette, timestamps: 'short', controlChars: 'escape' }, '\x1b[32mgreen\x1b[2K'),
    ).toBe('\x1b[93mweb-1\x1b[0m \x1b[33mapp\x1b[0m 11-21 02:16:18 \x1b[32mgreen\\x1b[2K\x1b[0m\n');
  });
});
