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
It leaves mirror pods and DaemonSet pods alone, and it does not shut down, delete or uncordon a node.
When a pod is in the way (see --force, --delete-emptydir-data) that node is left as it was, with every reason listed.`,
  examples: `kmaint drain node1
kmaint drain node1 --dry-run                # the plan, pod by pod; changes nothing
kmaint drain node1 --force --delete-emptydir-data --timeout=10m
kmaint drain -l pool=old --total-timeout=1h --yes -o json`,
  notes: `On a terminal the plan is shown and has to be confirmed, unless --yes is given; elsewhere the flags are the consent.

How the time limits combine (nodes are drained one after the other; whichever limit ends first wins):
  --timeout  --total-timeout  what ends
  0s         0s               nothing: waits for as long as a budget blocks
  5m         0s               a node, 5m after its own drain began; the next one is drained all the same
  0s         1h               the run, 1h after it began; nodes not reached by then stay cordoned and are named
  5m         1h               a node after 5m, and the run after 1h
What ran out of time ends with exit code 124; with 1 when other nodes ended in another way.
--request-timeout bounds one request, --grace-period what a pod gets to end in; neither ends a drain.

Exit codes: 0 drained, 1 pods left or some nodes failed, 2 usage, 3 refused before any change (pods in the way, or not
confirmed), 4 cluster or no such node, 124 timeout, 128+n interrupted; several nodes: the common code, else 1.
Undo: kmaint uncordon NODE`,
  flags: allDrainFlags,
  removedFlags: {
    'delete-local-data': 'is gone, as it is from kubectl since 1.31: use --delete-emptydir-data',
    'ignore-errors': 'is gone, as it is from kubectl: one node that fails never keeps the others from being drained',
  },
  prepare(input) {
    const options = drainOptions(input);
    return async (run) => {
      // oxlint-disable-next-line no-restricted-imports -- here, inside the action, is where it belongs
      const { drainNodes } = await import('../drain/drain.ts');
      return inWorld(run, (world) => drainNodes(world, options));
    };
  },
};

/** The flags as the workflow takes them. */
export function drainOptions(input: VerbInput): DrainOptions {
  const { get } = input.settings;
  const gracePeriodSeconds = get(drainFlags.gracePeriod);
  return {
    targets: nodeTargets(input, 'drain'),
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
  if (notifyUrl !== undefined && !/^https?:$/.test(URL.parse(notifyUrl)?.protocol ?? '')) {
    problem('--notify-url is not an http or https URL');
  }
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
