/** Makes text from the cluster harmless for terminals: escape sequences, invisible and direction-changing characters. */

// Control (C0, DEL, C1), format (bidi, zero width, tags), lone surrogates, line and paragraph separators.
const dangerous = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Replaces dangerous characters by visible escapes such as `\x1b`; line feeds stay, for {@link indented} to tame. */
export function harmless(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(dangerous, (character) => {
    if (character === '\n') return character;
    const point = character.codePointAt(0) ?? 0;
    const hex = point.toString(16);
    if (point <= 0xff) return `\\x${hex.padStart(2, '0')}`;
    return point <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
  });
}

/** The same on one line, for texts in which line feeds mean nothing. */
export function harmlessLine(text: string): string {
  return harmless(text.trimEnd()).replaceAll('\n', ' ');
}

/** The same value with every string in it made harmless; for plain data only. */
export function harmlessValue<T>(value: T): T {
  return cleaned(value) as T;
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return harmless(value);
  if (Array.isArray(value)) return value.map((item) => cleaned(item));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cleaned(item)]));
}

/**
 * Indents all lines but the first: a message of several lines cannot pass itself off as a line of ours.
 * Trailing white space is dropped.
 */
export function indented(text: string, by = '  '): string {
  return text.trimEnd().split('\n').join(`\n${by}`);
}

/**
 * JSON in which nothing can act on a terminal: JSON itself leaves DEL, C1 and bidi characters as they are.
 * Parses to the very same value.
 */
export function harmlessJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replaceAll(dangerous, (character) => {
    if (character === '\n') return character;
    // UTF-16 units, because JSON knows no other escape.
    return Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join('');
  });
}
