/** Restores one node: looks, writes down, changes, and looks again. */
import { writersOf } from '../cli/kubectl.ts';
import type { Node } from '../cluster/node.ts';
import { ClusterError, exitCodes, KmaintError, type ExitCode } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';
import { surgeName } from '../journal/record.ts';
import { undoText } from './continuity/surge.ts';
import { undoSurge } from './continuity/surge-undo.ts';
import { isOurs } from './ownership/judge.ts';
import { leaseNamespace } from './ownership/node-lease.ts';
import { retryTransient } from './retry.ts';
import type { NodePast } from './rollback-past.ts';
import { planRestore, type RestorePlan } from './rollback-plan.ts';
import { commandsFor, type World } from './world.ts';

export interface Restored {
  readonly node: string;
  readonly exitCode: ExitCode;
  readonly message?: string | undefined;
  readonly hint?: string | undefined;
}

export interface RestoreRequest {
  readonly name: string;
  readonly past: NodePast;
  /** `user@host` of this process. */
  readonly holder: string;
  readonly journal: Journal;
  /** Whether this process changed anything yet; set here when it does. */
  readonly writes: { done: boolean };
}

/** How long passing errors and the writes of others are borne. */
const retryBudgetMs = 30_000;

/**
 * Restores a node by compare-and-swap; when somebody writes in between it looks and decides again.
 *
 * @throws ClusterError when the node can be neither read nor changed
 * @throws KmaintError `journal.write`: then nothing was sent
 */
export async function restoreNode(world: World, request: RestoreRequest): Promise<Restored> {
  const { cluster, clock, report, signal } = world;
  const { name, past, holder, journal, writes } = request;
  // What an earlier try asked for, and may have got although its answer was lost.
  const asked = new Set<string>();
  let uncordoned = false;
  const plan = await retryTransient<RestorePlan | undefined>(clock, signal, retryBudgetMs, async () => {
    const node = await cluster.getNode(name, { signal });
    if (!node) return undefined;
    const decided = planRestore(node, past, holder, clock.now(), commandsFor(world));
    if (decided.kind !== 'restore' || !decided.change) return decided;
    if (decided.uncordons && !uncordoned)
      await journal.write({ type: 'intent', node: name, step: { kind: 'uncordon' } });
    if (asked.size === 0) await journal.write({ type: 'intent', node: name, step: { kind: 'release' } });
    uncordoned ||= decided.uncordons;
    for (const what of decided.restored) asked.add(what);
    const changed = await cluster.changeNode(node, decided.change, { signal }).catch((error: unknown) => {
      // A refusal changed nothing; after a lost answer nobody knows.
      writes.done ||= error instanceof ClusterError && error.transient && error.code !== 'cluster.conflict';
      throw error;
    });
    writes.done = true;
    verify(cluster, changed, decided.uncordons);
    return decided;
  });
  if (!plan) {
    const failed = await takeSurgesBack(world, request);
    return finish(failed ?? { node: name, exitCode: exitCodes.done, message: 'the node is gone from the cluster' });
  }
  if (plan.kind === 'held') return finish({ node: name, exitCode: exitCodes.held, message: plan.message });
  if (plan.kind === 'replaced') return finish({ node: name, exitCode: exitCodes.drift, message: plan.message });

  for (const message of plan.kept) report.emit({ type: 'warning', message });
  if (asked.size > 0) {
    if (uncordoned) {
      await journal.write({ type: 'done', node: name, step: 'uncordon' });
      report.emit({ type: 'node.uncordoned', node: name, changed: true, dryRun: 'none' });
    }
    await journal.write({ type: 'done', node: name, step: 'release' });
  }
  await removeLease(world, name, past.runId);
  const message = asked.size > 0 ? [...asked].join('; ') : 'nothing had to be put back';
  report.emit({ type: 'node.step', node: name, step: 'restored', message });
  return finish((await takeSurgesBack(world, request)) ?? { node: name, exitCode: exitCodes.done });

  async function finish(result: Restored): Promise<Restored> {
    if (result.exitCode === exitCodes.done) {
      await journal.write({ type: 'node', node: name, outcome: 'restored', exitCode: result.exitCode });
    }
    return result;
  }
}

/**
 * Takes restarts back that may be under way. What the node became has no part in it: the stamp in the template says
 * whether there is anything of ours. Resolves to the failure; its steps stay open, so that a further rollback tries again.
 */
async function takeSurgesBack(
  world: World,
  { name: node, past, journal, writes }: RestoreRequest,
): Promise<Restored | undefined> {
  const failures: string[] = [];
  for (const surge of past.openSurges) {
    const outcome = await undoSurge(world, surge, world.signal);
    world.signal.throwIfAborted();
    writes.done ||= outcome.kind === 'undone' || outcome.kind === 'failed';
    const of = surgeName(surge);
    const message = `Deployment ${of}: ${undoText(outcome, surge, world.cluster.kubectl)}`;
    world.report.emit({ type: 'node.step', node, step: 'surge', message });
    if (outcome.kind === 'failed') failures.push(message);
    else await journal.write({ type: 'done', node, step: 'surge', of });
  }
  if (failures.length === 0) return undefined;
  const hint = world.commandLine.command(['rollback', past.runId]);
  return { node, exitCode: exitCodes.incomplete, message: failures.join('; '), hint };
}

/** The Lease beside the hold, where it is still this run's; it would end by itself, only later. */
async function removeLease({ cluster, report, signal }: World, node: string, runId: string): Promise<void> {
  try {
    const lease = await cluster.getLease({ namespace: leaseNamespace, name: `node-${node}` }, { signal });
    if (lease && isOurs(lease, runId)) await cluster.deleteLease(lease, { signal });
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    const message = `the Lease ${leaseNamespace}/node-${node}, if there is one, was left to run out: ${error.message}`;
    report.emit({ type: 'detail', message });
  }
}

function verify(cluster: World['cluster'], node: Node, uncordons: boolean): void {
  if (!uncordons || !node.unschedulable) return;
  throw new KmaintError(`the server took the change, but the node ${node.name} is still cordoned: something undid it`, {
    code: 'cordon.undone',
    exitCode: exitCodes.incomplete,
    hint: writersOf(cluster, node.name),
  });
}
