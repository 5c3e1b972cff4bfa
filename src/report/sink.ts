/** A stream that is written to without ever overrunning it or failing over it. */
import type { Writable } from 'node:stream';

export interface Sink {
  /** Queues while the reader is behind; drops once the stream is closed. */
  write(text: string): void;
  /** The reader is behind: a picture that a later one replaces is better not sent. */
  readonly busy: boolean;
  /** What ended the stream, if it did: EPIPE (the reader left) or worse, such as ENOSPC. */
  readonly failure: NodeJS.ErrnoException | undefined;
  /** Resolves when all that was written has left the process, or cannot any more. */
  flush(): Promise<void>;
}

export function createSink(stream: Writable, onClosed: () => void = () => {}): Sink {
  let failure: NodeJS.ErrnoException | undefined;
  let queue: string[] = [];
  let busy = false;
  const flushed = new Set<() => void>();

  function fail(error: NodeJS.ErrnoException): void {
    if (failure) return;
    failure = error;
    queue = [];
    busy = false;
    for (const done of flushed) done();
    onClosed();
  }

  function send(text: string): void {
    if (stream.write(text)) return;
    busy = true;
    stream.once('drain', () => {
      busy = false;
      const waiting = queue.join('');
      queue = [];
      if (waiting !== '' && !failure) send(waiting);
      if (!busy) for (const done of flushed) done();
    });
  }

  // Stays for good: an error that arrives after the last write would otherwise end the process.
  stream.on('error', fail);
  stream.on('close', () => fail(Object.assign(new Error('the stream was closed'), { code: 'EPIPE' })));

  return {
    write(text) {
      if (failure || text === '') return;
      if (stream.destroyed || stream.writableEnded) {
        fail(Object.assign(new Error('the stream was closed'), { code: 'EPIPE' }));
      } else if (busy) {
        queue.push(text);
      } else {
        send(text);
      }
    },
    get busy() {
      return busy;
    },
    get failure() {
      return failure;
    },
    async flush() {
      if (busy) await new Promise<void>((resolve) => void flushed.add(resolve));
      if (failure || stream.destroyed || stream.writableEnded) return;
      await new Promise<void>((resolve) => {
        flushed.add(resolve);
        stream.write('', () => resolve());
      });
    },
  };
}
