/** What speaks against working on a node besides its plan: other tools, other runs, ourselves. */
import type { Node } from '../cluster/node.ts';
import { ClusterError, exitCodes } from '../errors.ts';
import type { NodeResult } from './node-result.ts';
import type { DrainOptions } from './options.ts';
import { foreignMarks } from './ownership/foreign-marks.ts';
import { judgeHold, judgeLease, type LeaseVerdict } from './ownership/judge.ts';
import { readKuredLocks, type KuredLock } from './ownership/kured.ts';
import { leaseNamespace, leaseOf, type LeaseMemory } from './ownership/node-lease.ts';
import type { NodeSnapshot } from './plan.ts';
import { selfChecks } from './self.ts';
import { profileNotice } from './unreachable/profile.ts';
import type { World } from './world.ts';

export interface Findings {
  /** By name of the node: why it is left as it was. */
  readonly refusals: ReadonlyMap<string, NodeResult>;
  readonly kuredLocks: readonly KuredLock[];
  readonly leases: LeaseMemory;
  /** Uids of pods that kmaint itself runs in: they go last. */
  readonly ownPods: ReadonlySet<string>;
}

export interface LookAround extends Pick<Findings, 'kuredLocks' | 'leases'> {
  /** Whose hold is no obstacle. */
  readonly runId: string | undefined;
  /** What to do where a flag would let the drain go on; without it this very command again. */
  readonly hintOf?: (flag: string) => string | undefined;
}

/** Looks at what was read, before anything is changed; what is only good to know is a warning. */
export function lookAround(
  world: World,
  options: DrainOptions,
  snapshots: readonly NodeSnapshot[],
  { kuredLocks, leases, runId, hintOf = (flag) => world.commandLine.again([flag]) }: LookAround,
): Findings {
  const { cluster, clock, report, programs } = world;
  const refusals = new Map<string, NodeResult>();
  const warn = (message: string): void => report.emit({ type: 'warning', message });
  const refuse = (node: string, exitCode: number, message: string, hint: string | undefined): void => {
    if (!refusals.has(node)) refusals.set(node, { exitCode, gone: 0, left: [], message, hint });
  };
  const nowMs = clock.now();
  const { takeOver } = options.ownership;

  for (const { node } of snapshots) {
    const notice = profileNotice(node, options.policy);
    if (notice !== undefined) warn(notice);
    for (const mark of foreignMarks(node, { kuredLocks, nowMs })) {
      if (mark.severity === 'warn') warn(mark.message);
      else if (!takeOver) refuse(node.name, exitCodes.held, mark.message, hintOf('--take-over'));
    }
    const verdict = judgeHold(node, { runId: runId ?? '', takeOver, nowMs });
    if (verdict.kind === 'held') refuse(node.name, exitCodes.held, verdict.message, hintOf('--take-over'));
  }

  const own = new Set<string>();
  const pods = snapshots.flatMap((snapshot) => snapshot.pods);
  const nodes = snapshots.map(({ node }) => node);
  for (const { node, severity, message, podUid } of selfChecks(nodes, {
    env: programs.env,
    server: cluster.identity.server,
    pods,
  })) {
    if (podUid !== undefined) own.add(podUid);
    if (severity === 'warn' || options.assumeYes) warn(message);
    else refuse(node, exitCodes.refused, message, hintOf('--yes'));
  }
  return { refusals, kuredLocks, leases, ownPods: own };
}

/**
 * Whose Leases would keep a drain from these nodes, for a plan and for a dry run: a drain looks when it takes a node.
 *
 * @returns by name of the node: why it would be left as it is
 */
export async function heldByLeases(
  { cluster, clock, report, commandLine }: World,
  { takeOver }: DrainOptions['ownership'],
  nodes: readonly Node[],
  { leases, runId = '', hintOf = (flag) => commandLine.again([flag]) }: Omit<LookAround, 'kuredLocks'>,
  signal: AbortSignal,
): Promise<Findings['refusals']> {
  if (!leases.usable) return new Map();
  const unread: string[] = [];
  async function look({ name }: Node): Promise<readonly [string, LeaseVerdict]> {
    try {
      const lease = await cluster.getLease(leaseOf(name), { signal });
      return [name, judgeLease(lease, runId, clock.now())];
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      unread.push(error.message);
      return [name, { kind: 'free' }];
    }
  }
  const refusals = new Map<string, NodeResult>();
  for (const [name, verdict] of await Promise.all(nodes.map(look))) {
    if (!('message' in verdict)) continue;
    const { kind, message } = verdict;
    if (kind === 'held' && !takeOver) {
      refusals.set(name, { exitCode: exitCodes.held, gone: 0, left: [], message, hint: hintOf('--take-over') });
    } else report.emit({ type: 'warning', message: kind === 'held' ? `would be taken over: ${message}` : message });
  }
  const [first] = unread;
  if (first !== undefined) {
    const message = `the Leases in ${leaseNamespace} could not be read, so a holder among other tools is not shown: ${first}`;
    // Who may not even see whether there are such Leases has none, as a rule.
    report.emit({ type: leases.namespaced === true ? 'warning' : 'detail', message });
  }
  return refusals;
}

/** Which nodes kured has in hand; none where that cannot be known. */
export async function lockedByKured({ cluster, report }: World, signal: AbortSignal): Promise<readonly KuredLock[]> {
  try {
    return await readKuredLocks({ cluster, report }, { signal });
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    report.emit({ type: 'detail', message: `kured's lock could not be read: ${error.message}` });
    return [];
  }
}
