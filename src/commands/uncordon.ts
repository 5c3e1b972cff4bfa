/** `kmaint uncordon`: these nodes take new pods again. */
import { inWorld } from '../cli/run.ts';
import { choiceFlag } from '../cli/flag.ts';
import { conversationFlags } from '../cli/global-flags.ts';
import type { Verb } from '../cli/verb.ts';
import { drainFlags } from './drain-flags.ts';
import type { Node } from '../cluster/node.ts';
import { dryRunFlag, nodeTargets, selectorFlag } from './node-targets.ts';

const rebalanceFlag = choiceFlag<'no' | 'ask' | 'plan'>(
  { name: 'rebalance', about: 'Move pods back whose workloads would then be spread more evenly; plan: only list them' },
  ['no', 'ask', 'plan'],
  'no',
  'ask',
  { onlyFlag: 'it evicts pods' },
);

export const uncordon: Verb = {
  name: 'uncordon',
  operands: 'NODE... | -l SELECTOR',
  summary: 'Let nodes take new pods again',
  about: `Marks nodes schedulable again, after a cordon or a drain.
It does not bring back the pods that a drain moved away (see --rebalance), and it removes no taints of yours.
A node that a run is working on, or that somebody else cordoned for a reason, needs --take-over.`,
  examples: `kmaint uncordon node1
kmaint uncordon node1 --rebalance=plan      # which pods would stand more evenly there
kmaint uncordon node1 --rebalance
kmaint uncordon -l topology.kubernetes.io/zone=a`,
  notes: `A node that is schedulable already is left as it is. All nodes are looked up before the first is changed;
one that fails does not keep the others from being tried, but makes the command fail.
--rebalance lists controlled pods whose move would improve the spread of their workloads, asks (or takes --yes), and
evicts them where they are, a few at a time and as their budgets allow; =plan only lists them, and so does --dry-run.

Exit codes: 0 done, 1 some nodes failed, or pods were not moved as asked, 2 usage, 3 moves not confirmed where no node
had to be uncordoned, 4 cluster or no such node, 5 held by a run or cordoned by somebody else for a reason, 128+n
interrupted.
Undo: kmaint cordon NODE`,
  flags: [selectorFlag, dryRunFlag, drainFlags.takeOver, rebalanceFlag],
  removedFlags: {},
  completes: () => 'nodes',
  prepare(input) {
    const { get } = input.settings;
    const takeOver = get(drainFlags.takeOver);
    const options = {
      targets: nodeTargets(input, 'uncordon'),
      dryRun: get(dryRunFlag),
      unschedulable: false,
    };
    const mode = get(rebalanceFlag);
    const assumeYes = get(conversationFlags.yes);
    return async (run) => {
      /* oxlint-disable no-restricted-imports -- here, inside the action, is where it belongs */
      const [{ cordonNodes }, { afterUncordon }] = await Promise.all([
        import('../drain/cordon.ts'),
        import('../drain/uncordoned.ts'),
      ]);
      /* oxlint-enable no-restricted-imports */
      return inWorld(run, (world) => {
        const claim = { holder: world.holder, reason: undefined, ticket: undefined, takeOver };
        const after = (nodes: readonly Node[]): Promise<number> =>
          afterUncordon(world, nodes, {
            rebalance: mode === 'no' ? undefined : mode,
            assumeYes,
            dryRun: options.dryRun,
          });
        return cordonNodes(world, { ...options, claim, after });
      });
    };
  },
};
