/** `kmaint uncordon`: these nodes take new pods again. */
import { inWorld } from '../cli/run.ts';
import type { Verb } from '../cli/verb.ts';
import { dryRunFlag, nodeTargets, selectorFlag } from './node-targets.ts';

export const uncordon: Verb = {
  name: 'uncordon',
  operands: 'NODE... | -l SELECTOR',
  summary: 'Let nodes take new pods again',
  about: `Marks nodes schedulable again, after a cordon or a drain.
It does not bring back the pods that a drain moved away, and it removes no taints of yours.`,
  examples: `kmaint uncordon node1
kmaint uncordon -l topology.kubernetes.io/zone=a`,
  notes: `A node that is schedulable already is left as it is. All nodes are looked up before the first is changed;
one that fails does not keep the others from being tried, but makes the command fail.

Exit codes: 0 done, 1 some nodes failed, 2 usage, 4 cluster or no such node, 128+n interrupted.
Undo: kmaint cordon NODE`,
  flags: [selectorFlag, dryRunFlag],
  removedFlags: {},
  prepare(input) {
    const options = {
      targets: nodeTargets(input, 'uncordon'),
      dryRun: input.settings.get(dryRunFlag),
      unschedulable: false,
    };
    return async (run) => {
      // oxlint-disable-next-line no-restricted-imports -- here, inside the action, is where it belongs
      const { cordonNodes } = await import('../drain/cordon.ts');
      return inWorld(run, (world) => cordonNodes(world, options));
    };
  },
};
