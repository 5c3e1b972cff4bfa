/** kail's zerolog output: JSON messages as zerolog's console writer shows them. */
import { bytesOf, type ByteString } from '../line.ts';
import { encodeJson, parseJson, type JsonNode } from './json-tree.ts';
import type { Look } from './look.ts';
import type { Output } from './output.ts';
import { kailPrefix } from './prefixes.ts';
import type { Stamp } from './timestamp.ts';

/** Under which names the parts of a message are found. */
export interface ZerologFields {
  readonly timestamp: string;
  readonly level: string;
  readonly message: string;
  readonly error: string;
}

export const defaultZerologFields: ZerologFields = {
  timestamp: 'time',
  level: 'level',
  message: 'message',
  error: 'error',
};

const callerField = 'caller';

/** `NAMESPACE/POD[CONTAINER]: 3:04PM INF MESSAGE key=value`; what is no JSON object is printed as it is. */
export function zerologOutput(look: Look, fields: ZerologFields, stampIn: () => Stamp, withPrefix: boolean): Output {
  return {
    renderFor(source) {
      const prefix = withPrefix ? bytesOf(kailPrefix(look, source)) : '';
      const show = new Console(look.coloured, fields, stampIn());
      return (content) => {
        const entries = entriesOf(parseJson(content));
        return `${prefix}${entries ? show.entries(entries) : content}\n`;
      };
    },
    prefixFor: undefined,
    harmless: 'printed',
  };
}

type Entries = ReadonlyMap<ByteString, JsonNode>;

const none: Entries = new Map();

/** For Go's decoder null is an object too, one without anything in it. */
function entriesOf(node: JsonNode | undefined): Entries | undefined {
  if (node?.kind === 'object') return node.entries;
  return node?.kind === 'word' && node.text === 'null' ? none : undefined;
}

const levels: Readonly<Record<string, readonly [short: string, code: number, bold: boolean]>> = {
  trace: ['TRC', 35, false],
  debug: ['DBG', 33, false],
  info: ['INF', 32, false],
  warn: ['WRN', 31, false],
  error: ['ERR', 31, true],
  fatal: ['FTL', 31, true],
  panic: ['PNC', 31, true],
};

/** What zerolog 1.31 does when it is given no options. */
class Console {
  readonly #coloured: boolean;
  readonly #names: Readonly<Record<keyof ZerologFields, ByteString>>;
  readonly #stamp: Stamp;

  constructor(coloured: boolean, { timestamp, level, message, error }: ZerologFields, stamp: Stamp) {
    this.#coloured = coloured;
    this.#names = {
      timestamp: bytesOf(timestamp),
      level: bytesOf(level),
      message: bytesOf(message),
      error: bytesOf(error),
    };
    this.#stamp = stamp;
  }

  entries(entries: Entries): ByteString {
    const { timestamp, level, message } = this.#names;
    const parts = [
      this.#time(entries.get(timestamp)),
      this.#level(entries.get(level)),
      this.#caller(entries.get(callerField)),
      textOfNode(entries.get(message)),
    ];
    return [...parts.filter((part) => part !== ''), ...this.#others(entries)].join(' ');
  }

  /** Hours and minutes of RFC 3339 or of seconds since the epoch; other texts as they are. */
  #time(node: JsonNode | undefined): ByteString {
    return this.#paint(90, (node && this.#clockOf(node)) ?? '<nil>');
  }

  #clockOf(node: JsonNode): ByteString | undefined {
    if (node.kind === 'string') return kitchen(this.#stamp(node.bytes)) ?? node.bytes;
    if (node.kind !== 'number') return undefined;
    const moment = new Date(/^-?\d+$/.test(node.text) ? Number(node.text) * 1000 : Number.NaN);
    return Number.isNaN(moment.valueOf()) ? node.text : (kitchen(this.#stamp(moment.toISOString())) ?? node.text);
  }

  #level(node: JsonNode | undefined): ByteString {
    if (node && node.kind !== 'string') return textOfNode(node).toUpperCase().slice(0, 3);
    const known = node && Object.hasOwn(levels, node.bytes) ? levels[node.bytes] : undefined;
    if (!known) return this.#paint(1, node ? node.bytes : '???');
    const [short, code, bold] = known;
    const painted = this.#paint(code, short);
    return bold ? this.#paint(1, painted) : painted;
  }

  #caller(node: JsonNode | undefined): ByteString {
    return node?.kind === 'string' && node.bytes !== '' ? this.#paint(1, node.bytes) + this.#paint(36, ' >') : '';
  }

  /** `name=value` of all that has no place of its own, by name, the error first. */
  #others(entries: Entries): readonly ByteString[] {
    const { timestamp, level, message, error } = this.#names;
    const own = new Set([timestamp, level, message, callerField]);
    const names = [...entries.keys()].filter((name) => !own.has(name));
    names.sort((a, b) => (a === error ? -1 : b === error ? 1 : a < b ? -1 : 1));
    return names.map((name) => {
      const value = valueOf(entries.get(name));
      return this.#paint(36, `${name}=`) + (name === error ? this.#paint(31, value) : value);
    });
  }

  #paint(code: number, text: ByteString): ByteString {
    return this.#coloured ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}

function textOfNode(node: JsonNode | undefined): ByteString {
  if (!node || (node.kind === 'word' && node.text === 'null')) return '';
  return node.kind === 'string' ? node.bytes : encodeJson(node, 'text');
}

function valueOf(node: JsonNode | undefined): ByteString {
  if (!node) return '';
  if (node.kind !== 'string') return encodeJson(node, 'text');
  return /^[\x21\x23-\x5b\x5d-\x7e]*$/.test(node.bytes) ? node.bytes : quoted(node.bytes);
}

/** `3:04PM` of a timestamp as {@link Stamp} prints it. */
function kitchen(stamp: string | undefined): string | undefined {
  if (stamp === undefined) return undefined;
  const hour = Number(stamp.slice(11, 13));
  return `${hour % 12 || 12}:${stamp.slice(14, 16)}${hour < 12 ? 'AM' : 'PM'}`;
}

const shortEscapes: Readonly<Record<string, string>> = {
  '\x07': String.raw`\a`,
  '\b': String.raw`\b`,
  '\f': String.raw`\f`,
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
  '\t': String.raw`\t`,
  '\v': String.raw`\v`,
  '"': String.raw`\"`,
  '\\': String.raw`\\`,
};

/** Go's `strconv.Quote`. */
function quoted(bytes: ByteString): ByteString {
  const text = Buffer.from(bytes, 'latin1').toString('utf8');
  const escaped = text.replaceAll(/["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (character) => {
    const known = shortEscapes[character];
    if (known !== undefined) return known;
    const point = character.codePointAt(0) ?? 0;
    const hex = point.toString(16);
    if (point < 0x80) return `\\x${hex.padStart(2, '0')}`;
    return point <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
  });
  return bytesOf(`"${escaped}"`);
}
