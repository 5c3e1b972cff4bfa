/** What can go wrong with journals, as errors that say which file and what now. */
import { exitCodes, KmaintError, type ExitCode } from '../errors.ts';

export type JournalErrorCode =
  | 'journal.folder'
  | 'journal.create'
  | 'journal.write'
  | 'journal.read'
  | 'journal.corrupt'
  | 'journal.locked'
  | 'journal.over';

/** Exit code 2 unless told otherwise: nothing was changed. */
export function journalError(
  code: JournalErrorCode,
  message: string,
  { hint, cause, exitCode = exitCodes.usage }: { hint: string; cause?: unknown; exitCode?: ExitCode },
): KmaintError {
  return new KmaintError(message, { code, exitCode, hint, cause });
}

/** What the operating system said, in words. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOSPC':
      return 'the disk is full';
    case 'EDQUOT':
      return 'the quota of the disk is used up';
    case 'EROFS':
      return 'the file system is read-only';
    case 'EACCES':
    case 'EPERM':
      return 'no permission';
    case 'ENOTDIR':
    case 'EEXIST':
      return 'something else is in its place';
    case 'ENOENT':
      return 'it is not there';
    case 'ELOOP':
      return 'it is a link, and links are not followed here';
    case 'EIO':
      return 'the disk does not work';
    default:
      return code ?? message;
  }
}
