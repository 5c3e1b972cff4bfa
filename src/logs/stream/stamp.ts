/** The timestamps in front of log lines: RFC 3339, in UTC or in the zone of the node. */
import type { ByteString } from '../line.ts';

const shape = Buffer.from('0000-00-00T00:00:00');
const zone = Buffer.from('00:00');
const [zero, nine, dot, plus, minus, zulu, space] = Buffer.from('09.+-Z ');
const pattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)(?= )/;

/** How long the timestamp at that place is, with the space after it; 0: there is none. Both in bytes. */
export function stampBytes(bytes: Buffer, at = 0): number {
  if (!fits(bytes, at, shape)) return 0;
  let next = at + shape.length;
  if (bytes[next] === dot) {
    next += 1;
    while (isDigit(bytes[next])) next += 1;
  }
  if (bytes[next] === zulu) next += 1;
  else if ((bytes[next] === plus || bytes[next] === minus) && fits(bytes, next + 1, zone)) next += 1 + zone.length;
  else return 0;
  return bytes[next] === space ? next + 1 - at : 0;
}

/** The bytes are a timestamp, or the beginning of one that was cut off. */
export function beginsLikeStamp(bytes: Buffer): boolean {
  return fits(bytes, 0, shape.subarray(0, bytes.length));
}

function fits(bytes: Buffer, at: number, wanted: Buffer): boolean {
  for (let index = 0; index < wanted.length; index += 1) {
    const byte = bytes[at + index];
    if (wanted[index] === zero ? !isDigit(byte) : byte !== wanted[index]) return false;
  }
  return true;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && zero !== undefined && nine !== undefined && byte >= zero && byte <= nine;
}

/** The timestamp in front of a line; empty: there is none. */
export function stampOf(line: ByteString): string {
  return pattern.exec(line)?.[0] ?? '';
}

/** Whole seconds since the epoch; NaN for what is no moment. */
export function secondOf(stamp: string): number {
  return Math.floor(Date.parse(stamp.replace(/\.\d+/, '')) / 1000);
}

/** The second as the API takes it. */
export function stampOfSecond(second: number): string {
  return new Date(second * 1000).toISOString().replace('.000Z', 'Z');
}

/** The same for the `date` of an HTTP answer; undefined for what is no date. */
export function stampOfDate(date: string | undefined): string | undefined {
  const ms = Date.parse(date ?? '');
  return Number.isNaN(ms) ? undefined : stampOfSecond(Math.floor(ms / 1000));
}

/** True where `one` is after `other`, to the nanosecond. */
export function isLater(one: string, other: string): boolean {
  // The usual case: UTC with nine digits, which sorts as text.
  if (one.length === other.length && one.endsWith('Z') && other.endsWith('Z')) return one > other;
  const seconds = secondOf(one) - secondOf(other);
  return seconds === 0 ? fractionOf(one) > fractionOf(other) : seconds > 0;
}

function fractionOf(stamp: string): string {
  return (/\.(\d+)/.exec(stamp)?.[1] ?? '').padEnd(9, '0');
}
