/** The programs that are run in a container to read a file there, and what their answers mean. */
import type { ContainerRef } from '../../cluster/container-log.ts';
import type { ExecEnd } from '../../cluster/exec-status.ts';
import { ClusterError } from '../../errors.ts';
import { shellQuoted } from '../node/journalctl.ts';

/** Prints the length of the file in bytes, without reading it. */
export function sizeCommand(path: string): readonly string[] {
  return ['stat', '-L', '-c', '%s', '--', path];
}

/** Prints the file from that byte on, counted from 0; `follow` goes on by name, over rotation. */
export function readCommand(path: string, from: number, follow: boolean): readonly string[] {
  return ['tail', '-c', `+${from + 1}`, ...(follow ? ['-F'] : []), '--', path];
}

export type SizeAnswer =
  | { readonly kind: 'size'; readonly bytes: number }
  /** It is not there, or may not be looked at. */
  | { readonly kind: 'missing'; readonly why: string }
  | { readonly kind: 'other'; readonly end: ExecEnd };

export function readSize(end: ExecEnd, stdout: string, stderr: string): SizeAnswer {
  if (end.kind !== 'exited') return { kind: 'other', end };
  const digits = /^\d{1,15}$/.exec(stdout.trim())?.[0];
  if (end.code === 0 && digits !== undefined) return { kind: 'size', bytes: Number(digits) };
  if (end.code > 0 && end.code < 126) return { kind: 'missing', why: withoutName(stderr) };
  return { kind: 'other', end };
}

/** What tail says of its own ways, and not of the file. */
const ownMatters = /inotify|unrecognized file system type|polling/;

/** After these words another file is read, from its beginning, or the same one once more. */
export function tellsOfAnotherFile(words: string): boolean {
  return !ownMatters.test(words);
}

/** `tail: cannot open …` without the name in front, which is not what went wrong. */
export function withoutName(stderr: string): string {
  const [first = ''] = stderr.trim().split('\n', 1);
  return first.replace(/^(?:\S*\/)?(?:stat|tail|busybox): /, '');
}

export type AfterTail =
  | { readonly kind: 'done' }
  | { readonly kind: 'again'; readonly message: string }
  | { readonly kind: 'failed'; readonly error: ClusterError };

export interface Reading {
  readonly ref: ContainerRef;
  readonly path: string;
  readonly follow: boolean;
  /** What the program said of what went wrong. */
  readonly stderr: string;
}

/** What is to be done when the program has ended, or was never begun. */
export function afterTail(end: ExecEnd, reading: Reading): AfterTail {
  switch (end.kind) {
    case 'exited':
      return afterExit(end.code, reading);
    case 'not-started':
      return isAbsent(end.message) ? { kind: 'failed', error: noProgram(reading) } : { ...end, kind: 'again' };
    case 'refused':
      return { kind: 'failed', error: end.error };
    case 'cut':
    case 'gone':
      return { kind: 'again', message: end.message };
  }
}

function afterExit(code: number, reading: Reading): AfterTail {
  // 126 and 127 are what runtimes and shells say of a program that is not there.
  if (code === 126 || code === 127) return { kind: 'failed', error: noProgram(reading) };
  if (code === 0 && !reading.follow) return { kind: 'done' };
  if (code === 0 || code >= 128) return { kind: 'again', message: `tail ended in the container (exit code ${code})` };
  return { kind: 'failed', error: unreadableFile(reading, withoutName(reading.stderr) || `exit code ${code}`) };
}

/** As runc and crun put it; a container that is just ending is refused in other words. */
function isAbsent(message: string): boolean {
  return /executable file not found|exec: "[^"]*": |executable file `[^`]*` not found/i.test(message);
}

/** The file is not there, or tail cannot read it. */
export function unreadableFile({ ref, path }: Pick<Reading, 'ref' | 'path'>, why: string): ClusterError {
  return new ClusterError(`${path} in ${placeOf(ref)} could not be read: ${why}`, { code: 'cluster.invalid' });
}

function noProgram({ ref, path }: Reading): ClusterError {
  const root = path.startsWith('/') ? '/proc/1/root' : '/proc/1/cwd/';
  const { namespace, pod, container } = ref;
  const debug = `kubectl debug -n ${namespace} ${pod} -it --image=busybox --target=${container} -- tail -F`;
  return new ClusterError(
    `${path} in ${placeOf(ref)} cannot be read: its image has no stat or no tail. Next: ${debug} ${shellQuoted(root + path)}`,
    { code: 'cluster.invalid' },
  );
}

function placeOf({ namespace, pod, container }: ContainerRef): string {
  return `${namespace}/${pod}, container ${container},`;
}
