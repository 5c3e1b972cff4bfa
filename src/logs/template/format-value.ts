/** Prints a value by a verb, as Go's fmt does. */
import type { ByteString } from '../line.ts';
import { bytesOf } from '../line.ts';
import { formatFloating, formatInteger, formatString } from './format-basic.ts';
import { pad, plainFlags, type Flags } from './format-flags.ts';
import { goString, timeString } from './go-layout.ts';
import { GoTime } from './go-time.ts';
import { typeName } from './kinds.ts';
import { GoColor, GoFunction, GoInt, GoLog, GoMap, GoSlice, JsonNumber, type GoValue } from './values.ts';

/** A value on its own; see {@link formatWithin} for those in maps and slices. */
export function formatValue(value: GoValue, verb: string, flags: Flags): ByteString {
  if (verb === 'v' && flags === plainFlags && typeof value === 'string') return value;
  if (value === undefined || value === null) {
    return verb === 'T' || verb === 'v' ? pad('<nil>', flags) : `%!${verb}(<nil>)`;
  }
  if (verb === 'T') return formatString(typeName(value), 's', flags) ?? '';
  return formatByKind(value, verb, flags, 0);
}

function formatByKind(
  value: Exclude<GoValue, undefined | null>,
  verb: string,
  flags: Flags,
  depth: number,
): ByteString {
  if (verb === 'w') return badVerb(value, verb, flags);
  const basic = formatBasic(value, verb, flags);
  if (basic !== undefined) return basic;
  if (value instanceof GoMap) return formatMap(value, verb, flags, depth);
  if (value instanceof GoSlice) return formatSlice(value, verb, flags, depth);
  if (value instanceof GoLog) return formatLog(value, verb, flags, depth);
  if (value instanceof GoColor) return depth === 0 ? `&${colorText(value)}` : '0x0';
  if (value instanceof GoFunction) return '0x0';
  return badVerb(value, verb, flags);
}

/** What is no collection; undefined also where the verb does not fit. */
function formatBasic(value: GoValue, verb: string, flags: Flags): ByteString | undefined {
  if (typeof value === 'string') return formatString(value, verb, flags);
  if (typeof value === 'number') return formatFloating(value, verb, flags);
  if (typeof value === 'boolean') return verb === 't' || verb === 'v' ? pad(String(value), flags) : undefined;
  if (value instanceof JsonNumber) return formatString(value.text, verb, flags);
  if (value instanceof GoInt) {
    const named = value.label !== undefined && !flags.sharpV && 'vsxXq'.includes(verb);
    if (named) return formatString(value.label ?? '', verb, flags);
    return formatInteger(value.value, value.type === 'uint8', verb, flags);
  }
  if (value instanceof GoTime) {
    if (flags.sharpV) return pad(goString(value), flags);
    return formatString(bytesOf(timeString(value)), verb, flags);
  }
  return undefined;
}

/** A colour as a struct: what it is made of, and that it leaves the decision whether to colour to others. */
export function colorText({ color }: GoColor): ByteString {
  return `{[${color.attributes?.join(' ') ?? ''}] <nil>}`;
}

/** `%!d(string=x)` */
export function badVerb(value: Exclude<GoValue, undefined | null>, verb: string, flags: Flags): ByteString {
  return `%!${verb}(${typeName(value)}=${formatValue(value, 'v', flags)})`;
}

function formatWithin(value: GoValue, verb: string, flags: Flags, depth: number): ByteString {
  if (value === undefined || value === null) return flags.sharpV ? 'interface {}(nil)' : '<nil>';
  return formatByKind(value, verb, flags, depth + 1);
}

function formatMap(map: GoMap, verb: string, flags: Flags, depth: number): ByteString {
  const pairs = map
    .sortedKeys()
    .map((key) => `${formatWithin(key, verb, flags, depth)}:${formatWithin(map.get(key), verb, flags, depth)}`);
  if (!flags.sharpV) return `map[${pairs.join(' ')}]`;
  return map.entries ? `${typeName(map)}{${pairs.join(', ')}}` : `${typeName(map)}(nil)`;
}

function formatSlice(slice: GoSlice, verb: string, flags: Flags, depth: number): ByteString {
  const items = slice.items.map((item) => formatWithin(item, verb, flags, depth));
  return flags.sharpV ? `${typeName(slice)}{${items.join(', ')}}` : `[${items.join(' ')}]`;
}

/** The fields of stern's struct, in its order. */
export const logFields = [
  'Message',
  'NodeName',
  'Namespace',
  'PodName',
  'ContainerName',
  'Labels',
  'Annotations',
  'PodColor',
  'ContainerColor',
] as const;

function formatLog(log: GoLog, verb: string, flags: Flags, depth: number): ByteString {
  const named = flags.plusV || flags.sharpV;
  const fields = logFields.map((name) => {
    const text = formatWithin(log.field(name), verb, flags, depth);
    return named ? `${name}:${text}` : text;
  });
  return flags.sharpV ? `stern.Log{${fields.join(', ')}}` : `{${fields.join(' ')}}`;
}

/** Whether print counts it as a string: between two that are none it puts a space. */
function isStringKind(value: GoValue): boolean {
  return typeof value === 'string' || value instanceof JsonNumber;
}

/** Go's fmt.Sprint. */
export function sprint(values: readonly GoValue[]): ByteString {
  let text = '';
  let afterString = false;
  for (const [index, value] of values.entries()) {
    const string = isStringKind(value);
    if (index > 0 && !string && !afterString) text += ' ';
    text += formatValue(value, 'v', plainFlags);
    afterString = string;
  }
  return text;
}

/** Go's fmt.Sprintln. */
export function sprintln(values: readonly GoValue[]): ByteString {
  return `${values.map((value) => formatValue(value, 'v', plainFlags)).join(' ')}\n`;
}
