/** What a template has in hand while it runs. */
import type { ByteString } from '../line.ts';
import type { GoFunction, GoValue } from './values.ts';

/** What is the same for all lines. */
export interface Program {
  readonly source: ByteString;
  readonly functions: ReadonlyMap<string, GoFunction>;
}

/** A value, and whether it comes straight out of a map or a list of mixed types, which errors tell. */
export interface Slot {
  readonly value: GoValue;
  readonly boxed: boolean;
}

export interface Variable {
  readonly name: ByteString;
  slot: Slot;
}

/** No value is handed on by the command before. */
export const missing = Symbol('missing');
export type Final = GoValue | typeof missing;
