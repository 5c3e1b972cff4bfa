/** `--prompt`: shows what is selected, workload by workload, and follows what the user chooses of it. */
import type { LogCluster } from '../cluster/log-cluster.ts';
import type { LogPod } from '../cluster/log-pod.ts';
import { UsageError } from '../errors.ts';
import { tableLines } from '../report/table.ts';
import type { ResolvedSelection } from './selection/resolve.ts';
import { Targets } from './selection/targets.ts';

/** Asks for one line of text; empty when there is none to come. Rejects with the signal's reason. */
export type Ask = (question: string, signal: AbortSignal) => Promise<string>;

/** Pods that are chosen together: those of one workload, also the ones that come later. */
export interface Choice {
  /** What the pods have in common; see {@link workloadOf}. */
  readonly key: string;
  readonly context: string | undefined;
  readonly namespace: string;
  /** `deploy/web`, or `pod/web` for one that nobody owns. */
  readonly workload: string;
  readonly pods: number;
  readonly containers: readonly string[];
  /** Everything by which it is found. */
  readonly words: readonly string[];
}

/** Where is looked, and for what. */
export interface Place {
  readonly cluster: Pick<LogCluster, 'listPods'>;
  readonly selection: ResolvedSelection;
  readonly targets: Targets;
}

type Answer =
  | { readonly kind: 'chosen'; readonly choices: readonly Choice[] }
  | { readonly kind: 'narrowed'; readonly choices: readonly Choice[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'unclear'; readonly problem: string };

/**
 * The same clusters with what was chosen of them; nothing is asked where there is no choice.
 *
 * @throws UsageError when nothing matches or nothing was chosen
 */
export async function chosenOf<T extends Place>(
  clusters: readonly T[],
  ask: Ask,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<T[]> {
  const pods = await Promise.all(clusters.map((cluster) => podsOf(cluster, signal)));
  const all = choicesOf(pods.flatMap((list, at) => list.map((pod) => ({ pod, context: contextOf(clusters[at]) }))));
  if (all.length === 0) throw nothingChosen('no pod matches, so there is nothing to choose from');
  const chosen = new Set((await choose(all, ask, say, signal)).map(({ key }) => key));
  return clusters.map((one) => {
    const context = contextOf(one);
    const selection = narrowed(one.selection, (pod) => chosen.has(keyOf(pod, context)));
    return { ...one, selection, targets: new Targets(selection, { context }) };
  });
}

/** In the order of their names. */
export function choicesOf(
  found: readonly { readonly pod: LogPod; readonly context: string | undefined }[],
): readonly Choice[] {
  const groups = new Map<string, { readonly context: string | undefined; readonly pods: LogPod[] }>();
  for (const { pod, context } of found) {
    const key = keyOf(pod, context);
    const group = groups.get(key) ?? { context, pods: [] };
    group.pods.push(pod);
    groups.set(key, group);
  }
  const choices = [...groups].flatMap(([key, { context, pods }]) => {
    const [first] = pods;
    if (!first) return [];
    const containers = [...new Set(pods.flatMap((pod) => pod.containers.map(({ name }) => name)))];
    const { namespace } = first;
    const workload = workloadOf(first);
    const instances = pods.map(({ labels }) => labels[instanceLabel] ?? '');
    const words = [`${namespace}/${workload}`, ...containers, ...pods.map(({ name }) => name), ...instances];
    const choice = { key, context, namespace, workload, pods: pods.length, containers };
    return [{ ...choice, words: [...new Set(words)] }];
  });
  return choices.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

/** What the user typed: numbers of the list, `all` of it, or a part of a name. */
export function readAnswer(text: string, choices: readonly Choice[]): Answer {
  const answer = text.trim();
  if (answer === '') return { kind: 'none' };
  if (answer === 'all' || answer === '*') return { kind: 'chosen', choices };
  if (/^\d+(?:[\s,]+\d+)*$/.test(answer)) {
    const numbers = [...new Set(answer.split(/[\s,]+/).map(Number))];
    const wrong = numbers.find((number) => number < 1 || number > choices.length);
    if (wrong !== undefined) return { kind: 'unclear', problem: `the list has no number ${wrong}` };
    return { kind: 'chosen', choices: numbers.flatMap((number) => choices[number - 1] ?? []) };
  }
  const matching = choices.filter(({ words }) => words.some((word) => word.includes(answer)));
  if (matching.length === 0) return { kind: 'unclear', problem: `nothing in the list has ${JSON.stringify(answer)}` };
  return { kind: matching.length === 1 ? 'chosen' : 'narrowed', choices: matching };
}

const shownAtMost = 40;

/** The list as it is shown, numbered from 1. */
export function listOf(choices: readonly Choice[]): readonly string[] {
  const several = new Set(choices.map(({ context }) => context)).size > 1;
  const rows = choices.slice(0, shownAtMost).map((one, at) => {
    const { context, namespace, workload, pods, containers } = one;
    const place = [String(at + 1), ...(several ? [context ?? ''] : []), namespace, workload];
    return [...place, String(pods), containers.join(',')];
  });
  const head = ['', ...(several ? ['CONTEXT'] : []), 'NAMESPACE', 'WORKLOAD', 'PODS', 'CONTAINERS'];
  const left = choices.length - rows.length;
  return [...tableLines(head, rows), ...(left > 0 ? [`and ${left} more: type a part of a name`] : [])];
}

async function choose(
  all: readonly Choice[],
  ask: Ask,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<readonly Choice[]> {
  let choices = all;
  let shown = false;
  if (all.length === 1) return all;
  for (;;) {
    if (!shown) for (const line of listOf(choices)) say(line);
    const answer = readAnswer(await ask(question, signal), choices);
    shown = answer.kind === 'unclear';
    switch (answer.kind) {
      case 'chosen':
        return answer.choices;
      case 'narrowed':
        choices = answer.choices;
        break;
      case 'unclear':
        say(answer.problem);
        break;
      case 'none':
        throw nothingChosen('nothing was chosen');
    }
  }
}

const question = 'Which ones? Numbers such as 1,3, a part of a name, or all; nothing leaves: ';

async function podsOf({ cluster, selection }: Place, signal: AbortSignal): Promise<readonly LogPod[]> {
  const lists = await Promise.all(
    selection.queries.map(async (query) => {
      const items = await cluster.listPods({ ...query, signal });
      await selection.prepare({ type: 'snapshot', items }, signal);
      return items;
    }),
  );
  return lists.flat().flatMap((pod) => {
    if (!selection.accepts(pod)) return [];
    const containers = selection.containers(pod);
    return containers.length === 0 ? [] : [{ ...pod, containers }];
  });
}

/** Also what it is renewed to. */
function narrowed(selection: ResolvedSelection, wanted: (pod: LogPod) => boolean): ResolvedSelection {
  const { renew } = selection;
  return {
    ...selection,
    accepts: (pod) => wanted(pod) && selection.accepts(pod),
    renew:
      renew &&
      (async (signal) => {
        const next = await renew(signal);
        return next && narrowed(next, wanted);
      }),
  };
}

function contextOf(cluster: Place | undefined): string | undefined {
  return cluster?.targets.context;
}

function keyOf(pod: LogPod, context: string | undefined): string {
  return JSON.stringify([context ?? '', pod.namespace, workloadOf(pod)]);
}

/** stern's prompt asks by it; here it only finds. */
const instanceLabel = 'app.kubernetes.io/instance';

const shortKinds: Readonly<Record<string, string>> = {
  DaemonSet: 'ds',
  StatefulSet: 'sts',
  ReplicaSet: 'rs',
  ReplicationController: 'rc',
};

/** Whose the pod is, the same for all revisions of a Deployment and all runs of a CronJob. */
export function workloadOf({ name, labels, controller }: LogPod): string {
  if (!controller) return `pod/${name}`;
  const { kind, name: owner } = controller;
  const hash = labels['pod-template-hash'];
  if (kind === 'ReplicaSet' && hash !== undefined && owner.endsWith(`-${hash}`)) {
    return `deploy/${owner.slice(0, -hash.length - 1)}`;
  }
  // A CronJob names its runs after the minute they were due.
  if (kind === 'Job') return `job/${owner.replace(/-\d{8}$/, '-*')}`;
  return `${shortKinds[kind] ?? kind.toLowerCase()}/${owner}`;
}

function nothingChosen(message: string): UsageError {
  return new UsageError([message], { code: 'usage.choice' });
}
