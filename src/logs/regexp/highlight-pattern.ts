/** `--highlight`: several patterns as the one that stern makes of them. */
import { bytesOf } from '../line.ts';

/**
 * The longest pattern first, so that of two that begin at the same place the more telling one wins. Flags such as `(?i)`
 * go on into the patterns behind, as in stern.
 *
 * @returns undefined without patterns; each has to be valid by itself, else the problem would name what nobody typed
 */
export function highlightPattern(patterns: readonly string[]): string | undefined {
  if (patterns.length === 0) return undefined;
  const sorted = patterns.toSorted((left, right) => bytesOf(right).length - bytesOf(left).length);
  return `(${sorted.join('|')})`;
}
