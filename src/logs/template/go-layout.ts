/** Go's layouts: the same moment, `Mon Jan 2 15:04:05 MST 2006`, written as times are to be written. */
import { civilAt, type CivilTime, type GoTime } from './go-time.ts';

export const rfc3339Nano = '2006-01-02T15:04:05.999999999Z07:00';

/** A part of a layout: text as it is, or an element by the way the reference time shows it. */
export interface LayoutPart {
  readonly kind: 'text' | 'element';
  readonly text: string;
}

/** Elements of a fixed form; longer ones before those that they begin with. */
const elements = [
  'January',
  'Jan(?![a-z])',
  'Monday',
  'Mon(?![a-z])',
  'MST',
  '0[1-6]',
  '002',
  '15',
  '1',
  '2006',
  '2',
  '_2006',
  '__2',
  '_2',
  '3',
  '4',
  '5',
  'PM',
  'pm',
  '[-Z]070000',
  '[-Z]07:00:00',
  '[-Z]0700',
  '[-Z]07:00',
  '[-Z]07',
  String.raw`[.,](?:0+|9+)(?!\d)`,
];

const element = new RegExp(elements.join('|'), 'g');

export const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
export const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

const known = new Map<string, readonly LayoutPart[]>();
/** Layouts may come out of the lines themselves. */
const mostKnown = 100;

/** Cuts a layout into its parts, once for each layout. */
export function layoutParts(layout: string): readonly LayoutPart[] {
  const before = known.get(layout);
  if (before) return before;
  const parts: LayoutPart[] = [];
  let at = 0;
  for (const match of layout.matchAll(element)) {
    // The underscore of _2006 belongs to the text.
    const shown = match[0] === '_2006' ? '2006' : match[0];
    const from = match.index + match[0].length - shown.length;
    if (from > at) parts.push({ kind: 'text', text: layout.slice(at, from) });
    parts.push({ kind: 'element', text: shown });
    at = match.index + match[0].length;
  }
  if (at < layout.length) parts.push({ kind: 'text', text: layout.slice(at) });
  if (known.size >= mostKnown) known.clear();
  known.set(layout, parts);
  return parts;
}

/** Go's Time.Format. */
export function formatTime(time: GoTime, layout: string): string {
  const { offset, abbreviation } = time.zone.at(time.seconds);
  const civil = civilAt(time.seconds + offset);
  let text = '';
  for (const part of layoutParts(layout)) {
    text += part.kind === 'text' ? part.text : formatElement(part.text, civil, time.nanoseconds, offset, abbreviation);
  }
  return text;
}

function formatElement(
  shape: string,
  civil: CivilTime,
  nanoseconds: number,
  offset: number,
  abbreviation: string,
): string {
  if (shape.startsWith('.') || shape.startsWith(',')) return formatFraction(shape, nanoseconds);
  if (shape.startsWith('-') || shape.startsWith('Z')) return formatOffset(shape, offset);
  if (shape === 'MST') return abbreviation;
  return formatDate(shape, civil) ?? formatClock(shape, civil);
}

function formatDate(shape: string, { year, month, day, yearDay, weekday }: CivilTime): string | undefined {
  switch (shape) {
    case '2006':
      return year < 0 ? `-${padded(-year, 4)}` : padded(year, 4);
    case '06':
      return padded(Math.abs(year) % 100, 2);
    case 'January':
      return monthNames[month - 1] ?? '';
    case 'Jan':
      return (monthNames[month - 1] ?? '').slice(0, 3);
    case '01':
      return padded(month, 2);
    case '1':
      return String(month);
    case 'Monday':
      return dayNames[weekday] ?? '';
    case 'Mon':
      return (dayNames[weekday] ?? '').slice(0, 3);
    case '2':
      return String(day);
    case '_2':
      return String(day).padStart(2);
    case '02':
      return padded(day, 2);
    case '__2':
      return String(yearDay).padStart(3);
    case '002':
      return padded(yearDay, 3);
    default:
      return undefined;
  }
}

function formatClock(shape: string, { hour, minute, second }: CivilTime): string {
  const hour12 = hour % 12 === 0 ? 12 : hour % 12;
  switch (shape) {
    case '15':
      return padded(hour, 2);
    case '3':
      return String(hour12);
    case '03':
      return padded(hour12, 2);
    case '4':
      return String(minute);
    case '04':
      return padded(minute, 2);
    case '5':
      return String(second);
    case '05':
      return padded(second, 2);
    case 'PM':
      return hour >= 12 ? 'PM' : 'AM';
    default:
      return hour >= 12 ? 'pm' : 'am';
  }
}

/** `.000` keeps its zeros, `.999` drops them. */
function formatFraction(shape: string, nanoseconds: number): string {
  const length = shape.length - 1;
  const digits = padded(nanoseconds, 9).slice(0, length);
  if (shape[1] === '0') return shape.charAt(0) + digits.padEnd(Math.min(length, 9), '0');
  const trimmed = digits.replace(/0+$/, '');
  return trimmed === '' ? '' : shape.charAt(0) + trimmed;
}

function formatOffset(shape: string, offset: number): string {
  if (shape.startsWith('Z') && offset === 0) return 'Z';
  const minutes = Math.trunc(Math.abs(offset) / 60);
  const sign = offset <= -60 ? '-' : '+';
  const colon = shape.includes(':') ? ':' : '';
  const hours = sign + padded(Math.floor(minutes / 60), 2);
  const digits = shape.replaceAll(/\D/g, '').length;
  if (digits === 2) return hours;
  const upToMinutes = `${hours}${colon}${padded(minutes % 60, 2)}`;
  return digits === 4 ? upToMinutes : `${upToMinutes}${colon}${padded(Math.abs(offset) % 60, 2)}`;
}

function padded(number: number, width: number): string {
  return String(number).padStart(width, '0');
}

/** As `%v` prints it. */
export function timeString(time: GoTime): string {
  return formatTime(time, '2006-01-02 15:04:05.999999999 -0700 MST');
}

/** As `%#v` prints it. */
export function goString(time: GoTime): string {
  const date = formatTime(time, '2006, time.January, 2, ');
  const { hour, minute, second } = civilAt(time.seconds + time.zone.at(time.seconds).offset);
  const clock = [hour, minute, second, time.nanoseconds].join(', ');
  const place = time.zone.name === 'UTC' || time.zone.name === 'Local' ? `time.${time.zone.name}` : '';
  return `time.Date(${date}${clock}, ${place === '' ? `time.Location("${time.zone.name}")` : place})`;
}
