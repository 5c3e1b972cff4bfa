/** One connection to a container's log: from its first byte to its end, however that comes. */
import { setMaxListeners } from 'node:events';
import type { AttemptEnd, AttemptOptions } from './attempt-options.ts';
import type { Gap, Resumption } from './resumption.ts';
import { LineSplitter } from './splitter.ts';
import { beginsLikeStamp, stampBytes } from './stamp.ts';

/** Lines that may be new are held back until it has been silent for so long. */
const searchMs = 1_000;

/** Lines that are hardly new are: a server under load takes its time to come to those that are. */
const oldSearchMs = 20_000;

const noBytes = Buffer.alloc(0);

export class Attempt {
  readonly #options: AttemptOptions;
  readonly #splitter: LineSplitter;
  #received = 0;
  #begun = false;
  #foreign = false;
  /** The first line, where it has no timestamp and nothing has come behind it. */
  #unstamped: Buffer | undefined;
  /** Lines that wait for `confirm`. */
  #doubtful: Buffer[] | undefined;
  #search: { cancel(): void } | undefined;
  /** Promises that the connection waits for. */
  #pauses = 0;
  #over = false;
  #settle: { resolve(): void; reject(error: unknown): void } | undefined;
  #end: AttemptEnd = { kind: 'ended' };

  constructor(options: AttemptOptions) {
    this.#options = options;
    this.#splitter = new LineSplitter({
      maxLineBytes: options.maxLineBytes,
      give: (lines) => this.#take(lines),
      onTruncated: (bytes) => {
        // Of a line that comes again it has been told.
        if (options.resumption?.searching !== true) options.on.truncated(bytes);
      },
    });
  }

  /** Bytes that came, old and new. */
  get received(): number {
    return this.#received;
  }

  /** Held up by whoever takes its lines. */
  get paused(): boolean {
    return this.#pauses > 0;
  }

  /** None of the lines that were given before has come again. */
  get searching(): boolean {
    return this.#options.resumption?.searching === true;
  }

  /** The timestamp of a line that was begun and not ended; empty: there is none. */
  get halfStamp(): string {
    const { half } = this.#splitter;
    return half.toString('latin1', 0, Math.max(0, stampBytes(half) - 1));
  }

  /** Reads to the end. Rejects with the signal's reason, or what the taker of lines threw. */
  async run(): Promise<AttemptEnd> {
    const { body, on } = this.#options;
    await this.#until(() => {
      body.on('data', (chunk: Buffer) => this.#data(chunk));
      body.once('end', () => this.#close({ kind: 'ended' }));
      body.on('error', (error) => this.#close({ kind: 'cut', message: whyCut(error) }));
      body.once('close', () => this.#close({ kind: 'cut', message: whyCut() }));
      if (body.destroyed) this.#close({ kind: 'cut', message: whyCut() });
    });
    const { half } = this.#splitter;
    if (half.length === 0 || stampBytes(half) === 0) {
      this.#splitter.dropLine();
      if (this.#end.kind === 'ended' && this.#unstamped) this.#tell(this.#unstamped);
      // The kubelet's own words have no line feed.
      if (this.#end.kind === 'ended' && half.length > 0 && !beginsLikeStamp(half)) on.message(half.toString('utf8'));
    }
    return this.#foreign ? { kind: 'foreign' } : this.#end;
  }

  /** Ends it; what it holds back is dropped. */
  stop(): void {
    this.#close({ kind: 'stopped' });
    this.#options.body.destroy();
  }

  /** After the end: nothing more will come from anywhere, so what is held back is given, a half line as a whole one. */
  async complete(): Promise<void> {
    await this.#until((settle) => {
      this.#splitter.endLine();
      const { resumption } = this.#options;
      if (resumption?.searching === true) this.#found(resumption, resumption.settle());
      if (this.#pauses === 0) settle.resolve();
    });
  }

  /** Resolves once it is over and nothing is waited for. */
  async #until(start: (settle: { resolve(): void }) => void): Promise<void> {
    const { signal, body } = this.#options;
    setMaxListeners(0, signal);
    let aborted: (() => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#settle = { resolve, reject };
        aborted = () => {
          reject(signal.reason as Error);
          body.destroy();
        };
        if (signal.aborted) {
          aborted();
          return;
        }
        signal.addEventListener('abort', aborted, { once: true });
        start({ resolve });
      });
    } finally {
      if (aborted) signal.removeEventListener('abort', aborted);
      this.#search?.cancel();
    }
  }

  #data(chunk: Buffer): void {
    if (this.#over) return;
    this.#received += chunk.length;
    this.#options.on.heard();
    this.#guard(() => this.#splitter.push(chunk));
  }

  /** What a taker of lines throws ends the attempt, not the process. */
  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#fail(error);
    }
  }

  #close(end: AttemptEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#end = end;
    if (this.#pauses === 0) this.#settle?.resolve();
  }

  #fail(error: unknown): void {
    this.#over = true;
    this.#settle?.reject(error);
    this.#options.body.destroy();
  }

  #take(lines: Buffer): void {
    const { resumption, confirm } = this.#options;
    const block = this.#begun ? lines : this.#firstOf(lines);
    if (block === undefined) return;
    const first = !this.#begun;
    this.#begun = true;
    if (resumption?.searching === true) this.#found(resumption, resumption.push(Buffer.from(block)));
    else if (first && resumption === undefined && confirm !== undefined) this.#doubt(block, undefined, confirm);
    else this.#pass(block);
  }

  /**
   * Where it has no lines to give, the kubelet says why in their place, and nothing comes behind that: a first line without
   * a timestamp waits until it is known to be one. Undefined: there is no line yet.
   */
  #firstOf(lines: Buffer): Buffer | undefined {
    this.#search?.cancel();
    const before = this.#unstamped;
    this.#unstamped = undefined;
    if (before) return Buffer.concat([before, lines]);
    if (stampBytes(lines) > 0) return lines;
    const end = lines.indexOf('\n') + 1;
    const line = lines.subarray(0, end);
    const rest = end < lines.length ? lines.subarray(end) : undefined;
    if (this.#options.resumption !== undefined) {
      // Of what comes again the first line has a timestamp, for by that it was picked.
      this.#begun = true;
      this.#tell(line);
      return rest;
    }
    if (rest) return lines;
    this.#unstamped = Buffer.from(line);
    this.#search = this.#options.clock.after(searchMs, () => this.#guard(() => this.#take(noBytes)));
    return undefined;
  }

  #tell(line: Buffer): void {
    this.#options.on.message(line.toString('utf8', 0, line.length - 1));
  }

  #found(resumption: Resumption, lines: Buffer | undefined): void {
    if (resumption.searching) {
      if (resumption.holding && !this.#over) {
        this.#search?.cancel();
        this.#search = this.#options.clock.after(resumption.later ? searchMs : oldSearchMs, () =>
          this.#guard(() => this.#found(resumption, resumption.settle())),
        );
      }
      return;
    }
    this.#search?.cancel();
    if (lines === undefined) return;
    const { gap } = resumption;
    if (gap === undefined) this.#pass(lines);
    else this.#doubt(lines, gap, this.#options.confirm);
  }

  #doubt(lines: Buffer, gap: Gap | undefined, confirm: AttemptOptions['confirm']): void {
    const first = Buffer.from(lines);
    const doubtful = [first];
    this.#doubtful = doubtful;
    const believe = (sure: boolean): void => {
      this.#doubtful = undefined;
      if (!sure) {
        this.#foreign = true;
        this.stop();
        return;
      }
      if (gap) this.#options.on.gap(gap);
      for (const block of doubtful) this.#pass(block);
    };
    if (confirm) this.#wait(confirm(first).then(believe));
    else believe(true);
  }

  #pass(block: Buffer): void {
    if (this.#foreign) return;
    if (this.#doubtful) {
      this.#doubtful.push(Buffer.from(block));
      return;
    }
    const wait = this.#options.on.lines(block);
    if (wait) this.#wait(wait);
  }

  #wait(work: Promise<void>): void {
    const { body } = this.#options;
    this.#pauses += 1;
    body.pause();
    work.then(
      () => {
        this.#pauses -= 1;
        if (this.#pauses > 0) return;
        if (this.#over) this.#settle?.resolve();
        else body.resume();
      },
      (error: unknown) => this.#fail(error),
    );
  }
}

/** Node says "aborted" of a body that was cut. */
function whyCut(error?: Error): string {
  return error === undefined || error.message === 'aborted' ? 'the connection was cut' : error.message;
}
