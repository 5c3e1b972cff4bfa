/** Times of journalctl: read as systemd.time(7) says, in the zone of this machine where they have none. */
import { describe, expect, it } from 'vitest';
import { isBareSpan, parseJournalTime } from '../../../src/logs/node/journal-time.ts';

const now = new Date(2026, 10, 21, 10, 30, 15, 500).getTime();
const here = (...parts: readonly [number, number, number, number?, number?, number?, number?]): number => {
  const [year, month, day, ...rest] = parts;
  return new Date(year, month - 1, day, ...rest).getTime();
};

describe('parseJournalTime', () => {
  it.each<[string, number]>([
    ['now', now],
    ['today', here(2026, 11, 21)],
    ['yesterday', here(2026, 11, 20)],
    ['tomorrow', here(2026, 11, 22)],
    ['-1h', now - 3_600_000],
    ['+5min', now + 300_000],
    ['1h ago', now - 3_600_000],
    ['2 days 3h ago', now - 51 * 3_600_000],
    ['-1h30m', now - 5_400_000],
    ['-90', now - 90_000],
    ['-2w', now - 14 * 86_400_000],
    ['-1M', now - 30.44 * 86_400_000],
    ['10m', now - 600_000],
    ['1.5h', now - 5_400_000],
    ['500ms', now - 500],
    ['@1763690000', 1_763_690_000_000],
    ['@1763690000.5', 1_763_690_000_500],
    ['2026-11-20', here(2026, 11, 20)],
    ['26-11-20', here(2026, 11, 20)],
    ['2026-11-20 09:05', here(2026, 11, 20, 9, 5)],
    ['2026-11-20 09:05:07', here(2026, 11, 20, 9, 5, 7)],
    ['2026-11-20T09:05:07.25', here(2026, 11, 20, 9, 5, 7, 250)],
    ['Fri 2026-11-20 09:05:07', here(2026, 11, 20, 9, 5, 7)],
    ['08:00', here(2026, 11, 21, 8)],
    ['08:00:09', here(2026, 11, 21, 8, 0, 9)],
    ['2026-11-20 09:05:07 UTC', Date.UTC(2026, 10, 20, 9, 5, 7)],
    ['2026-11-20T09:05:07Z', Date.UTC(2026, 10, 20, 9, 5, 7)],
    ['2026-11-20T09:05:07+08:00', Date.UTC(2026, 10, 20, 1, 5, 7)],
    ['2026-11-20 09:05 -0330', Date.UTC(2026, 10, 20, 12, 35)],
    ['2026-11-20 UTC', Date.UTC(2026, 10, 20)],
    ['2028-02-29', here(2028, 2, 29)],
    ['  today ', here(2026, 11, 21)],
  ])('%s', (text, ms) => {
    expect(parseJournalTime(text, now)).toEqual({ value: ms });
  });

  it('takes hours with a zone for those of today there', () => {
    const noon = Date.UTC(2026, 10, 21, 23, 30);
    expect(parseJournalTime('08:00 +01:00', noon)).toEqual({ value: Date.UTC(2026, 10, 22, 7) });
    expect(parseJournalTime('08:00Z', noon)).toEqual({ value: Date.UTC(2026, 10, 21, 8) });
  });

  it.each([
    '',
    'soon',
    '2026-02-29',
    '2026-13-01',
    '2026-11-00',
    '2026-11-20 24:00',
    '25:00',
    'Mon 2026-11-20',
    '-1 fortnight',
    '-',
    '10x',
    '10',
    '1h sometime ago',
    '@now',
    '2026-11-21-0300',
  ])('%j is none', (text) => {
    expect(parseJournalTime(text, now)).toEqual({
      problem: expect.stringMatching(/is not a time; write one such as today/),
    });
  });

  it('knows the durations that journalctl does not take as they are', () => {
    expect(['10m', '1h30m', '-10m', '10', 'today', '2026-11-20', '10:00', '1h ago'].map(isBareSpan)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      false,
      false,
    ]);
  });
});
