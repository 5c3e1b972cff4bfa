/** A stream that keeps what was written to it; as a terminal it passes it on to a screen. */
import { Writable } from 'node:stream';
import type { Screen } from './screen.ts';

export class MemoryStream extends Writable {
  text = '';
  writes: string[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    this.writes.push(chunk.toString());
    done();
  }
}

export class MemoryTerminal extends MemoryStream {
  readonly isTTY = true;
  readonly screen: Screen;

  constructor(screen: Screen) {
    super({ decodeStrings: true });
    this.screen = screen;
  }

  get rows(): number {
    return this.screen.rows;
  }

  get columns(): number {
    return this.screen.columns;
  }

  override _write(chunk: Buffer, encoding: string, done: () => void): void {
    this.screen.write(chunk.toString());
    super._write(chunk, encoding, done);
  }

  resize(rows: number, columns: number): void {
    this.screen.rows = rows;
    this.screen.columns = columns;
    this.emit('resize');
  }

  // What ora asks of a terminal.
  clearLine(): boolean {
    return this.write('\u001B[2K');
  }

  cursorTo(): boolean {
    return this.write('\r');
  }

  moveCursor(_: number, lines: number): boolean {
    return lines === 0 ? true : this.write(lines < 0 ? `\u001B[${-lines}A` : '\n'.repeat(lines));
  }
}
