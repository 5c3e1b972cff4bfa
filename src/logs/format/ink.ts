/** Colours as terminals take them: the codes that fatih/color writes around a text, byte for byte. */

/** Puts a text into a colour, or leaves it as it is. */
export interface Ink {
  readonly wrap: (text: string) => string;
}

/** No colour. */
export const noInk: Ink = { wrap: (text) => text };

// What ends an attribute again; all others are ended by 0, as fatih/color 1.19 has it for each number of a code.
const endings: Readonly<Record<number, number>> = { 1: 22, 2: 22, 3: 23, 4: 24, 5: 25, 6: 25, 7: 27, 8: 28, 9: 29 };

/** A colour by its SGR numbers: `inkOf(96)`, or bold bright green `inkOf(92, 1)`, which ends with `0;22`. */
export function inkOf(...numbers: readonly number[]): Ink {
  const begin = `\x1b[${numbers.join(';')}m`;
  const end = `\x1b[${numbers.map((one) => endings[one] ?? 0).join(';')}m`;
  return { wrap: (text) => begin + text + end };
}
