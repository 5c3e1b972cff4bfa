/** The fields of a line, and paths that lead to one of them. */

export type FieldValue = string | number | boolean | null | readonly FieldValue[] | Fields;

export interface Fields {
  readonly [name: string]: FieldValue;
}

/** Names from the outside in: `req.headers["x.id"]` is `['req', 'headers', 'x.id']`. */
export type FieldPath = readonly string[];

/**
 * What lies at the path; where nothing does, names with dots are tried, for many loggers write `"log.level"` as one name.
 *
 * @returns undefined where there is nothing; null where there is a null
 */
export function valueAt(fields: Fields, path: FieldPath): FieldValue | undefined {
  for (let length = 1; length <= path.length; length += 1) {
    const name = length === 1 ? (path[0] ?? '') : path.slice(0, length).join('.');
    if (!Object.hasOwn(fields, name)) continue;
    const value = fields[name];
    if (length === path.length) return value;
    const inner = isFields(value) ? valueAt(value as Fields, path.slice(length)) : undefined;
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** An object, or a list, whose members are named by their index. */
export function isFields(value: FieldValue | undefined): value is Fields | readonly FieldValue[] {
  return typeof value === 'object' && value !== null;
}

const plainName = /[\p{L}_@$][\p{L}\p{N}_@$-]*|\d+/uy;
const quotedName = /\[(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\d+))\]/uy;

/** A path as far as it reaches from `start`, and where it ends; undefined where none begins. */
export function readPath(text: string, start: number): { readonly path: FieldPath; readonly end: number } | undefined {
  const path: string[] = [];
  let end = start;
  for (;;) {
    const dot = path.length > 0 && text[end] === '.' ? 1 : 0;
    plainName.lastIndex = end + dot;
    const plain = path.length === 0 || dot === 1 ? plainName.exec(text)?.[0] : undefined;
    if (plain !== undefined && !(path.length === 0 && /^\d/.test(plain))) {
      path.push(plain);
      end += dot + plain.length;
      continue;
    }
    quotedName.lastIndex = end;
    const quoted = quotedName.exec(text);
    if (!quoted) return path.length === 0 ? undefined : { path, end };
    path.push((quoted[1] ?? quoted[2] ?? quoted[3] ?? '').replaceAll(/\\(.)/gu, '$1'));
    end += quoted[0].length;
  }
}
