/** `kmaint why`: explains why a pod or a budget is in the way of a drain. */
import { quoted } from '../cli/flag.ts';
import { connectionFlags } from '../cli/global-flags.ts';
import { inWorld } from '../cli/run.ts';
import type { Verb, VerbInput } from '../cli/verb.ts';
import type { Subject } from '../drain/explain-lookup.ts';

/** What is asked about, as it was typed; without a namespace the one of the kubeconfig's context. */
export type AskedSubject = Pick<Subject, 'kind' | 'name'> & { readonly namespace: string | undefined };

export const why: Verb = {
  name: 'why',
  operands: 'POD | PDB',
  summary: 'Explain why a pod or a disruption budget is in the way, and what would help',
  about: `Explains one pod or one PodDisruptionBudget: whether it lets a drain go on, with the budget's arithmetic, the pods that
keep it up, and commands that would help. It changes nothing, and runs none of these commands.
A bare name is looked up as a pod, then as a budget.`,
  examples: `kmaint why web-7d4b9c6f5-x2x8p -n shop
kmaint why shop/web-7d4b9c6f5-x2x8p
kmaint why pdb/web -n shop
kmaint why pdb/shop/web -o json`,
  notes: `Before a slash pod, po, pdb and poddisruptionbudget are kinds; a namespace of such a name is given with -n.

Exit codes: 0 explained, 2 usage or configuration, 4 cluster or no such pod or budget, 128+n interrupted.`,
  flags: [],
  removedFlags: {},
  completes: (operands) =>
    operands.length === 0 ? { before: { pod: 'pods', pdb: 'poddisruptionbudgets' }, otherwise: 'pods' } : undefined,
  prepare(input) {
    const subject = askedSubject(input);
    return async (run) => {
      // oxlint-disable-next-line no-restricted-imports -- here, inside the action, is where it belongs
      const { explain } = await import('../drain/explain-lookup.ts');
      return inWorld(run, (world) =>
        explain(world, {
          ...subject,
          namespace: subject.namespace ?? world.cluster.namespace,
          namespaceAssumed: subject.namespace === undefined,
        }),
      );
    };
  },
};

const kinds: ReadonlyMap<string, 'pod' | 'poddisruptionbudget'> = new Map([
  ['pod', 'pod'],
  ['pods', 'pod'],
  ['po', 'pod'],
  ['pdb', 'poddisruptionbudget'],
  ['poddisruptionbudget', 'poddisruptionbudget'],
  ['poddisruptionbudgets', 'poddisruptionbudget'],
]);
const objectName = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

/** Reads `NAME`, `KIND/NAME`, `NAMESPACE/NAME`, `KIND/NAMESPACE/NAME`, telling `problem` what is wrong. */
export function askedSubject({ settings, operands, programName, problem }: VerbInput): AskedSubject {
  const [operand = '', ...others] = operands;
  if (operand === '') problem(`why what? Name a pod or a disruption budget: ${programName} why NAMESPACE/POD`);
  if (others.length > 0) problem(`why explains one object at a time, but got ${operands.join(' ')}`);
  const given = settings.get(connectionFlags.namespace);
  const parts = operand.split('/');
  const kind = parts.length > 1 ? kinds.get(parts[0] ?? '') : undefined;
  const rest = kind === undefined ? parts : parts.slice(1);
  const name = rest.at(-1) ?? '';
  const own = rest.length === 2 ? rest[0] : undefined;
  const wrong = rest.length > 2 || !objectName.test(name) || (own !== undefined && !objectName.test(own));
  if (operand !== '' && wrong) {
    problem(`${quoted(operand)} is neither POD nor PDB; write shop/web-1, pod/web-1 or pdb/web with -n shop`);
  }
  if (own !== undefined && given !== undefined && own !== given) {
    problem(`${quoted(operand)} is in namespace ${own}, but --namespace says ${given}`);
  }
  return { kind, namespace: own ?? given, name };
}
