/** Reads the YAML settings file into texts by key, the same texts that flags would carry. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';

/** Texts by flag name; under a verb's name those for this verb alone. */
export interface FileSettings {
  readonly path: string;
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly sections: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
}

/** Where the file is when nobody says: the XDG configuration folder. */
export function defaultConfigPath(env: Readonly<Record<string, string | undefined>>, homeDirectory: string): string {
  const folder = env['XDG_CONFIG_HOME'];
  return join(folder === undefined || folder === '' ? join(homeDirectory, '.config') : folder, 'kmaint', 'config.yaml');
}

/**
 * Reads the file.
 *
 * @param explicit the user named it, so it has to exist; else undefined is the answer for none
 * @throws UsageError for a file that cannot be read, is no YAML, or holds anything but scalars, lists and one level of sections
 */
export async function readConfigFile(path: string, explicit: boolean): Promise<FileSettings | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!explicit && (code === 'ENOENT' || code === 'ENOTDIR')) return undefined;
    throw new UsageError([`cannot read the settings file ${path}: ${why(code)}`], { code: 'usage.config' });
  }
  const { parseConfig } = await import('./config-schema.ts');
  return { path, ...parseConfig(text, path) };
}

function why(code: string | undefined): string {
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
    case 'EPERM':
      return 'no permission to read it';
    case 'EISDIR':
      return 'it is a folder';
    default:
      return code ?? 'it is not readable';
  }
}
