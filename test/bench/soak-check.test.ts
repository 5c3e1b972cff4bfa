/** The soak's own judge: what it must notice, and what it must not mind. */
import { describe, expect, it } from 'vitest';
import { Checker } from './soak-check.ts';
import { createRandom } from '../../src/playground/controllers/random.ts';
import { firstSince, linesOf, stepFor, textOf, writtenBy, type Writing } from './soak-lines.ts';

const first = { run: 3, pod: 'pod-000', container: 'app', lines: 5 };
const second = { run: 4, pod: 'pod-001', container: 'side', lines: 3 };
const printed = (run: typeof first, number: number): string =>
  `${run.pod} ${run.container} ${textOf(run.run, number)}\n`;
const all = [0, 1, 2, 3, 4].map((number) => printed(first, number)).concat([0, 1, 2].map((n) => printed(second, n)));
const nothingWrong = { lost: 0, doubled: 0, disordered: 0, foreign: 0 };

function verdict(lines: readonly string[], pieceBytes = Infinity): ReturnType<Checker['verdict']> {
  const checker = new Checker();
  const bytes = Buffer.from(lines.join(''));
  for (let at = 0; at < bytes.length; at += Math.min(pieceBytes, bytes.length)) {
    checker.push(bytes.subarray(at, Math.min(bytes.length, at + pieceBytes)));
  }
  return checker.verdict([first, second]);
}

describe('the checker', () => {
  it.each([1, 7, 100, Infinity])('finds nothing wrong with all lines, in pieces of %d bytes', (pieceBytes) => {
    expect(verdict(all, pieceBytes)).toEqual(nothingWrong);
  });

  it('minds the order within a run only', () => {
    const woven = [5, 0, 6, 1, 2, 7, 3, 4].map((at) => all[at] ?? '');
    expect(verdict(woven)).toEqual(nothingWrong);
    expect(verdict([1, 0, 2, 3, 4, 5, 6, 7].map((at) => all[at] ?? ''))).toEqual({ ...nothingWrong, disordered: 1 });
  });

  it.each<[string, readonly string[], Partial<typeof nothingWrong>]>([
    ['a line that is missing', all.slice(1), { lost: 1 }],
    ['a run of which there is nothing', all.slice(0, 5), { lost: 3 }],
    ['a line that comes twice', [...all, all[6] ?? ''], { doubled: 1 }],
    ['a line that is cut', [...all, `${(all[0] ?? '').slice(0, 40)}\n`], { foreign: 1 }],
    ['half a line at the end', [...all, 'pod-000 app run='], { foreign: 1 }],
    ['two lines in one', [...all.slice(2), `${(all[0] ?? '').trimEnd()}${all[1] ?? ''}`], { foreign: 1, lost: 2 }],
    ['an empty line', [...all, '\n'], { foreign: 1 }],
    ['a line under another name', [...all.slice(0, 7), (all[7] ?? '').replace('side', 'app')], { foreign: 1 }],
    ['a whole run under another name', all.map((line) => line.replace('side', 'app')), { foreign: 1 }],
  ])('finds %s', (_, lines, wrong) => {
    expect(verdict(lines)).toEqual({ ...nothingWrong, ...wrong });
  });

  it('names what is wrong', () => {
    const checker = new Checker();
    checker.push(Buffer.from(all.slice(0, 2).concat(all.slice(4)).join('')));
    checker.verdict([first, second]);
    expect(checker.examples).toEqual(['lost: pod-000 app run 3: 2..3 of 5']);
  });
});

describe('what is written', () => {
  const writing: Writing = { run: 7, startMs: Date.parse('2026-01-01T00:00:00.500Z'), stepMs: stepFor(500) };

  it('has a rate, a time for each line, and is asked for by either', () => {
    expect(writtenBy(writing, writing.startMs + 1000)).toBe(500);
    const lines = linesOf(writing, 0, 500).split('\n').slice(0, -1);
    for (const second of [-1, 0, 1]) {
      const sinceMs = Date.parse('2026-01-01T00:00:00Z') + second * 1000;
      const wanted = lines.findIndex((line) => Date.parse(`${line.slice(0, 23)}Z`) >= sinceMs);
      expect(firstSince(writing, sinceMs)).toBe(wanted);
    }
  });

  it('is the same from wherever it is read', () => {
    const whole = linesOf(writing, 0, 20).split('\n').slice(0, -1);
    expect(linesOf(writing, 7, 12)).toBe(whole.slice(7, 12).join('\n') + '\n');
    expect(new Set(whole.map((line) => line.slice(31))).size).toBe(20);
  });
});

it('the same seed gives the same numbers', () => {
  const [one, same, other] = [createRandom(1), createRandom(1), createRandom(2)];
  const take = (random: () => number): number[] => Array.from({ length: 1000 }, random);
  const numbers = take(one);
  expect(take(same)).toEqual(numbers);
  expect(take(other)).not.toEqual(numbers);
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  expect(Math.abs(numbers.reduce((sum, number) => sum + number, 0) / 1000 - 0.5)).toBeLessThan(0.05);
});
