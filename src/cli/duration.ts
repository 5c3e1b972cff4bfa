/** Durations in Go's syntax (`90s`, `1h30m`, `1.5h`, `0`), read into milliseconds. */
import { quoted, valueFlag, type Flag, type FlagText, type Parsed } from './flag.ts';

const unitsMs = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['μs', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

// Go counts nanoseconds in an int64.
const longestMs = 2 ** 63 / 1e6;

const part = /(\d+(?:\.\d*)?|\.\d+)([^\d.+-]*)/y;

/**
 * Reads what Go's `time.ParseDuration` reads, in milliseconds, except that a negative one is a problem: none of kmaint's
 * durations can be below zero.
 */
export function parseDuration(text: string): Parsed<number> {
  if (text === '') return { problem: 'is empty; write a duration such as 90s, 5m or 1h30m' };
  if (text.startsWith('-')) {
    return { problem: `${quoted(text)} is negative; write 0 for no limit, or a duration such as 90s` };
  }
  const unsigned = text.replace(/^\+/, '');
  if (unsigned === '0') return { value: 0 };
  let value = 0;
  part.lastIndex = 0;
  do {
    const match = part.exec(unsigned);
    if (!match) return { problem: `${quoted(text)} is not a duration; write one such as 90s, 5m or 1h30m` };
    const [, amount = '', unit = ''] = match;
    const unitMs = unitsMs.get(unit);
    if (unitMs === undefined) return { problem: unitProblem(text, amount, unit) };
    value += Number(amount) * unitMs;
  } while (part.lastIndex < unsigned.length);
  return value >= longestMs ? tooLong(text) : { value };
}

function tooLong(text: string): { readonly problem: string } {
  return { problem: `${quoted(text)} is too long; the longest is about 292 years` };
}

function unitProblem(text: string, amount: string, unit: string): string {
  if (unit === '') return `${quoted(text)} has no unit; write ${amount}s, ${amount}m or ${amount}h`;
  if (unit === 'd') return `${quoted(text)}: days are no unit here; write ${Number(amount) * 24}h`;
  return `${quoted(text)}: ${quoted(unit)} is no unit; use h, m, s or ms`;
}

const amount = String.raw`(\d{1,15}(?:\.\d+)?)`;
const isoDuration = new RegExp(
  `^P(?=.)(?:${amount}W)?(?:${amount}D)?(?:T(?=.)(?:${amount}H)?(?:${amount}M)?(?:${amount}S)?)?$`,
  'i',
);
/** In the order of {@link isoDuration}: weeks to seconds. */
const isoUnitsMs = [604_800_000, 86_400_000, 3_600_000, 60_000, 1000];

/**
 * Reads what {@link parseDuration} reads, and durations of ISO 8601 such as `PT5M` or `P1DT12H`, in milliseconds. Years
 * and months are a problem: they are not of one length.
 */
export function parseAnyDuration(text: string): Parsed<number> {
  if (!/^P/i.test(text)) return parseDuration(text);
  const match = isoDuration.exec(text);
  if (!match) {
    return {
      problem: `${quoted(text)} is not a duration; write one such as 5m, PT5M or P1DT12H, without years and months`,
    };
  }
  const ms = isoUnitsMs.reduce((sum, unitMs, index) => sum + Number(match[index + 1] ?? 0) * unitMs, 0);
  return ms >= longestMs ? tooLong(text) : { value: ms };
}

/** A flag that holds a duration; the value is in milliseconds, undefined for 0, which means no limit. */
export function durationFlag(text: FlagText): Flag<number | undefined> {
  return valueFlag<number | undefined>(text, {
    valueName: 'duration',
    fallback: undefined,
    fallbackText: '0s',
    parse: noLimitAtZero(parseDuration),
  });
}

/** Longer than anybody waits, and a number that journals and saved plans can hold. */
export const noLimitMs = Number.MAX_SAFE_INTEGER;

/** A wait that has to be asked for: undefined without the flag; alone it waits as long as `bare` says, 0 without limit. */
export function waitFlag(text: FlagText, bare: string): Flag<number | undefined> {
  return valueFlag<number | undefined>(text, {
    valueName: 'duration',
    fallback: undefined,
    bare,
    parse: (given) => {
      const parsed = parseDuration(given);
      return 'value' in parsed && parsed.value === 0 ? { value: noLimitMs } : parsed;
    },
  });
}

/** kubectl's `--request-timeout`: also a bare number, which counts seconds (client-go, clientcmd.ParseTimeout). */
export function requestTimeoutFlag(text: FlagText): Flag<number | undefined> {
  return valueFlag<number | undefined>(text, {
    valueName: 'duration',
    fallback: undefined,
    fallbackText: '0',
    parse: noLimitAtZero((given) => parseDuration(/^\d+$/.test(given) ? `${given}s` : given)),
  });
}

function noLimitAtZero(parse: (text: string) => Parsed<number>): (text: string) => Parsed<number | undefined> {
  return (text) => {
    const parsed = parse(text);
    return 'value' in parsed && parsed.value === 0 ? { value: undefined } : parsed;
  };
}
