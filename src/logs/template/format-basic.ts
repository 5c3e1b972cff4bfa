/** How Go's fmt prints strings, integers and floats; undefined where a verb does not fit. */
import { isAscii, type ByteString } from '../line.ts';
import { decodeRune, encodeRune, isPrint, widthIn } from './bytes.ts';
import { formatFloat, type FloatVerb } from './float.ts';
import { pad, padWithSpaces, type Flags } from './format-flags.ts';
import { canBackquote, quote, quoteRune } from './quote.ts';

export function formatString(text: ByteString, verb: string, flags: Flags): ByteString | undefined {
  switch (verb) {
    case 'v':
      return flags.sharpV ? formatQuoted(text, flags) : pad(truncated(text, flags), flags);
    case 's':
      return pad(truncated(text, flags), flags);
    case 'q':
      return formatQuoted(text, flags);
    case 'x':
    case 'X':
      return formatBytes(text, verb, flags);
    default:
      return undefined;
  }
}

/** Cut to as many characters as the precision says. */
function truncated(text: ByteString, { precision }: Flags): ByteString {
  if (precision === undefined) return text;
  if (isAscii(text)) return text.slice(0, precision);
  let at = 0;
  for (let left = precision; left > 0 && at < text.length; left -= 1) at += widthIn(decodeRune(text, at));
  return text.slice(0, at);
}

function formatQuoted(text: ByteString, flags: Flags): ByteString {
  const cut = truncated(text, flags);
  if (flags.sharp && canBackquote(cut)) return pad(`\`${cut}\``, flags);
  return pad(quote(cut, flags.plus), flags);
}

/** Every byte in hexadecimal. */
function formatBytes(text: ByteString, verb: 'x' | 'X', flags: Flags): ByteString {
  const bytes = flags.precision === undefined ? text : text.slice(0, flags.precision);
  const sign = flags.sharp ? `0${verb}` : '';
  const digits = Array.from(bytes, (byte) => hexOf(byte.charCodeAt(0), verb));
  const parts = flags.space ? digits.map((two) => sign + two).join(' ') : digits.join('');
  return pad(flags.space || parts === '' ? parts : sign + parts, flags);
}

function hexOf(byte: number, verb: 'x' | 'X'): string {
  const two = byte.toString(16).padStart(2, '0');
  return verb === 'X' ? two.toUpperCase() : two;
}

const bases: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };

export function formatInteger(value: bigint, unsigned: boolean, verb: string, flags: Flags): ByteString | undefined {
  if (verb === 'c') return pad(encodeRune(runeOf(value)), flags);
  if (verb === 'q') return pad(quoteRune(runeOf(value), flags.plus), flags);
  if (verb === 'U') return formatUnicode(value, flags);
  if (verb === 'v' && flags.sharpV && unsigned) return formatDigits(value, 16, 'x', { ...flags, sharp: true });
  const base = bases[verb];
  return base === undefined ? undefined : formatDigits(value, base, verb, flags);
}

function runeOf(value: bigint): number {
  return value < 0n || value > 0x10_ffffn ? -1 : Number(value);
}

function formatDigits(value: bigint, base: number, verb: string, flags: Flags): ByteString {
  const negative = value < 0n;
  const { width = 0, precision } = flags;
  if (precision === 0 && value === 0n) return ' '.repeat(width);
  let least = precision ?? 0;
  if (precision === undefined && flags.zero && !flags.minus && flags.width !== undefined) {
    least = width - (negative || flags.plus || flags.space ? 1 : 0);
  }
  let digits = (negative ? -value : value).toString(base).padStart(least, '0');
  if (verb === 'X') digits = digits.toUpperCase();
  if (flags.sharp) digits = basePrefix(base, verb, digits) + digits;
  if (verb === 'O') digits = `0o${digits}`;
  return padWithSpaces(signOf(negative, flags) + digits, flags);
}

function basePrefix(base: number, verb: string, digits: string): string {
  if (base === 2) return '0b';
  if (base === 8) return digits.startsWith('0') ? '' : '0';
  return base === 16 ? `0${verb === 'X' ? 'X' : 'x'}` : '';
}

function signOf(negative: boolean, { plus, space }: Flags): string {
  if (negative) return '-';
  if (plus) return '+';
  return space ? ' ' : '';
}

/** `U+0041`, with `#` also the character. */
function formatUnicode(value: bigint, flags: Flags): ByteString {
  const digits = BigInt.asUintN(64, value).toString(16).toUpperCase();
  const number = `U+${digits.padStart(Math.max(4, flags.precision ?? 0), '0')}`;
  const rune = runeOf(value);
  const shown = flags.sharp && rune >= 0 && isPrint(rune) ? ` '${encodeRune(rune)}'` : '';
  return padWithSpaces(number + shown, flags);
}

const floatForms: Readonly<Record<string, { readonly verb: FloatVerb; readonly precision: number }>> = {
  v: { verb: 'g', precision: -1 },
  b: { verb: 'b', precision: -1 },
  g: { verb: 'g', precision: -1 },
  G: { verb: 'G', precision: -1 },
  x: { verb: 'x', precision: -1 },
  X: { verb: 'X', precision: -1 },
  f: { verb: 'f', precision: 6 },
  F: { verb: 'f', precision: 6 },
  e: { verb: 'e', precision: 6 },
  E: { verb: 'E', precision: 6 },
};

export function formatFloating(value: number, verb: string, flags: Flags): ByteString | undefined {
  const form = floatForms[verb];
  if (!form) return undefined;
  const precision = flags.precision ?? form.precision;
  const text = formatFloat(value, form.verb, precision);
  const signed = /^[+-]/.test(text);
  const sign = text.startsWith('-') ? '-' : signOf(false, flags);
  const size = signed ? text.slice(1) : text;
  if (!Number.isFinite(value)) {
    // Infinity has its sign always, and neither is padded with zeros.
    return padWithSpaces((Number.isNaN(value) ? '' : sign || '+') + size, flags);
  }
  const digits = flags.sharp && verb !== 'b' ? withPoint(size, form.verb, precision) : size;
  const { width = 0 } = flags;
  if (flags.zero && !flags.minus && sign !== '') return sign + digits.padStart(width - 1, '0');
  return pad(sign + digits, flags);
}

/** `%#g`: a decimal point always, and the zeros that `%g` drops. */
function withPoint(size: string, verb: FloatVerb, precision: number): string {
  const hex = verb === 'x' || verb === 'X';
  const [, mantissa = '', tail = ''] = (hex ? /^([^pP]*)(.*)$/ : /^([^eE]*)(.*)$/).exec(size) ?? [];
  let wanted = verb === 'g' || verb === 'G' || verb === 'x' ? precision : 0;
  if (wanted === -1) wanted = 6;
  const significant = mantissa.replace('.', '').replace(/^0+/, '').length;
  // A single zero counts as a digit.
  const have = mantissa === '0' ? 1 : significant;
  const pointed = mantissa.includes('.') ? mantissa : `${mantissa}.`;
  return pointed + '0'.repeat(Math.max(wanted - have, 0)) + tail;
}
