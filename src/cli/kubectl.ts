/** Commands of kubectl in hints, written so that a user can run them as they stand. */
import { shellQuoted } from './command-line.ts';

/** Writes kubectl commands against the cluster that was looked at. */
export type Kubectl = (...words: readonly string[]) => string;

/** Commands that name the context: run in another terminal they still reach the same cluster. */
export function kubectlFor(context: string | undefined): Kubectl {
  const where = context === undefined ? [] : ['--context', context];
  return (...words) => ['kubectl', ...words, ...where].map(shellQuoted).join(' ');
}

/** A cluster, as far as its name on the command line goes. */
export interface AtHand {
  readonly identity: { readonly context: string | undefined };
}

/** The same for the cluster that is at hand. */
export function kubectlOf({ identity }: AtHand): Kubectl {
  return kubectlFor(identity.context);
}

/** Shows a node with who wrote which of its fields. */
export function writersOf(cluster: AtHand, node: string): string {
  return kubectlOf(cluster)('get', 'node', node, '-o', 'yaml', '--show-managed-fields');
}
