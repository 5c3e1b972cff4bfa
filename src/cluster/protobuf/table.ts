/** Tables of protobuf messages: of each the fields that are wanted, by their numbers. */

/** How a value is written, and when JSON has it. */
export interface Scalar {
  /** `word` is a text that comes again and again, `flag` a bool. */
  readonly kind: 'text' | 'word' | 'int' | 'flag' | 'time' | 'quantity';
  /**
   * JSON has it even when it is zero, because it is a pointer in Go or has no `omitempty`. The encoder writes every other
   * scalar always, and JSON leaves its zero out.
   */
  readonly keepsZero: boolean;
}

export interface Message {
  /** By number; what is not here is passed over. */
  readonly fields: readonly (Field | undefined)[];
}

export type Type = Scalar | Message;

export interface Field {
  readonly number: number;
  readonly type: Type;
  readonly shape: 'one' | 'many' | 'map';
  /** As in JSON. */
  readonly name: string;
  /** The only keys of a map that are wanted. */
  readonly only: ReadonlySet<string> | undefined;
}

type Draft = Omit<Field, 'name'>;

const scalar = (kind: Scalar['kind'], keepsZero = false): Scalar => ({ kind, keepsZero });

export const text = scalar('text');
export const word = scalar('word');
export const keptWord = scalar('word', true);
export const int = scalar('int');
export const keptInt = scalar('int', true);
export const keptFlag = scalar('flag', true);
/** `metav1.Time`: seconds and nanoseconds, of which JSON shows the seconds. */
export const time = scalar('time', true);
/** `resource.Quantity`: a message around its text. */
export const quantity = scalar('quantity', true);

export const one = (number: number, type: Type): Draft => ({ number, type, shape: 'one', only: undefined });
export const many = (number: number, type: Type): Draft => ({ number, type, shape: 'many', only: undefined });
/** A map whose keys are strings. */
export const map = (number: number, type: Type, only?: readonly string[]): Draft => ({
  number,
  type,
  shape: 'map',
  only: only && new Set(only),
});

/** The name of a message whose fields stand in JSON among those of its parent (`json:",inline"`). */
export const inline = '...';

/** A message of these fields, named as in JSON. */
export function message(drafts: Readonly<Record<string, Draft>>): Message {
  const fields: (Field | undefined)[] = [];
  for (const [name, draft] of Object.entries(drafts)) fields[draft.number] = { ...draft, name };
  // Without holes, an array is read faster.
  return { fields: Array.from(fields) };
}
