/** Tells a living process from a dead one whose number was given out again. */
import { readFile } from 'node:fs/promises';

/**
 * @param os Node's name for it
 * @param isAlive whether there is a process of that number
 * @returns clock ticks since boot, from field 22 of `/proc/PID/stat`; `unknown` for a process on a system without;
 *   undefined when there is none
 */
export async function processStart(
  pid: number,
  os: string,
  isAlive: (pid: number) => boolean,
): Promise<string | undefined> {
  if (!isAlive(pid)) return undefined;
  if (os !== 'linux') return 'unknown';
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, in brackets, may itself hold spaces and brackets.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended, though nobody has taken note yet.
    return fields[0] === 'Z' ? undefined : (fields[19] ?? 'unknown');
  } catch {
    // It may have ended between the two questions; without a /proc nobody knows more.
    return isAlive(pid) ? 'unknown' : undefined;
  }
}
