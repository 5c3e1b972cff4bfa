import { expect, describe, test } from 'vitest';
import type { LogStream } from '../../../src/logs/local/joins.ts';
import { createRecordState, type RecordState } from '../../../src/logs/local/record-state.ts';
import { createRecordReader } from '../../../src/logs/local/records.ts';

function stateFor(stream?: LogStream, maxLineBytes = 1_000_000): RecordState {
  return createRecordState(stream, maxLineBytes);
}

/** What becomes of a file that is read in chunks of that many bytes. */
function convert(bytes: Buffer, chunkLength: number, state: RecordState): string {
  const reader = createRecordReader(state);
  const blocks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunkLength) {
    const block = reader.push(Buffer.from(bytes.subarray(at, at + chunkLength)));
    if (block) blocks.push(block);
  }
  blocks.push(reader.end() ?? Buffer.alloc(0));
  return Buffer.concat(blocks).toString('latin1') + state.joins.flush();
}

const a = '2026-11-21T02:16:18.123456789Z';
const b = '2026-11-21T02:16:18.223456789Z';
const c = '2026-11-21T02:16:18.323456789Z';

interface Row {
  readonly name: string;
  readonly file: string;
  readonly lines: string;
  readonly stream?: LogStream;
  readonly bad?: number;
}

const rows: readonly Row[] = [
  { name: 'whole lines', file: `${a} stdout F one\n${b} stderr F two\n`, lines: `${a} one\n${b} two\n` },
  { name: 'an empty line', file: `${a} stdout F \n${b} stdout F x\n`, lines: `${a} \n${b} x\n` },
  { name: 'an empty line without its space', file: `${a} stdout F\n`, lines: `${a} \n` },
  { name: 'text that looks like a record', file: `${a} stdout F ${b} stdout F x\n`, lines: `${a} ${b} stdout F x\n` },
  { name: 'carriage returns and leading spaces', file: `${a} stdout F   -n x\r\n`, lines: `${a}   -n x\r\n` },
  {
    name: 'parts, with a whole line of the other stream in between',
    file: `${a} stdout P one,\n${b} stderr F two\n${c} stdout F three\n`,
    lines: `${b} two\n${a} one,three\n`,
  },
  {
    name: 'parts of both streams in turn',
    file: `${a} stdout P 1\n${b} stderr P a\n${b} stdout P 2\n${c} stderr F b\n${c} stdout F 3\n${c} stdout F x\n`,
    lines: `${b} ab\n${a} 123\n${c} x\n`,
  },
  { name: 'a part that nothing follows', file: `${a} stdout P end`, lines: `${a} end\n` },
  {
    name: 'more tags than one',
    file: `${a} stdout F:x:y one\n${b} stdout P:z two\n${c} stdout F:z \n`,
    lines: `${a} one\n${b} two\n`,
  },
  {
    name: 'trailing zeros left out, and zones',
    file: `2026-11-21T02:16:18.12Z stdout F one\n2026-11-21T02:16:19Z stdout F two\n2026-11-21T04:16:20.5+02:00 stderr F three\n`,
    lines: `2026-11-21T02:16:18.120000000Z one\n2026-11-21T02:16:19.000000000Z two\n2026-11-21T02:16:20.500000000Z three\n`,
  },
  {
    name: 'another zone, from second to second, and a time that does not exist',
    file: [
      '2026-11-21T04:16:18.123456789+02:00 stdout F one',
      '2026-11-21T04:16:18.223456789+02:00 stderr F two',
      '2026-11-21T04:16:19.123456789+02:00 stdout F three',
      '2026-11-20T18:16:19.123456789-08:00 stdout F four',
      '2026-11-31T18:16:19.123456789-99:00 stdout F five',
      '2026-11-21T04:16:19.123456789+02:00 stderr F ',
      '2026-11-21T04:16:19.123456789+02:00 stdout P parts',
      '2026-11-21T04:16:20.123456789+02:00 stdout F  of six',
      '',
    ].join('\n'),
    lines: [
      '2026-11-21T02:16:18.123456789Z one',
      '2026-11-21T02:16:18.223456789Z two',
      '2026-11-21T02:16:19.123456789Z three',
      '2026-11-21T02:16:19.123456789Z four',
      '2026-11-31T18:16:19.123456789-99:00 stdout F five',
      '2026-11-21T02:16:19.123456789Z ',
      '2026-11-21T02:16:19.123456789Z parts of six',
      '',
    ].join('\n'),
    bad: 1,
  },
  {
    name: 'another zone, and only one stream',
    stream: 'stderr',
    file: '2026-11-21T04:16:18.1+02:00 stderr F x\n2026-11-21T04:16:18.123456789+02:00 stdout F y\n2026-11-21T04:16:18.123456789+02:00 stderr F z\n',
    lines: '2026-11-21T02:16:18.100000000Z x\n2026-11-21T02:16:18.123456789Z z\n',
  },
  {
    name: 'a first line too short for its whole timestamp',
    file: `2026-11-21T02:16:18Z stdout F \n`,
    lines: `2026-11-21T02:16:18.000000000Z \n`,
  },
  {
    name: 'lines that are no records stay',
    file: `rubbish\n${a} stdout F one\n${b} stdout Q two\n\n2026-13-21T02:16:18.123456789Q stdout F x\n`,
    lines: `rubbish\n${a} one\n${b} stdout Q two\n\n2026-13-21T02:16:18.123456789Q stdout F x\n`,
    bad: 4,
  },
  {
    name: 'only stdout',
    stream: 'stdout',
    file: `${a} stderr F one\n${b} stdout F two\n${c} stderr P x\n`,
    lines: `${b} two\n`,
  },
  {
    name: 'only stderr',
    stream: 'stderr',
    file: `${a} stderr F one\n${b} stdout F two\n${c} stdout F x\n`,
    lines: `${a} one\n`,
  },
  {
    name: 'a last line without a line feed',
    file: `${a} stdout F one\n${b} stdout F two`,
    lines: `${a} one\n${b} two\n`,
  },
  {
    name: 'docker',
    file: `{"log":"one\\n","stream":"stdout","time":"2026-11-21T02:16:18.12Z"}\n{"log":"two \\"\\u003c\\u00e9\\n","stream":"stderr","time":"${b}"}\n`,
    lines: `2026-11-21T02:16:18.120000000Z one\n${b} two "<Ã©\n`,
  },
  {
    name: 'docker: parts, attributes, empty lines and both streams',
    file: [
      `{"log":"1","stream":"stdout","time":"${a}"}`,
      `{"log":"x\\r\\n","stream":"stderr","time":"${b}"}`,
      `{"log":"2\\n","stream":"stdout","attrs":{"tag":"t"},"time":"${c}"}`,
      `{"log":"\\n","stream":"stdout","time":"${c}"}`,
      '',
    ].join('\n'),
    lines: `${b} x\r\n${a} 12\n${c} \n`,
  },
  {
    name: 'docker: only one stream, and lines that are none',
    stream: 'stderr',
    file: `{"log":"1\\n","stream":"stdout","time":"${a}"}\n{"log":\n{"log":1,"stream":"stdout","time":"${a}"}\n{"log":"2\\n","stream":"stderr","time":"${b}"}\n`,
    lines: `{"log":\n{"log":1,"stream":"stdout","time":"${a}"}\n${b} 2\n`,
    bad: 2,
  },
];

describe.each(rows)('$name', ({ file, lines, stream, bad = 0 }) => {
  test.each([1, 7, 64, 100_000])('in chunks of %i bytes', (chunkLength) => {
    const state = stateFor(stream);
    expect(convert(Buffer.from(file, 'latin1'), chunkLength, state)).toBe(lines);
    expect(state.tally.bad).toBe(bad);
  });
});

test('every byte comes through', () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index).filter((byte) => byte !== 10));
  const file = Buffer.concat([
    Buffer.from(`${a} stdout P `),
    bytes,
    Buffer.from(`\n${a} stdout F `),
    bytes,
    Buffer.from('\n'),
  ]);
  const expected = Buffer.concat([Buffer.from(`${a} `), bytes, bytes, Buffer.from('\n')]);
  expect(convert(file, 13, stateFor())).toBe(expected.toString('latin1'));
});

test('a line without end does not fill the memory', () => {
  const state = stateFor(undefined, 10);
  const file = `${a} stdout P 12345678\n`.repeat(1000) + `${a} stdout F end\n${b} stdout F next\n`;
  const lost = 8 * 1000 + 3 - 10;
  expect(Buffer.from(convert(Buffer.from(file), 100, state), 'latin1').toString()).toBe(
    `${a} 1234567812…[truncated ${lost} bytes]\n${b} next\n`,
  );
});

test('a file without line feeds is passed on in pieces', () => {
  const state = stateFor();
  const reader = createRecordReader(state);
  const piece = Buffer.alloc(1024 * 1024, 'x');
  const blocks = Array.from({ length: 5 }, () => reader.push(Buffer.from(piece)));
  expect(blocks.slice(0, 4)).toEqual([undefined, undefined, undefined, undefined]);
  expect(blocks[4]?.length).toBe(5 * piece.length + 1);
  expect(reader.end()).toBeUndefined();
  expect(state.tally.bad).toBe(1);
});

test('a mixed file of many chunks is the same as one of one chunk', () => {
  let file = '';
  for (let n = 0; n < 3000; n += 1) {
    const stamp = `2026-11-21T02:16:18.${
      String(n * 1000)
        .padStart(9, '0')
        .replace(/0+$/, '') || '0'
    }Z`;
    file += `${stamp} ${n % 3 === 0 ? 'stderr' : 'stdout'} ${n % 7 === 0 ? 'P' : 'F'} ${'x'.repeat(n % 90)}\n`;
  }
  const whole = convert(Buffer.from(file), file.length, stateFor());
  expect(whole.split('\n').every((one) => one === '' || /^2026-11-21T02:16:18\.\d{9}Z x*$/.test(one))).toBe(true);
  for (const length of [97, 4096, 65_536]) expect(convert(Buffer.from(file), length, stateFor())).toBe(whole);
});
