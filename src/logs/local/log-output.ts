/** The way of a container's log from the bytes of its files to whoever wants its lines. */
import { truncationMark, type LogStream } from './joins.ts';
import { createLineGate, type LineGate } from './line-gate.ts';
import { createRecordState, type RecordState } from './record-state.ts';
import { createRecordReader, type RecordReader } from './records.ts';
import type { Stamp } from './timestamp.ts';

/** Takes the lines of one container. */
export interface LocalSink {
  /** Whole lines in the API's form: `timestamp message`; whoever takes the block keeps it. Not called again before the promise is kept. */
  block(lines: Buffer): Promise<void> | undefined;
  /** Something that whoever reads the log should know: one sentence. */
  notice(text: string): void;
  /** The same, where lines are missing or may be. */
  gap(text: string): void;
  /** Lines among those that come next were cut, for they are longer than is wanted. */
  truncated?(): void;
}

/** What is wanted of a log. */
export interface LocalRequest {
  /** Goes on with what is written from now on, over rotations and restarts. */
  readonly follow: boolean;
  /** The run before the last one, which is never followed. */
  readonly previous?: boolean | undefined;
  /** Only lines at that time or later. */
  readonly since?: Stamp | undefined;
  /** Only lines at that time or earlier. */
  readonly until?: Stamp | undefined;
  /** Only so many lines from the end; whole lines, however many records they have. */
  readonly tail?: number | undefined;
  /** Only so many lines from the start. */
  readonly head?: number | undefined;
  readonly stream?: LogStream | undefined;
  /** Also what was rotated away; the default. */
  readonly rotated?: boolean | undefined;
  /** Of the message of a line: beyond it the rest is dropped; 1 MiB without. */
  readonly maxLineBytes?: number | undefined;
}

export const usualLineBytes = 1024 * 1024;

export class LogOutput {
  readonly sink: LocalSink;
  readonly #state: RecordState;
  readonly #request: LocalRequest;
  #gate: LineGate;
  /** A line was cut that was not sent yet. */
  #cut = false;

  constructor(request: LocalRequest, sink: LocalSink) {
    this.sink = sink;
    this.#request = request;
    const { stream, maxLineBytes = usualLineBytes } = request;
    this.#state = createRecordState(stream, maxLineBytes, () => void (this.#cut = true));
    this.#gate = this.#newGate(0);
  }

  /** Leaves out the first lines; to be called before the first line came. */
  skip(lines: number): void {
    this.#gate = this.#newGate(lines);
  }

  /** A reader for one more file of the container. */
  reader(): RecordReader {
    return createRecordReader(this.#state);
  }

  /** Nothing that follows is wanted. */
  get done(): boolean {
    return this.#gate.done;
  }

  /** Passes lines on; a promise is to be waited for before the next. */
  send(lines: Buffer | undefined): Promise<void> | undefined {
    const wanted = lines && !this.#gate.done ? this.#gate.pass(lines) : undefined;
    // What was cut may be left out, too.
    if (this.#cut && wanted?.includes(truncationMark) === true) this.sink.truncated?.();
    this.#cut = false;
    return wanted && this.sink.block(wanted);
  }

  /** A run of the container is over: what is left of its lines goes out, and its odd lines are told. */
  async endRun(): Promise<void> {
    await this.send(Buffer.from(this.#state.joins.flush(), 'latin1'));
    const { tally } = this.#state;
    if (tally.bad > 0) {
      this.sink.notice(`${tally.bad} ${tally.bad === 1 ? 'line is' : 'lines are'} no log record, shown as found`);
    }
    tally.bad = 0;
  }

  #newGate(skip: number): LineGate {
    const { since, until, head } = this.#request;
    return createLineGate({ since, until, head, skip });
  }
}
