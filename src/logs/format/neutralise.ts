/** Keeps what a log contains from acting on the terminal it is shown on; colours stay. */
import type { ByteString } from '../line.ts';
import { characterPattern } from './byte-text.ts';
import { leavesOpen } from './sgr-state.ts';

/** What becomes of control characters: made visible, taken out with the sequences they begin, or left alone. */
export type ControlChars = 'escape' | 'strip' | 'raw';

// Tab and line feed are harmless. From 0x80 on it may also be the rest of an ordinary character: the slow way tells.
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const suspicious = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;

// C1 characters come as two bytes of UTF-8 that begin with 0xc2; alone they are for terminals that do not know UTF-8.
const character = String.raw`(?!\xc2[\x80-\x9f])(?:${characterPattern})`;
// A carriage return at the end of a line does nothing, and lines of Windows have one.
const kept = String.raw`((?:\x1b\[[\d;:]*m|\r(?=\n|$)|${character})+)`;
const control = String.raw`\xc2[\x80-\x9f]|[\x00-\x08\x0b-\x1f\x7f-\x9f]`;
// Titles, the clipboard and the like go up to their end. Without an end only the beginning goes, or a line would vanish.
const upToEnd = String.raw`(?:[^\n\x07\x1b\xc2]|\xc2[\xa0-\xbf])*(?:\x07|\x1b\\|\xc2\x9c)`;
const sequence = [
  String.raw`(?:\x1b\[|\xc2\x9b)[0-?]*[ -/]*[@-~]`,
  String.raw`(?:\x1b[\]PX^_]|\xc2[\x90\x98\x9d-\x9f])${upToEnd}`,
  String.raw`\x1b[ -/]*[0-~]`,
].join('|');

const escapes = new RegExp(`${kept}|${control}`, 'g');
const strips = new RegExp(`${kept}|${sequence}|${control}`, 'g');

/**
 * For messages and for whole lines. What leaves a colour on gets a reset, before a line feed at its end.
 * Undefined for `raw`.
 */
export function neutraliser(mode: ControlChars): ((bytes: ByteString) => ByteString) | undefined {
  if (mode === 'raw') return undefined;
  const strip = mode === 'strip';
  const pattern = strip ? strips : escapes;
  const replace = (piece: string, keep: string | undefined): string => keep ?? (strip ? '' : visible(piece));
  return (bytes) => (suspicious.test(bytes) ? closed(bytes.replace(pattern, replace)) : bytes);
}

/** `\x1b`, as other texts of kmaint show it. */
function visible(piece: ByteString): string {
  return (
    String.raw`\x` +
    piece
      .charCodeAt(piece.length - 1)
      .toString(16)
      .padStart(2, '0')
  );
}

function closed(bytes: ByteString): ByteString {
  if (!leavesOpen(bytes)) return bytes;
  return bytes.endsWith('\n') ? `${bytes.slice(0, -1)}\x1b[0m\n` : `${bytes}\x1b[0m`;
}

const inJson = new RegExp(String.raw`((?:${character})+)|\xc2[\x80-\x9f]|[\x7f-\x9f]`, 'g');

/** For JSON, which escapes C0 itself: DEL and C1 get JSON's escapes too, so that it still means the same. */
export function neutraliseJson(printed: ByteString): ByteString {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (!/[\x7f-\x9f]/.test(printed)) return printed;
  return printed.replace(inJson, (piece: string, keep: string | undefined) => {
    if (keep !== undefined) return keep;
    // A byte that is no UTF-8 has no place in JSON either.
    if (piece.length === 1 && piece !== '\x7f') return String.raw`\ufffd`;
    return String.raw`\u00` + piece.charCodeAt(piece.length - 1).toString(16);
  });
}
