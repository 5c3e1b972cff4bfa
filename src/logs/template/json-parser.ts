/** Reads JSON byte by byte, by the grammar of Go's encoding/json and with its words for what is wrong. */
import { isAscii, type ByteString } from '../line.ts';
import { encodeRune, toValidUtf8 } from './bytes.ts';
import { quote } from './quote.ts';
import { GoMap, GoSlice, JsonNumber, type GoValue } from './values.ts';

export interface JsonOptions {
  /** Numbers keep their text. */
  readonly numbersAsText: boolean;
  /** Whatever follows the first value is not looked at. */
  readonly lenientEnd: boolean;
}

/** What is wrong with the text. */
export class JsonProblem extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'JsonProblem';
  }
}

// oxlint-disable-next-line no-control-regex -- none of these may stand in a string as it is
const plainString = /[^"\\\x00-\x1f]*/y;
const wholeNumber = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

/** Where a space would be wrong, too. */
const endsWithin = /in literal |numeric literal$|escape/;

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

export class JsonParser {
  readonly #bytes: ByteString;
  readonly #options: JsonOptions;
  #at = 0;
  /** About the first number that no float64 can hold; Go goes on reading after it. */
  outOfRange: string | undefined;

  constructor(bytes: ByteString, options: JsonOptions) {
    this.#bytes = bytes;
    this.#options = options;
  }

  document(): GoValue {
    const value = this.#value(0);
    if (this.#options.lenientEnd) return value;
    this.#space();
    if (this.#at < this.#bytes.length) this.#fail('after top-level value');
    return value;
  }

  /** What is wrong with the byte in hand. Go looks at the end as at a space, which breaks off words and numbers. */
  #fail(where: string): never {
    if (this.#at >= this.#bytes.length) {
      throw new JsonProblem(endsWithin.test(where) ? `invalid character ' ' ${where}` : 'unexpected end of JSON input');
    }
    throw new JsonProblem(`invalid character ${quoteChar(this.#bytes.charCodeAt(this.#at))} ${where}`);
  }

  #space(): void {
    for (;;) {
      const code = this.#bytes.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at += 1;
    }
  }

  #value(depth: number): GoValue {
    this.#space();
    switch (this.#bytes[this.#at]) {
      case '{':
        if (depth >= 10_000) this.#fail('exceeded max depth');
        return this.#object(depth + 1);
      case '[':
        if (depth >= 10_000) this.#fail('exceeded max depth');
        return this.#array(depth + 1);
      case '"':
        return this.#string();
      case 't':
        return this.#literal('true', true);
      case 'f':
        return this.#literal('false', false);
      case 'n':
        return this.#literal('null', null);
      default:
        return this.#number();
    }
  }

  #object(depth: number): GoMap {
    const entries = new Map<ByteString, GoValue>();
    this.#at += 1;
    this.#space();
    if (this.#bytes[this.#at] === '}') {
      this.#at += 1;
      return new GoMap(entries);
    }
    for (;;) {
      this.#space();
      if (this.#bytes[this.#at] !== '"') this.#fail('looking for beginning of object key string');
      const key = this.#string();
      this.#space();
      if (this.#bytes[this.#at] !== ':') this.#fail('after object key');
      this.#at += 1;
      entries.set(key, this.#value(depth));
      this.#space();
      const next = this.#bytes[this.#at];
      if (next !== ',' && next !== '}') this.#fail('after object key:value pair');
      this.#at += 1;
      if (next === '}') return new GoMap(entries);
    }
  }

  #array(depth: number): GoSlice {
    const items: GoValue[] = [];
    this.#at += 1;
    this.#space();
    if (this.#bytes[this.#at] === ']') {
      this.#at += 1;
      return new GoSlice(items);
    }
    for (;;) {
      items.push(this.#value(depth));
      this.#space();
      const next = this.#bytes[this.#at];
      if (next !== ',' && next !== ']') this.#fail('after array element');
      this.#at += 1;
      if (next === ']') return new GoSlice(items);
    }
  }

  #literal(word: string, value: GoValue): GoValue {
    for (const letter of word) {
      if (this.#bytes[this.#at] !== letter) this.#fail(`in literal ${word} (expecting '${letter}')`);
      this.#at += 1;
    }
    return value;
  }

  #string(): ByteString {
    const bytes = this.#bytes;
    const from = this.#at + 1;
    // Most strings are short and plain: then this is quicker than a search.
    for (let at = from; at < bytes.length; at += 1) {
      const code = bytes.charCodeAt(at);
      if (code === 0x22) {
        this.#at = at + 1;
        return bytes.slice(from, at);
      }
      if (code === 0x5c || code < 0x20 || code > 0x7f) break;
    }
    return this.#oddString(from);
  }

  /** A string with escapes, or beyond ASCII. */
  #oddString(from: number): ByteString {
    this.#at = from;
    let text = this.#plain();
    while (this.#bytes[this.#at] !== '"') {
      if (this.#bytes[this.#at] !== '\\') this.#fail('in string literal');
      text += this.#escape() + this.#plain();
    }
    this.#at += 1;
    return isAscii(text) ? text : toValidUtf8(text);
  }

  /** What stands for itself in a string. */
  #plain(): ByteString {
    plainString.lastIndex = this.#at;
    const plain = plainString.exec(this.#bytes)?.[0] ?? '';
    this.#at += plain.length;
    return plain;
  }

  #escape(): ByteString {
    this.#at += 1;
    const letter = this.#bytes[this.#at] ?? '';
    const simple = escapes[letter];
    if (simple === undefined && letter !== 'u') this.#fail('in string escape code');
    this.#at += 1;
    if (simple !== undefined) return simple;
    const high = this.#hexDigits();
    const paired =
      high >= 0xd800 && high < 0xdc00 && /^\\u[dD][c-fC-F]/.test(this.#bytes.slice(this.#at, this.#at + 4));
    if (!paired) return encodeRune(high);
    const low = Number.parseInt(this.#bytes.slice(this.#at + 2, this.#at + 6), 16);
    this.#at += 2;
    this.#hexDigits();
    return encodeRune((high - 0xd800) * 0x400 + (low - 0xdc00) + 0x1_0000);
  }

  #hexDigits(): number {
    const from = this.#at;
    for (; this.#at < from + 4; this.#at += 1) {
      const digit = this.#bytes[this.#at];
      if (digit === undefined || !/[0-9a-fA-F]/.test(digit)) this.#fail(String.raw`in \u hexadecimal character escape`);
    }
    return Number.parseInt(this.#bytes.slice(from, this.#at), 16);
  }

  #number(): number | JsonNumber {
    wholeNumber.lastIndex = this.#at;
    const text = wholeNumber.exec(this.#bytes)?.[0];
    if (text === undefined) return this.#notANumber();
    this.#at += text.length;
    this.#unfinishedNumber(text);
    if (this.#options.numbersAsText) return new JsonNumber(text);
    const value = Number(text);
    if (!Number.isFinite(value)) {
      this.outOfRange ??= `json: cannot unmarshal number ${text} into Go value of type float64`;
    }
    return value;
  }

  #notANumber(): never {
    if (this.#bytes[this.#at] !== '-') this.#fail('looking for beginning of value');
    this.#at += 1;
    return this.#fail('in numeric literal');
  }

  /** A point or an exponent that no digit follows. */
  #unfinishedNumber(text: string): void {
    const next = this.#bytes[this.#at];
    if (next === '.' && /^-?\d+$/.test(text)) {
      this.#at += 1;
      this.#fail('after decimal point in numeric literal');
    }
    if ((next === 'e' || next === 'E') && !/[eE]/.test(text)) {
      this.#at += 1;
      if (/^[+-]$/.test(this.#bytes[this.#at] ?? '')) this.#at += 1;
      this.#fail('in exponent of numeric literal');
    }
  }
}

/** A byte as Go's errors show it: each for itself, whatever text it is a part of. */
function quoteChar(code: number): string {
  if (code === 0x27) return String.raw`'\''`;
  if (code === 0x22) return `'"'`;
  return `'${quote(encodeRune(code)).slice(1, -1)}'`;
}
