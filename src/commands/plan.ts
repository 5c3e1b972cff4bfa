/** `kmaint plan`: what a drain would do, for reading and for keeping. */
import { version as kmaintVersion } from '../cli/about.ts';
import { textFlag } from '../cli/flag.ts';
import { inWorld } from '../cli/run.ts';
import type { Verb, VerbInput } from '../cli/verb.ts';
import type { ShowPlanOptions } from '../drain/show-plan.ts';
import { drainOptions } from './drain.ts';
import { drainFlags } from './drain-flags.ts';

export const outFlag = textFlag(
  { name: 'out', about: 'Save the plan to this file, for kmaint apply; only another plan is overwritten' },
  'file',
  { onlyFlag: 'it says which file is written' },
);

/** A plan changes nothing, and consent, proofs and secrets are not kept in one. */
const { dryRun: _, takeOver: __, poweredOff, fenceExec, outOfService, notifyUrl, ...planFlags } = drainFlags;

export const plan: Verb = {
  name: 'plan',
  operands: 'NODE... | -l SELECTOR',
  takesCommand: true,
  summary: 'Show what a drain would do, pod by pod, and save it for apply',
  about: `Shows what a drain with these flags would do to every pod: what goes, what stays, what is in the way, what has to wait
for disruption budgets, and whether there is room elsewhere. It changes nothing in the cluster.
With --out the plan is saved together with its flags, so that kmaint apply can carry out exactly that later.`,
  examples: `kmaint plan node1
kmaint plan node1 --force --timeout=10m --out node1.plan
kmaint plan -l pool=old -o json`,
  notes: `Unlike drain, plan looks at the room on other nodes unless --capacity=never is given.
A saved plan keeps how it is carried out (time limits, waits, waves, the rolling loop). It never keeps --yes,
--take-over, --notify-url, or the word that a node is off (--powered-off, --fence-exec, --out-of-service,
--escalate=force).
A plan with pods or the quorum of etcd in the way may be saved, but apply refuses it.

Exit codes: 0 the drain could begin, 2 usage or the file cannot be written, 3 pods or the quorum of etcd are in the
way, 4 cluster or no such node, 5 somebody else works on a node, 128+n interrupted.`,
  flags: [outFlag, ...Object.values(planFlags)],
  removedFlags: {
    'dry-run': 'has no place here: plan never changes anything',
    [notifyUrl.name]: 'is not kept in a plan, for it may hold a secret: give it to apply',
    [drainFlags.takeOver.name]: 'is not kept in a plan: give it to apply',
    [poweredOff.name]: 'is not kept in a plan, for it has to be true when it is carried out: give it to drain',
    [fenceExec.name]: 'is not kept in a plan: give it to drain',
    [outOfService.name]: 'is not kept in a plan: give it to drain',
  },
  completes: () => 'nodes',
  prepare(input) {
    const options = planOptions(input);
    return async (run) => {
      /* oxlint-disable no-restricted-imports -- here, inside the action, is where it belongs */
      const [{ showPlan }, { planFiles }] = await Promise.all([
        import('../drain/show-plan.ts'),
        import('../drain/saved-plan-file.ts'),
      ]);
      /* oxlint-enable no-restricted-imports */
      return inWorld(run, (world) =>
        showPlan(world, options, {
          files: planFiles,
          clusterId: () => world.cluster.clusterId(world),
          kmaint: kmaintVersion,
        }),
      );
    };
  },
};

/** The flags as the workflow takes them: those of drain, so that plan and drain cannot disagree. */
export function planOptions(input: VerbInput): ShowPlanOptions {
  const options = drainOptions(input, 'plan');
  const out = input.settings.get(outFlag);
  if (out === undefined && input.settings.source(outFlag) === 'flag') {
    input.problem('--out is empty, and would not say which file is written');
  }
  if (out === '-') input.problem('--out takes a file, not standard output; -o json prints the plan there');
  // Settings for drain may come from the environment; a plan is none.
  return {
    ...options,
    dryRun: 'none',
    capacity: options.capacity === 'auto' ? 'always' : options.capacity,
    out,
  };
}
