/** Reads `key=value key2="two words"`, the format that Go's loggers made known as logfmt. */
import type { Fields } from './field-path.ts';

const pair = /(?:^|[\s,;])([\p{L}_@$][\p{L}\p{N}_@$./-]*)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))(?=$|[\s,;])/gu;
const firstPair = /^\s*[\p{L}_@$][\p{L}\p{N}_@$./-]*=/u;

/**
 * Words without `=` are passed over.
 *
 * @param start where the pairs begin in the text
 * @returns all values as text, the last where a key stands twice; undefined where there is no pair
 */
export function pairsOf(text: string, start = 0): Record<string, string> | undefined {
  let found: Record<string, string> | undefined;
  pair.lastIndex = start;
  for (let match = pair.exec(text); match; match = pair.exec(text)) {
    const [, key = '', quoted, bare = ''] = match;
    // No prototype: a key may be called `constructor`.
    found ??= Object.create(null) as Record<string, string>;
    found[key] = quoted === undefined ? bare.replace(/[,;]+$/, '') : unquoted(quoted);
  }
  return found;
}

/** A line that begins with a pair, or has several: a sentence with one `=` in it is no logfmt. */
export function logfmtFields(text: string): Fields | undefined {
  if (!text.includes('=')) return undefined;
  const fields = pairsOf(text);
  if (!fields) return undefined;
  return firstPair.test(text) || Object.keys(fields).length > 1 ? fields : undefined;
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['b', '\b'],
  ['f', '\f'],
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
]);

/** The text between quotes, without its backslashes; unknown escapes stay as they are. */
export function unquoted(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/gsu, (_whole, code: string | undefined, character: string) =>
    code === undefined ? (escapes.get(character) ?? `\\${character}`) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
