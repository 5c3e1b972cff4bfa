/** Reads the journal by journalctl itself: of this machine, or of nodes over ssh. */
import { exitCodes, KmaintError, type ExitCode } from '../../errors.ts';
import type { ForegroundOptions, ForegroundOutcome } from '../../process/foreground.ts';
import type { RunProgram } from '../../process/run.ts';
import { bytesOf } from '../line.ts';
import { neutraliser, neutraliseJson } from '../format/neutralise.ts';
import { entryOfJson } from './journal-json.ts';
import { callFor, type ProgramCall } from './journalctl.ts';
import type { NodeLogsOptions } from './options.ts';

export interface JournalctlDeps {
  readonly runProgram: RunProgram;
  readonly runForeground: (options: ForegroundOptions) => Promise<ForegroundOutcome>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly signal: AbortSignal;
  /** stdout is a terminal. */
  readonly terminal: boolean;
  /** Whole lines, as bytes. */
  readonly write: (bytes: string) => Promise<void> | undefined;
  readonly say: (text: string) => void;
}

/** True where journalctl can have the terminal to itself: nothing of what it prints has to be changed. */
export function inForeground({ nodes, output }: NodeLogsOptions): boolean {
  return nodes.length < 2 && output !== 'json';
}

/**
 * One journal runs in the foreground and prints for itself. Several, and JSON, are collected and printed when they are
 * whole: that is not for `--follow`.
 */
export async function runJournalctl(deps: JournalctlDeps, options: NodeLogsOptions): Promise<ExitCode> {
  const nodes = options.nodes.length === 0 ? [undefined] : options.nodes;
  if (inForeground(options)) return foreground(deps, callFor(options, nodes[0]), nodes[0]);
  const ends = await Promise.all(nodes.map((node) => collected(deps, options, node, nodes.length > 1)));
  return ends.every((done) => done) ? exitCodes.done : exitCodes.incomplete;
}

async function foreground(deps: JournalctlDeps, call: ProgramCall, node: string | undefined): Promise<ExitCode> {
  const { runForeground, env, cwd, signal } = deps;
  const outcome = await runForeground({ ...call, env, cwd, signal });
  signal.throwIfAborted();
  switch (outcome.kind) {
    case 'exited':
      return ended(call, node, outcome.exitCode);
    case 'killed':
      // A reader that has seen enough.
      if (outcome.signalName === 'SIGPIPE') return exitCodes.done;
      throw failed(call, node, `was ended by ${outcome.signalName}`);
    case 'not-found':
      throw absent(call);
    case 'not-started':
      throw failed(call, node, `could not be started: ${outcome.why}`);
  }
}

/** journalctl says why itself; 1 is also its answer where `--grep` finds nothing. */
function ended(call: ProgramCall, node: string | undefined, exitCode: number): ExitCode {
  if (exitCode === 0) return exitCodes.done;
  if (call.file === 'ssh' && exitCode === 255) throw failed(call, node, 'could not connect');
  if (call.file === 'ssh' && exitCode === 127) throw failed(call, node, 'found no journalctl on the node');
  return exitCodes.incomplete;
}

async function collected(
  deps: JournalctlDeps,
  options: NodeLogsOptions,
  node: string | undefined,
  prefixed: boolean,
): Promise<boolean> {
  const { runProgram, env, cwd, signal, say } = deps;
  const call = callFor(options, node);
  const at = node === undefined ? '' : `node ${node}: `;
  const outcome = await runProgram({ ...call, env, cwd, stdin: 'ignore', stderr: 'pipe', signal });
  if (outcome.kind === 'not-found') throw absent(call);
  if (outcome.kind === 'not-started') throw failed(call, node, `could not be started: ${outcome.why}`);
  await print(deps, options, outcome.stdout, node, prefixed);
  for (const line of outcome.stderr.split('\n')) if (line !== '') say(`${at}${line}`);
  if (outcome.kind === 'exited' && outcome.exitCode === 0) return true;
  const how = outcome.kind === 'exited' ? `ended with ${outcome.exitCode}` : 'was ended';
  say(`error: ${at}${call.file} ${how}`);
  return false;
}

async function print(
  { write, terminal }: JournalctlDeps,
  { output, file }: NodeLogsOptions,
  text: string,
  node: string | undefined,
  prefixed: boolean,
): Promise<void> {
  const neutral = neutraliser('escape') ?? ((bytes) => bytes);
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (const line of lines) {
    if (output === 'json') {
      const entry = file === undefined ? entryOfJson(line, node) : { node, file, message: line };
      const bytes = bytesOf(`${JSON.stringify(entry ?? { node, message: line })}\n`);
      await write(terminal ? neutraliseJson(bytes) : bytes);
    } else {
      const bytes = bytesOf(`${prefixed ? `${node} ` : ''}${line}\n`);
      await write(terminal ? neutral(bytes) : bytes);
    }
  }
}

function absent({ file }: ProgramCall): KmaintError {
  return new KmaintError(`there is no ${file} on this machine: it is not in the PATH`, {
    code: 'node-logs.no-program',
    exitCode: exitCodes.incomplete,
    hint:
      file === 'ssh'
        ? 'install an ssh client, or use --via api'
        : 'on a machine without systemd: --file NAME, or --via api NODE',
  });
}

function failed({ file }: ProgramCall, node: string | undefined, why: string): KmaintError {
  return new KmaintError(`${file}${node === undefined ? '' : ` to node ${node}`} ${why}`, {
    code: 'node-logs.program',
    exitCode: exitCodes.incomplete,
    hint: file === 'ssh' ? `try: ssh ${node} -- true` : undefined,
  });
}
