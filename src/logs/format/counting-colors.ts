/** kubetail's colours: each new pod takes the next number of the terminal's 256. */
import type { Ink } from './ink.ts';

/** What of a line is coloured. */
export type Coloured = 'line' | 'pod';

export interface CountingOptions {
  readonly coloured: Coloured;
  /** Numbers never used: `-z`, by default 7 and 8, which nobody can read. */
  readonly skip: readonly number[];
  /** Puts the number before the pod's name: `[3:web-1]`. */
  readonly showIndex: boolean;
}

export const defaultCounting: CountingOptions = { coloured: 'line', skip: [7, 8], showIndex: false };

export interface CountedColour {
  readonly index: number;
  readonly ink: Ink;
}

/** Gives every pod its colour at first sight, 1 first; after 255 it begins again. */
export function countColours({ skip }: CountingOptions): (podUid: string) => CountedColour {
  const usable = Array.from({ length: 255 }, (_, at) => at + 1).filter((index) => !skip.includes(index));
  const given = new Map<string, CountedColour>();
  return (podUid) => {
    let colour = given.get(podUid);
    if (!colour) {
      // With all of them skipped there is still white.
      const index = usable[given.size % usable.length] ?? 15;
      colour = { index, ink: terminalInk(index) };
      given.set(podUid, colour);
    }
    return colour;
  };
}

/** As `tput setaf` writes them for terminals of 256 colours. */
function terminalInk(index: number): Ink {
  const code = index < 8 ? String(30 + index) : index < 16 ? String(82 + index) : `38;5;${index}`;
  return { wrap: (text) => `\x1b[${code}m${text}\x1b[0m` };
}
