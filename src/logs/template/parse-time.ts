/** Reads times that are written by a layout of Go. */
import { dayNames, layoutParts, monthNames } from './go-layout.ts';
import { GoTime, isLeapYear, secondsAt } from './go-time.ts';
import { fixedZone, utc } from './zone.ts';

/** What has been read so far. */
interface Reading {
  rest: string;
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  nanoseconds: number;
  offset: number | undefined;
  half: 'am' | 'pm' | undefined;
}

/** Go's time.Parse, for layouts without a day of the year; undefined when the text does not fit. */
export function parseTime(layout: string, text: string): GoTime | undefined {
  const reading: Reading = {
    rest: text,
    year: 0,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    nanoseconds: 0,
    offset: undefined,
    half: undefined,
  };
  const parts = layoutParts(layout);
  for (const [index, part] of parts.entries()) {
    const fits =
      part.kind === 'text' ? skip(reading, part.text) : readElement(reading, part.text, parts[index + 1]?.text);
    if (!fits) return undefined;
  }
  return reading.rest === '' ? assemble(reading) : undefined;
}

/** A space of the layout stands for one or more of them, also for none at the end. */
function skip(reading: Reading, prefix: string): boolean {
  let at = 0;
  while (at < prefix.length) {
    if (prefix[at] === ' ') {
      if (reading.rest !== '' && !reading.rest.startsWith(' ')) return false;
      while (prefix[at] === ' ') at += 1;
      reading.rest = reading.rest.replace(/^ +/, '');
      continue;
    }
    if (reading.rest[0] !== prefix[at]) return false;
    at += 1;
    reading.rest = reading.rest.slice(1);
  }
  return true;
}

function take(reading: Reading, shape: RegExp): string | undefined {
  const found = shape.exec(reading.rest)?.[0];
  if (found !== undefined) reading.rest = reading.rest.slice(found.length);
  return found;
}

/** A number within bounds, into the field of that name. */
function takeNumber(
  reading: Reading,
  field: 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second',
  shape: RegExp,
  [least, most]: readonly [number, number],
): boolean {
  const found = take(reading, shape);
  if (found === undefined) return false;
  reading[field] = Number(found);
  return reading[field] >= least && reading[field] <= most;
}

const oneOrTwo = /^\d\d?/;
const two = /^\d\d/;

function readElement(reading: Reading, shape: string, following: string | undefined): boolean {
  if (shape.startsWith('-') || shape.startsWith('Z')) return readOffset(reading, shape);
  if (shape.startsWith('.') || shape.startsWith(',')) return readFraction(reading, shape);
  switch (shape) {
    case '2006':
      return takeNumber(reading, 'year', /^\d{4}/, [0, 9999]);
    case '06':
      if (!takeNumber(reading, 'year', two, [0, 99])) return false;
      reading.year += reading.year >= 69 ? 1900 : 2000;
      return true;
    case '01':
      return takeNumber(reading, 'month', two, [1, 12]);
    case '1':
      return takeNumber(reading, 'month', oneOrTwo, [1, 12]);
    case 'Jan':
    case 'January':
      return readMonth(reading, shape);
    case 'Mon':
    case 'Monday':
      return takeName(reading, shape === 'Mon' ? dayNames.map((name) => name.slice(0, 3)) : dayNames) !== undefined;
    case '_2':
      take(reading, /^ /);
      return takeNumber(reading, 'day', oneOrTwo, [0, 99]);
    case '2':
      return takeNumber(reading, 'day', oneOrTwo, [0, 99]);
    case '02':
      return takeNumber(reading, 'day', two, [0, 99]);
    default:
      return readClock(reading, shape, following);
  }
}

function readMonth(reading: Reading, shape: string): boolean {
  const names = shape === 'Jan' ? monthNames.map((name) => name.slice(0, 3)) : monthNames;
  const index = takeName(reading, names);
  if (index === undefined) return false;
  reading.month = index + 1;
  return true;
}

function takeName(reading: Reading, names: readonly string[]): number | undefined {
  const rest = reading.rest.toLowerCase();
  const index = names.findIndex((name) => rest.startsWith(name.toLowerCase()));
  if (index === -1) return undefined;
  reading.rest = reading.rest.slice(names[index]?.length ?? 0);
  return index;
}

function readClock(reading: Reading, shape: string, following: string | undefined): boolean {
  switch (shape) {
    case '15':
      return takeNumber(reading, 'hour', oneOrTwo, [0, 23]);
    case '3':
      return takeNumber(reading, 'hour', oneOrTwo, [0, 12]);
    case '03':
      return takeNumber(reading, 'hour', two, [0, 12]);
    case '4':
      return takeNumber(reading, 'minute', oneOrTwo, [0, 59]);
    case '04':
      return takeNumber(reading, 'minute', two, [0, 59]);
    case '5':
    case '05': {
      if (!takeNumber(reading, 'second', shape === '5' ? oneOrTwo : two, [0, 59])) return false;
      // A fraction may follow also where the layout has none.
      return /^[.,](?:0+|9+)$/.test(following ?? '') || readFraction(reading, '.9');
    }
    case 'PM':
    case 'pm': {
      const half = take(reading, shape === 'PM' ? /^[AP]M/ : /^[ap]m/)?.toLowerCase();
      reading.half = half === 'am' || half === 'pm' ? half : undefined;
      return half !== undefined;
    }
    case 'MST':
      return readAbbreviation(reading);
    default:
      return false;
  }
}

function readFraction(reading: Reading, shape: string): boolean {
  const fixed = shape[1] === '0';
  // Where the number of digits is fixed, Go reads a whole number there, and that may have a sign.
  const found = take(reading, fixed ? new RegExp(String.raw`^[.,][+\d]\d{${shape.length - 2}}`) : /^[.,]\d+/);
  if (found !== undefined) reading.nanoseconds = Number(found.slice(1, 10).replace('+', '0').padEnd(9, '0'));
  return found !== undefined || !fixed;
}

function readOffset(reading: Reading, shape: string): boolean {
  if (shape.startsWith('Z') && take(reading, /^Z/) !== undefined) {
    reading.offset = 0;
    return true;
  }
  const found = take(reading, new RegExp(`^[+-]${shape.slice(1).replaceAll(/\d/g, String.raw`\d`)}`));
  if (found === undefined) return false;
  const [hours = 0, minutes = 0, seconds = 0] = (found.slice(1).replaceAll(':', '').match(/../g) ?? []).map(Number);
  if (hours > 24 || minutes > 60 || seconds > 60) return false;
  const size = (hours * 60 + minutes) * 60 + seconds;
  reading.offset = found.startsWith('-') ? -size : size;
  return true;
}

/** The letters of a zone. They are read and not believed: `IST` is Indian, Irish and Israeli. */
function readAbbreviation(reading: Reading): boolean {
  if (take(reading, /^UTC/) !== undefined) {
    reading.offset = 0;
    return true;
  }
  const shape =
    /^(?:ChST|MeST|GMT(?:[+-](?:1\d|2[0-3]|0?\d))?|[+-](?:1\d|2[0-3]|0?\d)|(?:[A-Z]{4}T|[A-Z]{3}T|WITA|[A-Z]{3})(?![A-Z]))/;
  return take(reading, shape) !== undefined;
}

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

/** The form that most lines have, without going through a layout; undefined for whatever is not quite like it. */
export function parseRfc3339(text: string): GoTime | undefined {
  const found = rfc3339.exec(text);
  if (!found) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', sign, hours = 0, minutes = 0] = found;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60;
  return assemble({
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    nanoseconds: fraction === '' ? 0 : Number(fraction.slice(0, 9).padEnd(9, '0')),
    offset: sign === '-' ? -offset : offset,
    half: undefined,
  });
}

const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function assemble(reading: Omit<Reading, 'rest'>): GoTime | undefined {
  const { year, month, day, nanoseconds, offset, half } = reading;
  const length = month === 2 && isLeapYear(year) ? 29 : (monthLengths[month - 1] ?? 0);
  if (day < 1 || day > length) return undefined;
  let { hour } = reading;
  if (half === 'pm' && hour < 12) hour += 12;
  if (half === 'am' && hour === 12) hour = 0;
  const seconds = secondsAt({ ...reading, hour }) - (offset ?? 0);
  return new GoTime(seconds, nanoseconds, offset === undefined || offset === 0 ? utc : fixedZone(offset));
}
