/** Flags of logs that say from when and up to when, and what they come to together. */
import { parseAnyDuration } from '../cli/duration.ts';
import { quoted, valueFlag, type Flag, type FlagText, type Parsed } from '../cli/flag.ts';
import type { Settings } from '../cli/settings.ts';
import { neighbour, stampOf, type Stamp } from '../logs/local/timestamp.ts';
import type { RangeOptions } from '../logs/options.ts';

/** A moment, or so long before the run begins; `text` is as it was given. */
type Moment = { readonly text: string } & ({ readonly stamp: Stamp } | { readonly agoMs: number });

const momentFlag = (text: FlagText): Flag<Moment | undefined> =>
  valueFlag<Moment | undefined>(text, { valueName: 'time', fallback: undefined, parse: parseMoment });

export const momentFlags = {
  since: valueFlag<number>(
    { name: 'since', short: 's', about: 'Lines of the last so long' },
    // stern's.
    { valueName: 'duration', fallback: 48 * 3_600_000, fallbackText: '48h', parse: parseSince },
  ),
  sinceTime: momentFlag({ name: 'since-time', about: 'Lines from this moment on: RFC 3339, or so long ago' }),
  after: momentFlag({ name: 'after', about: 'Lines later than this moment' }),
  until: momentFlag({ name: 'until', about: 'Lines up to this moment; without a beginning: all' }),
  before: momentFlag({ name: 'before', about: 'Lines earlier than this moment' }),
} as const;

/** An end of what is wanted, as it was given. */
interface Limit {
  readonly flag: Flag<unknown>;
  readonly moment: Moment;
  /** By how many nanoseconds the limit is beside the moment. */
  readonly step: -1 | 0 | 1;
}

/** From when and up to when; what contradicts itself is told to `problem`. */
export function spanOf(
  settings: Settings,
  previous: boolean,
  problem: (message: string) => void,
): Pick<RangeOptions, 'sinceSeconds' | 'sinceTime' | 'until' | 'untilAgoMs'> {
  const { get, source } = settings;
  const limit = (flag: Flag<Moment | undefined>, step: Limit['step']): readonly Limit[] => {
    const moment = get(flag);
    return moment === undefined ? [] : [{ flag, moment, step }];
  };
  // 0 is no limit.
  const since = (ms: number): Limit => ({
    flag: momentFlags.since,
    moment: { text: '', agoMs: ms || Infinity },
    step: 0,
  });
  const sinceMs = get(momentFlags.since);
  const sinceGiven = source(momentFlags.since) === 'default' ? [] : [since(sinceMs)];
  const begin = chosenOf(
    [...sinceGiven, ...limit(momentFlags.sinceTime, 0), ...limit(momentFlags.after, 1)],
    settings,
    problem,
  );
  const end = chosenOf([...limit(momentFlags.until, 0), ...limit(momentFlags.before, -1)], settings, problem);
  if (begin && end && leavesNothing(begin, end)) {
    problem(`${nameOf(begin)} and ${nameOf(end)}: no line lies between; give the earlier one first`);
  }
  const begins = begin ?? (end || previous ? undefined : since(sinceMs));
  return {
    sinceSeconds: secondsOf(begins?.moment),
    sinceTime: stampOfLimit(begin),
    until: stampOfLimit(end),
    untilAgoMs: end && 'agoMs' in end.moment ? end.moment.agoMs : undefined,
  };
}

/** What was typed wins over what is set for all runs. */
function chosenOf(
  limits: readonly Limit[],
  { source }: Settings,
  problem: (message: string) => void,
): Limit | undefined {
  const typed = limits.filter(({ flag }) => source(flag) === 'flag');
  const chosen = typed.length > 0 ? typed : limits;
  if (chosen.length > 1) problem(`give ${chosen.map(({ flag }) => `--${flag.name}`).join(' or ')}, not both`);
  return chosen[0];
}

/** One moment that stands in the calendar and one that counts from now are compared by the lines themselves. */
function leavesNothing(begin: Limit, end: Limit): boolean {
  if ('agoMs' in begin.moment) return 'agoMs' in end.moment && begin.moment.agoMs < end.moment.agoMs;
  const [from, to] = [stampOfLimit(begin), stampOfLimit(end)];
  return from !== undefined && to !== undefined && from > to;
}

function stampOfLimit(limit: Limit | undefined): Stamp | undefined {
  if (!limit || !('stamp' in limit.moment)) return undefined;
  const { moment, step } = limit;
  return step === 0 ? moment.stamp : neighbour(moment.stamp, step);
}

function nameOf({ flag, moment }: Limit): string {
  return moment.text === '' ? `--${flag.name}` : `--${flag.name} ${moment.text}`;
}

/** The API takes whole seconds, at least one; undefined means all. */
function secondsOf(moment: Moment | undefined): number | undefined {
  if (!moment || !('agoMs' in moment) || moment.agoMs === Infinity) return undefined;
  return Math.max(1, Math.ceil(moment.agoMs / 1000));
}

function parseSince(text: string): Parsed<number> {
  if (/^\d{4}-/.test(text)) return { problem: `${quoted(text)} is a moment: give it to --since-time` };
  return parseAnyDuration(text);
}

/** RFC 3339 to the nanosecond, or a duration. */
function parseMoment(text: string): Parsed<Moment | undefined> {
  if (/^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d/.test(text)) {
    const ms = Date.parse(text);
    const digits = /:\d\d\.(\d+)/.exec(text)?.[1] ?? '';
    if (!Number.isNaN(ms)) {
      return { value: { text, stamp: `${stampOf(ms).slice(0, 20)}${digits.slice(0, 9).padEnd(9, '0')}Z` } };
    }
  }
  const ago = parseAnyDuration(text);
  if ('value' in ago) return { value: { text, agoMs: ago.value } };
  return { problem: `${quoted(text)} is not a time; write one such as 2026-11-21T10:00:00Z, or 5m for so long ago` };
}
