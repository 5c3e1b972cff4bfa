/** Of which type and kind a value is, and whether it is true. */
import { GoTime } from './go-time.ts';
import { GoColor, GoInt, GoLog, GoMap, GoSlice, JsonNumber, type GoFunction, type GoValue } from './values.ts';

/** The name of its type, as `%T` prints it. */
export function typeName(value: Exclude<GoValue, undefined>): string {
  if (value === null) return 'interface {}';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number') return 'float64';
  if (typeof value === 'boolean') return 'bool';
  if (value instanceof GoInt) return value.type;
  if (value instanceof GoMap) return value.ofStrings ? 'map[string]string' : 'map[string]interface {}';
  if (value instanceof GoSlice) return '[]interface {}';
  if (value instanceof JsonNumber) return 'json.Number';
  if (value instanceof GoTime) return 'time.Time';
  if (value instanceof GoColor) return '*color.Color';
  if (value instanceof GoLog) return 'stern.Log';
  return functionType(value);
}

function functionType({ parameters, rest }: GoFunction): string {
  const names: string[] = [...parameters];
  if (rest) names.push(`...${rest}`);
  return `func(${names.join(', ')}) string`;
}

/** The kinds that can be compared; `other` for the rest, and for nothing. */
export type BasicKind = 'bool' | 'int' | 'uint' | 'float' | 'string' | 'other';

export function basicKind(value: GoValue): BasicKind {
  if (typeof value === 'string' || value instanceof JsonNumber) return 'string';
  if (typeof value === 'number') return 'float';
  if (typeof value === 'boolean') return 'bool';
  if (value instanceof GoInt) return value.type === 'uint8' ? 'uint' : 'int';
  return 'other';
}

/** Truth as `if` has it: not the zero of its type. */
export function isTrue(value: GoValue): boolean {
  if (typeof value === 'string') return value !== '';
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value !== 0;
  if (value === undefined || value === null) return false;
  if (value instanceof GoMap) return value.size > 0;
  if (value instanceof GoSlice) return value.items.length > 0;
  if (value instanceof JsonNumber) return value.text !== '';
  return value instanceof GoInt ? value.value !== 0n : true;
}
