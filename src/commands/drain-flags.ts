/** The flags of drain: kubectl's, with its names and defaults, and ours. */
import { durationFlag, waitFlag } from '../cli/duration.ts';
import { booleanFlag, choiceFlag, listFlag, textFlag, type AnyFlag } from '../cli/flag.ts';
import { integerFlag } from '../cli/integer.ts';
import { nodeCountFlag } from './node-count.ts';
import { orderFlag } from './order-flag.ts';
import { dryRunFlag, podSelectorFlag, selectorFlag } from './node-targets.ts';

export const drainFlags = {
  selector: selectorFlag,
  podSelector: podSelectorFlag,
  dryRun: dryRunFlag,
  force: booleanFlag(
    { name: 'force', about: 'Also remove pods without a controller: nothing brings them back. Budgets still count' },
    false,
    { onlyFlag: 'it removes pods that nothing brings back' },
  ),
  ignoreDaemonSets: booleanFlag(
    { name: 'ignore-daemonsets', about: 'Leave DaemonSet pods alone; =false refuses to drain when there are any' },
    true,
  ),
  deleteEmptyDirData: booleanFlag(
    { name: 'delete-emptydir-data', about: 'Also remove pods with emptyDir volumes: their data is lost' },
    false,
    { onlyFlag: 'it loses data' },
  ),
  disableEviction: booleanFlag(
    { name: 'disable-eviction', about: 'Delete pods instead of evicting them: disruption budgets do not count' },
    false,
    { onlyFlag: 'it goes past disruption budgets' },
  ),
  gracePeriod: integerFlag(
    {
      name: 'grace-period',
      about: 'Seconds for each pod to end in; -1: as long as the pod itself asks for. 0 kills at once',
    },
    { fallback: -1, min: -1 },
    { onlyFlag: '0 kills pods at once', onlyFlagWhen: (text) => Number(text) === 0 },
  ),
  timeout: durationFlag({ name: 'timeout', about: "Give up a node's drain after this; 0s: never" }),
  totalTimeout: durationFlag({ name: 'total-timeout', about: 'Give up the whole run after this; 0s: never' }),
  skipWaitForDeleteTimeout: integerFlag(
    {
      name: 'skip-wait-for-delete-timeout',
      about: 'Do not wait for pods that should have been gone this many seconds ago; 0: wait for all',
    },
    { fallback: 0, min: 0 },
  ),
  maxInFlight: integerFlag(
    { name: 'max-in-flight', about: 'Evictions or deletions in flight at once' },
    { fallback: 25, min: 1, max: 1000 },
  ),
  chunkSize: integerFlag(
    { name: 'chunk-size', about: 'Objects a page of a list; 0: all at once' },
    { fallback: 500, min: 0 },
  ),
  strict: booleanFlag({
    name: 'strict',
    about:
      'Refuse also what could not end well: budgets that never allow it, no room, local volumes, single replicas, pods that come back',
  }),
  capacity: choiceFlag(
    { name: 'capacity', about: 'Check the room on other nodes; auto: where the plan is shown to somebody' },
    ['auto', 'always', 'never'],
    'auto',
  ),
  order: orderFlag,
  parallel: nodeCountFlag(
    { name: 'parallel', about: 'Nodes drained at the same time, a number or a share (25%); budgets are shared' },
    { count: 1 },
  ),
  waitReplacements: waitFlag(
    {
      name: 'wait-replacements',
      about: "Before the next wave or node wait until the pods' owners have their ready counts back; 0: for ever",
    },
    '5m',
  ),
  waitVolumes: waitFlag(
    { name: 'wait-volumes', about: "Wait until the node's volumes are detached; 0: for ever" },
    '5m',
  ),
  surge: booleanFlag({
    name: 'surge',
    about: 'Move Deployments of one replica by a rollout restart, so that they are never down',
  }),
  deadline: durationFlag({ name: 'deadline', about: 'When --escalate begins, from the first eviction of a node on' }),
  escalate: choiceFlag<'none' | 'delete' | 'force'>(
    {
      name: 'escalate',
      about: 'After --deadline go past budgets: delete pods, or on a node proven dead remove their objects',
    },
    ['none', 'delete', 'force'],
    'none',
    undefined,
    { onlyFlag: 'it goes past disruption budgets', onlyFlagWhen: (text) => text !== 'none' },
  ),
  poweredOff: listFlag({ name: 'powered-off', about: 'This node is switched off: I have seen to it' }, 'node', {
    onlyFlag: 'it declares a node dead',
  }),
  fenceExec: textFlag(
    { name: 'fence-exec', about: 'Program that switches the node in KMAINT_NODE off; exit code 0 proves it' },
    'program',
    { onlyFlag: 'it switches nodes off' },
  ),
  outOfService: booleanFlag(
    { name: 'out-of-service', about: 'On a node proven dead set the out-of-service taint, which frees its volumes' },
    false,
    { onlyFlag: 'it detaches volumes by force' },
  ),
  onFailure: choiceFlag(
    { name: 'on-failure', about: 'After a drain that failed keep our cordon, or restore what was before' },
    ['keep', 'restore'],
    'keep',
  ),
  reason: textFlag({ name: 'reason', about: 'Why; stands on the node and in its events' }, 'text'),
  ticket: textFlag({ name: 'ticket', about: 'Which ticket this belongs to; stands beside the reason' }, 'id'),
  takeOver: booleanFlag(
    { name: 'take-over', about: 'Take the node from another run that still holds it, or from whoever cordoned it' },
    false,
    { onlyFlag: "it ends somebody else's work" },
  ),
  excludeFromLb: booleanFlag({
    name: 'exclude-from-lb',
    about: 'Take the node out of external load balancers while we have it',
  }),
  holdAutoscaler: booleanFlag({
    name: 'hold-autoscaler',
    about: 'Keep the cluster autoscaler from removing the node while we have it',
  }),
  notifyExec: textFlag(
    { name: 'notify-exec', about: 'Program told of start, end and failure: JSON on its stdin' },
    'program',
  ),
  notifyUrl: textFlag({ name: 'notify-url', about: 'URL that the same JSON is POSTed to' }, 'url', { secret: true }),
  maxUnavailable: nodeCountFlag(
    {
      name: 'max-unavailable',
      about: 'Rolling: work on this many nodes at a time, a number or a share, cordoning only those',
    },
    undefined,
  ),
  exec: booleanFlag(
    { name: 'exec', about: 'Rolling: run what stands after -- for each drained node, its name in KMAINT_NODE' },
    false,
    { onlyFlag: 'it runs a program' },
  ),
  waitReady: waitFlag({ name: 'wait-ready', about: 'Rolling: wait until the node is Ready again; 0: for ever' }, '10m'),
  uncordon: booleanFlag({ name: 'uncordon', about: 'Rolling: uncordon each node, unless it was cordoned before' }),
  reboot: booleanFlag({
    name: 'reboot',
    about: 'Rolling: the program reboots the node; go on only when its bootID has changed',
  }),
  minStable: durationFlag({ name: 'min-stable', about: 'Rolling: how long a node has to stay well before the next' }),
  criticalPods: listFlag(
    {
      name: 'critical-pods',
      about: 'Rolling: these have to be ready before each node: NAMESPACE/NAME of a workload, or NAMESPACE:LABEL=VALUE',
    },
    'pods',
  ),
} as const;

export const allDrainFlags: readonly AnyFlag[] = Object.values(drainFlags);
