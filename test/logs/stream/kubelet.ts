/** A kubelet with the log of one container, written, rotated and cut as the test says. */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { LogAnswer, LogQuery } from '../../../src/cluster/container-log.ts';
import type { ContainerStreamDeps } from '../../../src/logs/stream/follow.ts';

/** How a connection ends: as if the log had, or broken. */
export type Ending = 'end' | 'reset';

export interface Cut {
  readonly afterBytes: number;
  readonly ending: Ending;
}

/** What a socket hands over at once, at most. */
const chunkBytes = 65_536;

class Connection {
  readonly body = new Readable({ read: () => {} });
  #cut: Cut | undefined;
  #left: number;
  over = false;

  constructor(cut: Cut | undefined) {
    this.#cut = cut;
    this.#left = cut?.afterBytes ?? Infinity;
  }

  send(bytes: Buffer): void {
    if (this.over || this.body.destroyed) return;
    if (bytes.length >= this.#left) {
      if (this.#left > 0) this.body.push(bytes.subarray(0, this.#left));
      this.end(this.#cut?.ending ?? 'reset');
      return;
    }
    this.#left -= bytes.length;
    for (let at = 0; at < bytes.length; at += chunkBytes) this.body.push(bytes.subarray(at, at + chunkBytes));
  }

  spare(): void {
    this.#left = Infinity;
  }

  end(ending: Ending): void {
    if (this.over) return;
    this.over = true;
    if (ending === 'end') this.body.push(null);
    // What was sent before arrives before.
    else setImmediate(() => setImmediate(() => this.body.destroy(new Error('aborted'))));
  }
}

export class Kubelet {
  /** All queries that came. */
  readonly asked: Omit<LogQuery, 'signal'>[] = [];
  /** How the next connections are cut, one each. */
  readonly cuts: (Cut | undefined)[] = [];
  /** What is answered next, in place of the log. */
  readonly answers: LogAnswer[] = [];
  /** The log of the run before this. */
  previous: readonly string[] | undefined;
  /** What a tail of one line is, where that is not the last line. */
  lastRecord: string | undefined;
  /** The `date` header. */
  date: string | undefined;
  /** Unix milliseconds by its clock, from which seconds are counted back. */
  now: () => number = () => 0;
  #lines: string[] = [];
  #kept = 0;
  #followers: Connection[] = [];
  #ended = false;

  /** All that was ever written, rotated or not. */
  get written(): readonly string[] {
    return this.#lines;
  }

  /** Streams that are open. */
  get open(): number {
    return this.#followers.filter((one) => !one.over && !one.body.destroyed).length;
  }

  /** The followers get it in pieces of that size, or in one. */
  write(lines: readonly string[], pieceBytes = Infinity): void {
    this.#lines.push(...lines);
    this.send(textOf(lines), pieceBytes);
  }

  /** Bytes to the followers that are not in the log, yet. */
  send(text: string, pieceBytes = Infinity): void {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const piece = bytes.subarray(at, at + pieceBytes);
      for (const one of this.#followers) one.send(piece);
    }
  }

  /** Writes to the file without telling the followers. */
  writeUnseen(lines: readonly string[]): void {
    this.#lines.push(...lines);
  }

  rotate(): void {
    this.#kept = this.#lines.length;
  }

  /** Cuts no connection that is not cut yet. */
  spareAll(): void {
    this.cuts.length = 0;
    for (const one of this.#followers) one.spare();
  }

  hangUp(ending: Ending): void {
    for (const one of this.#followers.splice(0)) one.end(ending);
  }

  /** The run is over; another may follow. */
  endRun(next?: readonly string[]): void {
    this.hangUp('end');
    if (next === undefined) {
      this.#ended = true;
      return;
    }
    this.previous = this.#lines.slice(this.#kept);
    this.#lines = [...next];
    this.#kept = 0;
  }

  readonly answer: ContainerStreamDeps['open'] = (_, query) => {
    const { signal, transient, ...asked } = query;
    this.asked.push(asked);
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const scripted = this.answers.shift();
    if (scripted) return Promise.resolve(scripted);
    if (query.previous === true && this.previous === undefined) {
      return Promise.resolve({ kind: 'no-previous', message: 'previous terminated container not found' });
    }
    const connection = new Connection(this.cuts.shift());
    signal.addEventListener('abort', () => connection.body.destroy(), { once: true });
    const past = Buffer.from(this.#past(query));
    connection.send(past);
    if (query.follow && !this.#ended && past.length !== query.limitBytes) this.#followers.push(connection);
    else connection.end('end');
    return Promise.resolve(answerWith(connection.body, this.date, transient));
  };

  #past(query: LogQuery): string {
    const { sinceTime, sinceSeconds, tailLines, limitBytes, previous } = query;
    if (tailLines === 1 && this.lastRecord !== undefined) return this.lastRecord;
    const kept = previous === true ? (this.previous ?? []) : this.#lines.slice(this.#kept);
    const secondsMs = sinceSeconds === undefined ? -Infinity : this.now() - sinceSeconds * 1000;
    const sinceMs = sinceTime === undefined ? secondsMs : Date.parse(sinceTime);
    const recent = kept.filter((line) => !(Date.parse(line.slice(0, line.indexOf(' '))) < sinceMs));
    const text = textOf(
      tailLines === undefined ? recent : recent.slice(recent.length - Math.min(tailLines, recent.length)),
    );
    return limitBytes === undefined ? text : Buffer.from(text).subarray(0, limitBytes).toString();
  }
}

export function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** An answer whose body the test fills; a `transient` one as the wire gives it, in a place that is used again. */
export function answerWith(body: Readable, date?: string, transient = false): LogAnswer {
  if (transient) overwriteAfterUse(body);
  return {
    kind: 'stream',
    body: Object.assign(body, { headers: { date }, statusCode: 200 }) as unknown as IncomingMessage,
  };
}

function overwriteAfterUse(body: Readable): void {
  const emit = body.emit.bind(body) as (event: string | symbol, ...values: unknown[]) => boolean;
  body.emit = (event: string | symbol, ...values: unknown[]) => {
    if (event !== 'data') return emit(event, ...values);
    // Of their own: what is pushed may go to several connections.
    const bytes = Buffer.from(values[0] as Buffer);
    const heard = emit(event, bytes);
    bytes.fill('#');
    return heard;
  };
}
