/** Where in a file a reading stands, by bytes, and from where the next one begins so that nothing is missed or doubled. */

/** Nothing; what is before it was given. */
export interface Place {
  /** Bytes from the beginning of the file. */
  readonly offset: number;
  /** The last bytes that were read: another file has others there. */
  readonly last: Buffer;
  /** Another file was told of while it was read: some of the bytes may be of the one before. */
  readonly mixed: boolean;
}

/** Where to begin to read, and what of it is not wanted. */
export interface Start {
  readonly from: number;
  /** Bytes that have to be there, and were given before. */
  readonly known: Buffer;
  /** So many bytes of what follows are left out, and then so many lines. */
  readonly dropBytes: number;
  readonly dropLines: number;
}

/** Enough to tell one log from another: they hold timestamps, as a rule. */
export const knownBytes = 1024;

const nothing: Buffer = Buffer.alloc(0);

export const theBeginning: Start = { from: 0, known: nothing, dropBytes: 0, dropLines: 0 };

/** Goes on behind a place; undefined where that is not sure: the file is shorter, or nothing of it is known. */
export function startAt({ offset, last, mixed }: Place, size: number): Start | undefined {
  if (size < offset || (mixed && offset === 0)) return undefined;
  const known = last.subarray(Math.max(0, last.length - offset));
  return { ...theBeginning, from: offset - known.length, known };
}

/** Only what is written from now on; what is read of the lines before it tells the file from another one later. */
export function startAtEnd(size: number): Start {
  const from = Math.max(0, size - knownBytes);
  return { ...theBeginning, from, dropBytes: size - from };
}

/** How many bytes from the end are looked through for that many lines at the first, second … try. */
export function windowBytes(lines: number, attempt: number): number {
  return Math.max(65_536, lines * 256) * 8 ** attempt;
}

export interface Counted {
  readonly from: number;
  /** Line feeds between there and the end of the file. */
  readonly feeds: number;
  /** The last byte is one of them. */
  readonly closed: boolean;
}

/** The last lines of a file; undefined where not all of them are in what was looked through. */
export function startOfLast(lines: number, { from, feeds, closed }: Counted): Start | undefined {
  const begun = closed ? feeds - 1 : feeds;
  if (begun < lines && from > 0) return undefined;
  return { ...theBeginning, from, dropLines: Math.max(0, begun - lines + 1) };
}
