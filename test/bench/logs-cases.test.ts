import { describe, expect, it } from 'vitest';
import { casesOf, median, percentile, verdicts, type Case, type Median } from './logs-cases.ts';
import type { ToolName } from './logs-tools.ts';

const one = (seconds: number): Median => ({ seconds, cpuSeconds: 0, peakMegabytes: 0 });
const medians = (entries: Partial<Record<ToolName, number>>): ReadonlyMap<ToolName, Median> =>
  new Map(Object.entries(entries).map(([name, seconds]) => [name as ToolName, one(seconds)]));
const named = (text: string): Case => {
  const found = casesOf(4_000_000).find(({ name }) => name.includes(text));
  if (!found) throw new Error(`no case ${text}`);
  return found;
};

describe('verdicts', () => {
  it.each<[string, Partial<Record<ToolName, number>>, readonly (boolean | undefined)[]]>([
    ['1 stream', { kmaint: 2, stern: 16, kubectl: 6 }, [true, true]],
    ['1 stream', { kmaint: 2, stern: 15.9, kubectl: 5.9 }, [false, false]],
    ['1 stream', { kmaint: 2, kubectl: 6 }, [undefined, true]],
    ['50 streams', { kmaint: 2.4, stern: 13.3, kubectl: 8 }, [true, true, true]],
    ['50 streams', { kmaint: 2.6, stern: 14, kubectl: 7 }, [false, false, false]],
    ['100 MiB', { kmaint: 1.9 }, [true]],
    ['100 MiB', { kmaint: 2.1 }, [false]],
    ['1 stream', { stern: 10 }, [undefined, undefined]],
  ])('%s %j', (name, seconds, met) => {
    expect(verdicts(named(name), medians(seconds)).map((each) => each?.met)).toEqual(met);
  });
});

it('takes the middle and the rank', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(
    percentile(
      Array.from({ length: 200 }, (_, index) => index + 1),
      99,
    ),
  ).toBe(198);
  expect(percentile([5], 99)).toBe(5);
});
