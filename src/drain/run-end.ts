/** The end of a whole run: its exit code, and the commands that go back or on. */
import { exitCodes, type ExitCode } from '../errors.ts';
import type { Event } from '../report/events.ts';
import type { NodeRun } from './node-run.ts';
import type { DrainOptions } from './options.ts';
import { combineExitCodes, outcomeOf } from './outcome.ts';
import { liftingFlags } from './plan.ts';
import type { World } from './world.ts';

export interface RunEnd {
  /** Named in the journal; undefined while nothing was begun. */
  readonly runId: string | undefined;
  readonly ended?: 'declined' | undefined;
  /** Nodes that the run did not come to. */
  readonly untouched?: readonly string[] | undefined;
  /** Nodes that its journal has, which a resume can go on with; undefined: all. */
  readonly journalled?: readonly string[] | undefined;
}

export type RunFinished = Extract<Event, { readonly type: 'run.finished' }>;

/** The last event of the run. */
export function runEnd(
  { commandLine }: Pick<World, 'commandLine'>,
  { dryRun }: Pick<DrainOptions, 'dryRun'>,
  verb: string,
  runs: readonly NodeRun[],
  { runId, ended, untouched = [], journalled }: RunEnd,
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
    resume: failed ? resumeCommands(commandLine, runs, exitCode, begun ? { runId, journalled } : undefined) : [],
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

/** A node that was refused before the run began is not in its journal: for that one the command is typed again. */
function resumeCommands(
  commandLine: World['commandLine'],
  runs: readonly NodeRun[],
  exitCode: ExitCode,
  begun: { readonly runId: string; readonly journalled: readonly string[] | undefined } | undefined,
): readonly string[] {
  const again = (of: readonly NodeRun[]): string => commandLine.again(liftingFlags(of.map(({ plan }) => plan)));
  if (!begun) return [exitCode === exitCodes.refused ? again(runs) : commandLine.again()];
  const { runId, journalled } = begun;
  const left = runs.filter(({ result }) => result?.exitCode !== exitCodes.done);
  const strangers = left.filter(({ node }) => journalled && !journalled.includes(node.name));
  return [
    ...(left.length > strangers.length ? [commandLine.command(['resume', runId])] : []),
    ...(strangers.length > 0 ? [again(strangers)] : []),
  ];
}
