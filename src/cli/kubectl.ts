/** Commands of kubectl in hints, written so that a user can run them as they stand. */
import { shellQuoted } from './command-line.ts';

/** Writes kubectl commands against the cluster that was looked at. */
export type Kubectl = (...words: readonly string[]) => string;

/** Commands that name the context: run in another terminal they still reach the same cluster. */
export function kubectlFor(context: string | undefined): Kubectl {
  const where = context === undefined ? [] : ['--context', context];
  return (...words) => ['kubectl', ...words, ...where].map(shellQuoted).join(' ');
}

/** The same for the cluster that is at hand. */
export function kubectlOf({ identity }: { readonly identity: { readonly context: string | undefined } }): Kubectl {
  return kubectlFor(identity.context);
}
