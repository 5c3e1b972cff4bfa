/** Lines of a file have no time of their own: they get the one at which they came. */
import type { Clock } from '../../clock.ts';

/** RFC 3339 in UTC with nine digits, as the API writes it. */
export function arrivalStamp(clock: Pick<Clock, 'now'>): string {
  return new Date(clock.now()).toISOString().replace('Z', '000000Z');
}

/** Whole lines in the form of the API's log: that time in front of each. */
export function stamped(lines: Buffer, stamp: string): Buffer {
  const text = lines.toString('latin1', 0, lines.length - 1);
  return Buffer.from(`${stamp} ${text.replaceAll('\n', `\n${stamp} `)}\n`, 'latin1');
}
