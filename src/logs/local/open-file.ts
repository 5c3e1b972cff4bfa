/** Opens files of logs, and says what there is of a log in its folder. */
import { constants } from 'node:fs';
import { lstat, open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { rotatedAmong, type RotatedName } from './names.ts';
import { fileProblem, isMissing } from './problems.ts';
import type { RotatedFile } from './unread.ts';

export interface OpenedFile {
  readonly handle: FileHandle;
  readonly identity: string;
}

/** Something that is no file lies where a log should be. */
class NotAFile extends Error {
  readonly code = 'ENOTFILE';
}

/**
 * Undefined where nothing is there. The path has no links left: one that somebody puts there now is not followed.
 *
 * @throws KmaintError `logs.local-denied` or `logs.local-unreadable`
 */
export async function openFile(path: string): Promise<OpenedFile | undefined> {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = await handle.stat();
    if (stats.isFile()) return { handle, identity: identityOf(stats) };
    await handle.close();
    throw new NotAFile('it is not a file');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileProblem(path, error);
  }
}

export function identityOf({ dev, ino }: { readonly dev: number; readonly ino: number }): string {
  return `${dev}:${ino}`;
}

/** Undefined where there is no file. */
export async function identityAt(path: string): Promise<string | undefined> {
  try {
    return identityOf(await stat(path));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileProblem(path, error);
  }
}

/** Undefined where there is no folder. */
export async function namesIn(folder: string): Promise<readonly string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileProblem(folder, error);
  }
}

/** The rotated files of `base`, the oldest first; without links, and those that vanish meanwhile. */
export async function listRotated(folder: string, base: string): Promise<readonly RotatedFile[]> {
  const rotated = rotatedAmong((await namesIn(folder)) ?? [], base);
  const described = await Promise.all(rotated.map((file) => describe(folder, file)));
  return described.filter((file) => file !== undefined);
}

async function describe(folder: string, file: RotatedName): Promise<RotatedFile | undefined> {
  const path = join(folder, file.name);
  try {
    const stats = await lstat(path);
    return stats.isFile() ? { ...file, identity: identityOf(stats), modifiedMs: stats.mtimeMs } : undefined;
  } catch (error) {
    if (!isMissing(error)) throw fileProblem(path, error);
    // Listed as it was, it was packed meanwhile.
    return file.packed ? undefined : describe(folder, { ...file, name: `${file.stem}.gz`, packed: true });
  }
}
