import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Format } from '../../src/logs/line.ts';
import { printerFor, printTo } from '../../src/logs/print.ts';
import type { LineWriter } from '../../src/report/line-writer.ts';
import { aSource } from '../support/log-source.ts';

const source = aSource({ namespace: 'prod' });
const at = '2026-11-21T02:16:18.123456789Z';

/** The same format with and without the short way for whole blocks. */
function formats(prefix: string): { readonly quick: Format; readonly slow: Format } {
  const forSource = () => (line: { readonly message: string }) => `${prefix}${line.message}\n`;
  return { quick: { forSource, prefixFor: () => prefix }, slow: { forSource, prefixFor: undefined } };
}

function printed(format: Format, block: string): string {
  const out = printerFor(source, { format, tests: [] })(Buffer.from(block, 'latin1'));
  return Buffer.from(out, 'latin1').toString('latin1');
}

/** The same by way of a room for it, at an odd place of it, with nothing written beside it; undefined: by no such way. */
function printedInto(format: Format, block: string, sieve?: (block: string) => string): string | undefined {
  const room = Buffer.alloc(100_000, '#');
  let asked = 0;
  let end: number | undefined;
  const writer: LineWriter = {
    room: (bytes) => ((asked = bytes), { bytes: room, start: 777 }),
    filled: (to) => void (end = to),
    write: () => undefined,
    failure: undefined,
    flush: () => Promise.resolve(),
  };
  void printTo(writer, printerFor(source, { format, tests: [], sieve }), Buffer.from(block, 'latin1'));
  expect(room.subarray(0, 777).every((byte) => byte === 35)).toBe(true);
  expect(room.subarray(777 + asked).every((byte) => byte === 35)).toBe(true);
  return end === undefined ? undefined : room.toString('latin1', 777, end);
}

describe('a block of lines', () => {
  test.each([
    ['one line', `${at} hello\n`, 'web-1 app hello\n'],
    ['an empty message', `${at} \n`, 'web-1 app \n'],
    ['spaces are kept', `${at}   a  b \n`, 'web-1 app   a  b \n'],
    ['a carriage return stays', `${at} a\r\n`, 'web-1 app a\r\n'],
    ['a message that begins with a timestamp keeps it', `${at} ${at} x\n`, `web-1 app ${at} x\n`],
    ['an offset instead of Z', `2026-11-21T10:16:18.123456789+08:00 x\n`, 'web-1 app x\n'],
    ['fewer digits', `2026-11-21T10:16:18.1Z x\n`, 'web-1 app x\n'],
    ['a shorter timestamp, and a Z where a longer one ends', '2026-11-21T10:16:18.5+08:00 aZ b\n', 'web-1 app aZ b\n'],
    ['no fraction', `2026-11-21T10:16:18Z x\n`, 'web-1 app x\n'],
    [
      'a line without a timestamp is left whole',
      `unable to retrieve\n${at} x\n`,
      'web-1 app unable to retrieve\nweb-1 app x\n',
    ],
    ['a word that only begins like one', `2026-11-21Tea x\n`, 'web-1 app 2026-11-21Tea x\n'],
    ['bytes that are no UTF-8', `${at} \xff\xfe\n`, 'web-1 app \xff\xfe\n'],
    ['a last line without a line feed gets one', `${at} a`, 'web-1 app a\n'],
    ['nothing', '', ''],
  ])('%s', (_, block, expected) => {
    const { quick, slow } = formats('web-1 app ');
    expect(printed(quick, block)).toBe(expected);
    expect(printed(slow, block)).toBe(expected);
  });

  test('what means something in a replacement is printed as it is', () => {
    expect(printed(formats('$& $1 $$ ').quick, `${at} x\n`)).toBe('$& $1 $$ x\n');
  });

  const stamp = fc.constantFrom(
    `${at} `,
    '2026-11-21T02:16:18Z ',
    '2026-11-21T10:16:18.5+08:00 ',
    '',
    'x ',
    '2026-11-21T ',
  );
  const message = fc.string({ unit: fc.constantFrom('a', ' ', '\r', '$', '\xe4', '\xff', 'Z', '2', 'T', ':', '\t') });
  const lines = fc.array(fc.tuple(stamp, message));
  test('printed as a whole is printed as line by line', () => {
    fc.assert(
      fc.property(lines, fc.constantFrom('', 'p c ', '\u001b[96mp\u001b[0m '), (given, prefix) => {
        const block = given.map(([time, text]) => `${time}${text}\n`).join('');
        const { quick, slow } = formats(prefix);
        expect(printed(quick, block)).toBe(printed(slow, block));
      }),
    );
  });
});

describe('a block that is put into a room', () => {
  const usual = fc.constantFrom(`${at} `, '1999-01-01T00:00:00.000000000Z ');
  const message = fc.string({ unit: fc.constantFrom('a', ' ', '\r', '\xe4', '\xff', 'Z', 'T', ':', '.') });
  const lines = fc.array(fc.tuple(usual, message), { maxLength: 200 });
  const prefixes = fc.constantFrom('', 'p c ', 'x'.repeat(30), 'x'.repeat(31), 'x'.repeat(32), 'y'.repeat(150));

  test('is printed as ever', () => {
    fc.assert(
      fc.property(lines, prefixes, (given, prefix) => {
        const block = given.map(([time, text]) => `${time}${text}\n`).join('');
        expect(printedInto(formats(prefix).quick, block)).toBe(printed(formats(prefix).slow, block));
      }),
    );
  });

  test('and sieved first', () => {
    fc.assert(
      fc.property(lines, prefixes, (given, prefix) => {
        const block = given.map(([time, text]) => `${time}${text}\n`);
        const kept = (line: string): boolean => line.includes('a');
        const sieve = (text: string): string =>
          text
            .split(/(?<=\n)/)
            .filter(kept)
            .join('');
        const expected = printed(formats(prefix).slow, block.filter(kept).join(''));
        expect(printedInto(formats(prefix).quick, block.join(''), sieve)).toBe(expected);
      }),
    );
  });

  test.each([
    ['no timestamp', 'hello, this is a line that has no timestamp at all\n'],
    ['fewer digits', '2026-11-21T10:16:18.1Z x\n'],
    ['a timestamp without an end', `${at.slice(0, 20)}\n${at} a message\n`],
    ['no line feed', `${at} a`],
  ])('unless a line has %s', (_, odd) => {
    expect(printedInto(formats('p ').quick, `${at} x\n${odd}`)).toBeUndefined();
  });

  test('unless lines are looked at one by one', () => {
    expect(printedInto(formats('p ').slow, `${at} x\n`)).toBeUndefined();
  });
});

describe('filters', () => {
  test('all have to keep a line', () => {
    const print = printerFor(source, {
      format: formats('> ').quick,
      tests: [({ message }) => message.includes('a'), ({ message }) => !message.includes('b')],
    });
    expect(print(Buffer.from(`${at} a\n${at} ab\n${at} c\n`))).toBe('> a\n');
  });

  test('a line knows its time, its bytes and whether they are ASCII', () => {
    const seen: unknown[] = [];
    const print = printerFor(source, { format: formats('').slow, tests: [(line) => (seen.push(line), false)] });
    expect(print(Buffer.from(`${at} a\n${at} \xe4\nplain\n`, 'latin1'))).toBe('');
    expect(seen).toEqual([
      { timestamp: at, message: 'a', ascii: true },
      { timestamp: at, message: '\xe4', ascii: false },
      { timestamp: '', message: 'plain', ascii: true },
    ]);
  });
});
