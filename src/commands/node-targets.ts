/** The nodes that cordon, uncordon and drain are told to work on: names or a selector, never both. */
import { selectorProblem } from '../cli/label-selector.ts';
import { choiceFlag, quoted, valueFlag } from '../cli/flag.ts';
import type { VerbInput } from '../cli/verb.ts';
import type { NodeTargets } from '../drain/options.ts';

/** `-l`; an empty one is told apart from none. */
export const selectorFlag = valueFlag<string | undefined>(
  { name: 'selector', short: 'l', about: "The nodes with these labels: 'a=b,c!=d,e in (f,g),!h'" },
  { valueName: 'selector', fallback: undefined, parse: (text) => checked(text, text) },
  { onlyFlag: 'it says which nodes are meant' },
);

/** `--pod-selector`; empty means all pods, as in kubectl. */
export const podSelectorFlag = valueFlag<string | undefined>(
  { name: 'pod-selector', about: 'Only pods with these labels; the node may keep others, and still counts as drained' },
  { valueName: 'selector', fallback: undefined, parse: (text) => checked(text, text === '' ? undefined : text) },
  { onlyFlag: 'it says which pods are meant' },
);

/** `--dry-run` alone means client, as in kubectl. */
export const dryRunFlag = choiceFlag(
  { name: 'dry-run', about: 'Change nothing: client only plans, server also lets the API server judge each change' },
  ['none', 'client', 'server'],
  'none',
  'client',
);

/** kubectl's `kind/name`, in all its names for nodes. */
const prefix = /^(?:nodes?|no)\//;
const nodeName = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

/** Reads the targets, telling `input.problem` everything that is wrong with them. */
export function nodeTargets({ settings, operands, programName, problem }: VerbInput, verb: string): NodeTargets {
  const selector = settings.get(selectorFlag);
  const given = settings.source(selectorFlag) === 'flag';
  if (given && operands.length > 0) {
    problem('give node names or --selector, not both: it is not clear which nodes are meant');
  } else if (given && selector === '') problem('--selector is empty, and would not say which nodes are meant');
  if (!given && operands.length === 0) {
    problem(
      `which node? Name it, or select nodes by label: ${programName} ${verb} NODE, ${programName} ${verb} -l SELECTOR`,
    );
  }
  for (const operand of operands) {
    const name = operand.replace(prefix, '');
    if (name.includes('/')) problem(`${quoted(operand)} is not a node; ${verb} takes nodes only, as NODE or node/NODE`);
    else if (!nodeName.test(name)) {
      problem(`${quoted(operand)} cannot be the name of a node (lower-case letters, digits, - and .)`);
    }
  }
  return { names: given ? [] : [...new Set(operands.map((operand) => operand.replace(prefix, '')))], selector };
}

function checked(
  text: string,
  value: string | undefined,
): { readonly value: string | undefined } | { readonly problem: string } {
  const problem = selectorProblem(text);
  return problem === undefined ? { value } : { problem };
}
