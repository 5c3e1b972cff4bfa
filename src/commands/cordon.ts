/** `kmaint cordon`: no new pods on these nodes. */
import { inWorld } from '../cli/run.ts';
import type { Verb } from '../cli/verb.ts';
import { drainFlags } from './drain-flags.ts';
import { dryRunFlag, nodeTargets, selectorFlag } from './node-targets.ts';

export const cordon: Verb = {
  name: 'cordon',
  operands: 'NODE... | -l SELECTOR',
  summary: 'Keep new pods off nodes',
  about: `Marks nodes unschedulable: the scheduler puts no new pods on them.
It does not touch pods that are already there (see drain), and DaemonSet pods still come.
With --reason or --ticket it also writes on the node who cordoned it and why, and uncordon heeds that.`,
  examples: `kmaint cordon node1
kmaint cordon node1 --reason 'new disk' --ticket OPS-7
kmaint cordon node1 node2 --dry-run=server
kmaint cordon -l topology.kubernetes.io/zone=a`,
  notes: `A node that is cordoned already is left as it is; a reason is added where nobody else has signed it. All nodes
are looked up before the first is changed; one that fails does not keep the others from being tried, but makes the
command fail.

Exit codes: 0 done, 1 some nodes failed, 2 usage, 4 cluster or no such node, 128+n interrupted.
Undo: kmaint uncordon NODE`,
  flags: [selectorFlag, dryRunFlag, drainFlags.reason, drainFlags.ticket],
  removedFlags: {},
  completes: () => 'nodes',
  prepare(input) {
    const { get } = input.settings;
    const reason = get(drainFlags.reason);
    const ticket = get(drainFlags.ticket);
    const options = {
      targets: nodeTargets(input, 'cordon'),
      dryRun: get(dryRunFlag),
      unschedulable: true,
    };
    return async (run) => {
      // oxlint-disable-next-line no-restricted-imports -- here, inside the action, is where it belongs
      const { cordonNodes } = await import('../drain/cordon.ts');
      return inWorld(run, (world) =>
        cordonNodes(world, { ...options, claim: { holder: world.holder, reason, ticket, takeOver: false } }),
      );
    };
  },
};
