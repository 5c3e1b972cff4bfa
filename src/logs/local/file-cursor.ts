/** A place in a log file that grows, and that somebody may cut short. */
import type { FileHandle } from 'node:fs/promises';
import type { RecordReader } from './records.ts';

export type CursorAnswer =
  /** What follows; the memory is the caller's. */
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  /** Nothing more for now. */
  | { readonly kind: 'end' }
  /** What was read before is no longer in the file. */
  | { readonly kind: 'cut' };

/** Bytes before the place that are compared at every read: an emptied file may have grown beyond it again. */
const markLength = 48;
const smallestRead = 4096;
const largestRead = 256 * 1024;

export class FileCursor {
  readonly handle: FileHandle;
  readonly identity: string;
  readonly reader: RecordReader;
  #offset = 0;
  #mark: Buffer = Buffer.alloc(0);
  #readLength = 64 * 1024;

  constructor(handle: FileHandle, identity: string, reader: RecordReader) {
    this.handle = handle;
    this.identity = identity;
    this.reader = reader;
  }

  /** How many bytes of the file lie before the place. */
  get offset(): number {
    return this.#offset;
  }

  /** The last bytes that were read; they lie just before the place. */
  get mark(): Buffer {
    return this.#mark;
  }

  /** Goes to another place of the file. */
  moveTo(offset: number): void {
    this.#offset = offset;
    this.#mark = Buffer.alloc(0);
  }

  async read(): Promise<CursorAnswer> {
    const mark = this.#mark;
    const buffer = Buffer.allocUnsafe(mark.length + this.#readLength);
    const { bytesRead } = await this.handle.read(buffer, 0, buffer.length, this.#offset - mark.length);
    if (bytesRead < mark.length || !buffer.subarray(0, mark.length).equals(mark)) return { kind: 'cut' };
    const bytes = buffer.subarray(mark.length, bytesRead);
    // Without a mark nothing tells a file that was cut from one that has not grown.
    if (mark.length === 0 && bytesRead === 0 && (await this.handle.stat()).size < this.#offset) return { kind: 'cut' };
    this.#adapt(bytes.length);
    if (bytes.length === 0) return { kind: 'end' };
    this.#offset += bytes.length;
    // A copy: whoever gets the bytes overwrites them.
    this.#mark = Buffer.from(buffer.subarray(Math.max(0, bytesRead - markLength), bytesRead));
    return { kind: 'bytes', bytes };
  }

  /** Reads more at once where there is much, and spares the memory where there is little. */
  #adapt(length: number): void {
    this.#readLength =
      length === this.#readLength
        ? Math.min(largestRead, length * 2)
        : Math.max(smallestRead, Math.min(this.#readLength, length * 4));
  }
}
