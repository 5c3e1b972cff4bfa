/** A very small terminal: enough to see what a live view leaves on the screen, strict about all that could ruin it. */

const escape = '\u001B';
/** A control sequence, or one character. */
const pieceOfText = new RegExp(`${escape}\\[(\\??[0-9;]*)([a-zA-Z])|([\\s\\S])`, 'gu');

export class Screen {
  rows: number;
  columns: number;
  /** Everything ever shown, scrolled off or not; the window is its last `rows` lines. */
  #lines: string[] = [''];
  #row = 0;
  #column = 0;
  /** Lines that did not fit the window's width. */
  wrapped = 0;
  /** The cursor was sent above the window's top. */
  overshoots = 0;
  updating = false;

  constructor(rows: number, columns: number) {
    this.rows = rows;
    this.columns = columns;
  }

  /** All lines, without trailing empty ones. */
  get lines(): string[] {
    const lines = this.#lines.map((line) => line.trimEnd());
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }

  get cursorColumn(): number {
    return this.#column;
  }

  write(text: string): void {
    const pieces = text.matchAll(pieceOfText);
    for (const [, parameters = '', command, character] of pieces) {
      if (command === undefined) this.#put(character ?? '');
      else this.#control(parameters, command);
    }
  }

  #control(parameters: string, command: string): void {
    if (command === 'A') this.#up(Number(parameters));
    else if (command === 'J' && parameters === '') {
      this.#lines.length = this.#row + 1;
      this.#lines[this.#row] = (this.#lines[this.#row] ?? '').slice(0, this.#column);
    } else if (command === 'K' && parameters === '2') this.#lines[this.#row] = '';
    else if (parameters === '?2026') this.updating = command === 'h';
    else if (command !== 'm') throw new Error(`the screen does not know ${JSON.stringify(parameters + command)}`);
  }

  #up(count: number): void {
    const top = Math.max(0, this.#lines.length - this.rows);
    if (this.#row - count < top) this.overshoots += 1;
    this.#row = Math.max(top, this.#row - count);
  }

  #put(character: string): void {
    if (character === '\n') {
      this.#row += 1;
      this.#column = 0;
      this.#lines[this.#row] ??= '';
      return;
    }
    if (character === '\r') {
      this.#column = 0;
      return;
    }
    if (character < ' ' || (character >= '\u007F' && character <= '\u009F')) {
      throw new Error(`the control character ${JSON.stringify(character)} reached the screen`);
    }
    if (this.#column >= this.columns) {
      this.wrapped += 1;
      this.#put('\n');
    }
    const line = (this.#lines[this.#row] ?? '').padEnd(this.#column);
    this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
    this.#column += 1;
  }
}
