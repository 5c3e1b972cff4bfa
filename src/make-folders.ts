/** Makes a folder with those above it, where Node's own way might never come back. */
import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * As `mkdir -p`, one folder at a time. Node's recursive mkdir tries again for ever, within one call that no signal ends,
 * where the system answers ENOENT below a folder that is there, as it does in /proc.
 *
 * @param mode of the folders that are made; what is there stays as it is
 * @returns the folders that were made, the outermost first
 * @throws what the system says: EACCES, EROFS, ENOTDIR; EEXIST where something else has the name; an error in words
 *   where it makes no folders
 */
export function makeFolders(folder: string, mode = 0o777): readonly string[] {
  return missingFolders(folder).filter((one) => wasMade(one, mode));
}

/** The outermost first. */
function missingFolders(folder: string): readonly string[] {
  const missing: string[] = [];
  for (let at = folder; !isFolder(at); at = path.dirname(at)) {
    missing.unshift(at);
    // Such as a drive that is not there.
    if (path.dirname(at) === at) break;
  }
  return missing;
}

/** False where somebody else was quicker. */
function wasMade(folder: string, mode: number): boolean {
  try {
    mkdirSync(folder, { mode });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && isFolder(folder)) return false;
    // What is not there would be looked for in vain: the folder above it is.
    if (code === 'ENOENT') throw new Error(`the system makes no folder in ${path.dirname(folder)}`, { cause: error });
    throw error;
  }
}

function isFolder(at: string): boolean {
  return statSync(at, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
