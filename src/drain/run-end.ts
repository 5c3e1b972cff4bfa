/** The end of a whole run: its exit code, and the commands that go back or on. */
import { exitCodes, type ExitCode } from '../errors.ts';
import type { Event } from '../report/events.ts';
import type { NodeRun } from './node-run.ts';
import type { DrainOptions } from './options.ts';
import { combineExitCodes, outcomeOf } from './outcome.ts';
import type { World } from './world.ts';

export interface RunEnd {
  /** Named in the journal; undefined while nothing was begun. */
  readonly runId: string | undefined;
  readonly ended?: 'declined' | undefined;
  /** Nodes that the run did not come to. */
  readonly untouched?: readonly string[] | undefined;
}

export type RunFinished = Extract<Event, { readonly type: 'run.finished' }>;

/** The last event of the run. */
export function runEnd(
  { commandLine }: Pick<World, 'commandLine'>,
  { dryRun }: Pick<DrainOptions, 'dryRun'>,
  verb: string,
  runs: readonly NodeRun[],
  { runId, ended, untouched = [] }: RunEnd,
): RunFinished {
  const exitCode = ended ? exitCodes.refused : combineExitCodes(runs.map(({ result }) => result?.exitCode ?? 0));
  const unfinished = runs.filter(({ result }) => result?.exitCode !== exitCodes.done).map(({ node }) => node.name);
  const cordoned = runs.filter(({ cordonedByUs }) => cordonedByUs).map(({ node }) => node.name);
  const failed = exitCode !== exitCodes.done;
  const changed = verb === 'resume' || runs.some(({ hold }) => hold !== undefined);
  const begun = runId !== undefined && dryRun === 'none' && changed;
  return {
    type: 'run.finished',
    verb,
    outcome: ended ?? outcomeOf(exitCode),
    exitCode,
    message: ended ? 'not confirmed' : failed && runs.length > 1 ? messageOf(unfinished, untouched) : undefined,
    undo: failed && begun && cordoned.length > 0 ? [commandLine.command(['uncordon', ...cordoned])] : [],
    resume: failed ? [resumeCommand(commandLine, runs, exitCode, begun ? runId : undefined)] : [],
  };
}

function messageOf(unfinished: readonly string[], untouched: readonly string[]): string {
  const begun = unfinished.filter((name) => !untouched.includes(name));
  const parts = [
    ...(begun.length > 0 ? [`not drained: ${begun.join(', ')}`] : []),
    ...(untouched.length > 0 ? [`not begun: ${untouched.join(', ')}`] : []),
  ];
  return parts.join('; ');
}

function resumeCommand(
  commandLine: World['commandLine'],
  runs: readonly NodeRun[],
  exitCode: ExitCode,
  runId: string | undefined,
): string {
  if (runId !== undefined) return commandLine.command(['resume', runId]);
  return commandLine.again(exitCode === exitCodes.refused ? liftingFlags(runs) : []);
}

/** What would let a refused drain go on, when flags alone can. */
function liftingFlags(runs: readonly NodeRun[]): readonly string[] {
  const flags = runs.flatMap(({ plan }) => plan.pods.flatMap(({ blockers }) => blockers.map(({ flag }) => flag)));
  return flags.every((flag) => flag !== undefined) ? [...new Set(flags)] : [];
}
