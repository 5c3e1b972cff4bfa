/** The flags of drain: kubectl's, with its names and defaults, and ours. */
import { durationFlag } from '../cli/duration.ts';
import { booleanFlag, type AnyFlag } from '../cli/flag.ts';
import { integerFlag } from '../cli/integer.ts';
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
    about: 'Refuse also where the drain could only wait for ever, such as for a budget that never allows an eviction',
  }),
} as const;

export const allDrainFlags: readonly AnyFlag[] = Object.values(drainFlags);
