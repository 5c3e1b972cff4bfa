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

/** Of a stream beside which others write, perhaps to the same place. */
export interface StreamWriter extends Required<LineWriter> {
  /**
   * What was written leaves now instead of at the end of the turn, as far as the stream takes it: what is behind already
   * goes on waiting for its reader. Never between {@link room} and {@link filled}.
   */
  handOn(): void;
  /** Nothing more is handed to the stream: what it was given last are whole lines, and that is where they end. */
  giveUp(): void;
}

/** From `start` on there are as many bytes as were asked for. */
export interface Room {
  readonly bytes: Buffer;
  readonly start: number;
}

/** A write costs a system call: lines are joined up to this many bytes, or until nothing more is at hand. */
const fullBytes = 256 * 1024;

/**
 * What is handed to the stream at once, as far as lines allow: what a pipe holds. While its reader looks at that there is
 * time to read what comes next; a large write would be taken from us in many small parts, and each of them would wake us.
 */
const pieceBytes = 64 * 1024;

/** `onClosed` is called once when the stream fails or its reader leaves. */
export function createLineWriter(stream: Writable, onClosed: () => void = () => {}): StreamWriter {
  const supply = new RoomSupply(fullBytes);
  let failure: NodeJS.ErrnoException | undefined;
  /** What comes first; then `parts`, or what is in `place`: never both. */
  let sealed: (string | Buffer)[] = [];
  /** Of the first of them, so much has been handed on. */
  let given = 0;
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
    given = 0;
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

  /** Hands on the next piece; whether the stream takes more at once. */
  function giveNext(): boolean {
    const [whole = ''] = sealed;
    const end = endOfPiece(whole, given);
    const piece = typeof whole === 'string' ? whole.slice(given, end) : whole.subarray(given, end);
    bytes -= end - given;
    given = end;
    const isLast = end === whole.length;
    if (isLast) {
      sealed.shift();
      given = 0;
    }
    if (typeof piece === 'string') return stream.write(piece, 'latin1');
    return stream.write(piece, isLast ? () => supply.giveBack(piece) : undefined);
  }

  function send(): void {
    if (bytes === 0 || drained || failure) return;
    if (stream.destroyed || stream.writableEnded) return fail(closed());
    while (bytes > 0) {
      if (sealed.length === 0) seal();
      if (giveNext()) continue;
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
      return;
    }
  }

  function isBehind(): boolean {
    return drained !== undefined && bytes >= fullBytes;
  }

  /** What they bring comes with a later turn; those who bring nothing must not keep the others waiting. */
  function admit(): void {
    if (isBehind()) return;
    for (const go of waiting.splice(0, Math.max(1, Math.floor((fullBytes - bytes) / pieceBytes)))) go();
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
    handOn: send,
    giveUp() {
      failure ??= closed();
      forget();
      for (const go of waiting.splice(0)) go();
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

/** Behind the last line feed that a piece can hold, or the first one of all: whoever writes beside us writes between lines. */
function endOfPiece(whole: string | Buffer, from: number): number {
  if (whole.length - from <= pieceBytes) return whole.length;
  const last = whole.lastIndexOf('\n', from + pieceBytes - 1);
  if (last >= from) return last + 1;
  const first = whole.indexOf('\n', from);
  return first < 0 ? whole.length : first + 1;
}
