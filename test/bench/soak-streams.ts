/** The logs of the soak that are being read: sent as they are written, cut wherever it comes. */
import type { ServerResponse } from 'node:http';
import type { Container, Pod, Run, SoakCluster } from './soak-cluster.ts';

export interface SoakStream {
  readonly pod: Pod;
  readonly container: Container;
  readonly run: Run;
  readonly follow: boolean;
  readonly response: ServerResponse;
  /** The next line to send. */
  next: number;
  /** What is begun and not sent yet. */
  rest: string;
  /** Lines beyond it are not sent. */
  readonly limitBytes: number | undefined;
}

/** At most so many lines at once. */
const mostLines = 2_000;

/** What the system may still lose after it took the last byte. */
const underwayMs = 250;

export class SoakStreams {
  readonly #cluster: SoakCluster;
  readonly #random: () => number;
  readonly #open = new Set<SoakStream>();

  constructor(cluster: SoakCluster, random: () => number) {
    this.#cluster = cluster;
    this.#random = random;
  }

  get size(): number {
    return this.#open.size;
  }

  all(): readonly SoakStream[] {
    return [...this.#open];
  }

  add(stream: SoakStream): void {
    this.#open.add(stream);
    const { response } = stream;
    response.on('error', () => {});
    response.on('close', () => this.#open.delete(stream));
    response.on('drain', () => this.#send(stream));
    this.#send(stream);
  }

  /** Sends what was written since. */
  tick(): void {
    for (const stream of this.#open) this.#send(stream);
  }

  /** One that follows a run that goes on. */
  pick(): SoakStream | undefined {
    const able = [...this.#open].filter(({ follow, run }) => follow && !run.over);
    return able[Math.floor(this.#random() * able.length)];
  }

  ofNode(node: string): readonly SoakStream[] {
    return [...this.#open].filter(({ pod }) => pod.node === node);
  }

  /** Ends it in good order, at the end of a line or within one. */
  end(stream: SoakStream): void {
    this.#open.delete(stream);
    if (this.#random() < 0.5) stream.response.end(stream.rest);
    else stream.response.end();
  }

  #send(stream: SoakStream): void {
    const { response, run, limitBytes } = stream;
    while (this.#open.has(stream) && !response.writableNeedDrain && !response.destroyed) {
      const to = Math.min(run.lines, stream.next + mostLines);
      if (limitBytes !== undefined) {
        this.#open.delete(stream);
        response.end(this.#cluster.text(run, stream.next, to).slice(0, limitBytes));
        return;
      }
      const isNew = to > stream.next;
      const text = stream.rest + this.#cluster.text(run, stream.next, to);
      stream.next = to;
      run.sent = Math.max(run.sent, to);
      const isDone = to === run.lines && (run.over || !stream.follow);
      if (isDone) {
        this.#finish(stream, text);
        return;
      }
      if (text === '') return;
      // A chunk ends where it likes.
      const isLast = to === run.lines;
      const cut = isLast && isNew ? Math.max(0, Math.floor(text.length - this.#random() * 100)) : text.length;
      stream.rest = text.slice(cut);
      if (cut > 0) response.write(text.slice(0, cut));
      if (isLast) return;
    }
  }

  #finish(stream: SoakStream, text: string): void {
    const { response, run } = stream;
    this.#open.delete(stream);
    // Only what the other side has can be forgotten.
    const { socket } = response;
    response.end(text, () => {
      if (!run.over) return;
      setTimeout(() => {
        if (socket?.errored === null && !broken.has(socket)) run.readToEnd = true;
      }, underwayMs);
    });
  }
}

/** Sockets that the server broke. */
export const broken = new WeakSet<object>();
