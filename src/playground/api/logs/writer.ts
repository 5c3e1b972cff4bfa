/** Puts lines into chunks and waits for the reader after each: a slow one slows its stream, and fills nobody's memory. */
import type { Sink } from '../handler.ts';
import type { LogOptions } from './options.ts';

const chunkChars = 32_768;

export interface LineWriter {
  /** Resolves at once until a chunk is full. */
  write(timeMs: number, text: string): Promise<void>;
  flush(): Promise<void>;
  /** Whether limitBytes is reached. */
  readonly full: boolean;
}

export function lineWriter(
  sink: Sink,
  { timestamps, limitBytes }: Pick<LogOptions, 'timestamps' | 'limitBytes'>,
): LineWriter {
  let pending = '';
  let leftBytes = limitBytes ?? Infinity;
  async function flush(): Promise<void> {
    if (pending === '') return;
    const chunk = limited(pending, leftBytes);
    pending = '';
    leftBytes -= Buffer.byteLength(chunk);
    await sink.write(chunk);
  }
  return {
    async write(timeMs, text) {
      pending += timestamps ? `${rfc3339Nano(timeMs)} ${text}\n` : `${text}\n`;
      if (pending.length >= chunkChars || pending.length >= leftBytes) await flush();
    },
    flush,
    get full() {
      return leftBytes <= 0;
    },
  };
}

/** Cuts in the middle of a line, even of a character, as the kubelet does. */
function limited(text: string, bytes: number): string | Buffer {
  const all = Buffer.byteLength(text);
  return all <= bytes ? text : Buffer.from(text).subarray(0, bytes);
}

/** Nine digits of a second, always, as container runtimes write them. */
function rfc3339Nano(ms: number): string {
  const whole = Math.floor(ms);
  const nanos = String(Math.round((ms - whole) * 1_000_000))
    .padStart(6, '0')
    .slice(0, 6);
  return new Date(whole).toISOString().replace('Z', `${nanos}Z`);
}
