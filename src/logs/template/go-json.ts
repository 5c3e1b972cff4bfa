/** Go's encoding/json: sorted keys, and the escapes that make it safe within HTML. */
import { isAscii, type ByteString } from '../line.ts';
import { isValidUtf8, toValidUtf8 } from './bytes.ts';
import { formatFloat } from './float.ts';
import { formatTime, rfc3339Nano } from './go-layout.ts';
import { GoTime } from './go-time.ts';
import { typeName } from './kinds.ts';
import { GoError, GoFunction, GoInt, GoLog, GoMap, GoSlice, JsonNumber, type GoValue } from './values.ts';

const htmlSpecial = /[<>&]/;
const everyHtmlSpecial = /[<>&]/g;
const lineSeparators = /\xe2\x80[\xa8\xa9]/g;

const htmlEscapes: Readonly<Record<string, string>> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026' };

/** A string in JSON, from bytes to bytes; a byte that is no UTF-8 becomes the escape `\ufffd`. */
export function quoteJson(bytes: ByteString): ByteString {
  // Of the characters that stand for bytes, JavaScript escapes the same as Go, but for those of HTML.
  const quoted = JSON.stringify(bytes);
  const escaped = htmlSpecial.test(bytes)
    ? quoted.replace(everyHtmlSpecial, (char) => htmlEscapes[char] ?? char)
    : quoted;
  return isAscii(bytes) ? escaped : escapeBeyondAscii(escaped);
}

function escapeBeyondAscii(bytes: ByteString): ByteString {
  // U+FFFD of the text itself stays: only what stands for a byte is escaped.
  const valid = isValidUtf8(bytes) ? bytes : toValidUtf8(bytes, '\\ufffd');
  return valid.replace(lineSeparators, (separator) => (separator.endsWith('\xa8') ? '\\u2028' : '\\u2029'));
}

/**
 * JSON as Go's json.Marshal writes it.
 *
 * @throws GoError for a function, which JSON has not
 */
export function encodeJson(value: GoValue): ByteString {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'string') return quoteJson(value);
  if (typeof value === 'number') return encodeFloat(value);
  if (typeof value === 'boolean') return String(value);
  if (value instanceof GoMap) return value.entries ? `{${encodeEntries(value).join(',')}}` : 'null';
  if (value instanceof GoSlice) return `[${value.items.map((item) => encodeJson(item)).join(',')}]`;
  if (value instanceof JsonNumber) return value.text === '' ? '0' : value.text;
  if (value instanceof GoInt) return value.value.toString();
  if (value instanceof GoTime) return `"${formatTime(value, rfc3339Nano)}"`;
  if (value instanceof GoLog) return encodeLog(value);
  if (value instanceof GoFunction) throw new GoError(`json: unsupported type: ${typeName(value)}`);
  // All that a colour holds is private to it.
  return '{}';
}

function encodeEntries(map: GoMap): ByteString[] {
  return map.sortedKeys().map((key) => `${quoteJson(key)}:${encodeJson(map.get(key))}`);
}

function encodeFloat(value: number): string {
  if (!Number.isFinite(value)) throw new GoError(`json: unsupported value: ${formatFloat(value, 'g', -1)}`);
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Names of stern's struct in JSON, in its order. */
const logNames = [
  ['message', 'Message'],
  ['nodeName', 'NodeName'],
  ['namespace', 'Namespace'],
  ['podName', 'PodName'],
  ['containerName', 'ContainerName'],
  ['labels', 'Labels'],
  ['annotations', 'Annotations'],
] as const;

function encodeLog(log: GoLog): ByteString {
  return `{${logNames.map(([name, field]) => `"${name}":${encodeJson(log.field(field))}`).join(',')}}`;
}

/** Go's json.MarshalIndent with two spaces. */
export function encodeIndentedJson(value: GoValue, indent = ''): ByteString {
  const inner = `${indent}  `;
  if (value instanceof GoMap && value.size > 0) {
    const members = value.sortedKeys().map((key) => {
      return `${inner}${quoteJson(key)}: ${encodeIndentedJson(value.get(key), inner)}`;
    });
    return `{\n${members.join(',\n')}\n${indent}}`;
  }
  if (value instanceof GoSlice && value.items.length > 0) {
    const items = value.items.map((item) => inner + encodeIndentedJson(item, inner));
    return `[\n${items.join(',\n')}\n${indent}]`;
  }
  return encodeJson(value);
}
