/** The year comes back, over New Year and in leap years too. */
import { describe, expect, it } from 'vitest';
import { Stamps, yearOf } from '../../../src/logs/node/stamp.ts';

describe('yearOf', () => {
  it.each<[string, string, number | undefined]>([
    ['11-21', '2026-11-21T02:00:00Z', 2026],
    ['11-22', '2026-11-21T02:00:00Z', 2026],
    ['11-23', '2026-11-21T02:00:00Z', 2025],
    ['12-31', '2027-01-01T00:00:10Z', 2026],
    ['01-01', '2027-01-01T00:00:10Z', 2027],
    ['01-01', '2026-12-31T23:59:50Z', 2027],
    ['01-01', '2026-12-30T23:59:50Z', 2026],
    ['02-29', '2026-11-21T02:00:00Z', 2024],
    ['02-29', '2028-02-29T02:00:00Z', 2028],
    ['02-29', '1903-02-27T02:00:00Z', 1896],
    ['02-30', '2026-11-21T02:00:00Z', undefined],
  ])('%s as seen at %s', (day, now, year) => {
    const [month = 0, date = 0] = day.split('-').map(Number);
    expect(yearOf(month, date, Date.parse(now))).toBe(year);
  });
});

describe('Stamps', () => {
  it.each<[string, string]>([
    ['Nov 21 02:16:18.123456 n1 kubelet[1]: x', '2026-11-21T02:16:18.123456Z'],
    ['Nov  1 02:16:18.123456 n1 kubelet[1]: x', '2026-11-01T02:16:18.123456Z'],
    ['Nov 01 02:16:18.123456 n1 kubelet[1]: x', '2026-11-01T02:16:18.123456Z'],
    ['Dec 31 23:59:59.999999 n1 kubelet[1]: x', '2025-12-31T23:59:59.999999Z'],
    ['                 second line of a message', ''],
    ['I1121 02:16:18.123456   812 file.go:1] x', ''],
    ['Foo 21 02:16:18.123456 n1 kubelet[1]: x', ''],
    ['Feb 30 02:16:18.123456 n1 kubelet[1]: x', ''],
    ['-- No entries --', ''],
    ['', ''],
  ])('%s', (line, stamp) => {
    expect(new Stamps(Date.parse('2026-11-21T02:20:00Z')).of(line)).toBe(stamp);
  });

  it('keeps the order over New Year', () => {
    const stamps = new Stamps(Date.parse('2027-01-01T00:00:05Z'));
    const read = ['Dec 31 23:59:59.9', 'Jan 01 00:00:00.0'].map((text) => stamps.of(`${text}00000 n1 kubelet[1]: x`));
    expect(read).toEqual(['2026-12-31T23:59:59.900000Z', '2027-01-01T00:00:00.000000Z']);
    expect(read.toSorted()).toEqual(read);
  });
});
