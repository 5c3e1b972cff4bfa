/** Which programs a container has to look at a file: coreutils', busybox's, or fewer. */
import type { ExecEnd } from '../../cluster/exec-status.ts';

/** What is tried in a container; each falls back once, to what more images have. */
export interface Programs {
  /** `wc` reads the whole file to tell its length. */
  readonly size: 'stat' | 'wc';
  /** By name, over rotation; or only by what is open, where busybox was built without more. */
  readonly follow: '-F' | '-f';
  /** There is a busybox, but nothing that is called after its parts. */
  readonly prefix: readonly 'busybox'[];
}

export const usualPrograms: Programs = { size: 'stat', follow: '-F', prefix: [] };

/** Prints the length of the file in bytes, in front of anything else. */
export function sizeCommand({ size, prefix }: Programs, path: string): readonly string[] {
  return [...prefix, ...(size === 'stat' ? ['stat', '-L', '-c', '%s'] : ['wc', '-c']), '--', path];
}

/** Prints the file from that byte on, counted from 0; `follow` goes on with what is written. */
export function readCommand(programs: Programs, path: string, from: number, follow: boolean): readonly string[] {
  return [...programs.prefix, 'tail', '-c', `+${from + 1}`, ...(follow ? [programs.follow] : []), '--', path];
}

/** With what to ask again for the length; undefined: there is nothing else, or the answer counts. */
export function otherSize(programs: Programs, end: ExecEnd, stderr: string): Programs | undefined {
  if (!isAbsent(end) && (end.kind !== 'exited' || end.code === 0 || !knowsNoOption(stderr))) return undefined;
  // No busybox at all, and not only no such part of it.
  if (end.kind === 'not-started' && programs.prefix.length > 0) return undefined;
  if (programs.size === 'stat') return { ...programs, size: 'wc' };
  return isAbsent(end) ? otherPrefix(programs) : undefined;
}

/** With what to read again; undefined: there is nothing else, or the answer counts. */
export function otherTail(programs: Programs, end: ExecEnd, stderr: string): Programs | undefined {
  if (isAbsent(end)) return otherPrefix(programs);
  if (end.kind !== 'exited' || end.code === 0) return undefined;
  return programs.follow === '-F' && knowsNoOption(stderr) ? { ...programs, follow: '-f' } : undefined;
}

function otherPrefix({ prefix, follow }: Programs): Programs | undefined {
  return prefix.length === 0 ? { prefix: ['busybox'], follow, size: 'stat' } : undefined;
}

/** The container has no such program. 126 and 127 are what runtimes, shells and busybox say then. */
export function isAbsent(end: ExecEnd): boolean {
  if (end.kind === 'exited') return end.code === 126 || end.code === 127;
  return end.kind === 'not-started' && notFound.test(end.message);
}

/** As runc and crun put it; a container that is just ending is refused in other words. */
const notFound = /executable file not found|exec: "[^"]*": |executable file `[^`]*` not found/i;

/** The program was built with fewer options than that. */
export function knowsNoOption(stderr: string): boolean {
  return /^\S+: (?:invalid|unrecognized|unknown|illegal) option\b/im.test(stderr);
}
