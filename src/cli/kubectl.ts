/** Commands of kubectl in hints, written so that a user can run them as they stand. */
import { shellQuoted } from './command-line.ts';

/** Writes kubectl commands against the cluster that was looked at. */
export type Kubectl = (...words: readonly string[]) => string;

/**
 * Commands that name the context: run in another terminal they still reach the same cluster.
 *
 * @param flags what else says which cluster and as whom, such as `--kubeconfig`: contexts of the same name are common
 */
export function kubectlFor(context: string | undefined, flags: readonly string[] = []): Kubectl {
  const where = context === undefined ? flags : [...flags, '--context', context];
  return (...words) => ['kubectl', ...words, ...where].map(shellQuoted).join(' ');
}

/** A cluster, as far as its name on the command line goes. */
export interface AtHand {
  readonly kubectl: Kubectl;
}

/** Shows a node with who wrote which of its fields. */
export function writersOf(cluster: AtHand, node: string): string {
  return cluster.kubectl('get', 'node', node, '-o', 'yaml', '--show-managed-fields');
}
