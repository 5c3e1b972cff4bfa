/** `--before-context` and `--after-context`: which lines around a match are printed too, and where groups of them end. */

/** What stands between two groups of lines, as in grep. */
export const groupSeparator = '--';

/** Where the lines go. */
export interface ContextOutput<Line> {
  readonly line: (line: Line) => void;
  /** Called before a group of lines that does not follow the last one directly. */
  readonly separator: () => void;
}

/** One for each stream; holds back at most `before` lines. */
export class ContextLines<Line> {
  readonly #before: number;
  readonly #after: number;
  readonly #output: ContextOutput<Line>;
  /** The last lines that were not printed, oldest first from `#oldest` on, and around. */
  readonly #held: Line[] = [];
  #oldest = 0;
  /** How many lines may still follow the last match. */
  #left = 0;
  /** A line was printed, and since then one was not, or was pushed out. */
  #gap = false;
  #printed = false;

  /**
   * @param before lines printed before each match
   * @param after lines printed after each match
   */
  constructor(before: number, after: number, output: ContextOutput<Line>) {
    this.#before = before;
    this.#after = after;
    this.#output = output;
  }

  /** The next line of the stream, and whether the filter keeps it. */
  next(line: Line, kept: boolean): void {
    if (kept) {
      this.#flush();
      this.#print(line);
      this.#left = this.#after;
    } else if (this.#left > 0) {
      this.#left -= 1;
      this.#print(line);
    } else this.#hold(line);
  }

  #print(line: Line): void {
    this.#printed = true;
    this.#output.line(line);
  }

  #flush(): void {
    if (this.#gap && this.#printed && this.#before + this.#after > 0) this.#output.separator();
    this.#gap = false;
    for (let index = 0; index < this.#held.length; index += 1) {
      const line = this.#held[(this.#oldest + index) % this.#held.length];
      if (line !== undefined) this.#print(line);
    }
    this.#held.length = 0;
    this.#oldest = 0;
  }

  #hold(line: Line): void {
    if (this.#held.length < this.#before) {
      this.#held.push(line);
      return;
    }
    this.#gap = true;
    if (this.#before === 0) return;
    this.#held[this.#oldest] = line;
    this.#oldest = (this.#oldest + 1) % this.#before;
  }
}
