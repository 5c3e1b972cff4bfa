/** `kmaint resume`: goes on with a drain that was broken off. */
import { version } from '../cli/about.ts';
import { textFlag } from '../cli/flag.ts';
import { conversationFlags } from '../cli/global-flags.ts';
import { inWorld } from '../cli/run.ts';
import type { Verb } from '../cli/verb.ts';
import { drainFlags } from './drain-flags.ts';
import { drainOptions } from './drain.ts';

/** Shared with rollback: for a machine that has no journal of the run. */
export const nodeFlag = textFlag(
  { name: 'node', about: 'Go by what the run left on this node, where its journal is on another machine' },
  'node',
  { onlyFlag: 'it says which node is meant' },
);

export const resume: Verb = {
  name: 'resume',
  operands: '[ID]',
  summary: 'Go on with a drain that was broken off',
  about: `Goes on with a drain that was interrupted, ran out of time, or whose process died: with the options it was given, on the nodes it did not finish.
It looks at everything anew, and changes nothing when the cluster or a node is another one, or when the run is still at work.`,
  examples: `kmaint resume                         # the only unfinished run
kmaint resume 20261121-134500
kmaint resume --node node1            # from another machine`,
  notes: `On a terminal the plan is shown and has to be confirmed again, unless --yes is given.
Without an ID there must be only one unfinished run of this cluster; otherwise they are listed. With --node the options
of the run are not known: a plain drain goes on, once the run has not been heard of for long enough.

Exit codes: those of drain; 0 also when nothing is left to do, 2 no such run, 3 another cluster, or a run that changed
nothing or was rolled back, 5 the run is still at work, 6 a node was registered anew.`,
  flags: [nodeFlag, drainFlags.notifyUrl],
  removedFlags: {},
  prepare(input) {
    const { settings, operands, problem } = input;
    const node = settings.get(nodeFlag);
    if (operands.length > 1) problem(`resume takes the ID of one run, but got ${operands.join(' ')}`);
    if (node !== undefined && operands.length > 0) problem('give the ID of a run or --node, not both');
    const fallback = drainOptions({ ...input, operands: [node ?? 'node'] });
    const request = {
      run: operands[0],
      node,
      assumeYes: settings.get(conversationFlags.yes),
      notifyUrl: settings.get(drainFlags.notifyUrl),
      fallback: { ...fallback, dryRun: 'none' as const },
    };
    return async (run) => {
      // oxlint-disable-next-line no-restricted-imports -- here, inside the action, is where it belongs
      const { resumeRun } = await import('../drain/resume.ts');
      // oxlint-disable-next-line no-restricted-imports -- as above
      const { drainNodes } = await import('../drain/drain.ts');
      const { journalDeps } = await import('../journal/deps.ts');
      const journals = journalDeps(run, run.io.self, version);
      return inWorld(run, (world) => resumeRun(world, journals, request, drainNodes));
    };
  },
};
