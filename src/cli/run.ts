/** Runs the work of a verb in its world and sees to it that every run ends with one `run.finished`. */
import type { Cluster } from '../cluster/cluster.ts';
import { outcomeOf } from '../drain/outcome.ts';
import type { CommandLine, World } from '../drain/world.ts';
import { exitCodes, isAbort, KmaintError, type ExitCode } from '../errors.ts';
import { version } from './about.ts';
import { openCluster, openReport, type ClusterLimits, type ClusterListeners, type Surroundings } from './context.ts';
import { conversationFlags } from './global-flags.ts';
import { runReport, type RunReport } from './run-report.ts';
import { terminalPrompt } from './terminal-prompt.ts';

/** What a verb's work is given. */
export interface Run extends Surroundings {
  readonly verb: string;
  readonly commandLine: CommandLine;
  /** Warnings of the settings, to be shown before the work begins. */
  readonly warnings: readonly string[];
}

type WorldWork = (world: World) => Promise<ExitCode>;

/**
 * Opens report and cluster, does the work, closes both. An error that ends the run is reported as its `run.finished`;
 * one that is no KmaintError is a bug, and thrown on.
 *
 * @returns the exit code of the work, or of the error
 */
export async function inWorld(run: Run, work: WorldWork, limits: ClusterLimits = {}): Promise<ExitCode> {
  const target = await openReport(run);
  const report = runReport(target, { warningsAsErrors: run.settings.get(conversationFlags.warningsAsErrors) });
  let exitCode: ExitCode;
  try {
    exitCode = await workInto(report, run, work, limits);
  } finally {
    report.release();
    await target.close();
  }
  // What was asked for did not arrive; a reader that has seen enough (EPIPE) is no failure.
  const lost = target.stdoutFailure !== undefined && target.stdoutFailure.code !== 'EPIPE';
  return lost && exitCode === exitCodes.done ? exitCodes.incomplete : exitCode;
}

async function workInto(report: RunReport, run: Run, work: WorldWork, limits: ClusterLimits): Promise<ExitCode> {
  const { io, settings, clock, signal, commandLine } = run;
  let cluster: Cluster | undefined;
  try {
    for (const message of run.warnings) report.emit({ type: 'warning', message });
    cluster = await openCluster(run, listeners(report, settings.get(conversationFlags.verbose)), limits);
    const { outside } = await import('./outside.ts');
    const prompt = terminalPrompt(io);
    const exitCode = await work({
      cluster,
      clock,
      report,
      prompt,
      signal,
      commandLine,
      ...(await outside(run, version)),
    });
    return report.exitCode ?? exitCode;
  } catch (thrown) {
    return endWith(thrown, run, report);
  } finally {
    cluster?.close();
  }
}

function endWith(thrown: unknown, { verb, signal, commandLine }: Run, report: RunReport): ExitCode {
  const error: unknown = isAbort(thrown, signal) ? signal.reason : thrown;
  const ours = error instanceof KmaintError;
  const exitCode = ours ? error.exitCode : exitCodes.bug;
  if (report.exitCode === undefined) {
    report.emit({
      type: 'run.finished',
      verb,
      outcome: outcomeOf(exitCode),
      exitCode,
      message: ours ? error.message : 'kmaint ran into a bug of its own',
      code: ours ? error.code : 'bug',
      hint: ours ? error.hint : undefined,
      undo: [],
      // Wrong words would only be wrong again; everything else may be put right and tried once more.
      resume: exitCode === exitCodes.usage ? [] : [commandLine.again()],
    });
  }
  if (!ours) throw thrown;
  return exitCode;
}

function listeners(report: RunReport, verbosity: number): ClusterListeners {
  return {
    warn: (message) => report.emit({ type: 'warning', message }),
    serverWarning: (message) => report.serverWarning(message),
    trace: verbosity >= 2 ? (message) => report.emit({ type: 'detail', message }) : undefined,
  };
}
