/** `kmaint node-logs`: reads the logs of nodes, through the API server or by journalctl, and says how it ended. */
import type { Io } from '../../cli/io.ts';
import { anySignal, type Clock } from '../../clock.ts';
import type { LogCluster } from '../../cluster/log-cluster.ts';
import { exitCodes, InterruptedError, KmaintError, UsageError, type ExitCode } from '../../errors.ts';
import { createLineWriter, type LineWriter } from '../../report/line-writer.ts';
import { createSink } from '../../report/sink.ts';
import { endOrLate, flushUntil, parting } from '../parting.ts';
import { parseJournalTime } from './journal-time.ts';
import type { NodeLogsOptions } from './options.ts';
import { readNode } from './read-node.ts';
import { runJournalctl, type JournalctlDeps } from './run-journalctl.ts';

export interface NodeLogsWorld extends Pick<JournalctlDeps, 'runProgram' | 'runForeground'> {
  readonly io: Pick<Io, 'stdout' | 'stderr' | 'env' | 'workingDirectory'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly programName: string;
  readonly warnings: readonly string[];
  /** The cluster; only called for `via: api`. */
  open(): Promise<Pick<LogCluster, 'kubectl' | 'openNodeLog' | 'close'>>;
}

/**
 * Resolves to the exit code: 0, or 1 when the log of a node could not be read while others could. A reader of stdout that
 * has seen enough ends it in good order.
 *
 * @throws UsageError for times that are none; KmaintError when nothing can be read
 */
export async function runNodeLogs(world: NodeLogsWorld, options: NodeLogsOptions): Promise<ExitCode> {
  const { io, signal } = world;
  const stderr = createSink(io.stderr);
  for (const message of world.warnings) stderr.write(`warning: ${message}\n`);
  const left = new AbortController();
  const stdout = createLineWriter(io.stdout, () => left.abort(new ReaderLeft()));
  const until = anySignal(signal, left.signal);
  const say = (text: string): void => stderr.write(`${text}\n`);
  const late = parting(world.clock, signal);
  try {
    return await read({ ...world, signal: until, stdout, say }, options, (run) => endOrLate(run, late, signal));
  } finally {
    await flushUntil(late, stdout, stderr);
    // What the other nodes still do is for nobody.
    left.abort(new ReaderLeft());
  }
}

async function read(
  parts: Parts,
  options: NodeLogsOptions,
  inTime: (run: Promise<ExitCode>) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { stdout } = parts;
  try {
    const exitCode = await inTime(
      options.via === 'api' ? throughApi(parts, options) : throughJournalctl(parts, options),
    );
    await stdout.flush();
    if (stdout.failure) throw new ReaderLeft();
    return exitCode;
  } catch (error) {
    if (error instanceof ReaderLeft) {
      if (stdout.failure && stdout.failure.code !== 'EPIPE') throw unwritable(stdout.failure);
      return exitCodes.done;
    }
    // Ctrl-C is how a tail ends: no news.
    if (error instanceof InterruptedError) return error.exitCode;
    throw error;
  }
}

/** The reason of the signal when whoever read stdout is gone. */
class ReaderLeft extends Error {}

function unwritable(failure: Error): KmaintError {
  return new KmaintError(`could not write to standard output: ${failure.message}`, {
    code: 'output.failed',
    exitCode: exitCodes.incomplete,
  });
}

interface Parts extends NodeLogsWorld {
  readonly stdout: LineWriter;
  readonly say: (text: string) => void;
}

function throughJournalctl({ io, stdout, ...parts }: Parts, options: NodeLogsOptions): Promise<ExitCode> {
  const terminal = io.stdout.isTTY === true;
  const write = (bytes: string): Promise<void> | undefined => stdout.write(bytes);
  return runJournalctl({ ...parts, env: io.env, cwd: io.workingDirectory, terminal, write }, options);
}

async function throughApi(parts: Parts, options: NodeLogsOptions): Promise<ExitCode> {
  const nowMs = parts.clock.now();
  const problems: string[] = [];
  const moment = (flag: string, text: string | undefined): number | undefined => {
    const parsed = text === undefined ? undefined : parseJournalTime(text, nowMs);
    if (parsed && 'problem' in parsed) problems.push(`${flag}: ${parsed.problem}`);
    return parsed && 'value' in parsed ? parsed.value : undefined;
  };
  const times = { sinceMs: moment('--since', options.since), untilMs: moment('--until', options.until) };
  if ((times.sinceMs ?? -Infinity) > (times.untilMs ?? Infinity)) problems.push('--since is after --until');
  if (problems.length > 0) throw new UsageError(problems, { hint: `${parts.programName} node-logs --help` });
  const cluster = await parts.open();
  try {
    const several = options.nodes.length > 1;
    const errors = await Promise.all(
      options.nodes.map(async (node) => {
        const say = (text: string): void => parts.say(several ? `node ${node}: ${text}` : text);
        const terminal = parts.io.stdout.isTTY === true;
        const world = { ...parts, cluster, kubectl: cluster.kubectl, say, terminal };
        const error = await failureOf(readNode(world, node, options, times));
        if (error && several) say(`error: ${error.message}${error.hint === undefined ? '' : `\n  ${error.hint}`}`);
        return error;
      }),
    );
    return exitCodeOf(errors, several);
  } finally {
    cluster.close();
  }
}

/** What ends one node is no reason to end the others. */
async function failureOf(work: Promise<void>): Promise<KmaintError | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof KmaintError && !(error instanceof InterruptedError)) return error;
    throw error;
  }
}

function exitCodeOf(errors: readonly (KmaintError | undefined)[], several: boolean): ExitCode {
  const [first] = errors;
  if (!several && first) throw first;
  if (errors.every((error) => error === undefined)) return exitCodes.done;
  return errors.every((error) => error?.exitCode === first?.exitCode) ? (first?.exitCode ?? 0) : exitCodes.incomplete;
}
