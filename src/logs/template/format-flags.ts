/** What stands between `%` and its verb, and how it pads. */
import type { ByteString } from '../line.ts';
import { runeCount } from './bytes.ts';

export interface Flags {
  readonly minus: boolean;
  readonly plus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  /** `%+v` and `%#v`, where the signs mean something else than before other verbs. */
  readonly plusV: boolean;
  readonly sharpV: boolean;
  /** Undefined when not given. */
  readonly width: number | undefined;
  readonly precision: number | undefined;
}

/** A plain `%v`, as print does it. */
export const plainFlags: Flags = {
  minus: false,
  plus: false,
  sharp: false,
  space: false,
  zero: false,
  plusV: false,
  sharpV: false,
  width: undefined,
  precision: undefined,
};

/** Fills up to the width, counted in characters. */
export function pad(text: ByteString, { width, minus, zero }: Flags): ByteString {
  if (!width) return text;
  const missing = width - runeCount(text);
  if (missing <= 0) return text;
  return minus ? text + ' '.repeat(missing) : (zero ? '0' : ' ').repeat(missing) + text;
}

/** {@link pad} where zeros would be wrong. */
export function padWithSpaces(text: ByteString, flags: Flags): ByteString {
  return pad(text, flags.zero ? { ...flags, zero: false } : flags);
}
