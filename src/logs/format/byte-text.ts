/** Bytes as text and back, with those that are no UTF-8 kept. */
import { isUtf8 } from 'node:buffer';
import { bytesOf, isAscii, type ByteString } from '../line.ts';

// Go's rules (Unicode's table 3-7): no overlong forms, no surrogates, nothing above U+10FFFF.
/** Source of a pattern for one character of UTF-8 beyond ASCII, in a byte string. */
export const characterPattern =
  '[\\xc2-\\xdf][\\x80-\\xbf]|\\xe0[\\xa0-\\xbf][\\x80-\\xbf]|[\\xe1-\\xec\\xee\\xef][\\x80-\\xbf]{2}|' +
  '\\xed[\\x80-\\x9f][\\x80-\\xbf]|\\xf0[\\x90-\\xbf][\\x80-\\xbf]{2}|[\\xf1-\\xf3][\\x80-\\xbf]{3}|' +
  '\\xf4[\\x80-\\x8f][\\x80-\\xbf]{2}';

const pieces = new RegExp(`((?:${characterPattern})+)|[\\x80-\\xff]`, 'g');

/**
 * Text of bytes. One that belongs to no character becomes a surrogate that stands alone (U+DC80 to U+DCFF), which no
 * UTF-8 can contain: {@link encodeKeeping} finds it again.
 */
export function decodeKeeping(bytes: ByteString): string {
  if (isAscii(bytes)) return bytes;
  const buffer = Buffer.from(bytes, 'latin1');
  if (isUtf8(buffer)) return buffer.toString('utf8');
  return bytes.replace(pieces, (piece: string, characters: string | undefined) =>
    characters === undefined
      ? String.fromCharCode(0xdc00 + piece.charCodeAt(0))
      : Buffer.from(characters, 'latin1').toString('utf8'),
  );
}

// With the `u` flag these match only where they stand alone.
const kept = /[\udc80-\udcff]/u;
const everyKept = /[\udc80-\udcff]/gu;

/** The bytes of a text from {@link decodeKeeping}. */
export function encodeKeeping(text: string): ByteString {
  if (!kept.test(text)) return bytesOf(text);
  let bytes = '';
  for (const character of text) {
    bytes += kept.test(character) ? String.fromCharCode(character.charCodeAt(0) - 0xdc00) : bytesOf(character);
  }
  return bytes;
}

/** A text from {@link decodeKeeping} as Go sees it: each byte that belongs to no character is U+FFFD; lengths stay. */
export function asGoSees(text: string): string {
  return kept.test(text) ? text.replaceAll(everyKept, '\ufffd') : text;
}
