/** Where the journals lie, and a folder there that is the user's alone. */
import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolders } from '../make-folders.ts';
import { journalError, reasonOf } from './problems.ts';

export interface Place {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
  /** Node's name for it: `linux`, `darwin`, `win32`. */
  readonly os: string;
}

/** The state folder of the user on this system, with `kmaint/runs` below it. */
export function runsFolder({ env, homeDirectory, os }: Place): string {
  const named = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  if (os === 'win32') {
    return join(named('LOCALAPPDATA') ?? join(homeDirectory, 'AppData', 'Local'), 'kmaint', 'runs');
  }
  const usual =
    os === 'darwin' ? join(homeDirectory, 'Library', 'Application Support') : join(homeDirectory, '.local', 'state');
  return join(named('XDG_STATE_HOME') ?? usual, 'kmaint', 'runs');
}

/**
 * Makes the folder where it is missing, for the user alone.
 *
 * @throws KmaintError `journal.folder` (exit 2) when it cannot be made, is no folder, or others may write to it: what
 * they put there would be taken for ours
 */
export async function ensureFolder(folder: string, os: string): Promise<void> {
  try {
    for (const made of makeFolders(folder, 0o700)) await syncFolder(dirname(made), os);
  } catch (error) {
    throw journalError('journal.folder', `the folder for journals cannot be made: ${folder}: ${reasonOf(error)}`, {
      hint: 'nothing was changed; make room or permission there, or name another folder with XDG_STATE_HOME',
      cause: error,
    });
  }
  const stat = await lstat(folder);
  if (!stat.isDirectory()) {
    throw journalError('journal.folder', `${folder} is not a folder of its own, but a link`, {
      hint: 'nothing was changed; move it away, or name another folder with XDG_STATE_HOME',
    });
  }
  if (os !== 'win32' && (stat.mode & 0o022) !== 0) {
    throw journalError('journal.folder', `others may write to ${folder}, so what lies there cannot be trusted`, {
      hint: `nothing was changed; chmod 700 ${folder}`,
    });
  }
}

/** A new file's name is only safe once its folder is on the disk; Windows has no such request. */
export async function syncFolder(folder: string, os: string): Promise<void> {
  if (os === 'win32') return;
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } catch (error) {
    // Some network file systems refuse to sync folders; there is nothing better to ask of them.
    if (!['EINVAL', 'ENOTSUP', 'EBADF'].includes(codeOf(error))) throw error;
  } finally {
    await handle.close();
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}
