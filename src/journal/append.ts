/** Appends lines to a file in order; those that wait at the same time share one fsync. */

/** What is needed of a file; `FileHandle` of Node is one. */
export interface AppendTarget {
  write(data: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesWritten: number }>;
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

interface Waiting {
  readonly text: string;
  readonly durable: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class Appender {
  readonly #target: AppendTarget;
  /** Where the next line goes: the end of what is known to be whole. */
  #position: number;
  #waiting: Waiting[] = [];
  #working: Promise<void> | undefined;
  /** The first failure; after it nothing more is written, so that a half line can only be the last. */
  #failure: { readonly error: unknown } | undefined;

  /** @param position length of the file so far, in bytes */
  constructor(target: AppendTarget, position: number) {
    this.#target = target;
    this.#position = position;
  }

  /**
   * Appends one line, without its line feed.
   *
   * @returns with `durable` once the line is on the disk; else at once: it is written with the next batch
   * @throws what the operating system said, also for a line that came before
   */
  append(text: string, durable: boolean): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure.error);
    const written = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ text, durable, resolve, reject });
    });
    this.#working ??= this.#work();
    if (durable) return written;
    // Its failure is told to the next writer, and to whoever closes.
    written.catch(() => {});
    return Promise.resolve();
  }

  /** Writes what still waits, and closes the file. */
  async close(): Promise<void> {
    while (this.#working) await this.#working;
    try {
      if (!this.#failure) await this.#target.datasync();
    } catch (error) {
      this.#failure = { error };
    }
    await this.#target.close();
    if (this.#failure) throw this.#failure.error;
  }

  async #work(): Promise<void> {
    // One turn later: lines of the same moment go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#write(Buffer.from(batch.map(({ text }) => `${text}\n`).join('')));
        if (batch.some(({ durable }) => durable)) await this.#target.datasync();
        for (const { resolve } of batch) resolve();
      } catch (error) {
        this.#failure = { error };
        for (const { reject } of [...batch, ...this.#waiting.splice(0)]) reject(error);
        // Half a line helps nobody; where even that fails, reading drops it.
        await this.#target.truncate(this.#position).catch(() => {});
      }
    }
    this.#working = undefined;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      const { bytesWritten } = await this.#target.write(bytes, done, bytes.length - done, this.#position + done);
      if (bytesWritten === 0) throw Object.assign(new Error('nothing could be written'), { code: 'ENOSPC' });
      done += bytesWritten;
    }
    this.#position += bytes.length;
  }
}
