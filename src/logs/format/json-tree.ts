/** JSON that is printed again as Go prints it: numbers keep their text, objects the order that Go gives them. */
import { bytesOf, type ByteString } from '../line.ts';
import { asGoSees, decodeKeeping } from './byte-text.ts';
import { quoteJson } from '../template/go-json.ts';

/** A value; texts are bytes of UTF-8. */
export type JsonNode =
  | { readonly kind: 'object'; readonly entries: ReadonlyMap<ByteString, JsonNode> }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'string'; readonly bytes: ByteString }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'word'; readonly text: 'true' | 'false' | 'null' };

// oxlint-disable-next-line no-control-regex -- JSON does not allow them within strings
const stringHere = /"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[^"\\\x00-\x1f]*)*"/y;
const numberHere = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const words = ['true', 'false', 'null'] as const;

// Deeper ones are taken for text; the parser calls itself.
const deepest = 1_000;

/** The value of a whole message; undefined where Go's decoder refuses it, also for numbers beyond a float64. */
export function parseJson(message: ByteString): JsonNode | undefined {
  const parser = new Parser(message);
  const value = parser.value(0);
  return value && parser.ended() ? value : undefined;
}

class Parser {
  readonly #bytes: ByteString;
  #at = 0;

  constructor(bytes: ByteString) {
    this.#bytes = bytes;
  }

  value(depth: number): JsonNode | undefined {
    if (this.#skip('{')) return depth < deepest ? this.#object(depth + 1) : undefined;
    if (this.#skip('[')) return depth < deepest ? this.#array(depth + 1) : undefined;
    const text = this.#take(stringHere);
    if (text !== undefined) return { kind: 'string', bytes: unquoted(text) };
    const number = this.#take(numberHere);
    if (number !== undefined) return Number.isFinite(Number(number)) ? { kind: 'number', text: number } : undefined;
    const word = words.find((one) => this.#bytes.startsWith(one, this.#at));
    if (word === undefined) return undefined;
    this.#at += word.length;
    return { kind: 'word', text: word };
  }

  /** Nothing but white space is left. */
  ended(): boolean {
    return Number.isNaN(this.#next());
  }

  #object(depth: number): JsonNode | undefined {
    const entries = new Map<ByteString, JsonNode>();
    if (this.#skip('}')) return { kind: 'object', entries };
    for (;;) {
      this.#next();
      const key = this.#take(stringHere);
      if (key === undefined || !this.#skip(':')) return undefined;
      const value = this.value(depth);
      if (!value) return undefined;
      // Of keys that come twice the last one counts.
      entries.set(unquoted(key), value);
      if (this.#skip('}')) return { kind: 'object', entries };
      if (!this.#skip(',')) return undefined;
    }
  }

  #array(depth: number): JsonNode | undefined {
    const items: JsonNode[] = [];
    if (this.#skip(']')) return { kind: 'array', items };
    for (;;) {
      const value = this.value(depth);
      if (!value) return undefined;
      items.push(value);
      if (this.#skip(']')) return { kind: 'array', items };
      if (!this.#skip(',')) return undefined;
    }
  }

  /** The next character that is no white space, as its code; NaN at the end. */
  #next(): number {
    for (;;) {
      const code = this.#bytes.charCodeAt(this.#at);
      if (code !== 32 && code !== 9 && code !== 10 && code !== 13) return code;
      this.#at += 1;
    }
  }

  #skip(mark: string): boolean {
    if (this.#next() !== mark.charCodeAt(0)) return false;
    this.#at += 1;
    return true;
  }

  /** What matches right here. */
  #take(sticky: RegExp): ByteString | undefined {
    sticky.lastIndex = this.#at;
    if (!sticky.test(this.#bytes)) return undefined;
    const start = this.#at;
    this.#at = sticky.lastIndex;
    return this.#bytes.slice(start, this.#at);
  }
}

function unquoted(text: ByteString): ByteString {
  if (/^[\x20-\x5b\x5d-\x7f]*$/.test(text)) return text.slice(1, -1);
  return bytesOf(JSON.parse(asGoSees(decodeKeeping(text))) as string);
}

/** How numbers are written: as a float64 prints, or as they were. */
export type NumberStyle = 'float' | 'text';

/** Go's `json.Marshal`: keys sorted by their bytes. */
export function encodeJson(node: JsonNode, numbers: NumberStyle): ByteString {
  switch (node.kind) {
    case 'object':
      return `{${sorted(node.entries)
        .map(([key, value]) => `${quoteJson(key)}:${encodeJson(value, numbers)}`)
        .join(',')}}`;
    case 'array':
      return `[${node.items.map((item) => encodeJson(item, numbers)).join(',')}]`;
    case 'string':
      return quoteJson(node.bytes);
    case 'number':
      return numbers === 'text' ? node.text : floatText(node.text);
    case 'word':
      return node.text;
  }
}

/** The same with two spaces for each level, as `json.Indent` has it; floats. */
export function indentJson(node: JsonNode, margin = ''): ByteString {
  const deeper = `${margin}  `;
  if (node.kind === 'object' && node.entries.size > 0) {
    const lines = sorted(node.entries).map(
      ([key, value]) => `${deeper}${quoteJson(key)}: ${indentJson(value, deeper)}`,
    );
    return `{\n${lines.join(',\n')}\n${margin}}`;
  }
  if (node.kind === 'array' && node.items.length > 0) {
    return `[\n${node.items.map((item) => deeper + indentJson(item, deeper)).join(',\n')}\n${margin}]`;
  }
  return encodeJson(node, 'float');
}

function sorted(entries: ReadonlyMap<ByteString, JsonNode>): (readonly [ByteString, JsonNode])[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Go prints floats as JavaScript does, but for the zero below zero. */
function floatText(text: string): string {
  const value = Number(text);
  return Object.is(value, -0) ? '-0' : String(value);
}
