/** The comparisons of templates: `eq`, `ne`, `lt`, `le`, `gt`, `ge`. */
import type { ByteString } from '../line.ts';
import { plainFlags } from './format-flags.ts';
import { formatValue } from './format-value.ts';
import { GoTime } from './go-time.ts';
import { basicKind, typeName, type BasicKind } from './kinds.ts';
import {
  compareBytes,
  GoError,
  GoFunction,
  GoInt,
  GoMap,
  GoSlice,
  JsonNumber,
  stringIn,
  type GoValue,
} from './values.ts';

/** Whether the first is equal to one of the others. */
export function isEqualToAny(first: GoValue, others: readonly GoValue[]): boolean {
  if (others.length === 0) throw new GoError('missing argument for comparison');
  return others.some((other) => isEqual(first, other));
}

function isEqual(left: GoValue, right: GoValue): boolean {
  const leftKind = basicKind(left);
  const rightKind = basicKind(right);
  if (leftKind === rightKind) return leftKind === 'other' ? isSame(left, right) : compareBasic(left, right) === 0;
  if (areIntegers(leftKind, rightKind)) return compareBasic(left, right) === 0;
  if (isNothing(left) || isNothing(right)) return false;
  throw incompatible(left, right);
}

function isNothing(value: GoValue): value is undefined | null {
  return value === undefined || value === null;
}

function areIntegers(left: BasicKind, right: BasicKind): boolean {
  return (left === 'int' || left === 'uint') && (right === 'int' || right === 'uint');
}

function incompatible(left: GoValue, right: GoValue): GoError {
  return new GoError(`incompatible types for comparison: ${typeName(left ?? null)} and ${typeName(right ?? null)}`);
}

/** Of what has no order, only a few can be told apart; maps and lists can be compared with nothing alone. */
function isSame(left: GoValue, right: GoValue): boolean {
  if (!isNothing(left) && !isNothing(right) && left.constructor !== right.constructor) {
    const shown = formatValue(right, 'v', plainFlags);
    throw new GoError(
      `non-comparable types ${formatValue(left, 's', plainFlags)}: ${typeName(left)}, ${typeName(right)}: ${shown}`,
    );
  }
  if (isNil(left) || isNil(right)) return isNil(left) === isNil(right);
  if (right instanceof GoMap || right instanceof GoSlice || right instanceof GoFunction) {
    throw new GoError(`non-comparable type ${formatValue(right, 's', plainFlags)}: ${typeName(right)}`);
  }
  if (left instanceof GoTime && right instanceof GoTime) {
    return left.seconds === right.seconds && left.nanoseconds === right.nanoseconds && left.zone === right.zone;
  }
  return left === right;
}

function isNil(value: GoValue): boolean {
  return isNothing(value) || (value instanceof GoMap && value.entries === undefined);
}

/** Two of the same basic kind; negative when the left one comes first. */
function compareBasic(left: GoValue, right: GoValue): number {
  if (left instanceof GoInt && right instanceof GoInt) return order(left.value, right.value);
  if (typeof left === 'number' && typeof right === 'number') return order(left, right);
  if (typeof left === 'boolean' || typeof right === 'boolean') return left === right ? 0 : 1;
  return compareBytes(stringOf(left), stringOf(right));
}

function stringOf(value: GoValue): ByteString {
  return value instanceof JsonNumber ? value.text : stringIn(value);
}

function order<T extends bigint | number>(left: T, right: T): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Negative, zero or positive; only for what has an order. */
export function compareOrdered(left: GoValue, right: GoValue): number {
  const leftKind = basicKind(left);
  const rightKind = basicKind(right);
  if (leftKind === 'other' || rightKind === 'other') throw new GoError('invalid type for comparison');
  if (leftKind !== rightKind && !areIntegers(leftKind, rightKind)) throw incompatible(left, right);
  if (leftKind === 'bool') throw new GoError('invalid type for comparison');
  return compareBasic(left, right);
}
