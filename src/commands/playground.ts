/** `kmaint playground`: a cluster in memory, for those who have none at hand. */
import { conversationFlags } from '../cli/global-flags.ts';
import { listFlag, quoted, valueFlag } from '../cli/flag.ts';
import { integerFlag } from '../cli/integer.ts';
import type { Verb, VerbInput } from '../cli/verb.ts';
import { closest } from '../closest.ts';
import type { ChaosName } from '../playground/chaos.ts';
import type { PlaygroundRequest } from './playground-run.ts';

const seedFlag = integerFlag(
  { name: 'seed', about: 'Decides what is left to chance: where pods go, when faults strike' },
  { fallback: 1, min: 0, max: 4_294_967_295 },
);

const timeScaleFlag = valueFlag<number>(
  {
    name: 'time-scale',
    about: 'Seconds that pass in the cluster while one passes here; its timestamps then differ from yours',
  },
  {
    valueName: 'factor',
    fallback: 1,
    fallbackText: '1',
    parse(text) {
      const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
      if (value >= 0.01 && value <= 1000) return { value };
      return { problem: `${quoted(text)} is no number from 0.01 to 1000` };
    },
  },
);

const portFlag = integerFlag(
  { name: 'port', about: 'Where to listen, on 127.0.0.1; 0 finds a free port' },
  { fallback: 0, min: 0, max: 65_535 },
);

/** What each name does is in src/playground/chaos.ts; repeated here, so that help does not load it. */
const chaosNames = [
  'errors',
  'slow',
  'resets',
  'half-open',
  'watches',
  'logs',
  'restarts',
] as const satisfies readonly ChaosName[];

const chaosFlag = listFlag(
  {
    name: 'chaos',
    about: 'Faults to let happen, now and then: names from the list below, or all',
    completes: [...chaosNames, 'all'],
  },
  'list',
);

export const playground: Verb = {
  name: 'playground',
  operands: '[FILE | NAME] [-- COMMAND...]',
  summary: 'Run a small cluster in memory, to try things on',
  about: `Runs a Kubernetes API server in memory, with nodes, workloads and budgets in it, and prints its kubeconfig.
kmaint, kubectl and stern work against it. It needs no cluster, no containers and no root, listens on this machine only,
and leaves nothing behind when it ends: on Ctrl-C, or with the command after --.
It does not run containers: kubelets, scheduler and controllers are played, and logs are made up.`,
  examples: `kmaint playground -- kmaint drain k8s-node1 --force --yes
kmaint playground
kmaint playground stuck
kmaint playground my-cluster.yaml --port 6443
kmaint playground three-zones --chaos errors,watches -- kmaint drain worker-a1 --force --delete-emptydir-data --yes`,
  notes: `Clusters that come with kmaint:
  two-nodes    a control plane and a worker with a bare pod on it (the default)
  three-zones  12 nodes in 3 zones, about 200 pods, budgets of every kind
  stuck        each way a drain can hang; every pod says in an annotation what it shows

A FILE holds any number of YAML or JSON documents, such as kubectl get -o yaml prints. Objects keep the status they come
with; pods without one are scheduled and started. Namespaces need not be declared.

Faults of --chaos:
  errors     requests are answered with 429, 500 or 503
  slow       answers take up to 2 seconds
  resets     connections break before the answer or in the middle of it
  half-open  requests that are never answered
  watches    watches that end early, or that must start anew (410)
  logs       log streams that end early
  restarts   every minute or so all connections break and no watch can be resumed

Exit codes: that of COMMAND, or 2 when it cannot be started; 2 usage, 128+n ended by signal n.`,
  flags: [seedFlag, timeScaleFlag, portFlag, chaosFlag],
  removedFlags: {},
  takesCommand: true,
  completes: (operands) => (operands.length === 0 ? { words: ['two-nodes', 'three-zones', 'stuck'] } : undefined),
  prepare(input) {
    const request = requestOf(input);
    return async (run) => {
      const { runPlayground } = await import('./playground-run.ts');
      return runPlayground(run, request);
    };
  },
};

function requestOf({ settings, operands, command, problem }: VerbInput): PlaygroundRequest {
  const [cluster, ...more] = operands;
  if (more.length > 0)
    problem(`one cluster at a time; a command stands after --: playground ${cluster} -- ${more.join(' ')}`);
  if (command?.length === 0) problem('-- needs a command after it');
  return {
    cluster: cluster ?? 'two-nodes',
    command,
    seed: settings.get(seedFlag),
    timeScale: settings.get(timeScaleFlag),
    port: settings.get(portFlag),
    chaos: chaosOf(settings.get(chaosFlag), problem),
    quiet: settings.get(conversationFlags.quiet),
    output: settings.get(conversationFlags.output),
  };
}

function chaosOf(words: readonly string[], problem: VerbInput['problem']): readonly ChaosName[] {
  if (words.includes('all')) return chaosNames;
  const chosen = new Set<ChaosName>();
  for (const word of words) {
    const name = chaosNames.find((one) => one === word);
    const suggestion = closest(word, chaosNames);
    if (name !== undefined) chosen.add(name);
    else if (suggestion !== undefined) problem(`--chaos: there is no ${quoted(word)}; did you mean ${suggestion}?`);
    else problem(`--chaos: ${quoted(word)} is none of ${[...chaosNames, 'all'].join(', ')}`);
  }
  return [...chosen];
}
