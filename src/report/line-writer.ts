/** Writes lines as fast as their reader takes them: few large writes, and a promise to wait for when it is behind. */
import type { Writable } from 'node:stream';
import { RoomSupply } from './rooms.ts';

export interface LineWriter {
  /**
   * Whole lines as bytes, one character each. A promise means that the reader is behind: whoever produces lines waits for
   * it before the next. Dropped once the stream is closed.
   */
  write(bytes: string): Promise<void> | undefined;
  /**
   * A place for whole lines that are put there byte by byte, which spares their way through strings. Undefined where that
   * is more than there is. What is put there leaves when it is handed to {@link filled}, before anything else is written.
   */
  room?(bytes: number): Room | undefined;
  /** The room that was asked for last is used up to there; as `write`. */
  filled?(end: number): Promise<void> | undefined;
  /** What ended the stream, if it did: EPIPE (the reader has seen enough) or worse, such as ENOSPC. */
  readonly failure: NodeJS.ErrnoException | undefined;
  /** Resolves when all that was written has left the process, or cannot any more. */
  flush(): Promise<void>;
}

/** From `start` on there are as many bytes as were asked for. */
export interface Room {
  readonly bytes: Buffer;
  readonly start: number;
}

/** A write costs a system call: lines are joined up to this many bytes, or until nothing more is at hand. */
const fullBytes = 256 * 1024;

/** Of those that wait, so many go on in one turn of the event loop: all at once would bring far more than there is room for. */
const admittedAtOnce = 8;

/** `onClosed` is called once when the stream fails or its reader leaves. */
export function createLineWriter(
  stream: Writable,
  onClosed: () => void = () => {},
): LineWriter & Required<Pick<LineWriter, 'room' | 'filled'>> {
  const supply = new RoomSupply(fullBytes);
  let failure: NodeJS.ErrnoException | undefined;
  /** What comes first; then `parts`, or what is in `place`: never both. */
  let sealed: (string | Buffer)[] = [];
  let parts: string[] = [];
  let place: Buffer | undefined;
  let used = 0;
  /** Of all of them. */
  let bytes = 0;
  let scheduled = false;
  let drained: Promise<void> | undefined;
  let release: (() => void) | undefined;
  /** Who produces lines and has to wait, first come first served. */
  const waiting: (() => void)[] = [];
  let admitting = false;

  function forget(): void {
    sealed = [];
    parts = [];
    place = undefined;
    used = 0;
    bytes = 0;
  }

  function fail(error: NodeJS.ErrnoException): void {
    if (failure) return;
    failure = error;
    forget();
    release?.();
    for (const go of waiting.splice(0)) go();
    onClosed();
  }

  function seal(): void {
    if (parts.length > 0) {
      sealed.push(parts.length === 1 ? (parts[0] ?? '') : parts.join(''));
      parts = [];
    }
    if (place && used > 0) {
      sealed.push(place.subarray(0, used));
      place = undefined;
      used = 0;
    }
  }

  /** Whether the stream takes more at once. */
  function give(piece: string | Buffer): boolean {
    if (typeof piece === 'string') return stream.write(piece, 'latin1');
    return stream.write(piece, () => supply.giveBack(piece));
  }

  function send(): void {
    if (bytes === 0 || drained || failure) return;
    seal();
    const pieces = sealed;
    sealed = [];
    bytes = 0;
    if (stream.destroyed || stream.writableEnded) return fail(closed());
    let ready = true;
    for (const piece of pieces) ready = give(piece);
    if (ready) return;
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
      admit();
    });
  }

  function isBehind(): boolean {
    return drained !== undefined && bytes >= fullBytes;
  }

  /** What they bring comes with a later turn; those who bring nothing must not keep the others waiting. */
  function admit(): void {
    if (isBehind()) return;
    for (const go of waiting.splice(0, admittedAtOnce)) go();
    if (waiting.length === 0 || admitting) return;
    admitting = true;
    setImmediate(() => {
      admitting = false;
      admit();
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

  function added(count: number): Promise<void> | undefined {
    bytes += count;
    if (bytes >= fullBytes) send();
    else schedule();
    return isBehind() ? new Promise((resolve) => waiting.push(resolve)) : undefined;
  }

  stream.on('error', fail);
  stream.on('close', () => fail(closed()));

  return {
    write(text) {
      if (failure || text === '') return undefined;
      if (used > 0) seal();
      parts.push(text);
      return added(text.length);
    },
    room(wanted) {
      if (failure || wanted > fullBytes) return undefined;
      if (parts.length > 0 || (place && place.length - used < wanted)) seal();
      place ??= supply.take();
      return { bytes: place, start: used };
    },
    filled(end) {
      if (failure || end <= used) return undefined;
      const count = end - used;
      used = end;
      return added(count);
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
