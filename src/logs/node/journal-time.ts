/** Reads the times that journalctl takes (systemd.time(7)), and the durations that `logs --since` takes. */

export type ParsedTime = { readonly value: number } | { readonly problem: string };

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** systemd's units, in ms. Its month is 30.44 days and its year 365.25. */
const units: Readonly<Record<string, number>> = {
  ...named(0.001, 'usec', 'us', 'µs', 'μs'),
  ...named(1, 'msec', 'ms'),
  ...named(second, '', 'seconds', 'second', 'sec', 's'),
  ...named(minute, 'minutes', 'minute', 'min', 'm'),
  ...named(hour, 'hours', 'hour', 'hr', 'h'),
  ...named(day, 'days', 'day', 'd'),
  ...named(7 * day, 'weeks', 'week', 'w'),
  ...named(30.44 * day, 'months', 'month', 'M'),
  ...named(365.25 * day, 'years', 'year', 'y'),
};

function named(ms: number, ...names: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(names.map((name) => [name, ms]));
}

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const dateForm =
  /^(?:([a-z]{3})[a-z]*\s+)?(\d{4}|\d\d)-(\d\d?)-(\d\d?)(?:[T\s](\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?$/i;
const clockForm = /^(\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/;
const zoneForm = /\s*(Z|UTC|[+-]\d\d:?\d\d)$/i;

/**
 * `now`, `today`, `yesterday`, `tomorrow`, `2026-11-21 10:00[:00]`, `2026-11-21`, `10:00`, `@1763690000`, `-1h`, `1h ago`,
 * `+5min`, RFC 3339, and a bare `10m`, which journalctl does not know and which means so long ago. Times without a zone
 * are those of this machine, as in journalctl.
 *
 * @returns milliseconds since the epoch
 */
export function parseJournalTime(text: string, nowMs: number): ParsedTime {
  const value = momentOf(text.trim(), nowMs);
  if (value !== undefined && Number.isFinite(value)) return { value };
  return {
    problem: `${JSON.stringify(text)} is not a time; write one such as today, -1h, 10:00, "2026-11-21 10:00" or 2026-11-21T10:00:00Z`,
  };
}

function momentOf(text: string, nowMs: number): number | undefined {
  switch (text) {
    case 'now':
      return nowMs;
    case 'today':
      return midnight(nowMs, 0);
    case 'yesterday':
      return midnight(nowMs, -1);
    case 'tomorrow':
      return midnight(nowMs, 1);
    default:
      break;
  }
  if (/^@\d+(\.\d+)?$/.test(text)) return Number(text.slice(1)) * second;
  if (text.startsWith('+')) return moved(nowMs, 1, text.slice(1));
  if (text.startsWith('-')) return moved(nowMs, -1, text.slice(1));
  if (/\sago$/.test(text)) return moved(nowMs, -1, text.replace(/\sago$/, ''));
  return dated(text, nowMs) ?? (isBareSpan(text) ? moved(nowMs, -1, text) : undefined);
}

/** `10m`: a duration as kubectl and stern take it. */
export function isBareSpan(text: string): boolean {
  return /^\d[\d.]*[a-z\u00b5\u03bc]/i.test(text.trim()) && spanMs(text.trim()) !== undefined;
}

function moved(nowMs: number, sign: 1 | -1, span: string): number | undefined {
  const ms = spanMs(span.trim());
  return ms === undefined ? undefined : nowMs + sign * ms;
}

/** `1h 30min`, `90s`, `1.5h`, in ms. */
function spanMs(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d*)?\s*[a-z\u00b5\u03bc]*\s*)+$/i.test(text)) return undefined;
  let ms = 0;
  for (const [, amount = '', unit = ''] of text.matchAll(/(\d+(?:\.\d*)?)\s*([a-z\u00b5\u03bc]*)/gi)) {
    const unitMs = units[unit];
    if (unitMs === undefined) return undefined;
    ms += Number(amount) * unitMs;
  }
  return ms;
}

function midnight(nowMs: number, days: number): number {
  const now = new Date(nowMs);
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days).getTime();
}

function dated(text: string, nowMs: number): number | undefined {
  const zone = zoneForm.exec(text);
  // The end of `2026-11-21-0300` is no zone, but of `10:00-0300` it is.
  const zoned = zone !== null && (/^\s/.test(zone[0]) || /:\d\d(\.\d+)?$/.test(text.slice(0, zone.index)));
  const offsetMs = zoned ? zoneMs(zone[1] ?? '') : undefined;
  const bare = zoned ? text.slice(0, zone.index) : text;
  const time = clockForm.exec(bare);
  if (time) {
    const here = new Date(nowMs + (offsetMs ?? 0));
    const date =
      offsetMs === undefined
        ? [here.getFullYear(), here.getMonth() + 1, here.getDate()]
        : [here.getUTCFullYear(), here.getUTCMonth() + 1, here.getUTCDate()];
    return assembled(date, time.slice(1), offsetMs);
  }
  const [match, weekday, year = '', month, dayOfMonth, ...clock] = dateForm.exec(bare) ?? [];
  if (match === undefined) return undefined;
  const fullYear = year.length === 4 ? Number(year) : Number(year) + (Number(year) < 69 ? 2000 : 1900);
  const date = [fullYear, Number(month), Number(dayOfMonth)];
  if (weekday !== undefined && weekdays.indexOf(weekday.toLowerCase()) !== weekdayOf(date)) return undefined;
  return assembled(date, clock, offsetMs);
}

function zoneMs(zone: string): number {
  const match = /^([+-])(\d\d):?(\d\d)$/.exec(zone);
  if (!match) return 0;
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * hour + Number(match[3]) * minute);
}

function weekdayOf([year = 0, month = 0, date = 0]: readonly number[]): number {
  return new Date(Date.UTC(year, month - 1, date)).getUTCDay();
}

/** Undefined for dates and hours that do not exist. */
function assembled(
  [year = 0, month = 0, date = 0]: readonly number[],
  [hours = '0', minutes = '0', seconds = '0', fraction = '']: readonly (string | undefined)[],
  offsetMs: number | undefined,
): number | undefined {
  const lastDay = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (month < 1 || month > 12 || date < 1 || date > lastDay) return undefined;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const parts = [year, month - 1, date, Number(hours), Number(minutes), Number(seconds)] as const;
  const ms = Number(`0.${fraction || '0'}`) * 1000;
  return ms + (offsetMs === undefined ? new Date(...parts).getTime() : Date.UTC(...parts) - offsetMs);
}
