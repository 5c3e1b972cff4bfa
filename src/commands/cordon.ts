/** `kmaint cordon`: no new pods on these nodes. */
import { inWorld } from '../cli/run.ts';
import type { Verb } from '../cli/verb.ts';
import { dryRunFlag, nodeTargets, selectorFlag } from './node-targets.ts';

export const cordon: Verb = {
  name: 'cordon',
  operands: 'NODE... | -l SELECTOR',
  summary: 'Keep new pods off nodes',
  about: `Marks nodes unschedulable: the scheduler puts no new pods on them.
It does not touch pods that are already there (see drain), and DaemonSet pods still come.`,
  examples: `kmaint cordon node1
kmaint cordon node1 node2 --dry-run=server
kmaint cordon -l topology.kubernetes.io/zone=a`,
  notes: `A node that is cordoned already is left as it is. All nodes are looked up before the first is changed;
one that fails does not keep the others from being tried, but makes the command fail.

Exit codes: 0 done, 1 some nodes failed, 2 usage, 4 cluster or no such node, 128+n interrupted.
Undo: kmaint uncordon NODE`,
  flags: [selectorFlag, dryRunFlag],
  removedFlags: {},
  prepare(input) {
    const options = {
      targets: nodeTargets(input, 'cordon'),
      dryRun: input.settings.get(dryRunFlag),
      unschedulable: true,
    };
    return async (run) => {
      // oxlint-disable-next-line no-restricted-imports -- here, inside the action, is where it belongs
      const { cordonNodes } = await import('../drain/cordon.ts');
      return inWorld(run, (world) => cordonNodes(world, options));
    };
  },
};
