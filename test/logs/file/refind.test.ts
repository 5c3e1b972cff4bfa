/** What was read last is found again in a file, or is not there. */
import { property, assert as check, array, constantFrom, integer, nat } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Refinding } from '../../../src/logs/file/refind.ts';
import { lines } from './container.ts';

function offsetIn(file: string, last: string, { mixed = false, chunk = 7 } = {}): number | undefined {
  const refinding = new Refinding(Buffer.from(last));
  const bytes = Buffer.from(file);
  for (let at = 0; at < bytes.length; at += chunk) {
    if (!refinding.push(bytes.subarray(at, at + chunk))) break;
  }
  return refinding.offset(mixed);
}

const file = lines(1, 100);
const upTo = (last: number): string => lines(1, last);

describe('what was read last', () => {
  it.each<[string, string, string, boolean, number | undefined]>([
    ['stands in the middle', file, lines(40, 50), false, upTo(50).length],
    ['stands at the end', file, lines(90, 100), false, file.length],
    ['is all of it', file, file, false, file.length],
    ['is not there', file, lines(200, 210), false, undefined],
    ['is not there, and another file was told of', file, lines(200, 210), true, undefined],
    ['is there twice', file + file, lines(40, 50), false, undefined],
    ['is there twice, over each other', 'x'.repeat(101), 'x'.repeat(100), true, undefined],
    ['is too little to tell', file, 'line 50\n', false, undefined],
    ['is little, but the end', 'line 50\n', 'line 50\n', false, 8],
    ['is of two files', file, `the file before\n${upTo(5)}`, true, upTo(5).length],
    ['is of two files, of which nobody told', file, `the file before\n${upTo(5)}`, false, undefined],
    ['is of two files, and too little of this one', file, `the file before\n${upTo(3)}`, true, undefined],
    ['is of two files, and all of this one', upTo(3), `the file before\n${upTo(3)}`, true, upTo(3).length],
  ])('%s', (_, whole, last, mixed, expected) => {
    for (const chunk of [1, 7, 64, 10_000]) expect(offsetIn(whole, last, { mixed, chunk })).toBe(expected);
  });

  it('is found at the very byte, whatever the parts in which the file comes', () => {
    check(
      property(integer({ min: 5, max: 100 }), nat(3), integer({ min: 1, max: 900 }), (end, lead, chunk) => {
        const last = lines(end - 4, end).slice(lead);
        expect(offsetIn(file, last, { chunk })).toBe(upTo(end).length);
      }),
    );
  });

  it('is never found where it does not stand', () => {
    const text = array(constantFrom('a', 'b', '\n'), { maxLength: 80 }).map((letters) => letters.join(''));
    check(
      property(
        text,
        text.filter((last) => last !== ''),
        constantFrom(true, false),
        (whole, last, mixed) => {
          const offset = offsetIn(whole, last, { mixed });
          if (offset === undefined) return;
          const known = last.slice(Math.max(0, last.length - offset));
          expect(whole.slice(0, offset).endsWith(known)).toBe(true);
        },
      ),
    );
  });
});
