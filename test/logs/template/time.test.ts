/** Times are read and written as by Go's time package and the library that stern reads them with. */
import { describe, expect, it } from 'vitest';
import { formatTime } from '../../../src/logs/template/go-layout.ts';
import { civilAt, GoTime, secondsAt } from '../../../src/logs/template/go-time.ts';
import { parseTime } from '../../../src/logs/template/parse-time.ts';
import { fixedZone, loadZone, utc, type Zone } from '../../../src/logs/template/zone.ts';
import { rendered } from './lines.ts';

function zone(name: string): Zone {
  const loaded = loadZone(name, utc);
  if ('problem' in loaded) throw new Error(loaded.problem);
  return loaded.value;
}

// 2006-01-02T22:04:05Z, of a single digit nearly everywhere.
const moment = new GoTime(1_136_239_445, 123_456_000, utc);

describe('formatTime', () => {
  const cases: readonly (readonly [layout: string, zoneName: string, expected: string])[] = [
    ['2006-01-02T15:04:05.999999999Z07:00', 'UTC', '2006-01-02T22:04:05.123456Z'],
    ['2006-01-02T15:04:05.000000000Z07:00', 'Asia/Tokyo', '2006-01-03T07:04:05.123456000+09:00'],
    [
      'Mon Monday Jan January 1 01 2 _2 02 002 __2 06 2006',
      'UTC',
      'Mon Monday Jan January 1 01 2  2 02 002   2 06 2006',
    ],
    ['3 03 15 4 04 5 05 PM pm', 'UTC', '10 10 22 4 04 5 05 PM pm'],
    ['.0 .00 .000 ,000 .9 .999999 .999999999', 'UTC', '.1 .12 .123 ,123 .1 .123456 .123456'],
    [
      '-07 -0700 -07:00 -07:00:00 -070000 Z07 Z0700 Z07:00',
      'Asia/Kolkata',
      '+05 +0530 +05:30 +05:30:00 +053000 +05 +0530 +05:30',
    ],
    ['-07 -0700 -07:00 Z07 Z0700 Z07:00:00', 'UTC', '+00 +0000 +00:00 Z Z Z'],
    ['-0700 MST', 'America/New_York', '-0500 EST'],
    ['MST', 'UTC', 'UTC'],
    ['MST', 'Europe/Berlin', 'CET'],
    ['MST', 'Asia/Tokyo', 'JST'],
    ['MST', 'Asia/Singapore', '+08'],
    ['MST', 'Asia/Kathmandu', '+0545'],
    ['MST', 'Europe/London', 'GMT'],
    ['MST', 'Australia/Sydney', 'AEDT'],
    ['Janet Mondays _2006 2x', 'UTC', 'Janet Mondays _2006 2x'],
    ['', 'UTC', ''],
    ['day', 'UTC', 'day'],
    ['01-02 15:04:05', 'America/Los_Angeles', '01-02 14:04:05'],
  ];
  it.each(cases)('%j in %s', (layout, name, expected) => {
    expect(formatTime(moment.in(zone(name)), layout)).toBe(expected);
  });

  it('follows summer time', () => {
    const summer = new GoTime(
      secondsAt({ year: 2026, month: 7, day: 1, hour: 12, minute: 0, second: 0 }),
      0,
      zone('Europe/Berlin'),
    );
    expect(formatTime(summer, '15:04 MST -0700')).toBe('14:00 CEST +0200');
    const before = secondsAt({ year: 2026, month: 3, day: 29, hour: 0, minute: 59, second: 59 });
    expect(formatTime(new GoTime(before, 0, zone('Europe/Berlin')), '15:04:05')).toBe('01:59:59');
    expect(formatTime(new GoTime(before + 1, 0, zone('Europe/Berlin')), '15:04:05')).toBe('03:00:00');
  });

  it('knows midnight and noon', () => {
    const at = (hour: number): GoTime => new GoTime(hour * 3600, 0, utc);
    expect([0, 11, 12, 23].map((hour) => formatTime(at(hour), '3PM'))).toEqual(['12AM', '11AM', '12PM', '11PM']);
  });

  it('shows offsets below an hour', () => {
    expect(formatTime(moment.in(fixedZone(-1800)), '-07:00')).toBe('-00:30');
    expect(formatTime(moment.in(fixedZone(-30)), '-07:00:00')).toBe('+00:00:30');
  });
});

describe('civilAt', () => {
  it('agrees with the calendar of JavaScript', () => {
    for (let day = -800_000; day < 800_000; day += 997) {
      const date = new Date(day * 86_400_000 + 12_345_000);
      const civil = civilAt(day * 86_400 + 12_345);
      const expected = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCDay(), 3, 25, 45];
      const { year, month, hour, minute, second, weekday } = civil;
      expect([year, month, civil.day, weekday, hour, minute, second]).toEqual(expected);
      expect(secondsAt(civil)).toBe(day * 86_400 + 12_345);
      expect(civil.yearDay).toBe(
        1 +
          (secondsAt(civil) - 12_345 - secondsAt({ ...civil, month: 1, day: 1, hour: 0, minute: 0, second: 0 })) /
            86_400,
      );
    }
  });
});

describe('parseTime', () => {
  const cases: readonly (readonly [layout: string, text: string, expected: string | undefined])[] = [
    ['2006-01-02T15:04:05Z07:00', '2026-11-21T17:40:01Z', '2026-11-21T17:40:01Z'],
    ['2006-01-02T15:04:05Z07:00', '2026-11-21T17:40:01.5+09:00', '2026-11-21T17:40:01.5+09:00'],
    ['2006-01-02T15:04:05Z07:00', '2026-11-21T17:40:01,25-0900', undefined],
    ['2006-01-02T15:04:05Z07:00', '2026-11-21T24:40:01Z', undefined],
    ['2006-01-02', '2026-02-30', undefined],
    ['2006-01-02', '2024-02-29', '2024-02-29T00:00:00Z'],
    ['2006-01-02', '2026-02-29', undefined],
    ['2006-01-02', '2026-01-02x', undefined],
    ['Mon Jan _2 15:04:05 2006', 'sat nov  1 17:40:01 2026', '2026-11-01T17:40:01Z'],
    ['Mon, 02 Jan 2006 15:04:05 MST', 'Sat, 21 Nov 2026 17:40:01 CEST', '2026-11-21T17:40:01Z'],
    ['02 Jan 06 15:04 -0700', '21 Nov 68 17:40 +0100', '2068-11-21T17:40:00+01:00'],
    ['02 Jan 06 15:04 -0700', '21 Nov 69 17:40 +0100', '1969-11-21T17:40:00+01:00'],
    ['3:04PM', '12:05AM', '0000-01-01T00:05:00Z'],
    ['3:04PM', '1:05PM', '0000-01-01T13:05:00Z'],
    ['3:04PM', '13:05PM', undefined],
    ['Jan _2 15:04:05.000', 'Nov 21 17:40:01.123', '0000-11-21T17:40:01.123Z'],
    ['Jan _2 15:04:05.000', 'Nov 21 17:40:01.12', undefined],
  ];
  it.each(cases)('%s of %s', (layout, text, expected) => {
    const time = parseTime(layout, text);
    expect(time && formatTime(time, '2006-01-02T15:04:05.999999999Z07:00')).toBe(expected);
  });
});

describe('the time functions', () => {
  const failed = (what: string): string =>
    `template: log:1:2: executing "log" at <toTimestamp .Message "15:04">: error calling toTimestamp: ${what}`;
  const cases: readonly (readonly [source: string, message: string, expected: string])[] = [
    ['{{toRFC3339Nano .Message}}', '2021-04-18T03:54:44.764981564Z', '2021-04-18T03:54:44.764981564Z'],
    ['{{toRFC3339Nano .Message}}', '1136171056.02', '2006-01-02T03:04:16.02Z'],
    ['{{toRFC3339Nano .Message}}', '-1.5', '1969-12-31T23:59:59.5Z'],
    ['{{toRFC3339Nano .Message}}', 'no time', '0001-01-01T00:00:00Z'],
    [
      '{{toRFC3339Nano 1136171056}} {{toRFC3339Nano nil}} {{toRFC3339Nano 1.5}}',
      '',
      '2006-01-02T03:04:16Z 0001-01-01T00:00:00Z 0001-01-01T00:00:00Z',
    ],
    ['{{with tryParseJSON .Message}}{{toRFC3339Nano .ts}}{{end}}', '{"ts":1136171056.123}', '2006-01-02T03:04:16.123Z'],
    ['{{toUTC .Message}}', '2021-04-18T03:54:44+09:00', '2021-04-17 18:54:44 +0000 UTC'],
    [
      '{{(toUTC .Message).Format "15:04"}} {{(toUTC .Message).Unix}} {{(toUTC .Message).Month}}',
      '2021-04-18T03:54:44Z',
      '03:54 1618718084 April',
    ],
    [
      '{{(toUTC .Message).Year}}-{{(toUTC .Message).YearDay}} {{(toUTC .Message).Weekday}} {{(toUTC .Message).UnixMilli}}',
      '2021-04-18T03:54:44.5Z',
      '2021-108 Sunday 1618718084500',
    ],
    [
      '{{json (toUTC .Message)}} {{printf "%#v" (toUTC .Message)}}',
      '2021-04-18T03:54:44.5Z',
      '"2021-04-18T03:54:44.5Z" time.Date(2021, time.April, 18, 3, 54, 44, 500000000, time.UTC)',
    ],
    [
      '{{toTimestamp .Message "Mon Jan _2 15:04:05.000 2006"}}',
      '2021-04-08T03:54:44.7649Z',
      'Thu Apr  8 03:54:44.764 2021',
    ],
    ['{{toTimestamp .Message "2006-01-02 15:04 MST" "Asia/Tokyo"}}', '2021-04-18T03:54:44Z', '2021-04-18 12:54 JST'],
    ['{{toTimestamp .Message "15:04" "Local"}}', '2021-04-18T03:54:44Z', '03:54'],
    ['{{toTimestamp .Message "15:04"}}', 'no time', failed('unable to parse date: no time')],
    [
      '{{toTimestamp .Message "15:04" "Mars/Olympus"}}',
      '1',
      failed('unknown time zone Mars/Olympus').replace('"15:04">', '"15:04" "Mars/Olympus">'),
    ],
    [
      '{{toTimestamp 1.5 "15:04"}}',
      '',
      failed('unable to cast 1.5 of type float64 to time.Time').replace('.Message', '1.5'),
    ],
    [
      '{{toTimestamp (tryParseJSON .Message).a "15:04"}}',
      '{"a":1e5}',
      failed('unable to cast "1e5" of type json.Number to time.Time').replace('.Message', '(tryParseJSON .Message).a'),
    ],
  ];
  it.each(cases)('%s of %s', (source, Message, expected) => {
    expect(rendered(source, { Message })).toBe(expected);
  });

  it('takes seconds for times of this machine', () => {
    expect(rendered('{{toRFC3339Nano 0}}', {}, { timeZone: 'Asia/Tokyo' })).toBe('1970-01-01T09:00:00+09:00');
  });
});
