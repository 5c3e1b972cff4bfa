/** `kmaint completion`: what a shell has to be told to complete kmaint's words. */
import { completionScript, shells, type Shell } from '../cli/completion/scripts.ts';
import type { Verb, Work } from '../cli/verb.ts';
import { exitCodes } from '../errors.ts';

export const completion: Verb = {
  name: 'completion',
  operands: shells.join(' | '),
  summary: 'Print what makes a shell complete the words of kmaint',
  about: `Prints a script for the shell, which then completes verbs, flags and their values, and asks the cluster for names of
nodes, namespaces, pods and workloads, the kubeconfig for contexts, this machine for files and runs. It changes nothing.
Where the cluster does not answer within 3 seconds, no names are offered.`,
  examples: `source <(kmaint completion bash)        # in ~/.bashrc
source <(kmaint completion zsh)         # in ~/.zshrc, after compinit
kmaint completion fish > ~/.config/fish/completions/kmaint.fish
kmaint completion bash > /etc/bash_completion.d/kmaint`,
  notes: `In bash an alias is completed too: complete -F _kmaint k. As a plugin of kubectl it is completed by kubectl itself,
which asks kubectl_complete-kmaint: that comes with kmaint.

Exit codes: 0 done, 2 usage.`,
  flags: [],
  removedFlags: {},
  completes: (operands) => (operands.length === 0 ? shells : undefined),
  prepare({ operands, problem }) {
    const [word, ...others] = operands;
    const shell = shells.find((one) => one === word);
    if (shell === undefined || others.length > 0) {
      problem(
        `completion takes the name of one shell, ${shells.join(', ')}${word === undefined ? '' : `, but got ${operands.join(' ')}`}`,
      );
    }
    return shell ? printCompletion(shell) : () => Promise.resolve(exitCodes.usage);
  },
};

/** Also for the name of a link by which kmaint was called. */
export function printCompletion(shell: Shell): Work {
  return ({ io }) => {
    // A shell will run what stands there.
    const called = [io.calledAs ?? ''].filter((name) => /^[\w.-]+$/.test(name));
    io.stdout.write(completionScript(shell, [...new Set(['kmaint', 'kubectl-kmaint', ...called])]));
    return Promise.resolve(exitCodes.done);
  };
}
