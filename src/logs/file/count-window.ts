/** Counts the lines in the last part of a file, to know where the last so many begin. */
import type { ExecEnd } from '../../cluster/exec-status.ts';
import type { Counted } from './place.ts';
import { readWindow, type Print } from './window.ts';

const lineFeed = 10;

/**
 * Reads from the byte `from` to `size`, which is where the file ended a moment ago.
 *
 * @param print prints the file from there on
 * @returns how the program ended where that was too early
 */
export async function countWindow(
  print: Print,
  from: number,
  size: number,
  signal: AbortSignal,
): Promise<Counted | { readonly end: ExecEnd }> {
  let feeds = 0;
  let closed = false;
  const count = (part: Buffer): boolean => {
    for (let at = part.indexOf(lineFeed); at >= 0; at = part.indexOf(lineFeed, at + 1)) feeds += 1;
    closed = part.at(-1) === lineFeed;
    return true;
  };
  const end = await readWindow(print, size - from, count, signal);
  return end ? { end } : { from, feeds, closed };
}
