/** The functions that stern 1.34.0 adds to templates. */
import type { ByteString } from '../line.ts';
import { bytesOf } from '../line.ts';
import { decodeText } from './bytes.ts';
import { bunyanColor, foreground, levelColors, painter } from './colors.ts';
import { plainFlags } from './format-flags.ts';
import { formatValue } from './format-value.ts';
import { encodeIndentedJson, encodeJson, quoteJson } from './go-json.ts';
import { formatTime, rfc3339Nano } from './go-layout.ts';
import { zeroTime, type GoTime } from './go-time.ts';
import type { JsonOptions } from './json-parser.ts';
import { isJson } from './json-valid.ts';
import { mayBeJsonObject, parseJsonObject } from './parse-json.ts';
import { sprintf } from './printf.ts';
import { toTime } from './to-time.ts';
import { GoColor, GoError, GoFunction, GoInt, GoMap, JsonNumber, stringIn, type GoValue } from './values.ts';
import { loadZone, utc, type Zone } from './zone.ts';

const strict: JsonOptions = { numbersAsText: false, lenientEnd: false };
const lenient: JsonOptions = { numbersAsText: true, lenientEnd: true };

/** A problem becomes an error of the function, a value is taken out. */
function valueOf<T>(parsed: { readonly value: T } | { readonly problem: string }): T {
  if ('problem' in parsed) throw new GoError(parsed.problem);
  return parsed.value;
}

/** Undefined for what is no object. */
function triedObject(text: ByteString, options: JsonOptions): GoMap | undefined {
  if (!mayBeJsonObject(text)) return undefined;
  const parsed = parseJsonObject(text, options);
  return 'problem' in parsed ? undefined : parsed.value;
}

function parts(map: GoMap, keys: readonly GoValue[]): ByteString {
  return keys.map((key) => formatValue(map.get(stringIn(key)), 'v', plainFlags)).join(', ');
}

export function jsonFunctions(): readonly GoFunction[] {
  return [
    new GoFunction('json', ['interface {}'], undefined, ([value]) => encodeJson(value)),
    new GoFunction('parseJSON', ['string'], undefined, ([text]) => valueOf(parseJsonObject(stringIn(text), strict))),
    new GoFunction('tryParseJSON', ['string'], undefined, ([text]) => {
      return triedObject(stringIn(text), lenient) ?? new GoMap(undefined);
    }),
    new GoFunction('extractJSONParts', ['string'], 'string', ([text, ...keys]) => {
      return parts(valueOf(parseJsonObject(stringIn(text), strict)), keys);
    }),
    new GoFunction('tryExtractJSONParts', ['string'], 'string', ([text, ...keys]) => {
      const map = triedObject(stringIn(text), strict);
      return map ? parts(map, keys) : text;
    }),
    new GoFunction('extjson', ['string'], undefined, ([given]) => {
      const text = stringIn(given);
      return isJson(text) ? text.replace(/\n$/, '') : quoteJson(text);
    }),
    new GoFunction('prettyJSON', ['interface {}'], undefined, ([value]) => prettyJson(value)),
  ];
}

function prettyJson(value: GoValue): ByteString {
  if (typeof value === 'string') {
    const map = triedObject(value, strict);
    return map ? encodeIndentedJson(map) : value;
  }
  const indents = value instanceof GoMap && !value.ofStrings;
  return indents ? encodeIndentedJson(value) : formatValue(value, 'v', plainFlags);
}

/** @param local the zone of times that are given in seconds */
export function timeFunctions(local: Zone): readonly GoFunction[] {
  // These two take what is no time for the zero time.
  const lenientTime = (value: GoValue): GoTime => {
    const time = toTime(value, local);
    return 'problem' in time ? zeroTime : time.value;
  };
  return [
    new GoFunction('toRFC3339Nano', ['interface {}'], undefined, ([value]) =>
      formatTime(lenientTime(value), rfc3339Nano),
    ),
    new GoFunction('toUTC', ['interface {}'], undefined, ([value]) => lenientTime(value).in(utc)),
    new GoFunction('toTimestamp', ['interface {}', 'string'], 'string', ([value, layout, zone = '']) => {
      const time = valueOf(toTime(value, local));
      return bytesOf(formatTime(time.in(valueOf(loadZone(stringIn(zone), local))), decodeText(stringIn(layout))));
    }),
  ];
}

/** @param color without it all of them give their text as it is */
export function colorFunctions(color: boolean): readonly GoFunction[] {
  const paint = painter(color);
  return [
    new GoFunction('color', ['color.Color', 'string'], undefined, ([how, text]) => {
      return how instanceof GoColor ? how.color.wrap(stringIn(text)) : text;
    }),
    new GoFunction('colorCustom', ['string'], 'color.Attribute', ([text, ...attributes]) => {
      const numbers = attributes.map((attribute) => (attribute instanceof GoInt ? Number(attribute.value) : 0));
      return paint(stringIn(text), ...numbers);
    }),
    ...Object.entries(foreground).map(([name, attribute]) => {
      // With arguments the text is a format.
      return new GoFunction(`color${name}`, ['string'], 'interface {}', ([format, ...given]) => {
        return paint(given.length === 0 ? stringIn(format) : sprintf(stringIn(format), given), attribute);
      });
    }),
    new GoFunction('levelColor', ['interface {}'], undefined, ([level]) => {
      if (typeof level !== 'string') return '';
      const attribute = levelColors.get(level.toLowerCase());
      return attribute === undefined ? level : paint(level, attribute);
    }),
    new GoFunction('bunyanLevelColor', ['interface {}'], undefined, ([value]) => {
      const level = bunyanLevel(value);
      if (level === undefined) return '';
      const attribute = bunyanColor(level);
      return attribute === undefined ? level.toString() : paint(level.toString(), attribute);
    }),
  ];
}

const smallestInt = -(2n ** 63n);

/** A whole number of 64 bits; what does not fit into one becomes the smallest, as processors have it. */
function bunyanLevel(value: GoValue): bigint | undefined {
  if (typeof value === 'number') {
    const whole = Number.isFinite(value) ? BigInt(Math.trunc(value)) : smallestInt;
    return whole < smallestInt || whole >= -smallestInt ? smallestInt : whole;
  }
  if (!(value instanceof JsonNumber) || !/^-?\d+$/.test(value.text)) return undefined;
  const whole = BigInt(value.text);
  return whole < smallestInt || whole >= -smallestInt ? undefined : whole;
}
