/** Files that are appended to by turns, of which only so many are open at once. */
import { open, type FileHandle } from 'node:fs/promises';

export class OpenFiles {
  readonly #most: number;
  /** Open and not in use, the least recently used first. */
  readonly #idle = new Map<string, FileHandle>();
  /** In use, or being opened or closed. */
  #busy = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #failures = new Map<string, NodeJS.ErrnoException>();

  constructor(most: number) {
    this.#most = most;
  }

  /** How many are open, or about to be. */
  get count(): number {
    return this.#busy + this.#idle.size;
  }

  /** What went wrong when that file was closed: some file systems tell only then that they could not write. */
  failureOf(file: string): NodeJS.ErrnoException | undefined {
    return this.#failures.get(file);
  }

  /** Creates the file if need be. One call for each file at a time; rejects with the error of the file system. */
  async append(file: string, bytes: Buffer): Promise<void> {
    const handle = await this.#take(file);
    try {
      if (bytes.length > 0) await handle.appendFile(bytes);
    } finally {
      this.#idle.set(file, handle);
      this.#freed();
    }
  }

  /** Closes all that are not in use. */
  async close(): Promise<void> {
    const idle = [...this.#idle];
    this.#idle.clear();
    await Promise.all(idle.map(([file, handle]) => this.#shut(file, handle)));
  }

  async #take(file: string): Promise<FileHandle> {
    // oxlint-disable-next-line no-await-in-loop -- each turn comes when a file is put back
    while (this.#full(file)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const known = this.#idle.get(file);
    const replaced = known || this.count < this.#most ? undefined : this.#idle.entries().next().value;
    this.#idle.delete(replaced?.[0] ?? file);
    this.#busy += 1;
    if (known) return known;
    try {
      if (replaced) await this.#shut(...replaced);
      return await open(file, 'a');
    } catch (error) {
      this.#freed();
      throw error;
    }
  }

  #full(file: string): boolean {
    return !this.#idle.has(file) && this.#idle.size === 0 && this.#busy >= this.#most;
  }

  #freed(): void {
    this.#busy -= 1;
    this.#waiting.shift()?.();
  }

  async #shut(file: string, handle: FileHandle): Promise<void> {
    try {
      await handle.close();
    } catch (error) {
      if (!this.#failures.has(file)) this.#failures.set(file, error as NodeJS.ErrnoException);
    }
  }
}
