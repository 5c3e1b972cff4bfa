/** Cordons and uncordons nodes. */
import { writersOf, type AtHand } from '../cli/kubectl.ts';
import type { Node } from '../cluster/node.ts';
import { ClusterError, exitCodes, KmaintError, type ExitCode } from '../errors.ts';
import type { DryRun, Outcome } from '../report/events.ts';
import { combineExitCodes, exitCodeOf, outcomeOf } from './outcome.ts';
import type { CordonOptions } from './options.ts';
import { cordonVerdict, uncordonVerdict, type CordonClaim } from './ownership/cordon-change.ts';
import { retryTransient } from './retry.ts';
import { resolveNodes } from './targets.ts';
import type { World } from './world.ts';

/** How long a cordon is tried over passing errors of the API server. */
const retryBudgetMs = 30_000;

export interface CordonRequest extends CordonOptions {
  readonly unschedulable: boolean;
  /** Whose cordon it is, and why; with `takeOver` also past the reasons of others. */
  readonly claim: Omit<CordonClaim, 'nowMs'>;
  /**
   * What follows on the nodes that are as wanted, in a dry run too; its exit code counts where theirs are 0. `refused`:
   * the user did not confirm it, and it changed nothing.
   */
  readonly after?: (nodes: readonly Node[]) => Promise<ExitCode>;
}

/**
 * `kmaint cordon` and `kmaint uncordon`: all nodes are resolved before any is changed; one that fails does not keep the
 * others from being tried, and unlike in kubectl it makes the command fail.
 *
 * @returns the exit code, after `run.finished` was emitted
 */
export async function cordonNodes(world: World, request: CordonRequest): Promise<ExitCode> {
  const { report, cluster, clock } = world;
  const { unschedulable, dryRun } = request;
  const verb = unschedulable ? 'cordon' : 'uncordon';
  report.emit({ type: 'run.started', verb, identity: cluster.identity, dryRun });
  const nodes = await resolveNodes(world, request.targets);

  const ends: NodeEnd[] = [];
  for (const node of nodes) {
    const startMs = clock.monotonic();
    try {
      const changed = await bring(world, node, request);
      ends.push({ name: node.name, changed, exitCode: exitCodes.done });
    } catch (error) {
      if (!(error instanceof KmaintError)) throw error;
      const wrote = ends.some(({ changed }) => changed);
      const exitCode = exitCodeOf(error, wrote);
      ends.push({ name: node.name, changed: false, exitCode });
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
  const open = nodes.filter((_, index) => ends[index]?.exitCode === exitCodes.done);
  const after = await request.after?.(open);
  return finishRun(world, request, ends, after ?? exitCodes.done);
}

interface NodeEnd {
  readonly name: string;
  readonly changed: boolean;
  readonly exitCode: ExitCode;
}

function finishRun(
  { report, commandLine, prompt }: World,
  { unschedulable, dryRun }: CordonRequest,
  ends: readonly NodeEnd[],
  after: ExitCode,
): ExitCode {
  const [verb, opposite] = unschedulable ? ['cordon', 'uncordon'] : ['uncordon', 'cordon'];
  const own = combineExitCodes(ends.map((end) => end.exitCode));
  const failed = ends.filter((end) => end.exitCode !== exitCodes.done).map(({ name }) => name);
  const stored = dryRun === 'none' ? ends.filter(({ changed }) => changed).map(({ name }) => name) : [];
  const { exitCode, outcome, message } =
    own === exitCodes.done
      ? endAfter(after, stored)
      : { exitCode: own, outcome: outcomeOf(own), message: `could not ${verb} ${failed.join(', ')}` };
  // Where nobody can be asked, the same command again would only end the same way.
  const unasked = own === exitCodes.done && after === exitCodes.refused && !prompt.available;
  const flags = exitCode === exitCodes.held ? ['--take-over'] : unasked ? ['--yes'] : [];
  report.emit({
    type: 'run.finished',
    verb,
    outcome,
    exitCode,
    message,
    undo: exitCode !== exitCodes.done && stored.length > 0 ? [commandLine.command([opposite, ...stored])] : [],
    resume: exitCode === exitCodes.done ? [] : [commandLine.again(flags)],
  });
  return exitCode;
}

/** Where all nodes are as wanted: what was declined after a change is no refusal of the whole. */
function endAfter(
  exitCode: ExitCode,
  changed: readonly string[],
): { readonly exitCode: ExitCode; readonly outcome: Outcome; readonly message: string | undefined } {
  if (exitCode !== exitCodes.refused) return { exitCode, outcome: outcomeOf(exitCode), message: undefined };
  const message = 'the moves were not confirmed, so no pod was moved';
  if (changed.length === 0) return { exitCode, outcome: 'declined', message };
  const state = `${changed.join(', ')} ${changed.length === 1 ? 'is' : 'are'} uncordoned`;
  return { exitCode: exitCodes.incomplete, outcome: 'incomplete', message: `${state}, but ${message}` };
}

/** Judges one node and does what follows; on a conflict with another writer it is read and judged again. */
async function bring(world: World, node: Node, { unschedulable, dryRun, claim }: CordonRequest): Promise<boolean> {
  const { cluster, clock, report, signal, commandLine } = world;
  let now: Node | undefined = node;
  return retryTransient(clock, signal, retryBudgetMs, async () => {
    // Read again after a failure: what was decided on is history.
    now ??= await readAgain(world, node);
    const current = now;
    now = undefined;
    const asked = { ...claim, nowMs: clock.now() };
    const verdict = unschedulable ? cordonVerdict(current, asked) : uncordonVerdict(current, asked);
    switch (verdict.kind) {
      case 'refused':
        throw new KmaintError(verdict.message, {
          code: 'hold.held',
          exitCode: exitCodes.held,
          hint: `to do it all the same: ${commandLine.again(['--take-over'])}`,
        });
      case 'nothing':
        if (verdict.warning !== undefined) report.emit({ type: 'warning', message: verdict.warning });
        return tell(world, current, unschedulable, dryRun);
      case 'plain':
        await patch(world, current, unschedulable, dryRun);
        return tell(world, current, unschedulable, dryRun);
      case 'change':
        if (verdict.warning !== undefined) report.emit({ type: 'warning', message: verdict.warning });
        if (dryRun !== 'client') {
          const changed = await cluster.changeNode(current, verdict.change, { dryRun: dryRun === 'server', signal });
          if (changed.unschedulable !== unschedulable) throw cordonUndone(cluster, changed, unschedulable);
        }
        return tell(world, current, unschedulable, dryRun);
    }
  });
}

async function readAgain({ cluster, signal }: World, { name, uid }: Node): Promise<Node> {
  const now = await cluster.getNode(name, { signal });
  if (now && now.uid === uid) return now;
  throw new ClusterError(`the node ${name} was ${now ? 'replaced by another of the same name' : 'deleted'} meanwhile`, {
    code: 'cluster.not-found',
    status: 404,
    hint: cluster.kubectl('get', 'nodes'),
  });
}

/**
 * Brings one node to the wanted state and verifies it; nothing is sent when it is so already.
 *
 * @returns whether it had to be changed
 * @throws ClusterError when the patch failed, or did not take
 */
export async function setUnschedulable(
  world: Pick<World, 'cluster' | 'clock' | 'report' | 'signal'>,
  node: Node,
  unschedulable: boolean,
  dryRun: DryRun,
): Promise<boolean> {
  const { clock, signal } = world;
  if (node.unschedulable !== unschedulable) {
    await retryTransient(clock, signal, retryBudgetMs, () => patch(world, node, unschedulable, dryRun));
  }
  return tell(world, node, unschedulable, dryRun);
}

async function patch(
  { cluster, signal }: Pick<World, 'cluster' | 'signal'>,
  node: Node,
  unschedulable: boolean,
  dryRun: DryRun,
): Promise<void> {
  if (dryRun === 'client') return;
  const patched = await cluster.setUnschedulable(node, unschedulable, { dryRun: dryRun === 'server', signal });
  if (patched.unschedulable !== unschedulable) throw cordonUndone(cluster, patched, unschedulable);
}

/** The server answered yes, and the node says no. */
export function cordonUndone(cluster: AtHand, { name }: Node, unschedulable: boolean): KmaintError {
  return new KmaintError(
    `the server accepted the patch, but the node ${name} is still ${unschedulable ? 'schedulable' : 'cordoned'}: something in the cluster undid it`,
    {
      code: 'cordon.undone',
      exitCode: exitCodes.incomplete,
      hint: writersOf(cluster, name),
    },
  );
}

function tell({ report }: Pick<World, 'report'>, node: Node, unschedulable: boolean, dryRun: DryRun): boolean {
  const changed = node.unschedulable !== unschedulable;
  const type = unschedulable ? 'node.cordoned' : 'node.uncordoned';
  report.emit({ type, node: node.name, changed, dryRun });
  return changed;
}
