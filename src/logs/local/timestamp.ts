/** Timestamps of log files in the form that the API server gives them: UTC, nine digits, thirty characters. */

/** `2026-11-21T02:16:18.500000000Z`: two of them compare as text. */
export type Stamp = string;

/** As long as every {@link Stamp}. */
export const stampLength = 30;

/** The stamp of what is written as RFC 3339, or undefined for what is not. */
export type ReadStamp = (written: string) => Stamp | undefined;

const rfc3339 = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/**
 * Reads RFC 3339 of every zone and precision: containerd leaves trailing zeros out and writes the node's own zone, as CRI-O
 * does. Remembers the last second, which most lines share with the one before.
 */
export function stampReader(): ReadStamp {
  let lastSecond = '';
  let lastUtc: string | undefined;
  return (written) => {
    const match = rfc3339.exec(written);
    if (!match) return undefined;
    const [, second = '', digits = '', zone = ''] = match;
    if (second + zone !== lastSecond) {
      lastSecond = second + zone;
      lastUtc = utcSecond(lastSecond);
    }
    return lastUtc && `${lastUtc}.${digits.padEnd(9, '0')}Z`;
  };
}

/** As long as a timestamp with nine digits and a zone. */
export const zonedLength = 35;

/**
 * Makes a stamp out of `2026-11-21T04:16:18.123456789+02:00` where it stands in a chunk; false where that is none. For
 * the lines of a node that is not in UTC: within one second only bytes are copied.
 */
export function zoneRewriter(readStamp: ReadStamp): (chunk: Buffer, at: number) => boolean {
  const last = Buffer.alloc(secondLength + 6);
  let utc: Buffer | undefined;
  return (chunk, at) => {
    if (!hasSecond(chunk, at, last)) {
      chunk.copy(last, 0, at, at + secondLength);
      chunk.copy(last, secondLength, at + 29, at + zonedLength);
      const stamp = readStamp(last.toString('latin1'));
      utc = stamp === undefined ? undefined : Buffer.from(stamp.slice(0, secondLength), 'latin1');
    }
    if (!utc) return false;
    for (let index = 0; index < secondLength; index += 1) chunk[at + index] = utc[index] ?? 0;
    chunk[at + 29] = 0x5a;
    return true;
  };
}

/** Of `2026-11-21T02:16:18`. */
const secondLength = 19;

/** The last characters differ first. */
function hasSecond(chunk: Buffer, at: number, second: Buffer): boolean {
  for (let index = secondLength - 1; index >= 0; index -= 1) if (chunk[at + index] !== second[index]) return false;
  for (let index = 0; index < 6; index += 1) if (chunk[at + 29 + index] !== second[secondLength + index]) return false;
  return true;
}

/** @param ms milliseconds since the epoch */
export function stampOf(ms: number): Stamp {
  return `${new Date(ms).toISOString().slice(0, 23)}000000Z`;
}

/** The stamp one nanosecond later, or earlier. */
export function neighbour(stamp: Stamp, step: 1 | -1): Stamp {
  const secondMs = Date.parse(`${stamp.slice(0, 19)}Z`);
  const nanoseconds = Number(stamp.slice(20, 29)) + step;
  const second = stampOf(secondMs + Math.floor(nanoseconds / 1e9) * 1000).slice(0, 20);
  return `${second}${String((nanoseconds + 1e9) % 1e9).padStart(9, '0')}Z`;
}

/** Milliseconds since the epoch; what is finer is lost. */
export function millisecondsOf(stamp: Stamp): number {
  return Date.parse(`${stamp.slice(0, 23)}Z`);
}

/** The stamp that begins this line of a block in the API's form; undefined where the line has none. */
export function stampAt(block: Buffer, at: number, end: number): Stamp | undefined {
  return end - at >= stampLength &&
    block[at + 10] === 0x54 &&
    block[at + 19] === 0x2e &&
    block[at + 29] === 0x5a &&
    block[at + 30] === 0x20
    ? block.toString('latin1', at, at + stampLength)
    : undefined;
}

function utcSecond(zoned: string): string | undefined {
  const ms = Date.parse(zoned);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString().slice(0, 19);
}
