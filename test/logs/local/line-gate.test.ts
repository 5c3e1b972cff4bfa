import { describe, expect, test } from 'vitest';
import { afterLines, createLineGate, type GateOptions } from '../../../src/logs/local/line-gate.ts';
import { stampFor } from './node-folders.ts';

const none: GateOptions = { since: undefined, until: undefined, skip: 0, head: undefined };

function through(options: Partial<GateOptions>, numbers: readonly (number | string)[], blockLines: number): string {
  const gate = createLineGate({ ...none, ...options });
  let out = '';
  for (let at = 0; at < numbers.length; at += blockLines) {
    const block = numbers
      .slice(at, at + blockLines)
      .map((n) => (typeof n === 'string' ? `${n}\n` : `${stampFor(n)} ${n}\n`));
    out += gate.pass(Buffer.from(block.join('')))?.toString() ?? '';
  }
  return out
    .replaceAll(/^\S+Z /gm, '')
    .trimEnd()
    .split('\n')
    .join(' ');
}

interface Row {
  readonly name: string;
  readonly options: Partial<GateOptions>;
  readonly numbers: readonly (number | string)[];
  readonly left: string;
}

const rows: readonly Row[] = [
  { name: 'all', options: {}, numbers: [1, 2, 3], left: '1 2 3' },
  { name: 'since', options: { since: stampFor(2) }, numbers: [1, 2, 3], left: '2 3' },
  { name: 'since, out of order', options: { since: stampFor(5) }, numbers: [1, 6, 3, 7, 4, 5], left: '6 7 5' },
  {
    name: 'since, settled after ten seconds',
    options: { since: stampFor(5) },
    numbers: [1, 5, 10_006, 3],
    left: '5 10006 3',
  },
  { name: 'since, later than all', options: { since: stampFor(9) }, numbers: [1, 2, 3], left: '' },
  { name: 'until', options: { until: stampFor(2) }, numbers: [1, 2, 3, 2], left: '1 2 2' },
  {
    name: 'until, over after ten seconds',
    options: { until: stampFor(5) },
    numbers: [1, 6, 5, 10_006, 3],
    left: '1 5',
  },
  { name: 'since and until', options: { since: stampFor(2), until: stampFor(3) }, numbers: [1, 2, 3, 4], left: '2 3' },
  { name: 'head', options: { head: 2 }, numbers: [1, 2, 3], left: '1 2' },
  { name: 'head of none', options: { head: 0 }, numbers: [1, 2, 3], left: '' },
  { name: 'head after since', options: { head: 2, since: stampFor(2) }, numbers: [1, 2, 3, 4], left: '2 3' },
  { name: 'skip', options: { skip: 2 }, numbers: [1, 2, 3, 4], left: '3 4' },
  {
    name: 'skip counts only what is early enough',
    options: { skip: 1, until: stampFor(3) },
    numbers: [9, 1, 2, 3],
    left: '2 3',
  },
  {
    name: 'a line without time goes with the one before',
    options: { since: stampFor(3) },
    numbers: [1, 'a', 3, 'b'],
    left: '3 b',
  },
  { name: 'a first line without time is kept', options: { since: stampFor(3) }, numbers: ['a', 1, 4], left: 'a 4' },
];

describe.each(rows)('$name', ({ options, numbers, left }) => {
  test.each([1, 2, 100])('in blocks of %i lines', (blockLines) => {
    expect(through(options, numbers, blockLines)).toBe(left);
  });
});

test('says when nothing more can come', () => {
  const head = createLineGate({ ...none, head: 1 });
  expect(head.done).toBe(false);
  head.pass(Buffer.from(`${stampFor(1)} 1\n`));
  expect(head.done).toBe(true);

  const until = createLineGate({ ...none, until: stampFor(1) });
  until.pass(Buffer.from(`${stampFor(9000)} 1\n`));
  expect(until.done).toBe(false);
  until.pass(Buffer.from(`${stampFor(10_002)} 1\n`));
  expect(until.done).toBe(true);
});

test('counts lines', () => {
  const block = Buffer.from('a\nb\n\nc\n');
  expect(afterLines(block, 2)).toEqual({ at: 4, lines: 2 });
  expect(afterLines(block, Infinity)).toEqual({ at: 7, lines: 4 });
  expect(afterLines(block, 0)).toEqual({ at: 0, lines: 0 });
});
