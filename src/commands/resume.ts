/** `kmaint resume`: goes on with a drain that was broken off. */
import { version } from '../cli/about.ts';
import { listFlag } from '../cli/flag.ts';
import { conversationFlags } from '../cli/global-flags.ts';
import { inWorld } from '../cli/run.ts';
import type { Verb } from '../cli/verb.ts';
import { drainFlags } from './drain-flags.ts';
import { drainOptions } from './drain.ts';
import { resumeFlags, typedOver } from './resume-flags.ts';

const nodesFlag = listFlag(
  {
    name: 'node',
    about: 'Only this node; without an ID, of the run that left its mark there, wherever its journal is',
  },
  'node',
  { onlyFlag: 'it says which nodes are meant' },
);

export const resume: Verb = {
  name: 'resume',
  operands: '[ID]',
  summary: 'Go on with a drain that was broken off',
  about: `Goes on with a drain that was interrupted, ran out of time, or whose process died: with the options it was given, on
the nodes it did not finish.
It looks at everything anew, and changes nothing when the cluster or a node is another one, or when the run is still at
work.`,
  examples: `kmaint resume                         # the only unfinished run
kmaint resume 20261121-134500
kmaint resume 20261121-134500 --node node2 --timeout 20m
kmaint resume --node node1 --node node2   # from another machine`,
  notes: `On a terminal the plan is shown and has to be confirmed again, unless --yes is given.
Without an ID there must be only one unfinished run of this cluster; otherwise they are listed.
The options are those that the run was started with; a flag that is typed now takes the place of the run's own. With
--node where the journal of the run is on another machine they are not known: a drain with the flags that are typed goes
on, once the run has not been heard of for long enough. From then on this machine has a journal of the run too, with all
its nodes that are still cordoned, so that the next resume may name another of them, or none.
A node that somebody uncordoned meanwhile is only taken out of service again with --yes, or after the question.

Exit codes: those of drain; 0 also when nothing is left to do, 2 no such run, 3 another cluster, or a run that changed
nothing or was rolled back, 5 the run is still at work, 6 a node was registered anew, or uncordoned by somebody.`,
  flags: [nodesFlag, ...resumeFlags],
  removedFlags: {},
  completes: (operands) => (operands.length === 0 ? 'unfinished runs' : undefined),
  prepare(input) {
    const { settings, operands, problem } = input;
    const nodes = settings.get(nodesFlag);
    if (operands.length > 1) problem(`resume takes the ID of one run, but got ${operands.join(' ')}`);
    if (settings.get(drainFlags.dryRun) !== 'none') {
      problem('resume changes the cluster, and has no dry run: kmaint plan NODE shows what would be done');
    }
    const typed = drainOptions({ ...input, operands: nodes.length > 0 ? nodes : ['node'] }, 'resume');
    const request = {
      run: operands[0],
      nodes: nodes.length > 0 ? typed.targets.names : [],
      assumeYes: settings.get(conversationFlags.yes),
      notifyUrl: settings.get(drainFlags.notifyUrl),
      fallback: { ...typed, dryRun: 'none' as const },
      withTyped: typedOver(settings, typed),
    };
    return async (run) => {
      // oxlint-disable-next-line no-restricted-imports -- here, inside the action, is where it belongs
      const { resumeRun } = await import('../drain/resume.ts');
      // oxlint-disable-next-line no-restricted-imports -- as above
      const { drainNodes } = await import('../drain/drain.ts');
      const { journalDeps } = await import('../journal/deps.ts');
      const journals = journalDeps(run, run.io.self, version);
      const limits = { maxRequestsInFlight: typed.maxInFlight };
      return inWorld(run, (world) => resumeRun(world, journals, request, drainNodes), limits);
    };
  },
};
