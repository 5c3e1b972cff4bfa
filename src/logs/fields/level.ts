/** How severe a line is, in whichever way its logger says so. */
import { valueAt, type FieldPath, type Fields, type FieldValue } from './field-path.ts';

export const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/** From the least to the most severe, in the order of {@link levels}. */
export type Level = (typeof levels)[number];

/** Lower is less severe. */
export function rankOf(level: Level): number {
  return levels.indexOf(level);
}

const names: Readonly<Record<Level, readonly string[]>> = {
  trace: ['trace', 'trc', 'verbose', 'silly', 'finest', 'finer', 't', 'v'],
  debug: ['debug', 'dbg', 'fine', 'd'],
  info: ['info', 'inf', 'information', 'informational', 'notice', 'i', 'n'],
  warn: ['warn', 'warning', 'wrn', 'w'],
  error: ['error', 'err', 'eror', 'severe', 'e'],
  fatal: ['fatal', 'ftl', 'f', 'panic', 'pnc', 'dpanic', 'critical', 'crit', 'c', 'alert', 'emergency', 'emerg'],
};

const levelByName: ReadonlyMap<string, Level> = new Map(
  levels.flatMap((level) => names[level].map((name) => [name, level] as const)),
);

/** A level by any of its names, in whatever case; undefined for other words. */
export function levelNamed(name: string): Level | undefined {
  // Most loggers write it in small letters.
  return levelByName.get(name) ?? levelByName.get(name.toLowerCase());
}

type NumberScale = (value: number) => Level | undefined;

// RFC 5424: 0 emergency, 1 alert, 2 critical, 3 error, 4 warning, 5 notice, 6 informational, 7 debug.
const syslog = ['fatal', 'fatal', 'fatal', 'error', 'warn', 'info', 'info', 'debug'] as const;
const ofSyslog: NumberScale = (value) => syslog[value];

/** Pino and bunyan count by tens, from trace at 10 to fatal at 60; what lies between belongs to the lower. */
const ofPino: NumberScale = (value) => (value < 10 ? ofSyslog(value) : levels[Math.min(Math.floor(value / 10), 6) - 1]);

/** OpenTelemetry has four numbers for each level, from 1 on. */
const ofTelemetry: NumberScale = (value) => (value < 1 || value > 24 ? undefined : levels[Math.floor((value - 1) / 4)]);

/** Where loggers put it, the commonest first, and what a number means there. */
const places: readonly (readonly [path: FieldPath, scale: NumberScale])[] = [
  [['level'], ofPino],
  [['lvl'], ofPino],
  [['severity'], ofSyslog],
  [['log', 'level'], ofSyslog],
  [['levelname'], ofPino],
  [['@l'], ofPino],
  [['@level'], ofPino],
  [['loglevel'], ofPino],
  [['log_level'], ofPino],
  [['severity_text'], ofTelemetry],
  [['severityText'], ofTelemetry],
  [['SeverityText'], ofTelemetry],
  [['severityNumber'], ofTelemetry],
  [['severity_number'], ofTelemetry],
  [['SeverityNumber'], ofTelemetry],
  [['PRIORITY'], ofSyslog],
  [['L'], ofPino],
];

/** @returns undefined where the line does not say */
export function levelOf(fields: Fields): Level | undefined {
  for (const [path, scale] of places) {
    const value = valueAt(fields, path);
    const level = value === undefined ? undefined : levelFrom(value, scale);
    if (level !== undefined) return level;
  }
  // Serilog's compact format leaves out the level that is the commonest.
  return Object.hasOwn(fields, '@t') && !Object.hasOwn(fields, '@l') ? 'info' : undefined;
}

/** The level that a value stands for: a name, or a number of pino, bunyan or syslog. */
export function levelFrom(value: FieldValue, scale: NumberScale = ofPino): Level | undefined {
  if (typeof value === 'number') return scale(value);
  if (typeof value !== 'string') return undefined;
  return levelNamed(value) ?? (/^\d{1,2}$/.test(value) ? scale(Number(value)) : undefined);
}

/** A test of fields. */
export type FieldTest = (fields: Fields) => boolean;

/**
 * The text of `--level`: `warn` means at least that, `=warn` just that, `error,fatal` any of these. A line that does not
 * say its level does not pass.
 */
export function compileLevel(text: string): { readonly value: FieldTest } | { readonly problem: string } {
  const exact = text.startsWith('=') || text.includes(',');
  const words = text
    .replace(/^=/, '')
    .split(',')
    .map((word) => word.trim());
  const wanted = new Set<Level>();
  for (const word of words) {
    // Numbers and single letters are what loggers write; people write words.
    const level = word.length > 1 ? levelNamed(word) : undefined;
    if (level === undefined) {
      return {
        problem: `${JSON.stringify(word)} is no level; write one of ${levels.join(', ')}, or several with commas`,
      };
    }
    wanted.add(level);
  }
  if (!exact) for (const level of levels.slice(Math.min(...[...wanted].map(rankOf)))) wanted.add(level);
  return {
    value: (fields) => {
      const level = levelOf(fields);
      return level !== undefined && wanted.has(level);
    },
  };
}
