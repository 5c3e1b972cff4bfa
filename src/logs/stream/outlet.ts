/** Hands on what is new of a log, remembers the end of it, and stops at the user's limit. */
import { cursorOf, type Cursor } from './cursor.ts';
import { RecentLines } from './recent.ts';
import { stampBytes } from './stamp.ts';
import type { ContainerStreamSink } from './stream.ts';

const lineFeed = 10;

export class Outlet {
  readonly #sink: ContainerStreamSink;
  #recent = new RecentLines();
  #bytesLeft: number;
  #message = '';

  /** `limitBytes` counts timestamps too, as the API does. */
  constructor(sink: ContainerStreamSink, limitBytes: number | undefined) {
    this.#sink = sink;
    this.#bytesLeft = limitBytes ?? Infinity;
  }

  /** The limit is reached. */
  get full(): boolean {
    return this.#bytesLeft <= 0;
  }

  /** All that was given is remembered. */
  get remembersAll(): boolean {
    return this.#recent.complete;
  }

  /** Where the log stands; undefined before its first line. */
  cursor(): Cursor | undefined {
    return cursorOf(this.#recent.bytes());
  }

  /** The lines that were given last; see {@link RecentLines.bytes}. */
  recent(): Buffer {
    return this.#recent.bytes();
  }

  /** Takes these for given. */
  remember(lines: Buffer): void {
    if (lines.length > 0) this.#recent.add(lines);
  }

  /** What was given was of another log. */
  forget(): void {
    this.#recent = new RecentLines();
  }

  /** Whole lines; those beyond the limit are cut off. */
  give(block: Buffer): Promise<void> | undefined {
    if (this.full) return undefined;
    const lines = block.length > this.#bytesLeft ? limited(block, this.#bytesLeft) : block;
    this.#bytesLeft -= block.length;
    if (lines.length === 0) return undefined;
    this.#recent.add(lines);
    return this.#sink.block(lines);
  }

  /** What the kubelet says instead of lines; it says so on every try, and is heard once. */
  tell(text: string): void {
    if (text === this.#message) return;
    this.#message = text;
    this.#sink.notice({ kind: 'server-message', text });
  }
}

/** The first bytes of a block, as whole lines; of the last one at least the timestamp is there. */
function limited(block: Buffer, bytes: number): Buffer {
  const rest = block.lastIndexOf(lineFeed, bytes - 1) + 1;
  if (stampBytes(block.subarray(rest, bytes)) === 0) return block.subarray(0, rest);
  return Buffer.concat([block.subarray(0, bytes), Buffer.of(lineFeed)]);
}
