/** Go's quoted strings: reading those of a template, writing those of `%q`. */
import type { ByteString } from '../line.ts';
import {
  decodeRune,
  encodeRune,
  isInvalidByte,
  isPrint,
  isValidUtf8,
  replacementRune,
  runeIn,
  widthIn,
} from './bytes.ts';

const escapes: Readonly<Record<string, number>> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11, '\\': 0x5c };
const hexDigits: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

interface Unquoted {
  readonly rune: number;
  /** A byte by its number, which need not be UTF-8. */
  readonly byte: boolean;
  readonly end: number;
}

/** The character at an index of what stands within `quote`; undefined when it is none. */
function unquoteChar(source: ByteString, at: number, quote: string): Unquoted | undefined {
  const char = source[at];
  if (char === undefined || char === quote) return undefined;
  if (char !== '\\') {
    const decoded = decodeRune(source, at);
    return { rune: runeIn(decoded), byte: false, end: at + widthIn(decoded) };
  }
  const escape = source[at + 1] ?? '';
  if (escape === quote) return { rune: quote.charCodeAt(0), byte: false, end: at + 2 };
  const simple = escapes[escape];
  if (simple !== undefined) return { rune: simple, byte: false, end: at + 2 };
  const digits = hexDigits[escape];
  if (digits !== undefined) return unquoteHex(source.slice(at + 2, at + 2 + digits), digits, at + 2 + digits);
  return unquoteOctal(source.slice(at + 1, at + 4), at + 4);
}

function unquoteHex(text: string, digits: number, end: number): Unquoted | undefined {
  if (text.length !== digits || !/^[0-9a-fA-F]+$/.test(text)) return undefined;
  const rune = Number.parseInt(text, 16);
  if (digits === 2) return { rune, byte: true, end };
  const exists = rune <= 0x10_ffff && (rune < 0xd800 || rune > 0xdfff);
  return exists ? { rune, byte: false, end } : undefined;
}

function unquoteOctal(text: string, end: number): Unquoted | undefined {
  if (!/^[0-3][0-7]{2}$/.test(text)) return undefined;
  return { rune: Number.parseInt(text, 8), byte: true, end };
}

/** What a string in double quotes or backquotes stands for; undefined when its escapes are wrong. */
export function unquote(literal: ByteString): ByteString | undefined {
  if (literal.startsWith('`')) return literal.slice(1, -1).replaceAll('\r', '');
  if (!literal.includes('\\') && isValidUtf8(literal)) return literal.slice(1, -1);
  let text = '';
  for (let at = 1; at < literal.length - 1;) {
    const char = unquoteChar(literal, at, '"');
    if (!char) return undefined;
    text += char.byte ? String.fromCharCode(char.rune) : encodeRune(char.rune);
    at = char.end;
  }
  return text;
}

/** The rune of a character constant such as `'a'`. */
export function unquoteRune(literal: ByteString): { readonly value: number } | { readonly problem: string } {
  const char = unquoteChar(literal, 1, "'");
  if (!char) return { problem: 'invalid syntax' };
  if (char.end !== literal.length - 1) return { problem: `malformed character constant: ${literal}` };
  return { value: char.rune };
}

const shortEscapes: ReadonlyMap<number, string> = new Map([
  [7, '\\a'],
  [8, '\\b'],
  [12, '\\f'],
  [10, '\\n'],
  [13, '\\r'],
  [9, '\\t'],
  [11, '\\v'],
]);

/** A rune as it stands within quotes. */
function escapeRune(rune: number, quote: string, asciiOnly: boolean): ByteString {
  if (rune === quote.charCodeAt(0) || rune === 0x5c) return `\\${String.fromCharCode(rune)}`;
  if (isPrint(rune) && (!asciiOnly || rune < 0x80)) return encodeRune(rune);
  const short = shortEscapes.get(rune);
  if (short) return short;
  if (rune < 0x20 || rune === 0x7f) return `\\x${rune.toString(16).padStart(2, '0')}`;
  return rune < 0x1_0000 ? `\\u${rune.toString(16).padStart(4, '0')}` : `\\U${rune.toString(16).padStart(8, '0')}`;
}

/** Go's strconv.Quote and, with `asciiOnly`, QuoteToASCII. */
export function quote(bytes: ByteString, asciiOnly = false): ByteString {
  let quoted = '"';
  for (let at = 0; at < bytes.length;) {
    const decoded = decodeRune(bytes, at);
    if (isInvalidByte(decoded)) quoted += `\\x${bytes.charCodeAt(at).toString(16)}`;
    else quoted += escapeRune(runeIn(decoded), '"', asciiOnly);
    at += widthIn(decoded);
  }
  return `${quoted}"`;
}

/** Go's strconv.QuoteRune. */
export function quoteRune(rune: number, asciiOnly = false): ByteString {
  const exists = rune >= 0 && rune <= 0x10_ffff && (rune < 0xd800 || rune > 0xdfff);
  return `'${escapeRune(exists ? rune : replacementRune, "'", asciiOnly)}'`;
}

/** Whether it can stand in backquotes as it is. */
export function canBackquote(bytes: ByteString): boolean {
  // oxlint-disable-next-line no-control-regex -- these are the ones that cannot
  return isValidUtf8(bytes) && !/[\x00-\x08\x0a-\x1f`\x7f]/.test(bytes) && !bytes.includes('\xef\xbb\xbf');
}

/** `U+0041 'A'`, as errors name a character. */
export function quoteRuneName(rune: number): ByteString {
  const number = `U+${rune.toString(16).toUpperCase().padStart(4, '0')}`;
  return isPrint(rune) ? `${number} '${encodeRune(rune)}'` : number;
}
