/** Puts the year back into the times of a journal that is printed in the form short-precise. */
import type { ByteString } from '../line.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const dayMs = 86_400_000;

/** Length of `Nov 21 02:16:18.123456`. */
export const stampLength = 22;

/**
 * The latest year in which that day has come, by a clock that the node's may be a day ahead of; undefined where the
 * calendar has no such day. A line that is older than a year is taken for a later one: the journal does not tell.
 */
export function yearOf(month: number, date: number, nowMs: number): number | undefined {
  const latest = new Date(nowMs + dayMs).getUTCFullYear();
  // Eight years hold a 29th of February, whichever they are.
  for (let year = latest; year > latest - 9; year -= 1) {
    const ms = Date.UTC(year, month - 1, date);
    if (new Date(ms).getUTCDate() === date && ms <= nowMs + dayMs) return year;
  }
  return undefined;
}

/** Reads the times of lines; the day is worked out once for all that share it. */
export class Stamps {
  readonly #nowMs: number;
  #seen = '';
  #day = '';

  /** `nowMs`: when the lines were asked for. */
  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  /** `2026-11-21T02:16:18.123456Z`, which compares as text; empty for a line that begins with no time. */
  of(line: ByteString): string {
    // `Nov 21 02:16:18.123456 `: where the marks stand tells it from other lines without a regular expression.
    if (
      line.charCodeAt(3) !== 32 ||
      line.charCodeAt(6) !== 32 ||
      line.charCodeAt(9) !== 58 ||
      line.charCodeAt(12) !== 58 ||
      line.charCodeAt(15) !== 46 ||
      line.charCodeAt(stampLength) !== 32
    ) {
      return '';
    }
    const day = line.slice(0, 6);
    if (day !== this.#seen) {
      this.#seen = day;
      this.#day = dayOf(day, this.#nowMs);
    }
    return this.#day === '' ? '' : `${this.#day}${line.slice(7, stampLength)}Z`;
  }
}

/** `2026-11-21T` for `Nov 21`; empty for what is no day. */
function dayOf(text: string, nowMs: number): string {
  const month = months.indexOf(text.slice(0, 3)) + 1;
  const date = Number(text.slice(4));
  if (month === 0 || !(date >= 1 && date <= 31)) return '';
  const year = yearOf(month, date, nowMs);
  if (year === undefined) return '';
  return `${year}-${String(month).padStart(2, '0')}-${String(date).padStart(2, '0')}T`;
}
