/** The shape of the settings file: checked with zod, loaded only when there is a file. */
import { loadAll, YAMLException } from 'js-yaml';
import { array, boolean, nullable, number, record, safeParse, string, union } from 'zod/mini';
import { UsageError } from '../errors.ts';

const scalar = union([string(), number(), boolean()]);
const setting = union([scalar, array(scalar)]);
const schema = nullable(record(string(), union([setting, nullable(record(string(), setting))])));

type Texts = ReadonlyMap<string, readonly string[]>;

/**
 * Turns the text of the file into texts by key and by section.
 *
 * @throws UsageError with file, line and column, or with the keys whose values are no settings
 */
export function parseConfig(
  text: string,
  path: string,
): { readonly values: Texts; readonly sections: ReadonlyMap<string, Texts> } {
  const parsed = safeParse(schema, loadYaml(text, path) ?? null);
  if (!parsed.success) {
    const keys = [...new Set(parsed.error.issues.map(({ path: at }) => at.join('.')))];
    throw new UsageError(
      keys.map((key) =>
        key === ''
          ? `${path}: expected settings, one \`name: value\` a line`
          : `${path}: ${key} has to be a text, a number, true or false, or a list of them`,
      ),
      { code: 'usage.config' },
    );
  }
  const values = new Map<string, readonly string[]>();
  const sections = new Map<string, Texts>();
  for (const [key, value] of Object.entries(parsed.data ?? {})) {
    if (isSection(value))
      sections.set(key, new Map(Object.entries(value ?? {}).map(([name, one]) => [name, textsOf(one)])));
    else values.set(key, textsOf(value));
  }
  return { values, sections };
}

type Scalar = string | number | boolean;
type Setting = Scalar | Scalar[];

function isSection(value: Setting | Record<string, Setting> | null): value is Record<string, Setting> | null {
  return value === null || (typeof value === 'object' && !Array.isArray(value));
}

function textsOf(value: Setting): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

function loadYaml(text: string, path: string): unknown {
  try {
    const documents = loadAll(text);
    if (documents.length <= 1) return documents[0];
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    // The excerpt that the library adds may show a token; place and reason are enough.
    const place = error.mark ? `:${error.mark.line + 1}:${error.mark.column + 1}` : '';
    throw new UsageError([`${path}${place} is not YAML: ${error.reason}`], { code: 'usage.config' });
  }
  throw new UsageError([`${path} holds several YAML documents; one is expected`], { code: 'usage.config' });
}
