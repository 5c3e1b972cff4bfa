/** Time zones as Go names them, on what the runtime knows of them. */
import { offsetReader, quarterSeconds, zoneNameIn, type OffsetAt } from './zone-offset.ts';

export interface ZoneMoment {
  /** Seconds east of Greenwich. */
  readonly offset: number;
  /** `CET`, or `+08` where the zone has no letters. */
  readonly abbreviation: string;
}

export interface Zone {
  /** `UTC`, `Local`, or as in the time zone database; empty for a mere offset. */
  readonly name: string;
  readonly at: (seconds: number) => ZoneMoment;
}

export const utc: Zone = { name: 'UTC', at: () => ({ offset: 0, abbreviation: 'UTC' }) };

/** A zone of which nothing but the offset is known. */
export function fixedZone(offset: number): Zone {
  const moment: ZoneMoment = { offset, abbreviation: numericAbbreviation(offset) };
  return { name: '', at: () => moment };
}

/** Go's time.LoadLocation: '' and `UTC`, `Local`, and names such as `Europe/Berlin`. */
export function loadZone(name: string, local: Zone): { readonly value: Zone } | { readonly problem: string } {
  if (name === '' || name === 'UTC') return { value: utc };
  if (name === 'Local') return { value: local };
  if (name.includes('..') || name.startsWith('/') || name.startsWith('\\')) {
    return { problem: 'time: invalid location name' };
  }
  const value = loaded.get(name) ?? intlZone(name, name);
  if (!value) return { problem: `unknown time zone ${name}` };
  loaded.set(name, value);
  return { value };
}

/** The zone of this machine. */
export function localZone(): Zone {
  return intlZone('Local', undefined) ?? { ...utc, name: 'Local' };
}

const loaded = new Map<string, Zone>();

/** Beyond it JavaScript has no dates. */
const lastSecond = 8_640_000_000_000;

function intlZone(name: string, timeZone: string | undefined): Zone | undefined {
  const reader = offsetReader(timeZone);
  if (!reader) return undefined;
  const abbreviations = abbreviationReader(timeZone, reader);
  let since = Number.NaN;
  let moment: ZoneMoment = { offset: 0, abbreviation: 'UTC' };
  return {
    name,
    at(seconds) {
      const start = Math.floor(seconds / quarterSeconds) * quarterSeconds;
      if (start === since) return moment;
      if (Math.abs(start) > lastSecond) return { offset: 0, abbreviation: 'UTC' };
      const offset = reader(start);
      moment = { offset, abbreviation: abbreviations(start, offset) };
      since = start;
      return moment;
    },
  };
}

function abbreviationReader(
  timeZone: string | undefined,
  readOffset: OffsetAt,
): (seconds: number, offset: number) => string {
  const zone = timeZone === undefined ? {} : { timeZone };
  const short = new Intl.DateTimeFormat('en-US', { ...zone, timeZoneName: 'short' });
  const long = new Intl.DateTimeFormat('en-US', { ...zone, timeZoneName: 'long' });
  const letters = (seconds: number): string | undefined => {
    const byLongName = abbreviationsByName[zoneNameIn(long, seconds)];
    if (byLongName !== undefined) return byLongName;
    const shortName = zoneNameIn(short, seconds);
    return /^[A-Z]{2,5}$/.test(shortName) ? shortName : undefined;
  };
  return (seconds, offset) => {
    if (seconds >= 0) return letters(seconds) ?? numericAbbreviation(offset);
    // Of the time before 1970 the runtime knows the offsets alone; those of local mean time are odd.
    if (offset % quarterSeconds !== 0) return 'LMT';
    return (offset === readOffset(0) ? letters(0) : undefined) ?? numericAbbreviation(offset);
  };
}

/** `+0530`, as the database abbreviates zones that have no letters. */
function numericAbbreviation(offset: number): string {
  const minutes = Math.trunc(Math.abs(offset) / 60);
  const two = (number: number): string => String(number).padStart(2, '0');
  const rest = minutes % 60 === 0 ? '' : two(minutes % 60);
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${rest}`;
}

/** The runtime abbreviates only what is usual in the United States; these are the letters of the database. */
const abbreviationsByName: Readonly<Record<string, string>> = {
  'Coordinated Universal Time': 'UTC',
  'Greenwich Mean Time': 'GMT',
  'British Summer Time': 'BST',
  'Irish Standard Time': 'IST',
  'Western European Standard Time': 'WET',
  'Western European Summer Time': 'WEST',
  'Central European Standard Time': 'CET',
  'Central European Summer Time': 'CEST',
  'Eastern European Standard Time': 'EET',
  'Eastern European Summer Time': 'EEST',
  'Moscow Standard Time': 'MSK',
  'Israel Standard Time': 'IST',
  'Israel Daylight Time': 'IDT',
  'Pakistan Standard Time': 'PKT',
  'India Standard Time': 'IST',
  'China Standard Time': 'CST',
  'Taipei Standard Time': 'CST',
  'Hong Kong Standard Time': 'HKT',
  'Japan Standard Time': 'JST',
  'Korean Standard Time': 'KST',
  'Philippine Standard Time': 'PST',
  'Western Indonesia Time': 'WIB',
  'Central Indonesia Time': 'WITA',
  'Eastern Indonesia Time': 'WIT',
  'Australian Western Standard Time': 'AWST',
  'Australian Central Standard Time': 'ACST',
  'Australian Central Daylight Time': 'ACDT',
  'Australian Eastern Standard Time': 'AEST',
  'Australian Eastern Daylight Time': 'AEDT',
  'New Zealand Standard Time': 'NZST',
  'New Zealand Daylight Time': 'NZDT',
  'East Africa Time': 'EAT',
  'Central Africa Time': 'CAT',
  'West Africa Standard Time': 'WAT',
  'South Africa Standard Time': 'SAST',
  'Cuba Standard Time': 'CST',
  'Cuba Daylight Time': 'CDT',
  'Newfoundland Standard Time': 'NST',
  'Newfoundland Daylight Time': 'NDT',
  'Atlantic Standard Time': 'AST',
  'Atlantic Daylight Time': 'ADT',
};
