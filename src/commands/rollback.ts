/** `kmaint rollback`: makes nodes what they were before a run. */
import { version } from '../cli/about.ts';
import { textFlag } from '../cli/flag.ts';
import { conversationFlags } from '../cli/global-flags.ts';
import { inWorld } from '../cli/run.ts';
import type { Verb } from '../cli/verb.ts';

const nodeFlag = textFlag(
  { name: 'node', about: 'Go by what the run left on this node, where its journal is on another machine' },
  'node',
  { onlyFlag: 'it says which node is meant' },
);

export const rollback: Verb = {
  name: 'rollback',
  operands: '[ID]',
  summary: 'Make nodes what they were before a run',
  about: `Restores what a drain changed on its nodes: cordons, labels, annotations and taints of its own; whatever was there
before stays, and so does what others changed since.
It does not bring evicted pods back, and it does not undo restarts of Deployments.`,
  examples: `kmaint rollback 20261121-134500
kmaint rollback                       # the only unfinished run
kmaint rollback --node node1          # from another machine`,
  notes: `On a terminal it says what it would do and asks, unless --yes is given. A second time it finds nothing to do.

Exit codes: 0 restored, or nothing to do; 1 some nodes could not be restored; 2 no such run; 3 another cluster, or not
confirmed; 4 cluster; 5 the run, or another one on the node, is still at work; 6 the node was registered anew.`,
  flags: [nodeFlag],
  removedFlags: {},
  completes: (operands) => (operands.length === 0 ? 'runs' : undefined),
  prepare({ settings, operands, problem }) {
    const node = settings.get(nodeFlag);
    if (operands.length > 1) problem(`rollback takes the ID of one run, but got ${operands.join(' ')}`);
    if (node !== undefined && operands.length > 0) problem('give the ID of a run or --node, not both');
    const request = { run: operands[0], node, assumeYes: settings.get(conversationFlags.yes) };
    return async (run) => {
      // oxlint-disable-next-line no-restricted-imports -- here, inside the action, is where it belongs
      const { rollbackRun } = await import('../drain/rollback.ts');
      const { journalDeps } = await import('../journal/deps.ts');
      const journals = journalDeps(run, run.io.self, version);
      return inWorld(run, (world) => rollbackRun(world, journals, request));
    };
  },
};
