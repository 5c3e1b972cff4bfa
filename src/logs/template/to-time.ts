/** Makes times of what stern's time functions are given: seconds, fractions of them, dates of many forms. */
import { bytesOf } from '../line.ts';
import { decodeText } from './bytes.ts';
import { plainFlags } from './format-flags.ts';
import { formatValue } from './format-value.ts';
import { GoTime, zeroTime } from './go-time.ts';
import { typeName } from './kinds.ts';
import { parseRfc3339, parseTime } from './parse-time.ts';
import { GoInt, JsonNumber, type GoValue } from './values.ts';
import { utc, type Zone } from './zone.ts';

/** The forms that are tried, in this order; those that end in a true offset keep it, all others are taken for UTC. */
const forms: readonly (readonly [layout: string, keepsOffset: boolean])[] = [
  ['2006-01-02', false],
  ['2006-01-02T15:04:05Z07:00', true],
  ['2006-01-02T15:04:05', false],
  ['Mon, 02 Jan 2006 15:04:05 -0700', true],
  ['Mon, 02 Jan 2006 15:04:05 MST', false],
  ['02 Jan 06 15:04 -0700', true],
  ['02 Jan 06 15:04 MST', false],
  ['Monday, 02-Jan-06 15:04:05 MST', false],
  ['2006-01-02 15:04:05.999999999 -0700 MST', true],
  ['2006-01-02T15:04:05-0700', true],
  ['2006-01-02 15:04:05Z0700', true],
  ['2006-01-02 15:04:05', false],
  ['Mon Jan _2 15:04:05 2006', false],
  ['Mon Jan _2 15:04:05 MST 2006', false],
  ['Mon Jan 02 15:04:05 -0700 2006', true],
  ['2006-01-02 15:04:05Z07:00', true],
  ['02 Jan 2006', false],
  ['2006-01-02 15:04:05 -07:00', true],
  ['2006-01-02 15:04:05 -0700', true],
  ['3:04PM', false],
  ['Jan _2 15:04:05', false],
  ['Jan _2 15:04:05.000', false],
  ['Jan _2 15:04:05.000000', false],
  ['Jan _2 15:04:05.000000000', false],
];

type Parsed = { readonly value: GoTime } | { readonly problem: string };

/** @param local the zone of times that are given in seconds */
export function toTime(value: GoValue, local: Zone): Parsed {
  if (value === undefined || value === null) return { value: zeroTime };
  if (value instanceof GoTime) return { value };
  if (value instanceof GoInt) return { value: new GoTime(Number(value.value), 0, local) };
  if (typeof value === 'string') return fromUnixText(value, local) ?? fromDate(decodeText(value));
  if (value instanceof JsonNumber) {
    return fromUnixText(value.text, local) ?? noTime(value);
  }
  return noTime(value);
}

function noTime(value: Exclude<GoValue, undefined | null>): Parsed {
  const shown = formatValue(value, 'v', { ...plainFlags, sharpV: true });
  return { problem: `unable to cast ${shown} of type ${typeName(value)} to time.Time` };
}

const smallestInt = -(2n ** 63n);

function fitsInt64(digits: string): boolean {
  if (!/^[+-]?\d+$/.test(digits)) return false;
  if (digits.length <= 18) return true;
  const value = BigInt(digits.replace('+', ''));
  return value >= smallestInt && value < -smallestInt;
}

/** `1136171056.02`; undefined when it is no such number. */
function fromUnixText(text: string, local: Zone): Parsed | undefined {
  if (!/^[+-]?\d+(?:\.|$)/.test(text)) return undefined;
  const [seconds = '', fraction, more] = text.split('.');
  if (more !== undefined || !fitsInt64(seconds)) return undefined;
  if (fraction === undefined) return { value: new GoTime(Number(seconds), 0, local) };
  const digits = fraction.slice(0, 9).padEnd(9, '0');
  if (!fitsInt64(digits)) return undefined;
  return { value: withNanoseconds(Number(seconds), Number(digits), local) };
}

/** A fraction may have a sign of its own, as odd as that is. */
function withNanoseconds(seconds: number, nanoseconds: number, local: Zone): GoTime {
  return nanoseconds < 0
    ? new GoTime(seconds - 1, nanoseconds + 1_000_000_000, local)
    : new GoTime(seconds, nanoseconds, local);
}

function fromDate(text: string): Parsed {
  const usual = parseRfc3339(text);
  if (usual) return { value: usual };
  for (const [layout, keepsOffset] of forms) {
    const time = parseTime(layout, text);
    if (!time) continue;
    if (keepsOffset) return { value: time };
    // The clock as it is written, in UTC.
    return { value: new GoTime(time.seconds + time.zone.at(time.seconds).offset, time.nanoseconds, utc) };
  }
  return { problem: `unable to parse date: ${bytesOf(text)}` };
}
