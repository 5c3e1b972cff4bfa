/** Cordons and uncordons nodes. */
import type { Node } from '../cluster/node.ts';
import { exitCodes, KmaintError, type ExitCode } from '../errors.ts';
import type { DryRun } from '../report/events.ts';
import { combineExitCodes, exitCodeOf, outcomeOf } from './outcome.ts';
import type { CordonOptions } from './options.ts';
import { retryTransient } from './retry.ts';
import { resolveNodes } from './targets.ts';
import type { World } from './world.ts';

/** How long a cordon is tried over passing errors of the API server. */
const retryBudgetMs = 30_000;

/**
 * `kmaint cordon` and `kmaint uncordon`: all nodes are resolved before any is changed; one that fails does not keep the
 * others from being tried, and unlike in kubectl it makes the command fail.
 *
 * @returns the exit code, after `run.finished` was emitted
 */
export async function cordonNodes(
  world: World,
  options: CordonOptions & { readonly unschedulable: boolean },
): Promise<ExitCode> {
  const { report, cluster, clock, commandLine } = world;
  const { unschedulable, dryRun } = options;
  const verb = unschedulable ? 'cordon' : 'uncordon';
  report.emit({ type: 'run.started', verb, identity: cluster.identity, dryRun });
  const nodes = await resolveNodes(world, options.targets);

  const codes: ExitCode[] = [];
  const changed: string[] = [];
  const failed: string[] = [];
  for (const node of nodes) {
    const startMs = clock.monotonic();
    try {
      if (await setUnschedulable(world, node, unschedulable, dryRun)) changed.push(node.name);
      codes.push(exitCodes.done);
    } catch (error) {
      if (!(error instanceof KmaintError)) throw error;
      failed.push(node.name);
      const exitCode = exitCodeOf(error, changed.length > 0);
      codes.push(exitCode);
      report.emit({
        type: 'node.finished',
        node: node.name,
        outcome: outcomeOf(exitCode),
        exitCode,
        gone: 0,
        left: [],
        message: `could not ${verb} the node: ${error.message}`,
        hint: error.hint,
        cordonedByUs: false,
        durationMs: clock.monotonic() - startMs,
        dryRun,
      });
    }
  }

  const exitCode = combineExitCodes(codes);
  const stored = dryRun === 'none' ? changed : [];
  const opposite = unschedulable ? 'uncordon' : 'cordon';
  report.emit({
    type: 'run.finished',
    verb,
    outcome: outcomeOf(exitCode),
    exitCode,
    message: failed.length > 0 ? `could not ${verb} ${failed.join(', ')}` : undefined,
    undo: exitCode !== exitCodes.done && stored.length > 0 ? [commandLine.command([opposite, ...stored])] : [],
    resume: exitCode === exitCodes.done ? [] : [commandLine.again()],
  });
  return exitCode;
}

/**
 * Brings one node to the wanted state and verifies it; nothing is sent when it is so already.
 *
 * @returns whether it had to be changed
 * @throws ClusterError when the patch failed, or did not take
 */
export async function setUnschedulable(
  { cluster, clock, report, signal }: Pick<World, 'cluster' | 'clock' | 'report' | 'signal'>,
  node: Node,
  unschedulable: boolean,
  dryRun: DryRun,
): Promise<boolean> {
  const changed = node.unschedulable !== unschedulable;
  if (changed && dryRun !== 'client') {
    const patched = await retryTransient(clock, signal, retryBudgetMs, () =>
      cluster.setUnschedulable(node, unschedulable, { dryRun: dryRun === 'server', signal }),
    );
    if (patched.unschedulable !== unschedulable) {
      throw new KmaintError(
        `the server accepted the patch, but the node ${node.name} is still ${unschedulable ? 'schedulable' : 'cordoned'}: something in the cluster undid it`,
        {
          code: 'cordon.undone',
          exitCode: exitCodes.incomplete,
          hint: `kubectl get node ${node.name} -o yaml --show-managed-fields`,
        },
      );
    }
  }
  const type = unschedulable ? 'node.cordoned' : 'node.uncordoned';
  report.emit({ type, node: node.name, changed, dryRun });
  return changed;
}
