/** Whether a text leaves colours or other attributes on. */
import type { ByteString } from '../line.ts';

// oxlint-disable-next-line no-control-regex -- the codes begin with one
const codes = /\x1b\[([\d;:]*)m/g;
// oxlint-disable-next-line no-control-regex -- the codes begin with one
const endsReset = /\x1b\[0?m[^\x1b]*$/;

/** True when a terminal would go on in another colour after it. */
export function leavesOpen(text: ByteString): boolean {
  if (!text.includes('\x1b[') || endsReset.test(text)) return false;
  /** What would end each attribute that is on. */
  const open = new Set<number>();
  for (const [, parameters = ''] of text.matchAll(codes)) apply(open, parameters.split(';'));
  return open.size > 0;
}

function apply(open: Set<number>, parameters: readonly string[]): void {
  for (let at = 0; at < parameters.length; at += 1) {
    const [number = '', sub] = (parameters[at] ?? '').split(':');
    const code = Number(number);
    if (code === 0) open.clear();
    else if (code === 4 && sub === '0') open.delete(24);
    else if (endings.has(code)) open.delete(code);
    else {
      open.add(endingOf(code));
      // 38;5;N and 38;2;R;G;B: what follows are no attributes of their own.
      if ((code === 38 || code === 48 || code === 58) && sub === undefined) {
        at += parameters[at + 1] === '5' ? 2 : parameters[at + 1] === '2' ? 4 : 0;
      }
    }
  }
}

const endings = new Set([10, 22, 23, 24, 25, 27, 28, 29, 39, 49, 50, 54, 55, 59, 65, 75]);

/** ECMA-48 and xterm: which code takes an attribute back; what nobody knows only a reset does. */
function endingOf(code: number): number {
  if (code >= 30 && code <= 38) return 39;
  if (code >= 40 && code <= 48) return 49;
  if (code >= 90 && code <= 97) return 39;
  if (code >= 100 && code <= 107) return 49;
  if (code >= 11 && code <= 19) return 10;
  if (code >= 60 && code <= 64) return 65;
  return others[code] ?? 0;
}

const others: Readonly<Record<number, number>> = {
  1: 22,
  2: 22,
  3: 23,
  4: 24,
  5: 25,
  6: 25,
  7: 27,
  8: 28,
  9: 29,
  20: 23,
  21: 24,
  26: 50,
  51: 54,
  52: 54,
  53: 55,
  58: 59,
  73: 75,
  74: 75,
};
