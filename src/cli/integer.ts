/** Whole numbers on the command line, within bounds. */
import { quoted, valueFlag, type Flag, type FlagText, type Parsed, type Restrictions } from './flag.ts';

/** Reads a decimal integer between `min` and `max`. */
export function parseInteger(text: string, min: number, max = Number.MAX_SAFE_INTEGER): Parsed<number> {
  if (!/^[+-]?\d+$/.test(text)) return { problem: `${quoted(text)} is not a whole number` };
  const value = Number(text);
  if (value < min) return { problem: `${text} is too small; the smallest is ${min}` };
  if (value > max) return { problem: `${text} is too large; the largest is ${max}` };
  return { value };
}

/** A flag that holds an integer of at least `min`. */
export function integerFlag(
  text: FlagText,
  { fallback, min, max }: { readonly fallback: number; readonly min: number; readonly max?: number },
  restrictions: Restrictions = {},
): Flag<number> {
  return valueFlag(
    text,
    {
      valueName: 'int',
      fallback,
      fallbackText: String(fallback),
      parse: (given) => parseInteger(given, min, max),
    },
    restrictions,
  );
}
