/** Numbers in a template: untyped constants that fit wherever their value does. */
import type { ByteString } from '../line.ts';
import { decodeRune, isAlphanumeric, runeIn, widthIn } from './bytes.ts';
import { unquoteRune } from './quote.ts';

/** A constant; what is undefined is a type that it does not fit into. */
export interface GoNumber {
  readonly int: bigint | undefined;
  readonly float: number | undefined;
  /** Without a type asked for, it is a float64 rather than an int. */
  readonly floatByNature: boolean;
}

const numberShape = new RegExp(
  [
    String.raw`[+-]?0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?i?`,
    String.raw`[+-]?0[oO][0-7_]*(?:\.[0-7_]*)?i?`,
    String.raw`[+-]?0[bB][01_]*(?:\.[01_]*)?i?`,
    String.raw`[+-]?[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?i?`,
  ].join('|'),
  'y',
);

/** Where a number ends that begins at `from`; no kind when what follows belongs to no number. */
export function scanNumber(
  source: ByteString,
  from: number,
): { readonly end: number; readonly kind: 'number' | 'complex' | undefined } {
  let end = endOfNumber(source, from);
  const complex = !isWordAt(source, end) && (source[end] === '+' || source[end] === '-');
  if (complex) end = endOfNumber(source, end);
  if (isWordAt(source, end)) return { end: end + widthIn(decodeRune(source, end)), kind: undefined };
  if (!complex) return { end, kind: 'number' };
  return { end, kind: source[end - 1] === 'i' ? 'complex' : undefined };
}

function endOfNumber(source: ByteString, from: number): number {
  numberShape.lastIndex = from;
  return from + (numberShape.exec(source)?.[0].length ?? 0);
}

function isWordAt(source: ByteString, at: number): boolean {
  return at < source.length && isAlphanumeric(runeIn(decodeRune(source, at)));
}

const biggestInt = 2n ** 63n - 1n;
const biggestUnsigned = 2n ** 64n - 1n;

/** What the text of a number or of a character constant stands for. */
export function parseNumber(text: ByteString): { readonly value: GoNumber } | { readonly problem: string } {
  if (text.startsWith("'")) {
    const rune = unquoteRune(text);
    if ('problem' in rune) return rune;
    return { value: { int: BigInt(rune.value), float: rune.value, floatByNature: false } };
  }
  if (text.endsWith('i')) return { problem: `complex numbers are not supported: "${text}"` };
  const whole = parseWhole(text);
  if (whole !== undefined && whole >= -biggestInt - 1n && whole <= biggestUnsigned) {
    const int = whole <= biggestInt ? whole : undefined;
    return { value: { int, float: Number(whole), floatByNature: false } };
  }
  return parseFractional(text);
}

function parseFractional(text: ByteString): { readonly value: GoNumber } | { readonly problem: string } {
  const float = parseFloat64(text);
  if (float === undefined || !Number.isFinite(float)) return { problem: `illegal number syntax: "${text}"` };
  if (!/[.eEpP]/.test(text)) return { problem: `integer overflow: "${text}"` };
  const int = Number.isInteger(float) && Math.abs(float) < 2 ** 63 ? BigInt(float) : undefined;
  const hexInt = /^0[xX]/.test(text) && !/[pP]/.test(text);
  return { value: { int, float, floatByNature: !hexInt } };
}

const wholeShape = /^([+-]?)(0[xX](?:_?[0-9a-fA-F])+|0[oO]?(?:_?[0-7])+|0[bB](?:_?[01])+|0|[1-9](?:_?[0-9])*)$/;

/** An integer of whatever base and size. */
function parseWhole(text: string): bigint | undefined {
  const match = wholeShape.exec(text);
  if (!match) return undefined;
  const digits = (match[2] ?? '').replaceAll('_', '').toLowerCase();
  // An octal number may do without its letter.
  const value = BigInt(/^0\d/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return match[1] === '-' ? -value : value;
}

const hexShape = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)$/;

function parseFloat64(text: string): number | undefined {
  const plain = text.replaceAll('_', '');
  const hex = hexShape.exec(plain);
  if (hex) {
    const [, sign = '', before = '', after = '', exponent = ''] = hex;
    if (before === '' && after === '') return undefined;
    const value = Number.parseInt(before + after, 16) * 2 ** (Number(exponent) - 4 * after.length);
    return sign === '-' ? -value : value;
  }
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(plain) ? Number(plain) : undefined;
}
