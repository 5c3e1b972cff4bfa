/** Writes lines as fast as their reader takes them: few large writes, and a promise to wait for when it is behind. */
import type { Writable } from 'node:stream';

export interface LineWriter {
  /**
   * Whole lines as bytes, one character each. A promise means that the reader is behind: whoever produces lines waits for
   * it before the next. Dropped once the stream is closed.
   */
  write(bytes: string): Promise<void> | undefined;
  /** What ended the stream, if it did: EPIPE (the reader has seen enough) or worse, such as ENOSPC. */
  readonly failure: NodeJS.ErrnoException | undefined;
  /** Resolves when all that was written has left the process, or cannot any more. */
  flush(): Promise<void>;
}

/** A write costs a system call: lines are joined up to this many bytes, or until nothing more is at hand. */
const fullBytes = 256 * 1024;

/** `onClosed` is called once when the stream fails or its reader leaves. */
export function createLineWriter(stream: Writable, onClosed: () => void = () => {}): LineWriter {
  let failure: NodeJS.ErrnoException | undefined;
  let parts: string[] = [];
  let bytes = 0;
  let scheduled = false;
  let drained: Promise<void> | undefined;
  let release: (() => void) | undefined;

  function fail(error: NodeJS.ErrnoException): void {
    if (failure) return;
    failure = error;
    parts = [];
    bytes = 0;
    release?.();
    onClosed();
  }

  function send(): void {
    if (bytes === 0 || drained || failure) return;
    const text = parts.length === 1 ? (parts[0] ?? '') : parts.join('');
    parts = [];
    bytes = 0;
    if (stream.destroyed || stream.writableEnded) return fail(closed());
    if (stream.write(text, 'latin1')) return;
    drained = new Promise((resolve) => {
      release = () => {
        release = undefined;
        drained = undefined;
        resolve();
      };
    });
    stream.once('drain', () => {
      release?.();
      send();
    });
  }

  // What arrives in one turn of the event loop leaves in one write: all chunks that the sockets had, not one each.
  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      send();
    });
  }

  stream.on('error', fail);
  stream.on('close', () => fail(closed()));

  return {
    write(text) {
      if (failure || text === '') return undefined;
      parts.push(text);
      bytes += text.length;
      if (bytes >= fullBytes) send();
      else schedule();
      return drained && bytes >= fullBytes ? drained : undefined;
    },
    get failure() {
      return failure;
    },
    async flush() {
      for (;;) {
        send();
        if (drained) await drained;
        else if (bytes === 0 || failure) break;
      }
      if (failure || stream.destroyed || stream.writableEnded) return;
      await new Promise<void>((resolve) => {
        release = resolve;
        stream.write('', () => resolve());
      });
    },
  };
}

function closed(): NodeJS.ErrnoException {
  return Object.assign(new Error('the stream was closed'), { code: 'EPIPE' });
}
