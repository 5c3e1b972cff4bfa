/** The object that templates make of a message in JSON. */
import type { ByteString } from '../line.ts';
import { JsonParser, JsonProblem, type JsonOptions } from './json-parser.ts';
import { GoMap, GoSlice, JsonNumber, type GoValue } from './values.ts';

const beginsObject = /^[ \t\r\n]*[{n]/;

/**
 * Whether it can be an object or `null`: for whoever does not care why it is none, this saves the price of an exception
 * for every line of plain text.
 */
export function mayBeJsonObject(bytes: ByteString): boolean {
  return beginsObject.test(bytes);
}

/** An object, or the map that `null` stands for; else what Go says. */
export function parseJsonObject(
  bytes: ByteString,
  options: JsonOptions,
): { readonly value: GoMap } | { readonly problem: string } {
  const parser = new JsonParser(bytes, options);
  try {
    const value = parser.document();
    if (value === null) return { value: new GoMap(undefined) };
    if (!(value instanceof GoMap)) return { problem: wrongType(value) };
    return parser.outOfRange === undefined ? { value } : { problem: parser.outOfRange };
  } catch (error) {
    if (error instanceof JsonProblem) return { problem: error.message };
    // Deeper than the stack of JavaScript goes. Go's limit lies a little beyond it.
    if (error instanceof RangeError) return { problem: 'exceeded max depth' };
    throw error;
  }
}

function wrongType(value: GoValue): string {
  const kind = value instanceof GoSlice ? 'array' : value instanceof JsonNumber ? 'number' : typeof value;
  const name = kind === 'boolean' ? 'bool' : kind;
  return `json: cannot unmarshal ${name} into Go value of type map[string]interface {}`;
}
