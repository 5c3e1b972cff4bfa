/** One node on its way through a run, and the facts that are told about its end. */
import type { Node } from '../cluster/node.ts';
import { exitCodes, isAbort, KmaintError } from '../errors.ts';
import type { DryRun } from '../report/events.ts';
import type { NodeDrainContext } from './node-drain.ts';
import type { NodeResult } from './node-result.ts';
import { exitCodeOf, outcomeOf } from './outcome.ts';
import type { Hold } from './ownership/hold.ts';
import { blockedHint, blockedText, isBlocked, type NodePlan } from './plan.ts';
import type { World } from './world.ts';

export interface NodeRun {
  readonly node: Node;
  readonly plan: NodePlan;
  startMs: number;
  /** The node is cordoned now and was not before the run. */
  cordonedByUs: boolean;
  hold: Hold | undefined;
  result: NodeResult | undefined;
  drained?: boolean;
  /** `node.finished` was said. */
  told: boolean;
}

/** A node whose plan says no is finished before anything begins. */
export function refusalOf(plan: NodePlan): NodeResult | undefined {
  if (!isBlocked(plan)) return undefined;
  const message = `${blockedText([plan])}; the node was left as it was`;
  return { exitCode: exitCodes.refused, gone: 0, left: [], message, hint: blockedHint([plan]) };
}

/** An error that ended a node's course, as its result; our own bugs are thrown on. */
export function failureOf(
  error: unknown,
  { signal, writes }: Pick<NodeDrainContext, 'signal' | 'writes'>,
  prefix: string,
): NodeResult {
  const aborted = isAbort(error, signal);
  const reason: unknown = aborted ? signal.reason : error;
  if (!(reason instanceof KmaintError)) throw error;
  return {
    exitCode: exitCodeOf(reason, writes.done),
    gone: 0,
    left: [],
    message: aborted ? reason.message : `${prefix}${reason.message}`,
    hint: reason.hint,
  };
}

/** Says once how the node ended. */
export function tellEnd({ report, clock }: Pick<World, 'report' | 'clock'>, run: NodeRun, dryRun: DryRun): void {
  if (!run.result || run.told) return;
  run.told = true;
  const { exitCode, gone, left, message, hint } = run.result;
  report.emit({
    type: 'node.finished',
    node: run.node.name,
    outcome: outcomeOf(exitCode),
    exitCode,
    gone,
    left,
    message,
    hint,
    cordonedByUs: run.cordonedByUs && dryRun === 'none',
    durationMs: clock.monotonic() - run.startMs,
    dryRun,
  });
}
