/** `kmaint plan`: what a drain would do, shown, and saved for a later `kmaint apply`. */
import { exitCodes, type ExitCode } from '../errors.ts';
import { counted } from '../report/counting.ts';
import { withCordonOwners } from './drift-cordon.ts';
import { factsWanted } from './facts.ts';
import type { DrainOptions } from './options.ts';
import { lookForLeases } from './ownership/node-lease.ts';
import { outcomeOf } from './outcome.ts';
import { heldByLeases, lockedByKured, lookAround, type Findings } from './preconditions.ts';
import {
  blockedHint,
  isBlocked,
  liftingFlags,
  planDrain,
  type DrainPlan,
  type NodePlan,
  type NodeSnapshot,
} from './plan.ts';
import { withQuorum } from './quorum-plan.ts';
import { savedOptions, savedPlanText } from './saved-plan.ts';
import type { PlanFiles } from './saved-plan-file.ts';
import { snapshotReader } from './snapshot.ts';
import { resolveNodes } from './targets.ts';
import type { World } from './world.ts';

export interface ShowPlanOptions extends DrainOptions {
  /** Where to save the plan; undefined: only shown. */
  readonly out?: string | undefined;
}

export interface PlanPorts {
  readonly files: PlanFiles;
  /** The uid of the namespace kube-system, which is a cluster's identity; undefined when it may not be read. */
  readonly clusterId: () => Promise<string | undefined>;
  /** The version of this kmaint. */
  readonly kmaint: string;
}

/**
 * Plans a drain of these nodes, shows it and changes nothing in the cluster. A plan with blockers is saved as well, for
 * it can be read and compared, but `apply` refuses it.
 *
 * @returns 0, or as its drain would: 3 when something is in the way, 5 when somebody else works on a node; after
 * `run.finished` was emitted
 * @throws KmaintError unknown nodes, an unreachable server, a file that cannot be written
 */
export async function showPlan(world: World, options: ShowPlanOptions, ports: PlanPorts): Promise<ExitCode> {
  const { report, cluster, clock, signal } = world;
  report.emit({ type: 'run.started', verb: 'plan', identity: cluster.identity, dryRun: 'none' });
  const [{ plan, snapshots }, kuredLocks, leases] = await Promise.all([
    readPlan(world, options),
    lockedByKured(world, signal),
    lookForLeases(world, { signal }),
  ]);
  const needed = new Set<string>();
  const hintOf = (flag: string): undefined => void needed.add(flag);
  const look = { leases, runId: undefined, hintOf };
  const { refusals } = lookAround(world, options, snapshots, { kuredLocks, ...look });
  const nodes = snapshots.map(({ node }) => node);
  const held = await heldByLeases(world, options.ownership, nodes, look, signal);
  report.emit({ type: 'drain.planned', plan, asks: false });
  if (options.out !== undefined) {
    const kubeSystemUid = (await ports.clusterId()) ?? null;
    if (kubeSystemUid === null) {
      report.emit({
        type: 'warning',
        message:
          'the namespace kube-system may not be read, so the plan knows its cluster only by the server and the uids of the nodes',
      });
    }
    signal.throwIfAborted();
    const text = savedPlanText({
      createdAt: new Date(clock.now()).toISOString(),
      kmaint: ports.kmaint,
      cluster: { server: cluster.identity.server, kubeSystemUid },
      options: savedOptions(options),
      plan,
    });
    await ports.files.writeNew(options.out, text);
  }
  return finish(world, options, plan, { refusals: new Map([...held, ...refusals]), needed });
}

/** Reads the nodes and plans their drain, with the owners of their cordons beside it. */
export async function takePlan(world: World, options: DrainOptions): Promise<DrainPlan> {
  return (await readPlan(world, options)).plan;
}

async function readPlan(
  world: World,
  options: DrainOptions,
): Promise<{ readonly plan: DrainPlan; readonly snapshots: readonly NodeSnapshot[] }> {
  const { cluster, clock, signal } = world;
  const nodes = await resolveNodes(world, options.targets, options.chunkSize);
  const reader = snapshotReader(world, options.policy, options.chunkSize);
  // Somebody reads what was asked for, on a terminal or not.
  const { snapshots, facts } = await reader.readAll(nodes, signal, { facts: factsWanted(options, true) });
  const nowMs = clock.now();
  const planned = planDrain(cluster, snapshots, options.policy, nowMs, facts, options.escalation);
  const plan = await withQuorum(world, planned, snapshots, options, signal);
  return { plan: withCordonOwners(plan, nodes, nowMs), snapshots };
}

function finish(
  { report, commandLine }: World,
  { out }: ShowPlanOptions,
  plan: DrainPlan,
  { refusals, needed }: { readonly refusals: Findings['refusals']; readonly needed: ReadonlySet<string> },
): ExitCode {
  const blocked = plan.nodes.filter(isBlocked);
  const refused = blocked.length > 0;
  const others = [...refusals.values()];
  // The plan comes first, as in a drain.
  const [exitCode = exitCodes.done] = [
    ...(refused ? [exitCodes.refused] : []),
    ...others.map((other) => other.exitCode).toSorted((a, b) => a - b),
  ];
  const why = [...(refused ? [inTheWay(blocked)] : []), ...others.flatMap(({ message }) => message ?? [])];
  const saved = out === undefined ? [] : [`the plan is in ${out}${refused ? ', which apply refuses' : ''}`];
  const flags = liftingFlags(blocked);
  const apply = (...more: readonly string[]): string =>
    commandLine.command(['apply', ...more, ...(out?.startsWith('-') ? ['--'] : []), out ?? '']);
  const drain = out === undefined ? commandLine.again([...flags, ...needed], 'drain') : apply(...needed);
  // Neither does apply carry out what has something in the way, nor a drain what no flag lifts.
  const helps = !refused || (out === undefined && flags.length > 0);
  const allTheSame = helps ? `to drain all the same: ${drain}` : `its drain needs ${[...needed].join(' ')}`;
  const hints = [blockedHint(blocked), needed.size === 0 ? undefined : allTheSame];
  report.emit({
    type: 'run.finished',
    verb: 'plan',
    outcome: outcomeOf(exitCode),
    exitCode,
    message: [...why, ...saved].join('; ') || undefined,
    hint: hints.filter((hint) => hint !== undefined).join('; ') || undefined,
    undo: [],
    resume: refused ? [commandLine.again(flags)] : out === undefined ? [] : [apply()],
  });
  return exitCode;
}

/** By pods or by itself: a node may be in both ways. */
function inTheWay(blocked: readonly NodePlan[]): string {
  const byPods = blocked.filter(({ pods }) => pods.some(({ action }) => action === 'blocked'));
  const names = byPods.map(({ node }) => node).join(', ');
  return [
    ...(byPods.length > 0 ? [`pods are in the way of ${counted(byPods.length, 'drain')}: ${names}`] : []),
    ...blocked.flatMap(({ blockers = [] }) => blockers.map(({ message }) => message)),
  ].join('; ');
}
