/** Sets of characters, and how V8 writes them. */

/** Code points as sorted, disjoint pairs: first, last, first, last … */
export type Ranges = readonly number[];

/** How a set of characters is written for one kind of text; always a single atom, ready for a quantifier. */
export type ClassSource = (ranges: Ranges) => string;

const lastRune = 0x10ffff;

/** Nothing above ASCII is in the set. */
export function isAscii(ranges: Ranges): boolean {
  return (ranges.at(-1) ?? 0) < 0x80;
}

/** Everything above ASCII is in the set. */
export function isWide(ranges: Ranges): boolean {
  return ranges.at(-1) === lastRune && (ranges.at(-2) ?? lastRune) <= 0x80;
}

/** The only character of the set; undefined where there are more, or none. */
export function onlyRune(ranges: Ranges): number | undefined {
  return ranges.length === 2 && ranges[0] === ranges[1] ? ranges[0] : undefined;
}

/**
 * For strings with a character a byte. Exact for ASCII; above it a byte stands for a part of some character, so only sets
 * that have all of them keep their meaning.
 */
export const bytesClass: ClassSource = (ranges) => {
  if (isWide(ranges)) return `[^${listed(clipped(complement(ranges), 0, 0x7f))}]`;
  return positive(clipped(ranges, 0, 0x7f));
};

/** As {@link bytesClass}, for strings of many lines: a match never crosses a line feed. */
export const blockClass: ClassSource = (ranges) => bytesClass(without(ranges, 0x0a));

/**
 * For text in UTF-16, by code points. The flag `u` would do that as well, but V8's linear engine refuses it; so characters
 * beyond the first plane are written as the pairs of surrogates that they are.
 */
export const textClass: ClassSource = (ranges) => {
  const pairs = surrogatePairs(clipped(ranges, 0x10000, lastRune));
  const single = [...clipped(ranges, 0, 0xd7ff), ...clipped(ranges, 0xe000, 0xffff)];
  if (pairs.length === 0) return positive(single);
  const plane = isWide(ranges)
    ? `[^${listed([...clipped(complement(ranges), 0, 0xd7ff), 0xd800, 0xdfff])}]`
    : positive(single);
  return `(?:${[...(single.length === 0 ? [] : [plane]), ...pairs].join('|')})`;
};

function positive(ranges: Ranges): string {
  const [only] = ranges;
  if (only === undefined) return '[]';
  return onlyRune(ranges) === undefined ? `[${listed(ranges)}]` : written(only);
}

function listed(ranges: Ranges): string {
  let source = '';
  for (let index = 0; index < ranges.length; index += 2) {
    const [first = 0, last = 0] = [ranges[index], ranges[index + 1]];
    source += written(first);
    if (last > first) source += `${last > first + 1 ? '-' : ''}${written(last)}`;
  }
  return source;
}

function written(unit: number): string {
  const character = String.fromCharCode(unit);
  if (/[\w ]/.test(character)) return character;
  return unit <= 0xff ? `\\x${unit.toString(16).padStart(2, '0')}` : `\\u${unit.toString(16).padStart(4, '0')}`;
}

/** What of the set lies between two code points, both included. */
function clipped(ranges: Ranges, from: number, to: number): number[] {
  const inside: number[] = [];
  for (let index = 0; index < ranges.length; index += 2) {
    const first = Math.max(ranges[index] ?? 0, from);
    const last = Math.min(ranges[index + 1] ?? 0, to);
    if (first <= last) inside.push(first, last);
  }
  return inside;
}

function complement(ranges: Ranges): number[] {
  const outside: number[] = [];
  let next = 0;
  for (let index = 0; index < ranges.length; index += 2) {
    const first = ranges[index] ?? 0;
    if (next < first) outside.push(next, first - 1);
    next = (ranges[index + 1] ?? 0) + 1;
  }
  if (next <= lastRune) outside.push(next, lastRune);
  return outside;
}

function without(ranges: Ranges, rune: number): Ranges {
  return [...clipped(ranges, 0, rune - 1), ...clipped(ranges, rune + 1, lastRune)];
}

/** Alternatives that exclude each other, so that at every place at most one can match. */
function surrogatePairs(ranges: Ranges): readonly string[] {
  const lows = new Map<number, number[]>();
  const whole: number[] = [];
  for (let index = 0; index < ranges.length; index += 2) {
    const [first = 0, last = 0] = [ranges[index], ranges[index + 1]];
    let [from, to] = [highOf(first), highOf(last)];
    if (from === to) {
      addLows(lows, from, lowOf(first), lowOf(last));
      continue;
    }
    if (lowOf(first) > 0xdc00) addLows(lows, from++, lowOf(first), 0xdfff);
    if (lowOf(last) < 0xdfff) addLows(lows, to--, 0xdc00, lowOf(last));
    if (from <= to) whole.push(from, to);
  }
  const parts = [...lows].map(([high, low]) => `${written(high)}${positive(low)}`);
  return whole.length === 0 ? parts : [`${positive(whole)}[\\udc00-\\udfff]`, ...parts];
}

function addLows(lows: Map<number, number[]>, high: number, first: number, last: number): void {
  const known = lows.get(high);
  if (known) known.push(first, last);
  else lows.set(high, [first, last]);
}

function highOf(rune: number): number {
  return 0xd800 + ((rune - 0x10000) >> 10);
}

function lowOf(rune: number): number {
  return 0xdc00 + ((rune - 0x10000) & 0x3ff);
}
