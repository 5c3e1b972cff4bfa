/** Strings as Go's encoder writes them into JSON. */
import { isUtf8 } from 'node:buffer';
import type { ByteString } from '../line.ts';
import { isAscii, characterPattern } from './byte-text.ts';

const inOddBytes = new RegExp(
  `["\\\\<>&\\x00-\\x1f]|\\xe2\\x80[\\xa8\\xa9]|((?:(?!\\xe2\\x80[\\xa8\\xa9])(?:${characterPattern}))+)|[\\x80-\\xff]`,
  'g',
);

const short: Readonly<Record<string, string>> = {
  '"': String.raw`\"`,
  '\\': String.raw`\\`,
  '\b': String.raw`\b`,
  '\f': String.raw`\f`,
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
  '\t': String.raw`\t`,
  '\xe2\x80\xa8': String.raw`\u2028`,
  '\xe2\x80\xa9': String.raw`\u2029`,
};

/**
 * A JSON string with its quotes; a byte that is no UTF-8 becomes the six characters of the escaped U+FFFD.
 * That is encoding/json of Go 1.22 and later: \b and \f have short forms, U+007F stays.
 */
export function jsonString(bytes: ByteString): ByteString {
  const ascii = isAscii(bytes);
  if (!ascii && !isUtf8(Buffer.from(bytes, 'latin1'))) return oddString(bytes);
  // JavaScript escapes the same, but for what Go thinks of HTML and of U+2028 and U+2029.
  let quoted = JSON.stringify(bytes);
  if (/[<>&]/.test(quoted)) {
    quoted = quoted.replaceAll('<', String.raw`\u003c`).replaceAll('>', String.raw`\u003e`);
    quoted = quoted.replaceAll('&', String.raw`\u0026`);
  }
  return ascii ? quoted : quoted.replace(/\xe2\x80[\xa8\xa9]/g, escapeOf);
}

function oddString(bytes: ByteString): ByteString {
  const escape = (piece: string, characters: string | undefined): string => characters ?? escapeOf(piece);
  return `"${bytes.replace(inOddBytes, escape)}"`;
}

function escapeOf(piece: string): string {
  const known = short[piece];
  if (known !== undefined) return known;
  const code = piece.charCodeAt(0);
  return code > 0x7f ? String.raw`\ufffd` : `\\u00${code.toString(16).padStart(2, '0')}`;
}
