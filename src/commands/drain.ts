/** `kmaint drain`: empties nodes for maintenance. */
import { inWorld } from '../cli/run.ts';
import type { Verb, VerbInput } from '../cli/verb.ts';
import type { DrainOptions } from '../drain/options.ts';
import { conversationFlags } from '../cli/global-flags.ts';
import { allDrainFlags, drainFlags } from './drain-flags.ts';
import { nodeTargets } from './node-targets.ts';

export const drain: Verb = {
  name: 'drain',
  operands: 'NODE... | -l SELECTOR',
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
    },
    chunkSize: get(drainFlags.chunkSize),
    timeoutMs: get(drainFlags.timeout),
    totalTimeoutMs: get(drainFlags.totalTimeout),
    maxInFlight: get(drainFlags.maxInFlight),
    assumeYes: get(conversationFlags.yes),
  };
}
