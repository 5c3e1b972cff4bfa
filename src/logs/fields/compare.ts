/** Compares the fields of a line with what stands in a `--where`. */
import { isFields, valueAt, type FieldPath, type FieldValue } from './field-path.ts';
import { levelFrom, levelNamed, levelOf, rankOf, type FieldTest, type Level } from './level.ts';

/** What stands on the right side of a comparison. */
export type Operand =
  /** A word without quotes may be the name of a level. */
  | { readonly kind: 'word' | 'text'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number; readonly text: string }
  /** In milliseconds. */
  | { readonly kind: 'duration'; readonly value: number; readonly text: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' };

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';

/**
 * A comparison is false where the field is missing, or is of a kind that cannot be compared: `latency>200ms` says
 * nothing of a number that has no unit.
 */
export function compare(path: FieldPath, comparison: Comparison, operand: Operand): FieldTest {
  const holds = decisions[comparison];
  const level = levelMeant(path, comparison, operand);
  if (level !== undefined) return compareLevel(path, holds, level);
  const order = orderBy(operand);
  return (fields) => {
    const value = valueAt(fields, path);
    const found = value === undefined ? undefined : order(value);
    return found === undefined ? comparison === '!=' && value !== undefined : holds(found);
  };
}

/** Below zero: the field is less; above: it is more; NaN: neither, but not equal. */
type Order = number;

const decisions: Readonly<Record<Comparison, (order: Order) => boolean>> = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

/** Levels are compared by how severe they are; one in quotes is equal only to the same text. */
function levelMeant(path: FieldPath, comparison: Comparison, operand: Operand): Level | undefined {
  if (operand.kind !== 'word' && operand.kind !== 'text') return undefined;
  const isOrder = comparison !== '=' && comparison !== '!=';
  if (!isOrder) return isLevelPath(path) && operand.kind === 'word' ? levelNamed(operand.value) : undefined;
  return isLevelPath(path) || /level|lvl|severity|^@l$/i.test(path.at(-1) ?? '')
    ? levelNamed(operand.value)
    : undefined;
}

/** The bare name means wherever the logger of the line has it. */
function isLevelPath(path: FieldPath): boolean {
  return path.length === 1 && path[0] === 'level';
}

function compareLevel(path: FieldPath, holds: (order: Order) => boolean, wanted: Level): FieldTest {
  const rank = rankOf(wanted);
  return (fields) => {
    const value = isLevelPath(path) ? levelOf(fields) : levelFrom(valueAt(fields, path) ?? null);
    return value !== undefined && holds(rankOf(value) - rank);
  };
}

/** Undefined where the two are of different kinds. */
function orderBy(operand: Operand): (value: FieldValue) => Order | undefined {
  switch (operand.kind) {
    case 'number':
      return (value) => differenceOf(numberOf(value), operand.value);
    case 'duration':
      return (value) => differenceOf(typeof value === 'string' ? durationMs(value) : undefined, operand.value);
    case 'boolean':
      return (value) =>
        value === true || value === false || value === 'true' || value === 'false'
          ? unlike(String(value), String(operand.value))
          : undefined;
    case 'null':
      return (value) => (value === null ? 0 : Number.NaN);
    default:
      return (value) => {
        const text = plainText(value);
        if (text === undefined) return undefined;
        return text === operand.value ? 0 : text < operand.value ? -1 : 1;
      };
  }
}

function unlike(left: string, right: string): Order {
  return left === right ? 0 : Number.NaN;
}

function differenceOf(value: number | undefined, wanted: number): Order | undefined {
  return value === undefined ? undefined : value - wanted;
}

function numberOf(value: FieldValue): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(value)
    ? Number(value)
    : undefined;
}

/** A value as it is matched and printed; undefined for objects, lists and null. */
export function plainText(value: FieldValue | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return value === undefined || value === null || isFields(value) ? undefined : String(value);
}

const unitsMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const wholeDuration = /^-?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|[\u00b5\u03bc]s|ms|s|m|h))+$/;
const durationPart = /(\d+\.?\d*|\.\d+)([a-z\u00b5\u03bc]+)/g;

/** Go's durations, in milliseconds; undefined for other text. */
export function durationMs(text: string): number | undefined {
  if (!wholeDuration.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, unit = ''] of text.matchAll(durationPart)) sum += Number(amount) * (unitsMs[unit] ?? 0);
  return text.startsWith('-') ? -sum : sum;
}

/** True where the field is there, even with a null in it. */
export function exists(path: FieldPath): FieldTest {
  return (fields) => valueAt(fields, path) !== undefined;
}
