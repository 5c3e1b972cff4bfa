/** `--fields`: prints only some fields of a line. */
import { isFields, readPath, valueAt, type FieldPath, type Fields, type FieldValue } from './field-path.ts';
import { levelOf } from './level.ts';

/** A line as `key=value key=value`; undefined where it has none of the fields. */
export type ShowFields = (fields: Fields) => string | undefined;

/** Everyday names, and where loggers write the same. */
const aliases: Readonly<Record<string, readonly FieldPath[]>> = {
  time: [['time'], ['ts'], ['timestamp'], ['@timestamp'], ['@t'], ['T']],
  msg: [['msg'], ['message'], ['@m'], ['@mt'], ['M']],
  message: [['message'], ['msg'], ['@m'], ['@mt'], ['M']],
  error: [['error'], ['err'], ['error', 'message'], ['@x']],
  err: [['err'], ['error'], ['@x']],
};

/**
 * Reads `time,level,msg,req.id`. `time`, `msg`, `error` and `level` are found under the names that other loggers give
 * them; fields that a line does not have are left out of it.
 *
 * @returns every name that is none, in one problem each
 */
export function compileFields(text: string): { readonly value: ShowFields } | { readonly problems: readonly string[] } {
  const names = namesOf(text);
  const columns = names.map(columnOf);
  const problems = columns.flatMap((column) => ('problem' in column ? [column.problem] : []));
  if (problems.length > 0) return { problems };
  const values = columns.flatMap((column) => ('value' in column ? [column.value] : []));
  return { value: (fields) => shown(values, fields) };
}

interface Column {
  readonly name: string;
  readonly find: (fields: Fields) => FieldValue | undefined;
}

/** A comma within brackets belongs to the name. */
function namesOf(text: string): readonly string[] {
  return (text.match(/(?:\["(?:[^"\\]|\\.)*"\]|[^,])+|(?<=,|^)(?=,|$)/g) ?? ['']).map((name) => name.trim());
}

function columnOf(name: string): { readonly value: Column } | { readonly problem: string } {
  const read = readPath(name, 0);
  if (read?.end !== name.length) {
    return {
      problem: `${JSON.stringify(name)} is no field; write names such as msg, req.id or labels["app.kubernetes.io/name"]`,
    };
  }
  const { path } = read;
  const [first = ''] = path;
  const others = path.length === 1 && Object.hasOwn(aliases, first) ? aliases[first] : undefined;
  if (others) return { value: { name, find: (fields) => firstOf(fields, others) } };
  if (path.length === 1 && first === 'level') {
    return { value: { name, find: (fields) => textAt(fields, path) ?? levelOf(fields) } };
  }
  return { value: { name, find: (fields) => valueAt(fields, path) } };
}

/** Loggers that count their levels are shown by name. */
function textAt(fields: Fields, path: FieldPath): string | undefined {
  const value = valueAt(fields, path);
  return typeof value === 'string' ? value : undefined;
}

function firstOf(fields: Fields, paths: readonly FieldPath[]): FieldValue | undefined {
  for (const path of paths) {
    const value = valueAt(fields, path);
    if (value !== undefined) return value;
  }
  return undefined;
}

function shown(columns: readonly Column[], fields: Fields): string | undefined {
  let line = '';
  for (const { name, find } of columns) {
    const value = find(fields);
    if (value !== undefined) line += `${line === '' ? '' : ' '}${name}=${valueText(value)}`;
  }
  return line === '' ? undefined : line;
}

function valueText(value: FieldValue): string {
  if (isFields(value)) return JSON.stringify(value);
  const text = String(value);
  // oxlint-disable-next-line no-control-regex -- what cannot stand in logfmt without quotes
  return text === '' || /[\s"=\x00-\x1f]/.test(text) ? JSON.stringify(text) : text;
}
