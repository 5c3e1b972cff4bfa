/** Where the lines of one node go, and how fast. */
import type { LineWriter } from '../../report/line-writer.ts';
import type { ByteString } from '../line.ts';
import type { EntryFormat } from './format.ts';

export class NodeOutlet {
  readonly #stdout: LineWriter;
  readonly #format: EntryFormat;
  #behind: Promise<void> | undefined;

  constructor(stdout: LineWriter, format: EntryFormat) {
    this.#stdout = stdout;
    this.#format = format;
  }

  print(stamp: string, entry: ByteString): void {
    this.#behind = this.#stdout.write(this.#format(stamp, entry)) ?? this.#behind;
  }

  /** Waits for a reader that is behind. */
  async ready(): Promise<void> {
    const behind = this.#behind;
    this.#behind = undefined;
    if (behind) await behind;
  }
}
