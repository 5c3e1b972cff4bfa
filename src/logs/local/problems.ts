/** What can go wrong with logs on the node itself, as errors that say which file and what now. */
import { exitCodes, KmaintError } from '../../errors.ts';

export type LocalLogErrorCode = 'logs.local-denied' | 'logs.local-unreadable' | 'logs.local-runtime';

/** What the system said to `path`. */
export function fileProblem(path: string, error: unknown): KmaintError {
  const code = codeOf(error);
  if (code === 'EACCES' || code === 'EPERM') {
    return new KmaintError(`${path} may not be read: logs on the node belong to root`, {
      code: 'logs.local-denied',
      exitCode: exitCodes.refused,
      hint: 'run the same command as root: sudo kmaint logs --local …',
      cause: error,
    });
  }
  return new KmaintError(`${path} cannot be read: ${reasonOf(error)}`, {
    code: 'logs.local-unreadable',
    exitCode: exitCodes.incomplete,
    hint: `ls -lL ${path}`,
    cause: error,
  });
}

/** The container runtime could not be asked. */
export function runtimeProblem(why: string): KmaintError {
  return new KmaintError(`the container runtime did not answer: ${why}`, {
    code: 'logs.local-runtime',
    exitCode: exitCodes.incomplete,
    hint: 'crictl info',
  });
}

/** The system's code for what happened, such as `ENOENT`; empty for what is no answer of the system. */
export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? '';
}

/** Neither it nor a folder on the way to it is there. */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
}

function reasonOf(error: unknown): string {
  switch (codeOf(error)) {
    case 'ELOOP':
      return 'its links lead in a circle, or to another link';
    case 'EIO':
      return 'the disk does not work';
    case 'EMFILE':
    case 'ENFILE':
      return 'too many files are open; ulimit -n raises the limit';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
