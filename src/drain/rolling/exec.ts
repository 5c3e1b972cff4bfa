/** Runs the user's program for one node: the work for whose sake it was drained. */
import type { Clock } from '../../clock.ts';
import type { RunOutcome, RunProgram } from '../../process/run.ts';
import { elapsedText } from '../../report/durations.ts';
import type { Report } from '../../report/report.ts';

/** Lines of output that stand in the message of a failure. */
const lastLines = 5;
/** Of each of them: a message is read by people. */
const longestInMessage = 300;

export interface ExecDependencies {
  readonly run: RunProgram;
  /** kmaint's own environment; the program gets it with KMAINT_NODE and KMAINT_RUN. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly report: Report;
  readonly clock: Clock;
  /** Name of the run in the journal, for KMAINT_RUN. */
  readonly runId: string;
}

export type ExecEnd = { readonly ok: true } | { readonly ok: false; readonly message: string };

/**
 * Runs `argv` as it is: no shell, no substitution, no stdin. Its output comes as details while it runs, line by line
 * with the names of node and program; only the last lines are kept. Exit code 0 is success; everything else is a failure
 * whose message ends with these.
 *
 * Rejects only with the signal's reason, after the program and its children were ended.
 */
export async function runForNode(
  { run, env, cwd, report, clock, runId }: ExecDependencies,
  node: { readonly name: string },
  argv: readonly string[],
  signal: AbortSignal,
): Promise<ExecEnd> {
  const [file, ...args] = argv;
  if (file === undefined) return { ok: false, message: 'there is no program to run' };
  // Only the program is named: arguments may hold secrets.
  report.emit({ type: 'node.waiting', node: node.name, waitsFor: 'exec', message: `runs ${file}` });
  const startMs = clock.monotonic();
  const last: string[] = [];
  const onLine = (line: string): void => {
    if (line.trim() === '') return;
    last.push(line);
    if (last.length > lastLines) last.shift();
    report.emit({ type: 'detail', message: `${node.name}: ${file}: ${line}` });
  };
  const outcome = await run({
    file,
    args,
    env: { ...env, KMAINT_NODE: node.name, KMAINT_RUN: runId },
    cwd,
    stdin: 'ignore',
    stderr: 'pipe',
    onLine,
    signal,
  });
  const took = elapsedText(clock.monotonic() - startMs);
  if (outcome.kind === 'exited' && outcome.exitCode === 0) {
    report.emit({ type: 'node.step', node: node.name, step: 'exec', message: `${file} ended well after ${took}` });
    return { ok: true };
  }
  const said = last.length === 0 ? '' : `: ${last.map(shortened).join(' | ')}`;
  return { ok: false, message: `${file} ${howItEnded(outcome, took)}${said}` };
}

function shortened(line: string): string {
  return line.length > longestInMessage ? `${line.slice(0, longestInMessage)}…` : line;
}

function howItEnded(outcome: RunOutcome, took: string): string {
  switch (outcome.kind) {
    case 'exited':
      return `ended with exit code ${outcome.exitCode} after ${took}`;
    case 'killed':
      return `was ended by ${outcome.signalName} after ${took}`;
    case 'timed-out':
      return `did not end in time (${took})`;
    case 'not-found':
      return 'was not found';
    case 'not-started':
      return `could not be started: ${outcome.why}`;
  }
}
