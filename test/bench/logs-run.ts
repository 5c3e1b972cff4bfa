/** Runs a reader of logs and says how long it took, what it used and how many lines it printed. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogServer } from './log-server.ts';
import type { CommandLine } from './logs-tools.ts';

/** GNU time: the only one who sees the peak memory of a process that has ended. */
const timePath = '/usr/bin/time';

export interface Outcome {
  readonly seconds: number;
  /** User and system time. */
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
  readonly lines: number;
  /** The file that was written, until {@link Workplace.remove}. */
  readonly file: string;
}

/** A folder for outputs. */
export interface Workplace {
  readonly folder: string;
  remove(): void;
}

/** @throws {Error} where GNU time is absent */
export function createWorkplace(): Workplace {
  if (!existsSync(timePath)) throw new Error(`${timePath} is missing: apt-get install time`);
  const folder = mkdtempSync(join(tmpdir(), 'kmaint-bench-logs-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface RunOptions {
  /** `file`: written to one; `pipe`: into `wc -l`. */
  readonly sink: 'file' | 'pipe';
  /** For a tool that never ends by itself: it is ended once its file has that size, or has not grown for a while. */
  readonly untilBytes?: number | undefined;
}

/** Runs it to its end. */
export async function runTool(
  command: CommandLine,
  server: LogServer,
  { folder }: Workplace,
  { sink, untilBytes }: RunOptions,
): Promise<Outcome> {
  const file = join(folder, 'output');
  const usage = join(folder, 'usage');
  rmSync(usage, { force: true });
  const timed = [timePath, '-o', usage, '-f', '%U %S %M', command.file, ...command.args];
  const output = openSync(file, 'w');
  const errors = openSync(join(folder, 'errors'), 'w');
  try {
    const words = sink === 'file' ? timed : ['sh', '-c', '"$@" | wc -l', 'sh', ...timed];
    const startMs = performance.now();
    const child = startGroup(words, command, server, [output, errors]);
    const ended = endOf(child);
    const stoppedAtMs = untilBytes === undefined ? undefined : await stopWhenDone(child, file, untilBytes);
    const code = await ended;
    const seconds = ((stoppedAtMs ?? performance.now()) - startMs) / 1000;
    // kubetail ends itself, and GNU time, with a signal to its whole group.
    if (code !== 0 && untilBytes === undefined && command.name !== 'kubetail') {
      const words = readFileSync(join(folder, 'errors'), 'utf8').slice(0, 2000);
      throw new Error(`${command.name} ended with ${String(code)}: ${words}`);
    }
    const lines = Number(
      sink === 'pipe' ? readFileSync(file, 'utf8') : execFileSync('wc', ['-l', file]).toString().split(' ')[0],
    );
    return { seconds, lines, file, ...readUsage(usage) };
  } finally {
    closeSync(output);
    closeSync(errors);
  }
}

/** Starts it as the leader of a process group, so that it and what it started can be ended together. */
export function startGroup(
  [file = '', ...words]: readonly string[],
  { env }: CommandLine,
  { home, kubeconfig }: LogServer,
  [output, errors]: readonly [number | 'pipe', number],
): ChildProcess {
  const { PATH = '' } = process.env;
  return spawn(file, words, {
    detached: true,
    stdio: ['ignore', output, errors],
    env: { PATH, HOME: home, KUBECONFIG: kubeconfig, ...env },
  });
}

/** Its exit code; a death by a signal counts as 128. */
export function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 128));
  });
}

/** Interrupts the group, and kills what is left of it 5 s later; GNU time outlives the interrupt and tells the usage. */
export async function endGroup(child: ChildProcess): Promise<void> {
  const ended = endOf(child);
  signalGroup(child, 'SIGINT');
  const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), 5000);
  if (child.exitCode === null && child.signalCode === null) await ended;
  clearTimeout(timer);
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // All of it has ended.
  }
}

const pollMs = 25;
const idleMs = 3000;
const firstByteMs = 30_000;

/** Resolves with the moment at which the file had grown for the last time. */
async function stopWhenDone(child: ChildProcess, file: string, untilBytes: number): Promise<number> {
  let size = 0;
  let grewAtMs = performance.now();
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, pollMs));
    const now = statSync(file).size;
    if (now !== size) grewAtMs = performance.now();
    size = now;
    const patienceMs = size === 0 ? firstByteMs : idleMs;
    const isDone = size >= untilBytes || performance.now() - grewAtMs > patienceMs || child.exitCode !== null;
    if (isDone) break;
  }
  await endGroup(child);
  return grewAtMs;
}

/** What GNU time wrote; a line on a signal may come before the figures. Unknown where it was killed with its group. */
export function readUsage(file: string): { readonly cpuSeconds: number; readonly peakMegabytes: number } {
  if (!existsSync(file)) return { cpuSeconds: NaN, peakMegabytes: NaN };
  const last = readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? '';
  const [user = NaN, system = NaN, kilobytes = NaN] = last.split(' ').map(Number);
  return { cpuSeconds: user + system, peakMegabytes: kilobytes / 1000 };
}
