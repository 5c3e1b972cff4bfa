/** Cuts what a program says into lines while it says it, and keeps no more of it than the line that is not over. */
import { StringDecoder } from 'node:string_decoder';

/** A line that is longer comes in pieces: a program that never ends its line costs no memory. */
const longestLine = 16_384;

export class LineTap {
  readonly #decoder = new StringDecoder('utf8');
  readonly #take: (line: string) => void;
  #rest = '';

  /** @param take is told each line without its end; of a line that overwrites itself (`\r`) what is seen last */
  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  push(chunk: Uint8Array): void {
    this.#add(this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)));
  }

  /** Nothing more comes. */
  end(): void {
    this.#add(this.#decoder.end());
    if (this.#rest !== '') this.#tell(this.#rest);
    this.#rest = '';
  }

  #add(text: string): void {
    const lines = `${this.#rest}${text}`.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#tell(line);
    while (this.#rest.length > longestLine) {
      this.#tell(this.#rest.slice(0, longestLine));
      this.#rest = this.#rest.slice(longestLine);
    }
  }

  #tell(line: string): void {
    const whole = line.endsWith('\r') ? line.slice(0, -1) : line;
    this.#take(whole.slice(whole.lastIndexOf('\r') + 1));
  }
}
