/** Where the message of a line begins: behind its timestamp, if it has one. */
import type { ByteString } from './line.ts';

/** Nine digits and a Z, as nearly all servers have it. */
export const usualStamp = 30;
const stampedLine = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** Of the line from `start` up to `end`, the place of its line feed; no more than one behind that where it is empty. */
export function messageStart(text: ByteString, start: number, end: number): number {
  if (start + usualStamp < end && hasUsualStamp(text, start)) return start + usualStamp + 1;
  let space = text.indexOf(' ', start);
  if (space < 0 || space > end) space = end;
  return stampedLine.test(text.slice(start, space)) ? space + 1 : start;
}

/** Whether the line begins with one; of a shorter line the answer means nothing. */
export function hasUsualStamp(text: ByteString, start: number): boolean {
  return (
    text.charCodeAt(start + usualStamp) === 32 &&
    text.charCodeAt(start + 29) === 90 &&
    text.charCodeAt(start + 10) === 84 &&
    text.charCodeAt(start + 19) === 46 &&
    text.charCodeAt(start + 4) === 45 &&
    // Behind a shorter timestamp a message can have a Z and a space in those places.
    text.indexOf(' ', start + 20) === start + usualStamp
  );
}
