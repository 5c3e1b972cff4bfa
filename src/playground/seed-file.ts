/** Reads a seed file, YAML or JSON with any number of documents, and says where in it something is wrong. */
import { UsageError } from '../errors.ts';

/** One document of a seed, or one item of a List in it. */
export interface SeedObject {
  readonly value: unknown;
  /** `cluster.yaml:12 (document 3)`; what a problem with it begins with. */
  readonly place: string;
}

interface Chunk {
  readonly text: string;
  /** Counted from 0. */
  readonly firstLine: number;
}

/**
 * The objects in the text, those of Lists one by one, without empty documents.
 *
 * @param name what problems call the file
 * @throws UsageError with file, line, column and number of every document that is no YAML
 */
export async function readSeed(text: string, name: string): Promise<readonly SeedObject[]> {
  const whole = parsedJson(text);
  if (whole !== undefined) return itemsOf(whole, `${name}:1 (document 1)`);
  const { CORE_SCHEMA, loadAll, YAMLException } = await import('js-yaml');
  const problems: string[] = [];
  const objects: SeedObject[] = [];
  for (const [index, chunk] of documentsOf(text).entries()) {
    const inDocument = `(document ${index + 1})`;
    try {
      for (const value of loadAll(chunk.text, { schema: CORE_SCHEMA })) {
        const place = `${name}:${firstLineWithContent(chunk) + 1} ${inDocument}`;
        if (value !== null && value !== undefined) objects.push(...itemsOf(value, place));
      }
    } catch (error) {
      if (!(error instanceof YAMLException)) throw error;
      const { mark, reason } = error;
      const at = mark ? `${chunk.firstLine + mark.line + 1}:${mark.column + 1}` : String(chunk.firstLine + 1);
      problems.push(`${name}:${at} ${inDocument} is not YAML: ${reason}`);
    }
  }
  if (problems.length === 0 && objects.length === 0) problems.push(`${name} holds no objects`);
  if (problems.length > 0) throw new UsageError(problems, { code: 'usage.seed' });
  return objects;
}

/** JSON is YAML, and what `kubectl get -o json` prints of a large cluster is read a hundred times faster as such. */
function parsedJson(text: string): object | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    return JSON.parse(text) as object;
  } catch {
    // YAML in flow style, or with something wrong that YAML's reader says better.
    return undefined;
  }
}

/**
 * `---` at the start of a line separates documents wherever it stands, even in block scalars. Parsed one by one, a
 * broken document does not hide what is wrong with the next.
 */
function documentsOf(text: string): readonly Chunk[] {
  const chunks: { lines: string[]; firstLine: number }[] = [];
  for (const [number, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const last = chunks.at(-1);
    if (!last || (/^---(?:\s|$)/.test(line) && !onlyDirectives(last.lines))) {
      chunks.push({ lines: [line], firstLine: number });
    } else last.lines.push(line);
  }
  return chunks
    .filter(({ lines }) => lines.some((line) => !isEmpty(line)))
    .map(({ lines, firstLine }) => ({ text: lines.join('\n'), firstLine }));
}

/** What may stand before the first `---`: nothing, comments, `%YAML 1.2`. */
function onlyDirectives(lines: readonly string[]): boolean {
  return lines.every((line) => line.startsWith('%') || (isEmpty(line) && !line.startsWith('---')));
}

function isEmpty(line: string): boolean {
  return /^\s*(?:#.*)?$|^---\s*(?:#.*)?$|^\.\.\.\s*$/.test(line);
}

function firstLineWithContent({ text, firstLine }: Chunk): number {
  return (
    firstLine +
    Math.max(
      0,
      text.split('\n').findIndex((line) => !isEmpty(line) && !line.startsWith('%')),
    )
  );
}

/** The document, or the items of one that is a List: that is what `kubectl get -o yaml` prints for several objects. */
export function itemsOf(value: unknown, place: string): readonly SeedObject[] {
  if (typeof value !== 'object' || value === null) return [{ value, place }];
  const { kind, items } = value as { readonly kind?: unknown; readonly items?: unknown };
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) return [{ value, place }];
  return items.map((item: unknown, index) => ({ value: item, place: `${place} items[${index}]` }));
}
