/** Go's fmt.Sprintf. */
import type { ByteString } from '../line.ts';
import { decodeRune, widthIn } from './bytes.ts';
import { plainFlags, type Flags } from './format-flags.ts';
import { formatValue } from './format-value.ts';
import { typeName } from './kinds.ts';
import { GoInt, type GoValue } from './values.ts';

/** The same, but for the time in which it is put together. */
type OpenFlags = { -readonly [Name in keyof Flags]: Flags[Name] };

const signs: Readonly<Record<string, 'sharp' | 'zero' | 'plus' | 'minus' | 'space'>> = {
  '#': 'sharp',
  '0': 'zero',
  '+': 'plus',
  '-': 'minus',
  ' ': 'space',
};

/** Wider and more exact than this is taken for a mistake. */
const largest = 1_000_000;

/** Complaints are part of the text, as in Go: `%!d(string=x)`, `%!s(MISSING)`, `%!(EXTRA int=1)`. */
export function sprintf(format: ByteString, values: readonly GoValue[]): ByteString {
  return new Printf(format, values).text();
}

class Printf {
  readonly #format: ByteString;
  readonly #values: readonly GoValue[];
  #at = 0;
  #argument = 0;
  /** Arguments were named by number, so that some may be left over on purpose. */
  #reordered = false;
  #goodIndex = true;
  /** What was read last was a number such as `[3]`. */
  #afterIndex = false;
  #out = '';

  constructor(format: ByteString, values: readonly GoValue[]) {
    this.#format = format;
    this.#values = values;
  }

  text(): ByteString {
    for (;;) {
      const percent = this.#format.indexOf('%', this.#at);
      if (percent === -1) break;
      this.#out += this.#format.slice(this.#at, percent);
      this.#at = percent + 1;
      this.#directive();
    }
    return this.#out + this.#format.slice(this.#at) + this.#extra();
  }

  #directive(): void {
    const flags: OpenFlags = { ...plainFlags };
    this.#goodIndex = true;
    for (let sign = this.#sign(); sign; sign = this.#sign()) {
      flags[sign] = true;
      this.#at += 1;
    }
    this.#afterIndex = this.#index();
    this.#width(flags);
    if (this.#format[this.#at] === '.' && this.#at + 1 < this.#format.length) this.#precision(flags);
    if (!this.#afterIndex) this.#afterIndex = this.#index();
    if (this.#at >= this.#format.length) {
      this.#out += '%!(NOVERB)';
      return;
    }
    const end = this.#at + widthIn(decodeRune(this.#format, this.#at));
    const verb = this.#format.slice(this.#at, end);
    this.#at = end;
    this.#verb(verb, flags);
  }

  #sign(): (typeof signs)[string] | undefined {
    return signs[this.#format[this.#at] ?? ''];
  }

  #verb(verb: string, flags: OpenFlags): void {
    if (verb === '%') this.#out += '%';
    else if (!this.#goodIndex) this.#out += `%!${verb}(BADINDEX)`;
    else if (this.#argument >= this.#values.length) this.#out += `%!${verb}(MISSING)`;
    else {
      // There is no %w here, but its signs are read as those of %v.
      if (verb === 'v' || verb === 'w') {
        flags.sharpV = flags.sharp;
        flags.sharp = false;
        flags.plusV = flags.plus;
        flags.plus = false;
      }
      this.#out += formatValue(this.#values[this.#argument], verb, flags);
      this.#argument += 1;
    }
  }

  /** `[3]` before what it numbers; true when there was one. */
  #index(): boolean {
    if (this.#format[this.#at] !== '[') return false;
    this.#reordered = true;
    const close = this.#format.indexOf(']', this.#at);
    const text = close === -1 ? '' : this.#format.slice(this.#at + 1, close);
    const tooShort = this.#format.length - this.#at < 3;
    const number = /^\d{1,7}$/.test(text) ? Number(text) : 0;
    this.#at = close === -1 || tooShort ? this.#at + 1 : close + 1;
    if (number >= 1 && number <= this.#values.length) {
      this.#argument = number - 1;
      return true;
    }
    this.#goodIndex = false;
    return number > 0;
  }

  #width(flags: OpenFlags): void {
    if (this.#format[this.#at] === '*') {
      this.#at += 1;
      const width = this.#integer();
      if (width === undefined) this.#out += '%!(BADWIDTH)';
      flags.width = width === undefined ? undefined : Math.abs(width);
      if (width !== undefined && width < 0) {
        flags.minus = true;
        flags.zero = false;
      }
      this.#afterIndex = false;
      return;
    }
    flags.width = this.#digits();
    if (this.#afterIndex && flags.width !== undefined) this.#goodIndex = false;
  }

  #precision(flags: OpenFlags): void {
    this.#at += 1;
    if (this.#afterIndex) this.#goodIndex = false;
    this.#afterIndex = this.#index();
    if (this.#format[this.#at] !== '*') {
      flags.precision = this.#digits() ?? 0;
      return;
    }
    this.#at += 1;
    const precision = this.#integer();
    if (precision === undefined || precision < 0) this.#out += '%!(BADPREC)';
    else flags.precision = precision;
    this.#afterIndex = false;
  }

  #digits(): number | undefined {
    const from = this.#at;
    while (isDigit(this.#format[this.#at])) this.#at += 1;
    const number = Number(this.#format.slice(from, this.#at));
    if (number <= largest) return this.#at > from ? number : undefined;
    // Go gives up on the whole of the rest.
    this.#at = this.#format.length;
    return undefined;
  }

  /** The next argument, as a width. */
  #integer(): number | undefined {
    const value = this.#values[this.#argument];
    if (this.#argument < this.#values.length) this.#argument += 1;
    if (!(value instanceof GoInt)) return undefined;
    const number = Number(value.value);
    return Math.abs(number) > largest ? undefined : number;
  }

  #extra(): ByteString {
    if (this.#reordered || this.#argument >= this.#values.length) return '';
    const rest = this.#values.slice(this.#argument).map((value) => {
      if (value === undefined || value === null) return '<nil>';
      return `${typeName(value)}=${formatValue(value, 'v', plainFlags)}`;
    });
    return `%!(EXTRA ${rest.join(', ')})`;
  }
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && char >= '0' && char <= '9';
}
