/** `kmaint apply`: carries out a plan that `kmaint plan --out` saved. */
import { conversationFlags } from '../cli/global-flags.ts';
import { inWorld } from '../cli/run.ts';
import type { Verb, VerbInput } from '../cli/verb.ts';
import type { ApplyOptions } from '../drain/saved-plan-apply.ts';
import { isWebUrl } from './drain.ts';
import { drainFlags } from './drain-flags.ts';

const { dryRun, takeOver, notifyUrl } = drainFlags;

export const apply: Verb = {
  name: 'apply',
  operands: 'FILE',
  summary: 'Carry out a saved plan, or refuse because the cluster has changed',
  about: `Carries out the plan of the file: its nodes, its flags, what was consented to, and nothing else.
It first takes the plan afresh and refuses when a node is another one, when somebody else cordoned or uncordoned it, or
when a pod would need a consent that the plan does not hold. Pods that were replaced by their owners, or are gone, do
not matter.`,
  examples: `kmaint plan node1 --force --out node1.plan
kmaint apply node1.plan
kmaint apply node1.plan --dry-run=server`,
  notes: `On a terminal the plan is shown and has to be confirmed, unless --yes is given; elsewhere the file is the consent.

Exit codes: those of drain, and 2 the file is no plan, was changed or cut off, 3 the plan has blockers, 6 the
cluster is another one or has changed since: nothing was changed.
Undo: kmaint uncordon NODE`,
  flags: [dryRun, takeOver, notifyUrl],
  removedFlags: {},
  completes: () => 'files',
  prepare(input) {
    const options = applyOptions(input);
    return async (run) => {
      /* oxlint-disable no-restricted-imports -- here, inside the action, is where it belongs */
      const [{ applyPlan }, { planFiles }, { drainNodes }] = await Promise.all([
        import('../drain/saved-plan-apply.ts'),
        import('../drain/saved-plan-file.ts'),
        import('../drain/drain.ts'),
      ]);
      /* oxlint-enable no-restricted-imports */
      return inWorld(run, (world) =>
        applyPlan(world, options, {
          files: planFiles,
          clusterId: () => world.cluster.clusterId(world),
          drain: drainNodes,
        }),
      );
    };
  },
};

/** The flags as the workflow takes them; everything else is in the file. */
export function applyOptions({ settings, operands, programName, problem }: VerbInput): ApplyOptions {
  const [path = '', ...others] = operands;
  if (path === '') {
    problem(`which plan? Name its file; ${programName} plan NODE --out FILE makes one`);
  }
  if (others.length > 0) problem(`apply takes one plan at a time, but got ${operands.join(' ')}`);
  const url = settings.get(notifyUrl);
  if (url !== undefined && !isWebUrl(url)) {
    problem('--notify-url is not an http or https URL');
  }
  return {
    path,
    dryRun: settings.get(dryRun),
    assumeYes: settings.get(conversationFlags.yes),
    takeOver: settings.get(takeOver),
    notifyUrl: url,
  };
}
