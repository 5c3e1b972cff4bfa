/** Timestamps as stern prints them, in every zone. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatterOf, type Stamp, type TimestampMode } from '../../../src/logs/format/timestamp.ts';

function stampOf(mode: TimestampMode, zone: string): Stamp {
  const made = formatterOf(mode, zone);
  if ('problem' in made || !made.value) throw new Error('no stamp');
  return made.value();
}

describe('a timestamp', () => {
  it.each<[TimestampMode, string, string, string | undefined]>([
    ['default', 'UTC', '2026-11-21T02:16:18.123456789Z', '2026-11-21T02:16:18.123456789Z'],
    ['short', 'UTC', '2026-11-21T02:16:18.123456789Z', '11-21 02:16:18'],
    ['default', '', '2026-11-21T02:16:18.000000000Z', '2026-11-21T02:16:18.000000000Z'],
    ['default', 'Asia/Tokyo', '2026-11-21T20:16:18.123456789Z', '2026-11-22T05:16:18.123456789+09:00'],
    ['short', 'Asia/Tokyo', '2026-12-31T20:16:18.123456789Z', '01-01 05:16:18'],
    ['default', 'Asia/Kathmandu', '2026-11-21T20:16:18.1Z', '2026-11-22T02:01:18.100000000+05:45'],
    ['default', 'America/New_York', '2026-11-21T02:16:18.123456789Z', '2026-11-20T21:16:18.123456789-05:00'],
    // The clocks went back at 06:00 UTC, and on Lord Howe Island they do it by half an hour.
    ['default', 'America/New_York', '2026-11-01T05:59:59.999999999Z', '2026-11-01T01:59:59.999999999-04:00'],
    ['default', 'America/New_York', '2026-11-01T06:00:00.000000000Z', '2026-11-01T01:00:00.000000000-05:00'],
    ['default', 'Australia/Lord_Howe', '2026-10-03T15:29:59.000000000Z', '2026-10-04T01:59:59.000000000+10:30'],
    ['default', 'Australia/Lord_Howe', '2026-10-03T15:30:00.000000000Z', '2026-10-04T02:30:00.000000000+11:00'],
    ['default', 'Europe/London', '2026-01-05T10:00:00.000000000Z', '2026-01-05T10:00:00.000000000Z'],
    ['default', 'UTC', '2026-11-21T02:16:18.123456789+09:00', '2026-11-20T17:16:18.123456789Z'],
    ['short', 'Europe/Berlin', '2026-07-21T02:16:18.5-03:30', '07-21 07:46:18'],
    ['default', 'UTC', '2026-11-21T02:16:18Z', '2026-11-21T02:16:18.000000000Z'],
    ['default', 'UTC', '2026-11-21T02:16:18.1234567891Z', '2026-11-21T02:16:18.123456789Z'],
    ['server', 'Asia/Tokyo', '2026-11-21T02:16:18Z', '2026-11-21T02:16:18Z'],
    ['server', 'UTC', '', undefined],
    ['default', 'UTC', '', undefined],
    ['default', 'UTC', 'unable', undefined],
    ['default', 'UTC', '2026-02-30T02:16:18.123456789Z', undefined],
    ['default', 'UTC', '2026-13-01T02:16:18.123456789Z', undefined],
    ['default', 'UTC', '2026-11-21T24:00:00.123456789Z', undefined],
    ['default', 'UTC', '2026-11-21T02:16:60.123456789Z', undefined],
    ['default', 'UTC', '2026-11-21 02:16:18.123456789Z', undefined],
  ])('%s in %s: %s', (mode, zone, timestamp, text) => {
    expect(stampOf(mode, zone)(timestamp)).toBe(text);
  });

  it('of `Local` is in the zone of the machine', () => {
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    const timestamp = '2026-07-21T02:16:18.123456789Z';
    expect(stampOf('default', 'Local')(timestamp)).toBe(stampOf('default', timeZone)(timestamp));
  });

  it('is the same whatever was printed before', () => {
    const digits = fc.integer({ min: 0, max: 999_999_999 }).map((nano) => String(nano).padStart(9, '0'));
    const moment = fc
      .tuple(fc.date({ min: new Date('1999-01-01Z'), max: new Date('2037-01-01Z'), noInvalidDate: true }), digits)
      .map(([date, nano]) => `${date.toISOString().slice(0, 19)}.${nano}Z`);
    const near = fc.array(moment, { minLength: 1, maxLength: 5 }).chain((few) => fc.array(fc.constantFrom(...few)));
    fc.assert(
      fc.property(near, fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns'), (all, zone) => {
        const shared = stampOf('default', zone);
        for (const one of all) {
          const text = shared(one) ?? '';
          expect(text).toBe(stampOf('default', zone)(one));
          expect(new Date(text).valueOf()).toBe(new Date(one).valueOf());
          expect(text.slice(19, 29)).toBe(one.slice(19, 29));
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('a zone', () => {
  it.each(['Mars/Olympus', '../etc/passwd', '/etc/localtime', '+09:00', 'UTC+1 '])('%s is unknown', (zone) => {
    expect(formatterOf('off', zone)).toEqual({ problem: expect.stringContaining(`unknown time zone "${zone}"`) });
  });

  it('does not matter where no timestamps are printed', () => {
    expect(formatterOf('off', 'Asia/Tokyo')).toEqual({ value: undefined });
  });
});
