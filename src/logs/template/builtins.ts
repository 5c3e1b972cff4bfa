/** The functions that every template of Go has. */
import type { ByteString } from '../line.ts';
import { compareOrdered, isEqualToAny } from './compare.ts';
import { escapeHtml, escapeQuery, escapeScript } from './escape.ts';
import { sprint, sprintln } from './format-value.ts';
import { isTrue, typeName } from './kinds.ts';
import { sprintf } from './printf.ts';
import { GoError, GoFunction, GoInt, goInt, GoMap, GoSlice, JsonNumber, stringIn, type GoValue } from './values.ts';

/** `and`, `or` and `call` are the executor's: they do not take their arguments as others do. */
export function builtinFunctions(): readonly GoFunction[] {
  const escaped = (name: string, escape: (text: ByteString) => ByteString): GoFunction =>
    new GoFunction(name, [], 'interface {}', (given) => escape(joined(given)));
  const ordered = (name: string, holds: (order: number) => boolean): GoFunction =>
    new GoFunction(name, ['value', 'value'], undefined, ([left, right]) => holds(compareOrdered(left, right)));
  return [
    new GoFunction('eq', ['value'], 'value', ([first, ...others]) => isEqualToAny(first, others)),
    new GoFunction('ne', ['value', 'value'], undefined, ([left, right]) => !isEqualToAny(left, [right])),
    ordered('lt', (order) => order < 0),
    ordered('le', (order) => order <= 0),
    ordered('gt', (order) => order > 0),
    ordered('ge', (order) => order >= 0),
    new GoFunction('not', ['value'], undefined, ([value]) => !isTrue(value)),
    new GoFunction('len', ['value'], undefined, ([value]) => goInt(lengthOf(value))),
    new GoFunction('index', ['value'], 'value', ([item, ...indexes]) => indexed(item, indexes)),
    new GoFunction('slice', ['value'], 'value', ([item, ...indexes]) => sliced(item, indexes)),
    new GoFunction('print', [], 'interface {}', (given) => sprint(given)),
    new GoFunction('println', [], 'interface {}', (given) => sprintln(given)),
    new GoFunction('printf', ['string'], 'interface {}', ([format, ...given]) => sprintf(stringIn(format), given)),
    escaped('html', escapeHtml),
    escaped('js', escapeScript),
    escaped('urlquery', escapeQuery),
  ];
}

/** What is to be escaped; nothing is shown as where a template prints it. */
function joined(given: readonly GoValue[]): ByteString {
  return sprint(given.map((value) => value ?? '<no value>'));
}

/** The type of a value; of a pointer that of what it points at. */
function pointedAt(value: Exclude<GoValue, undefined>): string {
  return typeName(value).replace(/^\*/, '');
}

/** What a value holds in a row: bytes or items. */
function lengthOf(value: GoValue): number {
  if (value === undefined) throw new GoError('reflect: call of reflect.Value.Type on zero Value');
  if (value === null) throw new GoError('len of nil pointer');
  if (typeof value === 'string') return value.length;
  if (value instanceof JsonNumber) return value.text.length;
  if (value instanceof GoSlice) return value.items.length;
  if (value instanceof GoMap) return value.size;
  throw new GoError(`len of type ${pointedAt(value)}`);
}

function indexed(item: GoValue, indexes: readonly GoValue[]): GoValue {
  if (item === undefined || item === null) throw new GoError('index of untyped nil');
  let found: GoValue = item;
  for (const index of indexes) {
    if (found === undefined || found === null) throw new GoError('index of nil pointer');
    found = found instanceof GoMap ? inMap(found, index) : inRow(found, index);
  }
  return found;
}

function inMap(map: GoMap, key: GoValue): GoValue {
  if (key === undefined || key === null) throw new GoError('value is nil; should be of type string');
  if (typeof key !== 'string') throw new GoError(`value has type ${typeName(key)}; should be string`);
  return map.has(key) ? map.get(key) : map.zero;
}

function inRow(row: Exclude<GoValue, undefined | null>, index: GoValue): GoValue {
  const text = row instanceof JsonNumber ? row.text : row;
  if (typeof text === 'string') {
    const at = indexOf(index, text.length);
    if (at === text.length) throw new GoError('reflect: string index out of range');
    return new GoInt(BigInt(text.charCodeAt(at)), 'uint8');
  }
  if (!(row instanceof GoSlice)) throw new GoError(`can't index item of type ${pointedAt(row)}`);
  const at = indexOf(index, row.items.length);
  if (at === row.items.length) throw new GoError('reflect: slice index out of range');
  return row.items[at];
}

/** An index up to and with the end. */
function indexOf(index: GoValue, end: number): number {
  if (index === undefined || index === null) throw new GoError('cannot index slice/array with nil');
  if (!(index instanceof GoInt)) throw new GoError(`cannot index slice/array with type ${typeName(index)}`);
  if (index.value < 0n || index.value > BigInt(end)) throw new GoError(`index out of range: ${index.value}`);
  return Number(index.value);
}

function sliced(item: GoValue, indexes: readonly GoValue[]): GoValue {
  if (item === undefined || item === null) throw new GoError('slice of untyped nil');
  if (indexes.length > 3) throw new GoError(`too many slice indexes: ${indexes.length}`);
  const text = item instanceof JsonNumber ? item.text : item;
  if (typeof text === 'string') {
    if (indexes.length === 3) throw new GoError('cannot 3-index slice a string');
    const [from, to] = bounds(indexes, text.length);
    const part = text.slice(from, to);
    return item instanceof JsonNumber ? new JsonNumber(part) : part;
  }
  if (!(item instanceof GoSlice)) throw new GoError(`can't slice item of type ${pointedAt(item)}`);
  const [from, to] = bounds(indexes, item.items.length);
  return new GoSlice(item.items.slice(from, to));
}

function bounds(indexes: readonly GoValue[], length: number): readonly [from: number, to: number] {
  const [from = 0, to = length, cap = length] = indexes.map((index) => indexOf(index, length));
  if (from > to) throw new GoError(`invalid slice index: ${from} > ${to}`);
  if (to > cap) throw new GoError(`invalid slice index: ${to} > ${cap}`);
  return [from, to];
}
