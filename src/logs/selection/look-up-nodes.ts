/** Looks up nodes by name and by label, and claims the pods that run on them. */
import type { Claim, PodTest } from './claim.ts';
import { foundIn, namespacesFor, type LookUpInput, type OwnerSource } from './look-up-input.ts';
import { forbidden, missing } from './owner-problem.ts';

/** Those nodes that have the labels now. */
export async function nodesByLabel(labelSelector: string, input: LookUpInput): Promise<readonly Claim[]> {
  const { lookup, kubectl, signal, problem } = input;
  const answer = await lookup.list('Node', { labelSelector, signal });
  if (answer.kind === 'forbidden') problem(forbidden('Node', labelSelector, answer.message));
  else if (answer.owners.length === 0) {
    const message = `no node has the labels ${labelSelector}`;
    problem({ kind: 'missing', message, hint: `look at them: ${kubectl('get', 'nodes', '--show-labels')}` });
  }
  return foundIn(answer).map(({ name }) => nodeClaim(name, namespacesFor(undefined, input), undefined));
}

/** One node, or all of a glob. Where nodes may not be read, the one named is believed in. */
export async function nodesByName(source: OwnerSource, input: LookUpInput): Promise<readonly Claim[]> {
  const { name, exact, test, container } = source;
  const { lookup, kubectl, signal, problem, note } = input;
  const namespaces = namespacesFor(source.namespace, input);
  const answer = await (exact ? lookup.named('Node', name, { signal }) : lookup.list('Node', { signal }));
  if (answer.kind === 'forbidden' && exact) {
    note(`whether there is a node ${name} may not be looked up; its pods are followed all the same`);
    return [nodeClaim(name, namespaces, container)];
  }
  if (answer.kind === 'forbidden') problem(forbidden('Node', name, answer.message));
  const nodes = foundIn(answer).filter((node) => test(node.name));
  if (answer.kind === 'found' && nodes.length === 0) {
    const there = exact ? foundIn(await lookup.list('Node', { signal })) : answer.owners;
    problem(missing('Node', name, [undefined], there, kubectl));
  }
  return nodes.map((node) => nodeClaim(node.name, namespaces, container));
}

function nodeClaim(node: string, namespaces: Claim['namespaces'], container: Claim['container']): Claim {
  const test: PodTest = ({ nodeName }) => nodeName === node;
  return { namespaces, labelSelector: undefined, fieldSelector: `spec.nodeName=${node}`, test, container };
}
