/** Gives a node back: hold, marks, Lease and, where it is ours and wanted, the cordon. */
import { isDeepStrictEqual } from 'node:util';
import { createBackoff } from '../../backoff.ts';
import type { Cluster, NodeChange } from '../../cluster/cluster.ts';
import type { Node } from '../../cluster/node.ts';
import { withDeadline, type Clock } from '../../clock.ts';
import { ClusterError } from '../../errors.ts';
import type { Journal } from '../../journal/journal.ts';
import type { Report } from '../../report/report.ts';
import type { CommandLine } from '../world.ts';
import { holdAnnotation } from './annotations.ts';
import { releaseChange } from './hold-change.ts';
import { markNames } from './marks.ts';
import type { NodeLease } from './node-lease.ts';

/** How long somebody waits who interrupted the run, or whose time for it is over. */
const hurriedMs = 5000;
/** Otherwise an API server has time to come back. */
const patientMs = 60_000;

export interface ReleaseContext {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly report: Report;
  readonly runId: string;
  readonly journal: Journal;
  readonly commandLine: CommandLine;
  /** The run's, which does not end a release, but makes it hurry. */
  readonly signal: AbortSignal;
}

export interface ReleaseRequest {
  /** Undo the cordon too, if it is ours. */
  readonly uncordon: boolean;
  /** Cordoned before the run came: it stays so. */
  readonly wasCordoned: boolean;
  /** The time that the user gave the drain is over. */
  readonly hurry?: boolean;
}

export interface Released {
  /** Nothing of the run's hold is left on the node. */
  readonly released: boolean;
  readonly uncordoned: boolean;
  /** The very node is there and cordoned, or could not be looked at. */
  readonly cordoned: boolean;
}

/**
 * Tries for a few seconds; never throws. `node` is as it stood after our last write to it. What could not be cleaned up
 * is a warning with the commands that do it.
 */
export async function releaseNode(
  context: ReleaseContext,
  node: Node,
  lease: NodeLease,
  request: ReleaseRequest,
  parent: AbortSignal,
): Promise<Released> {
  const { report, clock, runId, journal } = context;
  const releaseMs = request.hurry === true || context.signal.aborted ? hurriedMs : patientMs;
  const deadline = withDeadline(clock, releaseMs, parent, () => tooLate(releaseMs));
  const { signal } = deadline;
  try {
    const journalled = new Set<'release' | 'uncordon'>();
    const { written, cordoned } =
      (await dropHold(context, node, request, journalled, signal)) ??
      (await persist(clock, signal, () => writeRelease(context, node, request, journalled, signal)));
    if (written) tell(report, written, request);
    await persist(clock, signal, () => lease.drop({ signal }));
    for (const step of journalled) await journal.write({ type: 'done', node: node.name, step });
    return { released: true, uncordoned: written?.change.unschedulable === false, cordoned };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `the node ${node.name} could not be given back (${why}); the hold of run ${runId} ends by itself within a minute. To clean up: ${cleanUp(context, node, request).join(' && ')}`;
    report.emit({ type: 'warning', message });
    return { released: false, uncordoned: false, cordoned: true };
  } finally {
    deadline.cancel();
  }
}

interface Written {
  readonly change: NodeChange;
  /** The node as the server has it now. */
  readonly node: Node;
}

interface Ended {
  /** Undefined where nothing of ours was found. */
  readonly written: Written | undefined;
  readonly cordoned: boolean;
}

/**
 * Where only the hold has to go, as after most drains, one request does it that needs no look at the node before. Undefined
 * where there is more to do, or where the node is not as we left it.
 */
async function dropHold(
  context: ReleaseContext,
  node: Node,
  request: ReleaseRequest,
  journalled: Set<'release' | 'uncordon'>,
  signal: AbortSignal,
): Promise<Ended | undefined> {
  const { cluster, runId } = context;
  const change = releaseChange(node, { runId, ...request });
  if (!change || !node.unschedulable) return undefined;
  if (!isDeepStrictEqual(change, { annotations: { [holdAnnotation]: null } })) return undefined;
  try {
    return await send(context, change, journalled, node.name, () =>
      cluster.dropAnnotation(node, holdAnnotation, { signal }),
    );
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    return undefined;
  }
}

async function writeRelease(
  context: ReleaseContext,
  node: Node,
  request: ReleaseRequest,
  journalled: Set<'release' | 'uncordon'>,
  signal: AbortSignal,
): Promise<Ended> {
  const { cluster, runId } = context;
  const now = await cluster.getNode(node.name, { signal });
  // Without the node, or with another of its name, there is nothing left to give back.
  if (!now || now.uid !== node.uid) return { written: undefined, cordoned: false };
  const change = releaseChange(now, { runId, ...request });
  if (!change) return { written: undefined, cordoned: now.unschedulable };
  return send(context, change, journalled, node.name, () => cluster.changeNode(now, change, { signal }));
}

/** Writes down what is meant, once for the whole release, before the request leaves. */
async function send(
  { journal }: ReleaseContext,
  change: NodeChange,
  journalled: Set<'release' | 'uncordon'>,
  name: string,
  request: () => Promise<Node>,
): Promise<Ended> {
  const steps = change.unschedulable === false ? (['release', 'uncordon'] as const) : (['release'] as const);
  for (const kind of steps) {
    if (journalled.has(kind)) continue;
    await journal.write({ type: 'intent', node: name, step: { kind } });
    journalled.add(kind);
  }
  const node = await request();
  return { written: { change, node }, cordoned: node.unschedulable };
}

/** Repeats what failed for a passing reason until the signal aborts. */
async function persist<T>(clock: Clock, signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
  const backoff = createBackoff(100, 1000, Math.random);
  for (;;) {
    try {
      signal.throwIfAborted();
      return await attempt();
    } catch (error) {
      if (signal.aborted || !(error instanceof ClusterError) || !error.transient) throw error;
      await clock.sleep(backoff.nextMs(), signal);
    }
  }
}

function tell(report: Report, { node, change }: Written, { uncordon }: ReleaseRequest): void {
  const { name } = node;
  const restored = markNames(change);
  if (restored !== '') {
    report.emit({ type: 'node.step', node: name, step: 'unmarked', message: `restored ${restored}` });
  }
  if (change.unschedulable === false) {
    report.emit({ type: 'node.uncordoned', node: name, changed: true, dryRun: 'none' });
  }
  const stays = uncordon && node.unschedulable;
  const message = stays ? 'given back; it stays cordoned, for the cordon is not ours' : 'given back';
  report.emit({ type: 'node.step', node: name, step: 'released', message });
}

/** What the release would have sent, as commands. */
function cleanUp({ cluster, commandLine, runId }: ReleaseContext, node: Node, request: ReleaseRequest): string[] {
  const { name } = node;
  // It restores marks as well.
  if (request.uncordon && !request.wasCordoned) return [commandLine.command(['uncordon', name])];
  const { labels = {}, annotations = {} } = releaseChange(node, { runId, ...request }) ?? {};
  const kubectl = cluster.kubectl;
  const words = (values: Readonly<Record<string, string | null>>): readonly string[] =>
    Object.entries(values).map(([key, value]) => (value === null ? `${key}-` : `${key}=${value}`));
  return [
    kubectl('annotate', '--overwrite', 'node', name, ...words({ [holdAnnotation]: null, ...annotations })),
    ...(Object.keys(labels).length === 0 ? [] : [kubectl('label', '--overwrite', 'node', name, ...words(labels))]),
  ];
}

function tooLate(releaseMs: number): ClusterError {
  return new ClusterError(`not done within ${releaseMs / 1000} s`, { code: 'cluster.timeout' });
}
