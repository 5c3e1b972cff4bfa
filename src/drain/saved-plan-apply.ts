/** `kmaint apply`: carries out a saved plan, or refuses because the cluster is another one than planned for. */
import { exitCodes, KmaintError, type ExitCode } from '../errors.ts';
import type { DryRun } from '../report/events.ts';
import { driftError, driftOf } from './drift.ts';
import type { DrainOptions } from './options.ts';
import { outcomeOf } from './outcome.ts';
import { blockedHint, isBlocked, type DrainPlan } from './plan.ts';
import { readSavedPlan, type SavedPlan } from './saved-plan.ts';
import { takePlan, type PlanPorts } from './show-plan.ts';
import type { World } from './world.ts';

/** What is never saved and has to be said anew each time. */
export interface ApplyOptions {
  readonly path: string;
  readonly dryRun: DryRun;
  readonly assumeYes: boolean;
  readonly takeOver: boolean;
  readonly notifyUrl: string | undefined;
}

const blockedPlan = 'refused.blocked-plan';
/** Ends that only another plan can get past. */
const staleCodes: ReadonlySet<string> = new Set(['drift', blockedPlan]);

/** The drain itself; `expected` is what it has to compare with before it writes anything. */
export type Drain = (
  world: World,
  options: DrainOptions,
  mode: { readonly verb: 'apply'; readonly expected: DrainPlan },
) => Promise<ExitCode>;

/**
 * Carries out exactly the plan of the file. Off a terminal the file is the consent.
 *
 * @returns the exit code, after `run.finished` was emitted
 * @throws UsageError for a file that is no plan
 * @throws KmaintError another cluster (6), an unreachable server (4)
 */
export async function applyPlan(
  world: World,
  options: ApplyOptions,
  ports: Pick<PlanPorts, 'files' | 'clusterId'> & { readonly drain: Drain },
): Promise<ExitCode> {
  const { commandLine, report } = world;
  const anew = commandLine.command(['plan', 'NODE...', '--out', options.path]);
  const text = await ports.files.read(options.path, anew);
  const saved = readSavedPlan(text, options.path, anew);
  const planAgain = (): string => commandLine.command(['plan', ...wordsOf(saved.plan), '--out', options.path]);
  checkCluster(world, saved, options.path, await ports.clusterId());
  const drainOptions = optionsOf(saved, options);
  try {
    refuseBlocked(saved);
    announcePrograms(world, saved);
    await checkDrift(world, saved, drainOptions);
    return await ports.drain(world, drainOptions, { verb: 'apply', expected: saved.plan });
  } catch (error) {
    if (!(error instanceof KmaintError) || !staleCodes.has(error.code)) throw error;
    // To apply the same file again would only end the same way.
    report.emit({
      type: 'run.finished',
      verb: 'apply',
      outcome: outcomeOf(error.exitCode),
      exitCode: error.exitCode,
      message: error.message,
      code: error.code,
      hint: error.hint,
      undo: [],
      resume: [planAgain()],
    });
    return error.exitCode;
  }
}

/** Nodes and policy as they are typed. */
function wordsOf({ nodes, policy }: DrainPlan): readonly string[] {
  return [
    ...nodes.map(({ node }) => node),
    ...(policy.force ? ['--force'] : []),
    ...(policy.ignoreDaemonSets ? [] : ['--ignore-daemonsets=false']),
    ...(policy.deleteEmptyDirData ? ['--delete-emptydir-data'] : []),
    ...(policy.disableEviction ? ['--disable-eviction'] : []),
    ...(policy.gracePeriodSeconds === undefined ? [] : [`--grace-period=${policy.gracePeriodSeconds}`]),
    ...(policy.skipWaitForDeleteTimeoutSeconds === 0
      ? []
      : [`--skip-wait-for-delete-timeout=${policy.skipWaitForDeleteTimeoutSeconds}`]),
    ...(policy.podSelector === undefined ? [] : [`--pod-selector=${policy.podSelector}`]),
    ...(policy.strict ? ['--strict'] : []),
    ...policy.order.map(({ order, selector }) => `--order=${order}:${selector}`),
  ];
}

/** The plan's options, with what is said anew each time; its nodes by name, so that a selector cannot find others now. */
function optionsOf({ options, plan }: SavedPlan, now: ApplyOptions): DrainOptions {
  const { ownership, continuity, rolling } = options;
  return {
    targets: { names: plan.nodes.map(({ node }) => node), selector: undefined },
    dryRun: now.dryRun,
    policy: {
      ...plan.policy,
      gracePeriodSeconds: plan.policy.gracePeriodSeconds,
      podSelector: plan.policy.podSelector,
    },
    chunkSize: options.chunkSize,
    timeoutMs: options.timeoutMs,
    totalTimeoutMs: options.totalTimeoutMs,
    maxInFlight: options.maxInFlight,
    assumeYes: now.assumeYes,
    parallel: options.parallel,
    capacity: options.capacity,
    onFailure: options.onFailure,
    ownership: {
      reason: ownership.reason,
      ticket: ownership.ticket,
      takeOver: now.takeOver,
      excludeFromLoadBalancers: ownership.excludeFromLoadBalancers,
      holdAutoscaler: ownership.holdAutoscaler,
      notifyExec: ownership.notifyExec,
      notifyUrl: now.notifyUrl,
    },
    continuity: {
      replacementsMs: continuity.replacementsMs,
      volumesMs: continuity.volumesMs,
      surge: continuity.surge,
    },
    escalation: options.escalation,
    unreachable: { poweredOff: [], fenceExec: undefined, outOfService: false },
    rolling: rolling && { ...rolling, exec: rolling.exec, waitReadyMs: rolling.waitReadyMs },
  };
}

/** Without a uid on both sides the servers have to be the same; the nodes' uids are compared in any case. */
function checkCluster(
  { cluster, report }: World,
  { cluster: planned }: SavedPlan,
  path: string,
  uid: string | undefined,
): void {
  const { server } = cluster.identity;
  const known = uid !== undefined && planned.kubeSystemUid !== null;
  if (known ? uid === planned.kubeSystemUid : server === planned.server) {
    if (!known) {
      report.emit({
        type: 'warning',
        message: `whether this is the cluster of the plan is known only by its address, ${server}, and the uids of its nodes: the namespace kube-system could not be read ${uid === undefined ? 'now' : 'when the plan was made'}`,
      });
    }
    return;
  }
  const ids = known ? [` (kube-system has uid ${planned.kubeSystemUid})`, ` (uid ${uid})`] : ['', ''];
  throw new KmaintError(
    `${path} is a plan for another cluster: it was made for ${planned.server}${ids[0]}, this is ${server}${ids[1]}`,
    {
      code: 'drift.cluster',
      exitCode: exitCodes.drift,
      hint: 'choose the cluster of the plan with --context or --kubeconfig',
    },
  );
}

function refuseBlocked({ plan }: SavedPlan): void {
  const blocked = plan.nodes.filter(isBlocked);
  if (blocked.length === 0) return;
  const names = blocked.map(({ node }) => node).join(', ');
  const ofNodes = blocked.flatMap(({ blockers = [] }) => blockers.map(({ message }) => message));
  const what = ofNodes.length === 0 ? 'pods' : 'something';
  const why = ofNodes.length === 0 ? '' : `: ${ofNodes.join('; ')}`;
  throw new KmaintError(
    `the plan was saved with ${what} in the way of the drain (${names}), so it cannot be applied${why}`,
    {
      code: blockedPlan,
      exitCode: exitCodes.refused,
      hint: blockedHint(blocked) ?? 'plan again, with the flags that lift what is in the way',
    },
  );
}

/** Whoever could write the file chose them: they are named before they run; their arguments may hold secrets. */
function announcePrograms({ report }: World, { options }: SavedPlan): void {
  const { rolling, ownership } = options;
  if (rolling?.exec !== undefined) {
    report.emit({ type: 'warning', message: `the plan runs a program for each node: ${rolling.exec[0] ?? ''}` });
  }
  if (ownership.notifyExec !== undefined) {
    report.emit({ type: 'warning', message: `the plan runs a program to notify: ${ownership.notifyExec}` });
  }
}

/** A node that is gone is drift here, not a misspelt name. */
async function checkDrift(world: World, { plan }: SavedPlan, options: DrainOptions): Promise<void> {
  const { cluster, signal } = world;
  const { names } = options.targets;
  const found = await Promise.all(names.map((name) => cluster.getNode(name, { signal })));
  const there = found.flatMap((node) => (node ? [node.name] : []));
  const fresh =
    there.length === 0
      ? { nodes: [] }
      : await takePlan(world, { ...options, targets: { names: there, selector: undefined } });
  const drifts = driftOf(plan, fresh);
  if (drifts.length > 0) throw driftError(drifts);
}
