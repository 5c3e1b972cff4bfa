/** UTF-8 within strings of one character a byte, which is what strings of Go are. */
import { isUtf8 } from 'node:buffer';
import { bytesOf, isAscii, type ByteString } from '../line.ts';

/** What stands for bytes that are no UTF-8. */
export const replacementRune = 0xfffd;
export const replacementBytes: ByteString = '\xef\xbf\xbd';

const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const alphanumeric = /^[\p{L}\p{Nd}_]$/u;

const invalid = replacementRune * 8 + 1;
/** The smallest rune that needs so many bytes: a longer form is no UTF-8. */
const smallest = [0, 0, 0x80, 0x800, 0x1_0000];

export function isValidUtf8(bytes: ByteString): boolean {
  return isAscii(bytes) || isUtf8(Buffer.from(bytes, 'latin1'));
}

/** The bytes as text; what is no UTF-8 becomes U+FFFD. */
export function decodeText(bytes: ByteString): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}

/**
 * The rune at an index, together with its width: see {@link runeIn} and {@link widthIn}. One number instead of two, for
 * this is called once per character. As Go has it, a byte that is no UTF-8 is U+FFFD of width 1.
 */
export function decodeRune(bytes: ByteString, at: number): number {
  const first = bytes.charCodeAt(at);
  if (first < 0x80) return first * 8 + 1;
  const width = widthFrom(first);
  if (width === 0 || at + width > bytes.length) return invalid;
  let rune = first & (0xff >> (width + 1));
  for (let index = at + 1; index < at + width; index += 1) {
    const next = bytes.charCodeAt(index);
    if ((next & 0xc0) !== 0x80) return invalid;
    rune = rune * 64 + (next & 0x3f);
  }
  const outside = rune < (smallest[width] ?? 0) || rune > 0x10_ffff || (rune >= 0xd800 && rune <= 0xdfff);
  return outside ? invalid : rune * 8 + width;
}

export function runeIn(decoded: number): number {
  return Math.floor(decoded / 8);
}

export function widthIn(decoded: number): number {
  return decoded % 8;
}

/** What {@link decodeRune} gives for a byte that is no UTF-8, as opposed to U+FFFD itself. */
export function isInvalidByte(decoded: number): boolean {
  return decoded === invalid;
}

function widthFrom(first: number): number {
  if (first >= 0xc2 && first <= 0xdf) return 2;
  if (first >= 0xe0 && first <= 0xef) return 3;
  return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/** A rune in UTF-8; one that does not exist becomes U+FFFD. */
export function encodeRune(rune: number): ByteString {
  if (rune >= 0 && rune < 0x80) return String.fromCharCode(rune);
  const exists = rune >= 0 && rune <= 0x10_ffff && (rune < 0xd800 || rune > 0xdfff);
  return exists ? bytesOf(String.fromCodePoint(rune)) : replacementBytes;
}

/** How many characters a text has; each byte that is no UTF-8 counts as one. */
export function runeCount(bytes: ByteString): number {
  if (isAscii(bytes)) return bytes.length;
  let count = 0;
  for (let at = 0; at < bytes.length; at += widthIn(decodeRune(bytes, at))) count += 1;
  return count;
}

/** Go's unicode.IsPrint: letters, marks, numbers, punctuation, symbols and the space. */
export function isPrint(rune: number): boolean {
  if (rune < 0x7f) return rune >= 0x20;
  return rune <= 0x10_ffff && printable.test(String.fromCodePoint(rune));
}

/** What names in templates are made of. */
export function isAlphanumeric(rune: number): boolean {
  return alphanumeric.test(String.fromCodePoint(rune));
}

/** Every byte that is no UTF-8 replaced, unless told otherwise by U+FFFD. */
export function toValidUtf8(bytes: ByteString, replacement: ByteString = replacementBytes): ByteString {
  if (isValidUtf8(bytes)) return bytes;
  let valid = '';
  for (let at = 0; at < bytes.length;) {
    const decoded = decodeRune(bytes, at);
    const end = at + widthIn(decoded);
    valid += isInvalidByte(decoded) ? replacement : bytes.slice(at, end);
    at = end;
  }
  return valid;
}
