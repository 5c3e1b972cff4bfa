/** Whether a message is JSON as Go sees it. */
import type { ByteString } from '../line.ts';

const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const closing: Readonly<Record<string, string>> = { '{': '}', '[': ']', '"': '"' };
const begins = /^(?:"|\{[ \t\r\n]*["}]|\[[ \t\r\n]*[\]{["\d\-tfn])/;
// Go's scanner gives up there.
const deepest = 10_000;

/** Every value counts, also a number or a string; white space around it is allowed. */
export function isJson(message: ByteString): boolean {
  const bytes = trimmed(message);
  const first = bytes.charAt(0);
  const last = closing[first];
  // Most lines are no JSON: what they begin and end with says so without a parser, whose exceptions are dear.
  if (last === undefined) return number.test(bytes) || bytes === 'null' || bytes === 'true' || bytes === 'false';
  if (!bytes.endsWith(last) || !begins.test(bytes)) return false;
  try {
    // Bytes above 127 are only allowed within strings, as bytes or as characters: so nothing needs decoding.
    JSON.parse(bytes);
  } catch {
    return false;
  }
  return bytes.length <= deepest || depthOf(bytes) <= deepest;
}

/** JSON's own white space only; by hand, because a pattern would read a long run of spaces again from each of them. */
function trimmed(bytes: ByteString): ByteString {
  let start = 0;
  let end = bytes.length;
  while (start < end && isSpace(bytes.charCodeAt(start))) start += 1;
  while (end > start && isSpace(bytes.charCodeAt(end - 1))) end -= 1;
  return bytes.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9 || code === 10 || code === 13;
}

/** How deep the arrays and objects of valid JSON are nested. */
function depthOf(bytes: ByteString): number {
  let depth = 0;
  let most = 0;
  for (const [token] of bytes.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}]/g)) {
    if (token === '{' || token === '[') {
      depth += 1;
      most = Math.max(most, depth);
    } else if (token === '}' || token === ']') depth -= 1;
  }
  return most;
}
