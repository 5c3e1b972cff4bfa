/** Durations are read as Go reads them, and written so that they are read back. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAnyDuration, parseDuration, requestTimeoutFlag } from '../../src/cli/duration.ts';
import { formatDuration } from '../support/go-duration.ts';

describe('parseDuration', () => {
  it.each([
    ['0', 0],
    ['+0', 0],
    ['0s', 0],
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['.5s', 500],
    ['1.s', 1000],
    ['250ms', 250],
    ['1us', 0.001],
    ['1µs', 0.001],
    ['2h45m30.5s', 9_930_500],
    ['1m1h', 3_660_000],
  ])('reads %s', (text, ms) => {
    expect(parseDuration(text)).toEqual({ value: ms });
  });

  it.each([
    ['', /is empty/],
    ['5', /no unit; write 5s, 5m or 5h/],
    ['1h30', /no unit; write 30s/],
    ['-5s', /negative/],
    ['-0', /negative/],
    ['2d', /days are no unit here; write 48h/],
    ['5 m', /" m" is no unit/],
    ['5M', /"M" is no unit/],
    ['abc', /not a duration/],
    ['s', /not a duration/],
    ['.s', /not a duration/],
    ['1h-30m', /not a duration/],
    ['++1s', /not a duration/],
    ['9999999h', /too long/],
  ])('refuses %j', (text, problem) => {
    expect(parseDuration(text)).toEqual({ problem: expect.stringMatching(problem) as unknown });
  });

  it('reads back what formatDuration writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toEqual({ value: ms });
      }),
    );
  });

  it.each([
    [0, '0s'],
    [250, '250ms'],
    [1500, '1.5s'],
    [60_000, '1m0s'],
    [5_400_000, '1h30m0s'],
  ])('writes %d ms as Go does', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('parseAnyDuration', () => {
  it.each([
    ['PT5M', 300_000],
    ['pt5m', 300_000],
    ['P1D', 86_400_000],
    ['P2W', 1_209_600_000],
    ['P1DT12H', 129_600_000],
    ['PT1H30M0.5S', 5_400_500],
    ['P0.5D', 43_200_000],
    ['PT0S', 0],
    ['5m', 300_000],
    ['0', 0],
  ])('reads %s', (text, ms) => {
    expect(parseAnyDuration(text)).toEqual({ value: ms });
  });

  it.each([
    ['P', /"P" is not a duration; write one such as 5m, PT5M/],
    ['PT', /not a duration/],
    ['P1DT', /not a duration/],
    ['P1Y', /without years and months/],
    ['P1M', /without years and months/],
    ['PT5', /not a duration/],
    ['PT5M1H', /not a duration/],
    ['PT1.2.3S', /not a duration/],
    ['P.D', /not a duration/],
    ['-PT5M', /negative/],
    ['P999999999W', /too long/],
    ['P9999999999999999999999W', /not a duration/],
    ['5x', /no unit/],
  ])('refuses %s', (text, problem) => {
    expect(parseAnyDuration(text)).toEqual({ problem: expect.stringMatching(problem) as unknown });
  });
});

describe('requestTimeoutFlag', () => {
  const flag = requestTimeoutFlag({ name: 'request-timeout', about: '' });

  it.each([
    [['30'], 30_000],
    [['1m'], 60_000],
    [['0'], undefined],
    [['1m', '2m'], 120_000],
  ])('reads %j; a bare number counts seconds, the last one wins, 0 is no limit', (texts, value) => {
    expect(flag.parse(texts)).toEqual({ value });
  });
});
