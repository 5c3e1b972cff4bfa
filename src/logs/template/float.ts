/** Go's strconv.FormatFloat for numbers of 64 bits. */

/** A number without its sign: 0.DIGITS × 10^point. Zero has no digits. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

export type FloatVerb = 'b' | 'e' | 'E' | 'f' | 'g' | 'G' | 'x' | 'X';

/** @param precision digits after the point (`g`: in all); -1 for as few as tell the number from its neighbours */
export function formatFloat(value: number, verb: FloatVerb, precision: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const size = Math.abs(value);
  switch (verb) {
    case 'b': {
      const { mantissa, exponent } = parts(size);
      return `${sign}${mantissa}p${exponent < 0 ? '' : '+'}${exponent}`;
    }
    case 'x':
    case 'X': {
      const text = formatHex(size, precision);
      return sign + (verb === 'X' ? text.toUpperCase() : text);
    }
    case 'e':
    case 'E': {
      const decimal = precision < 0 ? shortest(size) : rounded(exact(size), precision + 1);
      return sign + withExponent(decimal, precision < 0 ? Math.max(decimal.digits.length - 1, 0) : precision, verb);
    }
    case 'f':
      return sign + formatPlain(size, precision);
    case 'g':
    case 'G':
      return sign + formatGeneral(size, precision, verb === 'g' ? 'e' : 'E');
  }
}

function formatPlain(size: number, precision: number): string {
  if (precision < 0) {
    const decimal = shortest(size);
    return withoutExponent(decimal, Math.max(decimal.digits.length - decimal.point, 0));
  }
  const whole = exact(size);
  return withoutExponent(rounded(whole, whole.point + precision), precision);
}

function formatGeneral(size: number, precision: number, letter: 'e' | 'E'): string {
  // The usual case: here Go and JavaScript write the same.
  if (precision < 0 && size >= 0.0001 && size < 1_000_000) return String(size);
  const wanted = precision === 0 ? 1 : precision;
  const decimal = precision < 0 ? shortest(size) : rounded(exact(size), wanted);
  const count = decimal.digits.length;
  let limit = wanted > count && count >= decimal.point ? count : wanted;
  // So 1700000000 is 1.7e+09: without a precision, six digits decide.
  if (precision < 0) limit = 6;
  const exponent = decimal.point - 1;
  if (exponent < -4 || exponent >= limit) {
    return withExponent(decimal, Math.max((precision < 0 || wanted > count ? count : wanted) - 1, 0), letter);
  }
  return withoutExponent(decimal, Math.max(count - decimal.point, 0));
}

/** The fewest digits that lead back to the number: those that JavaScript prints. */
function shortest(size: number): Decimal {
  if (size === 0) return { digits: '', point: 0 };
  const [mantissa = '', exponent = '0'] = size.toExponential().split('e');
  return { digits: mantissa.replace('.', ''), point: Number(exponent) + 1 };
}

const bits = new DataView(new ArrayBuffer(8));

/** Mantissa and exponent: value = mantissa × 2^exponent. */
function parts(size: number): { readonly mantissa: bigint; readonly exponent: number } {
  bits.setFloat64(0, size);
  const raw = bits.getBigUint64(0);
  const fraction = raw & 0xf_ffff_ffff_ffffn;
  const stored = Number((raw >> 52n) & 0x7ffn);
  return stored === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: stored - 1075 };
}

/** All digits that the number has. */
function exact(size: number): Decimal {
  if (size === 0) return { digits: '', point: 0 };
  const { mantissa, exponent } = parts(size);
  const whole = exponent >= 0 ? mantissa << BigInt(exponent) : mantissa * 5n ** BigInt(-exponent);
  const digits = whole.toString();
  return { digits: digits.replace(/0+$/, ''), point: digits.length + Math.min(exponent, 0) };
}

/** Cut to so many digits; what is exactly in the middle goes to the even digit. */
function rounded({ digits, point }: Decimal, count: number): Decimal {
  if (count >= digits.length) return { digits, point };
  if (count < 0) return { digits: '', point: 0 };
  const next = digits[count] ?? '0';
  const middle = next === '5' && count + 1 === digits.length;
  const odd = count > 0 && Number(digits[count - 1]) % 2 === 1;
  const kept = digits.slice(0, count);
  if (middle ? !odd : next < '5') {
    const trimmed = kept.replace(/0+$/, '');
    return { digits: trimmed, point: trimmed === '' ? 0 : point };
  }
  const up = (BigInt(kept === '' ? '0' : kept) + 1n).toString();
  return { digits: up.replace(/0+$/, ''), point: point + (up.length > kept.length ? 1 : 0) };
}

function withExponent({ digits, point }: Decimal, precision: number, letter: 'e' | 'E'): string {
  const all = digits === '' ? '0' : digits;
  const fraction = precision > 0 ? `.${all.slice(1, precision + 1).padEnd(precision, '0')}` : '';
  const exponent = digits === '' ? 0 : point - 1;
  return `${all[0]}${fraction}${letter}${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

function withoutExponent({ digits, point }: Decimal, precision: number): string {
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  if (precision <= 0) return whole;
  const fraction = point > 0 ? digits.slice(point) : '0'.repeat(-point) + digits;
  return `${whole}.${fraction.slice(0, precision).padEnd(precision, '0')}`;
}

/** `0x1.8p+01` */
function formatHex(size: number, precision: number): string {
  if (size === 0) return `0x0${precision > 0 ? `.${'0'.repeat(precision)}` : ''}p+00`;
  let { mantissa, exponent } = parts(size);
  while (mantissa < 1n << 52n) {
    mantissa <<= 1n;
    exponent -= 1;
  }
  if (precision >= 0 && precision < 13) {
    const drop = BigInt(4 * (13 - precision));
    const half = 1n << (drop - 1n);
    const rest = mantissa & ((1n << drop) - 1n);
    mantissa >>= drop;
    if (rest > half || (rest === half && (mantissa & 1n) === 1n)) mantissa += 1n;
    mantissa <<= drop;
  }
  if (mantissa >= 1n << 53n) {
    mantissa >>= 1n;
    exponent += 1;
  }
  const fraction = (mantissa & ((1n << 52n) - 1n)).toString(16).padStart(13, '0');
  const shown = precision < 0 ? fraction.replace(/0+$/, '') : fraction.slice(0, precision).padEnd(precision, '0');
  const power = exponent + 52;
  const sign = power < 0 ? '-' : '+';
  return `0x1${shown === '' ? '' : `.${shown}`}p${sign}${String(Math.abs(power)).padStart(2, '0')}`;
}
