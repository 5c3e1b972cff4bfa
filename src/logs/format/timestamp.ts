/** Timestamps of the server, rewritten the way stern prints them. */
import { compileZone, type Zone } from './zone.ts';

/** `server`: as it came, as kubectl prints it. */
export type TimestampMode = 'off' | 'default' | 'short' | 'server';

/** A timestamp as it is printed; undefined when it is none. */
export type Stamp = (timestamp: string) => string | undefined;

/** What {@link stampsIn} makes, or undefined for `off`; an unknown zone is a problem all the same. */
export function formatterOf(
  mode: TimestampMode,
  timeZone: string,
): { readonly value: (() => Stamp) | undefined } | { readonly problem: string } {
  const stamps = stampsIn(mode === 'off' ? 'server' : mode, timeZone);
  return mode === 'off' && 'value' in stamps ? { value: undefined } : stamps;
}

/**
 * `default` is `2006-01-02T15:04:05.000000000Z07:00`, `short` is `01-02 15:04:05`, both in the given zone.
 * The value makes one stamp for each source: lines of the same minute share its work.
 */
export function stampsIn(
  mode: Exclude<TimestampMode, 'off'>,
  timeZone: string,
): { readonly value: () => Stamp } | { readonly problem: string } {
  const zone = compileZone(timeZone);
  if ('problem' in zone) return zone;
  if (mode === 'server') return { value: () => (timestamp) => (timestamp === '' ? undefined : timestamp) };
  return { value: () => stampIn(zone.value, mode === 'short') };
}

function stampIn(zone: Zone, short: boolean): Stamp {
  // The minute last seen: how such timestamps begin and end, how long they are, and what becomes of both ends.
  let head = '';
  let tail = '';
  let length = -1;
  let before = '';
  let after = '';

  const stamp: Stamp = (timestamp) => {
    if (timestamp.length !== length || !timestamp.startsWith(head) || !timestamp.endsWith(tail)) {
      const full = canonical(timestamp);
      if (full === undefined) return undefined;
      const moved = moveMinute(full.slice(0, 16), full.slice(29), zone);
      if (!moved) return undefined;
      head = full.slice(0, 16);
      tail = full.slice(29);
      length = full.length;
      before = short ? `${moved.minute.slice(5, 10)} ${moved.minute.slice(11)}` : moved.minute;
      after = short ? '' : moved.offset;
      return before + full.slice(16, short ? 19 : 29) + after;
    }
    return before + timestamp.slice(16, short ? 19 : 29) + after;
  };
  return stamp;
}

const shape = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/;

/** With nine digits of a second, whatever it came with: old runtimes leave zeros out. */
function canonical(timestamp: string): string | undefined {
  const parts = shape.exec(timestamp);
  if (!parts) return undefined;
  const [, time, fraction = '', offset] = parts;
  return `${time}.${fraction.slice(0, 9).padEnd(9, '0')}${offset}`;
}

/** Moves `2026-11-21T02:16` with its offset to a zone; undefined for a 30th of February. */
function moveMinute(
  minute: string,
  offset: string,
  zone: Zone,
): { readonly minute: string; readonly offset: string } | undefined {
  const epochMs = Date.parse(`${minute}:00${offset}`);
  if (Number.isNaN(epochMs) || minuteAt(Date.parse(`${minute}:00Z`)) !== minute) return undefined;
  const away = zone.offsetAt(epochMs);
  return { minute: minuteAt(epochMs + away * 60_000), offset: offsetText(away) };
}

function minuteAt(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 16);
}

function offsetText(minutes: number): string {
  if (minutes === 0) return 'Z';
  const distance = Math.abs(minutes);
  const hours = String(Math.floor(distance / 60)).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${hours}:${String(distance % 60).padStart(2, '0')}`;
}
