/** `kmaint drain`: empties nodes for maintenance. */
import { inWorld } from '../cli/run.ts';
import type { Verb, VerbInput } from '../cli/verb.ts';
import type {
  DrainOptions,
  EscalationOptions,
  OwnershipOptions,
  RollingOptions,
  UnreachableOptions,
} from '../drain/options.ts';
import { conversationFlags } from '../cli/global-flags.ts';
import { allDrainFlags, drainFlags } from './drain-flags.ts';
import { nodeTargets } from './node-targets.ts';

export const drain: Verb = {
  name: 'drain',
  operands: 'NODE... | -l SELECTOR',
  takesCommand: true,
  summary: 'Empty nodes for maintenance: plan, cordon, evict, verify',
  about: `Empties nodes for maintenance: plans, cordons, evicts pods as their disruption budgets allow, waits until they are gone.
It leaves mirror pods and DaemonSet pods alone, does not shut down or delete a node, and uncordons none unless told to.
When a pod is in the way (see --force, --delete-emptydir-data) that node is left as it was, with every reason listed; so
is a control-plane node without which etcd would have no quorum.`,
  examples: `kmaint drain node1
kmaint drain node1 --dry-run                # the plan, pod by pod; changes nothing
kmaint drain node1 --force --delete-emptydir-data --timeout=10m
kmaint drain -l pool=old --parallel=25% --wait-replacements --yes -o json
kmaint drain -l pool=old --max-unavailable=1 --reboot --uncordon --exec -- ./reboot.sh`,
  notes: `On a terminal the plan is shown and has to be confirmed, unless --yes is given; elsewhere the flags are the consent.

How limits combine (whichever ends first wins; 0s, or no flag: no limit):
  --timeout            a node's drain, from its first eviction on; the others go on       124
  --total-timeout      the run; nodes not reached stay cordoned and are named             124
  --deadline           with --escalate: pods are deleted so that they are gone by then    ends nothing by itself
  --wait-replacements  after each wave: the owners' ready counts                          124 for that node
  --wait-volumes       after the pods: the node's volumes                                 124 for that node
  --parallel           nodes at a time, all cordoned first (default 1)
  --max-unavailable    nodes at a time in a rolling run, only those cordoned (default 1); not with --parallel
  --wait-ready         rolling, after --exec: the node's return                           124, no further node begins
--timeout counts all that happens on a node, its waits too. --request-timeout bounds one request, --grace-period what a
pod gets to end in; neither ends a drain.

A rolling run (with any of --max-unavailable, --exec, --reboot, --wait-ready, --uncordon, --min-stable, --critical-pods)
takes nodes one window after the other, and begins no further node after one that failed, or when a health gate fails
(exit 7).

What ran out of time ends with exit code 124; with 1 when other nodes ended in another way.

Exit codes: 0 drained, 1 pods left or some nodes failed, 2 usage, 3 refused before any change (pods in the way, the
quorum of etcd, or not confirmed), 4 cluster or no such node, 5 somebody else has the node, 6 the node changed since the
plan, 7 a health gate failed, 124 timeout, 128+n interrupted; several nodes: the common code, else 1.
Undo: kmaint rollback, or kmaint uncordon NODE. Go on: kmaint resume`,
  flags: allDrainFlags,
  removedFlags: {
    'delete-local-data': 'is gone, as it is from kubectl since 1.31: use --delete-emptydir-data',
    'ignore-errors': 'is gone, as it is from kubectl: one node that fails never keeps the others from being drained',
  },
  completes: () => 'nodes',
  prepare(input) {
    const options = drainOptions(input);
    return async (run) => {
      // oxlint-disable-next-line no-restricted-imports -- here, inside the action, is where it belongs
      const { drainNodes } = await import('../drain/drain.ts');
      return inWorld(run, (world) => drainNodes(world, options), { maxRequestsInFlight: options.maxInFlight });
    };
  },
};

/**
 * The flags as the workflow takes them.
 *
 * @param verb the one that was typed: what is wrong is said of it, where another verb takes drain's flags
 */
export function drainOptions(input: VerbInput, verb = 'drain'): DrainOptions {
  const { get } = input.settings;
  const gracePeriodSeconds = get(drainFlags.gracePeriod);
  return {
    targets: nodeTargets(input, verb),
    dryRun: get(drainFlags.dryRun),
    policy: {
      force: get(drainFlags.force),
      ignoreDaemonSets: get(drainFlags.ignoreDaemonSets),
      deleteEmptyDirData: get(drainFlags.deleteEmptyDirData),
      disableEviction: get(drainFlags.disableEviction),
      gracePeriodSeconds: gracePeriodSeconds < 0 ? undefined : gracePeriodSeconds,
      skipWaitForDeleteTimeoutSeconds: get(drainFlags.skipWaitForDeleteTimeout),
      podSelector: get(drainFlags.podSelector),
      strict: get(drainFlags.strict),
      order: get(drainFlags.order),
    },
    chunkSize: get(drainFlags.chunkSize),
    timeoutMs: get(drainFlags.timeout),
    totalTimeoutMs: get(drainFlags.totalTimeout),
    maxInFlight: get(drainFlags.maxInFlight),
    assumeYes: get(conversationFlags.yes),
    parallel: get(drainFlags.parallel),
    capacity: get(drainFlags.capacity),
    onFailure: get(drainFlags.onFailure),
    ownership: ownershipOptions(input),
    continuity: {
      replacementsMs: get(drainFlags.waitReplacements),
      volumesMs: get(drainFlags.waitVolumes),
      surge: get(drainFlags.surge),
    },
    escalation: escalationOptions(input),
    unreachable: unreachableOptions(input),
    rolling: rollingOptions(input),
  };
}

function ownershipOptions({ settings: { get }, problem }: VerbInput): OwnershipOptions {
  const notifyUrl = get(drainFlags.notifyUrl);
  if (notifyUrl !== undefined && !isWebUrl(notifyUrl)) problem('--notify-url is not an http or https URL');
  return {
    reason: get(drainFlags.reason),
    ticket: get(drainFlags.ticket),
    takeOver: get(drainFlags.takeOver),
    excludeFromLoadBalancers: get(drainFlags.excludeFromLb),
    holdAutoscaler: get(drainFlags.holdAutoscaler),
    notifyExec: get(drainFlags.notifyExec),
    notifyUrl,
  };
}

export function isWebUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

function escalationOptions({ settings: { get }, problem }: VerbInput): EscalationOptions | undefined {
  const deadlineMs = get(drainFlags.deadline);
  const rung = get(drainFlags.escalate);
  if (rung === 'none') {
    if (deadlineMs !== undefined) problem('--deadline needs --escalate: what is to be done then');
    return undefined;
  }
  if (deadlineMs === undefined) {
    problem(`--escalate=${rung} needs --deadline: how long budgets are waited for first, such as --deadline=10m`);
    return undefined;
  }
  return { deadlineMs, rung };
}

function unreachableOptions({ settings: { get }, problem }: VerbInput): UnreachableOptions {
  const poweredOff = get(drainFlags.poweredOff);
  const fenceExec = get(drainFlags.fenceExec);
  const outOfService = get(drainFlags.outOfService);
  const proof = poweredOff.length > 0 || fenceExec !== undefined;
  if (outOfService && !proof)
    problem('--out-of-service needs proof that the node is off: --powered-off or --fence-exec');
  if (get(drainFlags.escalate) === 'force' && !proof) {
    problem('--escalate=force needs proof that the node is off: --powered-off or --fence-exec');
  }
  return { poweredOff, fenceExec, outOfService };
}

function rollingOptions({ settings, command, problem }: VerbInput): RollingOptions | undefined {
  const { get } = settings;
  const runs = get(drainFlags.exec);
  if (runs && (command === undefined || command.length === 0)) problem('--exec needs the program after --');
  if (!runs && command !== undefined) problem('what stands after -- is only run with --exec');
  const rollingFlags = [
    drainFlags.maxUnavailable,
    drainFlags.exec,
    drainFlags.waitReady,
    drainFlags.uncordon,
    drainFlags.reboot,
    drainFlags.minStable,
    drainFlags.criticalPods,
  ];
  if (rollingFlags.every((flag) => settings.source(flag) === 'default')) return undefined;
  if (settings.source(drainFlags.parallel) !== 'default') {
    problem('--parallel and --max-unavailable say the same of a rolling run: use --max-unavailable');
  }
  for (const pods of get(drainFlags.criticalPods)) {
    if (/^[^/:]+(?:\/[^/:]+|:.+)$/s.test(pods)) continue;
    problem(`--critical-pods: ${JSON.stringify(pods)} is neither NAMESPACE/NAME nor NAMESPACE:LABEL=VALUE`);
  }
  if (get(drainFlags.reboot) && !runs) problem('--reboot needs --exec: the program that reboots the node');
  return {
    maxUnavailable: get(drainFlags.maxUnavailable) ?? { count: 1 },
    exec: runs ? command : undefined,
    waitReadyMs: get(drainFlags.waitReady),
    uncordon: get(drainFlags.uncordon),
    expectReboot: get(drainFlags.reboot),
    minStableMs: get(drainFlags.minStable) ?? 0,
    criticalPods: get(drainFlags.criticalPods),
  };
}
