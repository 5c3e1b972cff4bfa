/** The colours of stern's functions: SGR sequences, or none. */
import type { ByteString } from '../line.ts';

/** Makes what stands around coloured text out of its numbers. */
export type Paint = (text: ByteString, ...attributes: readonly number[]) => ByteString;

/** Each attribute has the number that undoes it; all others are undone by a reset. */
const undoing: ReadonlyMap<number, number> = new Map([
  [1, 22],
  [2, 22],
  [3, 23],
  [4, 24],
  [5, 25],
  [6, 25],
  [7, 27],
  [8, 28],
  [9, 29],
]);

export function painter(color: boolean): Paint {
  if (!color) return (text) => text;
  return (text, ...attributes) => {
    const undo = attributes.map((attribute) => undoing.get(attribute) ?? 0);
    return `\x1b[${attributes.join(';')}m${text}\x1b[${undo.join(';')}m`;
  };
}

export const foreground = {
  Black: 30,
  Red: 31,
  Green: 32,
  Yellow: 33,
  Blue: 34,
  Magenta: 35,
  Cyan: 36,
  White: 37,
} as const;

/** Colours of the levels of zap and its like, by their name in lower case. */
export const levelColors: ReadonlyMap<string, number> = new Map([
  ['debug', foreground.Magenta],
  ['info', foreground.Blue],
  ['warn', foreground.Yellow],
  ['warning', foreground.Yellow],
  ['error', foreground.Red],
  ['dpanic', foreground.Red],
  ['panic', foreground.Red],
  ['fatal', foreground.Cyan],
  ['critical', foreground.Cyan],
]);

/** The colour of a level of bunyan; undefined from 100 on. */
export function bunyanColor(level: bigint): number | undefined {
  if (level < 30n) return foreground.Magenta;
  if (level < 40n) return foreground.Blue;
  if (level < 50n) return foreground.Yellow;
  if (level < 60n) return foreground.Red;
  return level < 100n ? foreground.Cyan : undefined;
}
