/** What the answers of the programs mean that are run in a container to read a file there. */
import type { ContainerRef } from '../../cluster/container-log.ts';
import type { ExecEnd } from '../../cluster/exec-status.ts';
import { ClusterError } from '../../errors.ts';
import { shellQuoted } from '../../cli/command-line.ts';
import type { Kubectl } from '../../cli/kubectl.ts';
import { isAbsent } from './programs.ts';

export type SizeAnswer =
  | { readonly kind: 'size'; readonly bytes: number }
  /** It is not there, or may not be looked at. */
  | { readonly kind: 'missing'; readonly why: string }
  | { readonly kind: 'other'; readonly end: ExecEnd };

export function readSize(end: ExecEnd, stdout: string, stderr: string): SizeAnswer {
  if (end.kind !== 'exited') return { kind: 'other', end };
  const digits = /^\s*(\d{1,15})(?=\s|$)/.exec(stdout)?.[1];
  if (end.code === 0 && digits !== undefined) return { kind: 'size', bytes: Number(digits) };
  if (end.code > 0 && end.code < 126) return { kind: 'missing', why: withoutName(stderr) };
  return { kind: 'other', end };
}

/** What tail says of its own ways, and not of the file. */
const ownMatters = /reverting to polling|inotify (?:cannot|resources)|unrecognized file system type/;

export type AboutFile = 'same' | 'another' | 'another after the rest';

/**
 * Whether, by these words of tail, another file is read now, or the same one once more from its beginning. busybox says
 * so before it has read the rest of the file that was there, coreutils when it has.
 */
export function aboutFile(words: string): AboutFile {
  if (ownMatters.test(words)) return 'same';
  return /following end of new file|has been renamed or deleted/.test(words) ? 'another after the rest' : 'another';
}

/** `tail: cannot open …` without the name in front, which is not what went wrong. */
export function withoutName(stderr: string): string {
  const [first = ''] = stderr.trim().split('\n', 1);
  return first.replace(/^(?:\S*\/)?(?:stat|wc|tail|busybox): /, '');
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
  /** Writes commands of hints. */
  readonly kubectl: Kubectl;
}

/** What is to be done when the program has ended, or was never begun. */
export function afterTail(end: ExecEnd, reading: Reading): AfterTail {
  switch (end.kind) {
    case 'exited':
      return afterExit(end.code, reading);
    case 'not-started':
      return isAbsent(end) ? { kind: 'failed', error: noProgram(reading) } : { ...end, kind: 'again' };
    case 'refused':
      return { kind: 'failed', error: end.error };
    case 'cut':
    case 'gone':
      return { kind: 'again', message: end.message };
  }
}

function afterExit(code: number, reading: Reading): AfterTail {
  if (isAbsent({ kind: 'exited', code })) return { kind: 'failed', error: noProgram(reading) };
  if (code === 0 && !reading.follow) return { kind: 'done' };
  if (code === 0 || code >= 128) return { kind: 'again', message: `tail ended in the container (exit code ${code})` };
  const why = withoutName(reading.stderr);
  if (isTooLong(why)) return { kind: 'failed', error: tooLong(reading) };
  return { kind: 'failed', error: unreadableFile(reading, why || `exit code ${code}`) };
}

/** What the end of a program means that was to print a part of the file, and printed less. */
export function afterPart(end: ExecEnd, stderr: string): ExecEnd {
  if (end.kind !== 'exited' || isAbsent(end) || isTooLong(withoutName(stderr))) return end;
  return { kind: 'cut', message: 'the file has changed' };
}

const isTooLong = (why: string): boolean => /^invalid number\b/.test(why);

type File = Pick<Reading, 'ref' | 'path' | 'kubectl'>;

/** The file is not there, or tail cannot read it. */
export function unreadableFile({ ref, path, kubectl }: File, why: string): ClusterError {
  return new ClusterError(
    `${path} in ${placeOf(ref)} could not be read: ${why}. Next: ${execIn(ref, kubectl)} ls -la ${shellQuoted(folderOf(path))}`,
    { code: 'cluster.invalid' },
  );
}

/** busybox's tail counts with 32 bits. */
function tooLong({ ref, path, kubectl }: File): ClusterError {
  return new ClusterError(
    `${path} in ${placeOf(ref)} could not be read: it is so long that the tail of its image cannot count to its end. ` +
      `Next: ${execIn(ref, kubectl)} tail -n 100 -F -- ${shellQuoted(path)}`,
    { code: 'cluster.invalid' },
  );
}

function execIn({ namespace, pod, container }: ContainerRef, kubectl: Kubectl): string {
  return `${kubectl('exec', '-n', namespace, pod, '-c', container)} --`;
}

/** Beginning with a dot where it might be taken for a flag. */
function folderOf(path: string): string {
  const end = path.lastIndexOf('/');
  if (end < 0) return '.';
  return end === 0 ? '/' : path.slice(0, end).replace(/^-/, './-');
}

function noProgram({ ref, path, kubectl }: Reading): ClusterError {
  const root = path.startsWith('/') ? '/proc/1/root' : '/proc/1/cwd/';
  const { namespace, pod, container } = ref;
  const shell = kubectl('debug', '-n', namespace, pod, '-it', '--image=busybox', `--target=${container}`);
  return new ClusterError(
    `${path} in ${placeOf(ref)} cannot be read: its image has no tail, or neither stat nor wc. Next: ${shell} -- tail -F ${shellQuoted(root + path)}`,
    { code: 'cluster.invalid' },
  );
}

function placeOf({ namespace, pod, container }: ContainerRef): string {
  return `${namespace}/${pod}, container ${container},`;
}
