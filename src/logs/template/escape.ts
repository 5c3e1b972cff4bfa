/** The escapes that templates offer: for HTML, for JavaScript, for the query of a URL. */
import type { ByteString } from '../line.ts';
import { decodeRune, isPrint, runeIn, widthIn } from './bytes.ts';

const htmlEscapes: Readonly<Record<string, ByteString>> = {
  '\0': '\xef\xbf\xbd',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};

export function escapeHtml(text: ByteString): ByteString {
  // oxlint-disable-next-line no-control-regex -- NUL has no place in HTML
  return text.replace(/[\x00"'&<>]/g, (char) => htmlEscapes[char] ?? char);
}

const scriptEscapes: Readonly<Record<string, ByteString>> = { '\\': '\\\\', "'": "\\'", '"': '\\"' };

export function escapeScript(text: ByteString): ByteString {
  let escaped = '';
  for (let at = 0; at < text.length;) {
    const decoded = decodeRune(text, at);
    const end = at + widthIn(decoded);
    escaped += escapeScriptRune(runeIn(decoded), text.slice(at, end));
    at = end;
  }
  return escaped;
}

function escapeScriptRune(rune: number, bytes: ByteString): ByteString {
  if (rune >= 0x80) return isPrint(rune) ? bytes : `\\u${hex(rune)}`;
  const simple = scriptEscapes[bytes];
  if (simple !== undefined) return simple;
  return rune < 0x20 || '<>&='.includes(bytes) ? `\\u${hex(rune)}` : bytes;
}

function hex(rune: number): string {
  return rune.toString(16).toUpperCase().padStart(4, '0');
}

/** Go's url.QueryEscape, byte by byte. */
export function escapeQuery(text: ByteString): ByteString {
  return text.replace(/[^A-Za-z0-9\-_.~]/g, (byte) => (byte === ' ' ? '+' : `%${hex(byte.charCodeAt(0)).slice(2)}`));
}
