/** Cuts the text of a journal into entries: a line that begins with a time, and the indented ones that belong to it. */
import { spokenRefusal } from '../../cluster/node-log.ts';
import type { ByteString } from '../line.ts';
import type { Stamps } from './stamp.ts';

export interface EntryReader {
  /** An entry without its last line feed; the stamp is empty for lines that have no time, such as those of a file. */
  entry(stamp: string, entry: ByteString): void;
  /** What the kubelet says among the lines. */
  remark(message: string): void;
}

const space = 32;
const tab = 9;

export class Entries {
  readonly #stamps: Stamps;
  readonly #reader: EntryReader;
  #carry = '';
  #stamp = '';
  #entry: ByteString | undefined;
  /** The journal has spoken; before that every line stands for itself. */
  #journal = false;

  constructor(stamps: Stamps, reader: EntryReader) {
    this.#stamps = stamps;
    this.#reader = reader;
  }

  push(chunk: Buffer): void {
    const text = this.#carry + chunk.toString('latin1');
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      this.#line(text.slice(start, end));
      start = end + 1;
    }
    this.#carry = text.slice(start);
  }

  /**
   * The answer is over. Cut off in the middle, it may end within an entry, which is then dropped: it comes again.
   *
   * @returns whether it ended with a whole line
   */
  end(cut: boolean): boolean {
    const whole = this.#carry === '';
    if (!cut) {
      if (!whole && !this.#journal) this.#line(this.#carry);
      if (whole || !this.#journal) this.#give();
    }
    this.#entry = undefined;
    this.#carry = '';
    return whole;
  }

  #line(line: ByteString): void {
    const stamp = this.#stamps.of(line);
    if (stamp !== '') {
      this.#give();
      this.#journal = true;
      this.#stamp = stamp;
      this.#entry = line;
    } else if (!this.#journal) this.#plain(line);
    else this.#other(line);
  }

  /** Before the first time: a file, or journalctl's remarks such as `-- No entries --`. */
  #plain(line: ByteString): void {
    if (line.startsWith('-- ') && line.endsWith(' --')) return;
    this.#reader.entry('', line);
  }

  #other(line: ByteString): void {
    const first = line.charCodeAt(0);
    if (this.#entry !== undefined && (first === space || first === tab)) {
      this.#entry += `\n${line}`;
      return;
    }
    // `-- Boot 0f… --`, and the empty line before what the kubelet says.
    if (line === '' || (line.startsWith('-- ') && line.endsWith(' --'))) return;
    const refusal = spokenRefusal(line);
    if (refusal) this.#reader.remark(refusal.message);
    else if (line !== 'try without specifying options') {
      this.#give();
      this.#reader.entry('', line);
    }
  }

  #give(): void {
    if (this.#entry === undefined) return;
    this.#reader.entry(this.#stamp, this.#entry);
    this.#entry = undefined;
  }
}
