/** Entries as they are printed. */
import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../../src/logs/line.ts';
import { entryFormat, messageOf, type EntryLook } from '../../../src/logs/node/format.ts';

const stamp = '2026-11-21T02:16:18.123456Z';
const header = 'Nov 21 02:16:18.123456 n1 kubelet[812]: ';
const entry = `${header}it: is\n${' '.repeat(header.length)}  as it is`;

function print(look: Partial<EntryLook>, text = entry, at = stamp): string {
  const format = entryFormat({
    output: 'short-precise',
    node: 'n1',
    prefixed: false,
    unit: 'kubelet',
    file: undefined,
    terminal: false,
    ...look,
  });
  return Buffer.from(format(at, bytesOf(text)), 'latin1').toString('utf8');
}

describe('entryFormat', () => {
  it.each<[string, Partial<EntryLook>, string]>([
    ['as it came', {}, `${entry}\n`],
    ['with a name', { prefixed: true }, `n1 ${entry.replace('\n', '\nn1 ')}\n`],
    ['with its year', { output: 'short-iso-precise' }, `2026-11-21T02:16:18.123456+00:00${entry.slice(22)}\n`],
    ['the message alone', { output: 'cat' }, 'it: is\n  as it is\n'],
    ['the message with a name', { output: 'cat', prefixed: true }, 'n1 it: is\nn1   as it is\n'],
    [
      'JSON',
      { output: 'json', prefixed: true },
      `{"timestamp":"${stamp}","node":"n1","unit":"kubelet","message":"it: is\\n  as it is"}\n`,
    ],
  ])('%s', (_, look, expected) => {
    expect(print(look)).toBe(expected);
  });

  it('names who wrote it where several units were asked for', () => {
    const look = { output: 'json', unit: undefined } as const;
    const unitIn = (text: string): unknown => (JSON.parse(print(look, text)) as { unit?: string }).unit;
    expect(unitIn(`${header}x`)).toBe('kubelet');
    expect(unitIn('Nov 21 02:16:18.123456 n1 systemd[1]: Started kubelet.')).toBe('systemd');
    expect(unitIn('Nov 21 02:16:18.123456 n1 kernel: x')).toBe('kernel');
    expect(unitIn('Nov 21 02:16:18.123456 n1')).toBeUndefined();
  });

  it('keeps text that is no ASCII', () => {
    expect(print({ output: 'json' }, `${header}größe`)).toContain('"message":"größe"');
    expect(print({ output: 'cat' }, `${header}größe`)).toBe('größe\n');
  });

  it('shows lines that have no time as they are', () => {
    expect(print({ output: 'cat' }, 'a: b', '')).toBe('a: b\n');
    expect(print({ output: 'short-iso-precise' }, 'a: b', '')).toBe('a: b\n');
  });

  it('lets nothing act on a terminal but colours', () => {
    const odd = `${header}\x1b]0;title\x07 \x1b[31mred`;
    expect(print({ terminal: true }, odd)).toBe(`${header}\\x1b]0;title\\x07 \x1b[31mred\x1b[0m\n`);
    expect(print({ terminal: false }, odd)).toBe(`${odd}\n`);
    expect(print({ terminal: true, output: 'json' }, `${header}\x7f\x1b`)).toContain('"\\u007f\\u001b"');
  });
});

describe('messageOf', () => {
  it.each([
    [`${header}x`, 'x'],
    [header, ''],
    [`${header}a: b: c`, 'a: b: c'],
    ['Nov 21 02:16:18.123456 n1 kernel: x', 'x'],
    ['Nov 21 02:16:18.123456 n1 odd', 'n1 odd'],
    [`Nov 21 02:16:18.123456 n1 odd\n${' '.repeat(30)}a: b`, `n1 odd\n${' '.repeat(30)}a: b`],
  ])('%j', (text, message) => {
    expect(messageOf(text)).toBe(message);
  });
});
