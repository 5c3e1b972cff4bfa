// Starts and stops the cluster's programs, known by pid and start time, so that a recycled pid is never signalled.

import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process of ours. A pid alone may be somebody else's by now; pid and start time together may not. */
export interface ProcessIdentity {
  readonly name: string;
  readonly pid: number;
  /** Start time in clock ticks since boot, field 22 of `/proc/PID/stat`. */
  readonly startTicks: string;
}

/**
 * Start time of a living process in clock ticks, or undefined when it is gone or only a zombie is left.
 * A killed program's first thread may be a zombie before its other threads have ended, and until the last one has, its
 * ports stay taken.
 */
export function startTicksOf(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The program's name stands in brackets and may hold anything: count the fields behind the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' && Number(fields[17]) <= 1 ? undefined : fields[19];
}

/** Is this very process still there? */
export function isAlive(identity: { readonly pid: number; readonly startTicks: string }): boolean {
  return startTicksOf(identity.pid) === identity.startTicks;
}

/**
 * Starts a program that outlives us, its output appended to a file.
 * Its environment is bare: neither proxies nor a KUBECONFIG of ours may reach it.
 * @throws {Error} when it cannot be started
 */
export function startDetached(
  name: string,
  argv: readonly string[],
  logFile: string,
  homeFolder: string,
): ProcessIdentity {
  const [program = '', ...args] = argv;
  const log = openSync(logFile, 'a');
  try {
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: homeFolder,
      // Memory is not short, processors are: the garbage collectors of Go's programs take their share less often.
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: homeFolder, GOGC: '400' },
    });
    child.on('error', () => undefined); // told below: a program that did not start has no pid
    child.unref();
    const startTicks = child.pid === undefined ? undefined : startTicksOf(child.pid);
    if (child.pid === undefined || startTicks === undefined) {
      throw new Error(`${name} could not be started: ${program}. See ${logFile}`);
    }
    return { name, pid: child.pid, startTicks };
  } finally {
    closeSync(log);
  }
}

function signal(identity: ProcessIdentity, name: 'SIGTERM' | 'SIGKILL'): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function waitUntilGone(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isAlive(identity)) {
    if (Date.now() >= deadline) return false;
    // Polling is all there is for a process that is not our child.
    // oxlint-disable-next-line no-await-in-loop
    await sleep(20);
  }
  return true;
}

/**
 * Asks a process to end, and ends it when it does not within `graceMs`.
 * @throws {Error} when it is still there after SIGKILL
 */
export async function stopProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  signal(identity, 'SIGTERM');
  if (await waitUntilGone(identity, graceMs)) return;
  signal(identity, 'SIGKILL');
  if (await waitUntilGone(identity, 5000)) return;
  throw new Error(`${identity.name} (pid ${String(identity.pid)}) is still there after SIGKILL`);
}
