/** What follows an uncordon: marks of a dead node that lives again go, and with `--rebalance` pods move back. */
import pLimit from 'p-limit';
import { anySignal, withDeadline } from '../clock.ts';
import type { Node } from '../cluster/node.ts';
import type { PodRef } from '../cluster/cluster.ts';
import { exitCodes, KmaintError, type ExitCode } from '../errors.ts';
import { noJournal } from '../journal/journal.ts';
import { followBudgets } from './budget-watch.ts';
import { defaultPolicy } from './default-policy.ts';
import { combineExitCodes, exitCodeOf } from './outcome.ts';
import { outOfServiceTaint } from './ownership/annotations.ts';
import { cordonOf } from './ownership/records.ts';
import { Presence } from './presence.ts';
import { rebalance, type RebalanceOptions } from './rebalance.ts';
import { removePod, type Removal, type RemovalContext } from './removal.ts';
import { Turns } from './turns.ts';
import { clearOutOfService } from './unreachable/out-of-service.ts';
import type { DryRun } from '../report/events.ts';
import type { World } from './world.ts';

/** How long one pod may wait for its budget before it stays where it is. */
const patienceMs = 300_000;
/** Workloads that lose a pod at the same time. */
const atATime = 2;

export interface UncordonedOptions {
  /** Undefined: pods stay where they are. */
  readonly rebalance: RebalanceOptions['mode'] | undefined;
  readonly assumeYes: boolean;
  /** Other than `none`: moves are only shown, as they would be after the uncordon, and taints stay. */
  readonly dryRun: DryRun;
}

/**
 * @param nodes that take pods again, as they were read before
 * @returns done; refused when the moves were not confirmed and nothing else was done; else the code of what failed
 */
export async function afterUncordon(
  world: World,
  nodes: readonly Node[],
  options: UncordonedOptions,
): Promise<ExitCode> {
  const { rebalance: mode, assumeYes } = options;
  const dryRun = options.dryRun !== 'none';
  const codes: ExitCode[] = [];
  const names = nodes.map(({ name }) => name);
  for (const node of dryRun ? [] : nodes) {
    if (!node.taints.some(({ key }) => key === outOfServiceTaint)) continue;
    const cordon = cordonOf(node);
    // Its value is the documented one, which people type as well: only beside the record of a run it is ours.
    if (typeof cordon === 'object' && cordon.run !== '') codes.push(await clearTaint(world, node.name));
    else {
      const remove = world.cluster.kubectl('taint', 'node', node.name, `${outOfServiceTaint}-`);
      const message = `${node.name} keeps the taint ${outOfServiceTaint}, for nothing says that kmaint set it; to remove it: ${remove}`;
      world.report.emit({ type: 'warning', message });
    }
  }
  if (mode !== undefined && names.length > 0) {
    const moved = await withEvictor(world, (evict) =>
      rebalance(world, { nodes: names, mode, assumeYes, atATime, dryRun }, evict),
    );
    // A taint may be gone by now: no more than the moves was refused.
    codes.push(moved === exitCodes.refused && codes.length > 0 ? exitCodes.incomplete : moved);
  }
  return combineExitCodes(codes.filter((code) => code !== exitCodes.done));
}

async function clearTaint(world: World, name: string): Promise<ExitCode> {
  const { cluster, report, signal } = world;
  try {
    const node = await cluster.getNode(name, { signal });
    if (!node) return exitCodes.done;
    const end = await clearOutOfService({ ...world, journal: noJournal }, node);
    if (!end.ok) report.emit({ type: 'warning', message: end.message });
    return end.ok ? exitCodes.done : exitCodes.incomplete;
  } catch (error) {
    if (!(error instanceof KmaintError)) throw error;
    report.emit({ type: 'warning', message: `the taints of ${name} could not be looked at: ${error.message}` });
    return exitCodeOf(error, true);
  }
}

/** Evicts single pods as a drain does: by the queues of their budgets, until they are gone. */
async function withEvictor(
  world: World,
  work: (evict: (pod: PodRef) => Promise<'gone' | 'failed'>) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { cluster, clock, report, signal } = world;
  const warn = (message: string): void => report.emit({ type: 'warning', message });
  const turns = new Turns(clock);
  const over = new AbortController();
  let followed: Promise<void> | undefined;
  const inFlight = pLimit(atATime);

  async function evict(ref: PodRef): Promise<'gone' | 'failed'> {
    followed ??= followBudgets({ cluster, clock, turns, warn }, anySignal(signal, over.signal)).synced;
    await followed;
    const pod = await cluster.getPod(ref, { signal });
    if (pod?.uid !== ref.uid) return 'gone';
    const done = new AbortController();
    const late = (): Error =>
      new KmaintError('its budget did not allow it in time', { code: 'timeout', exitCode: 124 });
    const deadline = withDeadline(clock, patienceMs, anySignal(signal, done.signal), late);
    try {
      const presence = new Presence({ cluster, clock, warn }, pod.nodeName, deadline.signal);
      await presence.synced;
      const context: RemovalContext = {
        cluster,
        clock,
        report,
        node: pod.nodeName,
        policy: defaultPolicy,
        presence,
        turns,
        journal: noJournal,
        escalation: undefined,
        pace: () => Promise.resolve(),
        inFlight,
        signal: deadline.signal,
        requestSignal: signal,
        isStillOurs: () => true,
        wrote: () => {},
      };
      const removal: Removal = { pod: ref, state: 'waiting-for-turn', message: undefined };
      await removePod(context, removal);
      return removal.state === 'gone' ? 'gone' : 'failed';
    } catch (error) {
      if (signal.aborted || !(error instanceof KmaintError)) throw error;
      warn(`pod ${ref.namespace}/${ref.name} stays where it is: ${error.message}`);
      return 'failed';
    } finally {
      deadline.cancel();
      done.abort(new Error('the pod is gone or given up'));
    }
  }

  try {
    return await work(evict);
  } catch (error) {
    if (!(error instanceof KmaintError)) throw error;
    warn(`nothing was moved: ${error.message}`);
    return exitCodeOf(error, true);
  } finally {
    over.abort(new Error('the moves are over'));
  }
}
