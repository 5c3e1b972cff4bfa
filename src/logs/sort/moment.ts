/** Timestamps of lines as numbers, which compare several times faster than text. */
import { secondOf, stampBytes } from '../stream/stamp.ts';

/** Both are whole numbers that a double holds exactly; nanoseconds since the epoch would not be. */
export interface Moment {
  /** `YYYYMMDDhhmm` in UTC; 0 is before all timestamps. */
  minute: number;
  /** Nanoseconds since the minute began. */
  rest: number;
}

export const beforeAll: Readonly<Moment> = { minute: 0, rest: 0 };

export function isBefore(one: Readonly<Moment>, other: Readonly<Moment>): boolean {
  return one.minute === other.minute ? one.rest < other.rest : one.minute < other.minute;
}

/**
 * Moves `moment` on to the timestamp in front of the line at that place. One that is earlier leaves it, for within one log
 * the order stays; so does a line without: it stays behind the one before it.
 */
export function moveTo(moment: Moment, block: Buffer, at: number): void {
  let minute = usualMinute(block, at);
  let rest = minute < 0 ? -1 : usualRest(block, at);
  if (rest < 0) {
    const stamp = block.toString('latin1', at, Math.max(at, at + stampBytes(block, at) - 1));
    const date = new Date(secondOf(stamp) * 1000);
    if (stamp === '' || Number.isNaN(date.valueOf())) return;
    minute = minuteOf(date);
    rest = date.getUTCSeconds() * 1e9 + nanosecondsOf(stamp);
  }
  if (minute > moment.minute) {
    moment.minute = minute;
    moment.rest = rest;
  } else if (minute === moment.minute && rest > moment.rest) moment.rest = rest;
}

function minuteOf(date: Date): number {
  const day = (date.getUTCFullYear() * 100 + date.getUTCMonth() + 1) * 100 + date.getUTCDate();
  return (day * 100 + date.getUTCHours()) * 100 + date.getUTCMinutes();
}

function nanosecondsOf(stamp: string): number {
  return Number((/\.(\d+)/.exec(stamp)?.[1] ?? '').slice(0, 9).padEnd(9, '0'));
}

const dash = 0x2d;
const letterT = 0x54;
const colon = 0x3a;
const dot = 0x2e;
const zulu = 0x5a;
const space = 0x20;
const zero = 0x30;

/** `2026-11-21T02:16:` as a number; negative: it is none. */
function usualMinute(block: Buffer, at: number): number {
  if (block[at + 4] !== dash || block[at + 7] !== dash || block[at + 10] !== letterT) return -1;
  if (block[at + 13] !== colon || block[at + 16] !== colon) return -1;
  const year = two(block, at) * 100 + two(block, at + 2);
  const day = (year * 100 + two(block, at + 5)) * 100 + two(block, at + 8);
  return (day * 100 + two(block, at + 11)) * 100 + two(block, at + 14);
}

/** `18.123456789Z ` as a number; negative: it is none, or has fewer digits. */
function usualRest(block: Buffer, at: number): number {
  if (block[at + 19] !== dot || block[at + 29] !== zulu || block[at + 30] !== space) return -1;
  let number = two(block, at + 17);
  for (let digit = at + 20; digit < at + 28; digit += 2) number = number * 100 + two(block, digit);
  return number * 10 + digitAt(block, at + 28);
}

function two(block: Buffer, at: number): number {
  return digitAt(block, at) * 10 + digitAt(block, at + 1);
}

/** Something so small where there is no digit that every number with it is negative. */
function digitAt(block: Buffer, at: number): number {
  const digit = (block[at] ?? 0) - zero;
  return digit >= 0 && digit <= 9 ? digit : -1e30;
}
