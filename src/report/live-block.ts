/** A block of lines at the bottom of a terminal that is redrawn in place, below lines that stay. */
import { stripVTControlCharacters } from 'node:util';
import type { WindowSize } from './board.ts';
import type { Sink } from './sink.ts';
import { displayWidth } from './width.ts';

// Terminals that know the mode show all that lies between at once; the others ignore it.
const beginUpdate = '\u001B[?2026h';
const endUpdate = '\u001B[?2026l';

/**
 * The cursor always rests at the start of the line below the block and is never hidden, so that no end of the process,
 * however sudden, leaves the terminal in need of repair.
 */
export class LiveBlock {
  readonly #terminal: Sink;
  /** What stands on the screen now, in lines and in cells. */
  #height = 0;
  #widest = 0;

  constructor(terminal: Sink) {
    this.#terminal = terminal;
  }

  get shown(): boolean {
    return this.#height > 0;
  }

  /**
   * Takes the block away, writes `kept` in its place, and draws `lines` below. All in one write: no half picture.
   *
   * @param lines must fit the window: at most `rows - 1` of them, each narrower than it
   */
  draw(lines: readonly string[], kept = ''): void {
    if (lines.length === 0 && !this.shown) {
      this.#terminal.write(kept);
      return;
    }
    const block = lines.map((line) => `${line}\n`).join('');
    this.#terminal.write(`${beginUpdate}${this.#erasure()}${kept}${block}${endUpdate}`);
    this.#height = lines.length;
    this.#widest = Math.max(0, ...lines.map((line) => displayWidth(stripVTControlCharacters(line))));
  }

  /**
   * To be called when the window changed. Where the block does not fit any more, terminals differ in what they do to
   * it (fold its lines, cut them, scroll them off), so that nobody knows how far up it begins: it is left standing
   * rather than risking the lines above it.
   */
  resized({ rows, columns }: WindowSize): void {
    if (this.#widest < columns && this.#height < rows) return;
    this.#height = 0;
    this.#widest = 0;
  }

  #erasure(): string {
    return this.#height === 0 ? '' : `\u001B[${this.#height}A\r\u001B[J`;
  }
}
