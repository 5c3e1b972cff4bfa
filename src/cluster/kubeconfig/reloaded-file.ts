/** A file that somebody else rewrites, such as a service account's token: read again once a minute. */
import { readFile } from 'node:fs/promises';
import type { Clock } from '../../clock.ts';

// client-go: a period of one minute less ten seconds of leeway.
const freshMs = 50_000;

export class ReloadedFile {
  readonly path: string;
  readonly #clock: Clock;
  #content: string | undefined;
  #readAtMs = 0;

  constructor(path: string, clock: Clock) {
    this.path = path;
    this.#clock = clock;
  }

  /**
   * The content, at most 50 s old, or just read when `fresh`. A file that cannot be read any more keeps its last
   * content, as in client-go; one that never could throws the system's error.
   */
  async read(options: { readonly signal: AbortSignal; readonly fresh?: boolean | undefined }): Promise<string> {
    const age = this.#clock.monotonic() - this.#readAtMs;
    if (this.#content !== undefined && age < freshMs && options.fresh !== true) return this.#content;
    try {
      this.#content = await readFile(this.path, { encoding: 'utf8', signal: options.signal });
      this.#readAtMs = this.#clock.monotonic();
    } catch (error) {
      options.signal.throwIfAborted();
      if (this.#content === undefined) throw error;
    }
    return this.#content;
  }
}
