/** Explains a pod: whether a drain could remove it now, why not, and what would help. */
import type { Kubectl } from '../cli/kubectl.ts';
import type { Budget } from '../cluster/budget.ts';
import type { Existence } from '../cluster/cluster.ts';
import { deletionTimeMs, podName, type Pod } from '../cluster/pod.ts';
import type { Workload } from '../cluster/workload.ts';
import { elapsedText } from '../report/durations.ts';
import { budgetsOf, budgetVerdict, type BudgetVerdict } from './budgets.ts';
import { defaultPolicy } from './default-policy.ts';
import { circumstances, fixesOf, verdictSentence, type BudgetFacts } from './explain-budget.ts';
import { overlapFixes } from './explain-fixes.ts';
import { arithmeticOf } from './explain-numbers.ts';
import { explainedPods, podState } from './explain-pod-state.ts';
import type { Explanation, ExplanationVerdict } from './explain.ts';
import { daemonSetName, filterPod, type FilterVerdict } from './filters.ts';

/** All that is known of a pod and of what decides about it. */
export interface PodFacts {
  readonly pod: Pod;
  /** All budgets of its namespace; undefined when they could not be read. */
  readonly budgets: readonly Budget[] | undefined;
  /** All pods of its namespace; undefined when they could not be read. */
  readonly pods: readonly Pod[] | undefined;
  /** What keeps up the numbers of the pods of its budget. */
  readonly owners: readonly Workload[];
  /** Whether its DaemonSet exists, for a pod that names one. */
  readonly daemonSet: Existence | undefined;
  readonly kubectl: Kubectl;
  readonly nowMs: number;
  /** Writes a command of ours against the same cluster. */
  readonly command: (words: readonly string[]) => string;
}

/** What part of an explanation one view of the pod gives. */
type Part = Pick<Explanation, 'verdict' | 'sentences'> & Partial<Pick<Explanation, 'arithmetic' | 'pods' | 'fixes'>>;

/** Decides as a drain and the server would: its own end, the filters of a drain, then its budgets. */
export function explainPod(facts: PodFacts): Explanation {
  const { pod, budgets, daemonSet, nowMs } = facts;
  const daemonSets = new Map(daemonSet === undefined ? [] : [[daemonSetName(pod), daemonSet]]);
  const filter = filterPod(pod, daemonSets, defaultPolicy, nowMs);
  if (filter.leave !== undefined) return explanation(pod, [leftAlone(pod, filter)]);
  if (pod.deletionTimestamp !== undefined) return explanation(pod, [terminating(facts)]);
  if (pod.finished) return explanation(pod, [finished(pod)]);
  if (filter.complete) {
    const sentence =
      'a drain does not touch it but waits until it has finished, as its label cluster.x-k8s.io/drain asks';
    return explanation(pod, [{ verdict: 'left-alone', sentences: [sentence] }]);
  }
  if (budgets === undefined) return explanation(pod, [...filtered(facts, filter), unknown()]);
  return explanation(pod, [...filtered(facts, filter), budgeted(facts, budgets)]);
}

/** The gravest verdict counts; everything is said. */
const gravity: readonly ExplanationVerdict[] = ['several-budgets', 'never', 'blocked', 'unknown', 'settling', 'may-go'];

function explanation(pod: Pod, parts: readonly Part[]): Explanation {
  const verdicts = parts.map(({ verdict }) => verdict);
  return {
    kind: 'pod',
    namespace: pod.namespace,
    name: pod.name,
    verdict: gravity.find((verdict) => verdicts.includes(verdict)) ?? verdicts[0] ?? 'unknown',
    sentences: parts.flatMap(({ sentences }) => sentences),
    arithmetic: parts.flatMap(({ arithmetic }) => arithmetic ?? []),
    pods: parts.flatMap(({ pods }) => pods ?? []),
    fixes: [...new Set(parts.flatMap(({ fixes }) => fixes ?? []))],
  };
}

function leftAlone(pod: Pod, { leave }: FilterVerdict): Part {
  const owner = pod.controller ? ` ${podName({ namespace: pod.namespace, name: pod.controller.name })}` : '';
  const why: Partial<Record<NonNullable<typeof leave>, string>> = {
    mirror: 'it stands for a static pod, which the kubelet runs from a file on its node: it stops with the node',
    daemonset: `it belongs to the DaemonSet${owner}, whose controller ignores cordons and would bring it straight back`,
    'skip-label': 'its label cluster.x-k8s.io/drain=skip asks for that',
    completed: 'it has finished, and its label cluster.x-k8s.io/drain asks for no more than to wait for that',
  };
  const reason = (leave && why[leave]) ?? 'it is about to go anyway';
  return { verdict: 'left-alone', sentences: [`a drain leaves it alone: ${reason}`] };
}

function terminating({ pod, nowMs, kubectl }: PodFacts): Part {
  const leftMs = (deletionTimeMs(pod) ?? nowMs) - nowMs;
  const time =
    leftMs > 0
      ? `its containers have ${elapsedText(leftMs)} left to stop`
      : `its containers should have stopped ${elapsedText(-leftMs)} ago`;
  const sentences = [`it is terminating already: ${time} (until ${pod.deletionTimestamp})`];
  if (pod.finalizers.length > 0) {
    sentences.push(`it stays until these finalizers are removed by whoever set them: ${pod.finalizers.join(', ')}`);
  } else if (leftMs <= 0) {
    sentences.push(
      `only the kubelet of ${pod.nodeName} can say that they have stopped: look whether that node is ready`,
    );
  }
  const node = leftMs <= 0 && pod.nodeName !== '' ? [kubectl('get', 'node', pod.nodeName)] : [];
  const overdue =
    pod.finalizers.length > 0 ? [kubectl('get', 'pod', pod.name, '-n', pod.namespace, '-o', 'yaml')] : node;
  return { verdict: 'terminating', sentences, fixes: overdue };
}

function finished(pod: Pod): Part {
  return {
    verdict: 'finished',
    sentences: [`it has finished (${pod.phase}): a drain removes it, and budgets do not count for it`],
  };
}

function unknown(): Part {
  return {
    verdict: 'unknown',
    sentences: ['budgets may not be read: only the server knows whether it lets the pod go'],
  };
}

/** What kubectl's filters hold against the pod, with the flags that lift it. */
function filtered({ pod, command }: PodFacts, { blockers }: FilterVerdict): readonly Part[] {
  if (blockers.length === 0) return [];
  const flags = blockers.flatMap(({ flag }) => (flag === undefined ? [] : [flag]));
  const where = pod.nodeName === '' ? 'NODE' : pod.nodeName;
  return [
    {
      verdict: 'blocked',
      sentences: blockers.map(({ message, flag }) => {
        const what = message.startsWith('its ') ? message : `it ${message}`;
        return `a drain stops at it: ${what}${flag === undefined ? '' : ` (${flag} lifts this)`}`;
      }),
      fixes: flags.length === blockers.length ? [command(['drain', where, ...flags])] : [],
    },
  ];
}

function budgeted(facts: PodFacts, budgets: readonly Budget[]): Part {
  const { pod, pods, owners, kubectl } = facts;
  const matching = budgetsOf(pod, budgets);
  const verdict = budgetVerdict(pod, matching);
  if (verdict.kind === 'free') return { verdict: 'may-go', sentences: freeSentences(facts, matching) };
  if (verdict.kind === 'several') {
    const names = verdict.budgets.map(podName).join(', ');
    return {
      verdict: 'several-budgets',
      sentences: [`it is covered by several budgets (${names}), and the server refuses to evict such a pod`],
      fixes: overlapFixes(verdict.budgets, kubectl),
    };
  }
  const { budget } = verdict;
  const of: BudgetFacts = { budget, budgets, pods, owners, kubectl };
  const covered = (pods ?? [pod]).filter((one) => budgetsOf(one, [budget]).length > 0);
  const word = wordOf(verdict);
  const about = `its budget ${podName(budget)}`;
  const sentence = `${about}: ${verdictSentence(word, of, covered)}`;
  return {
    verdict: word,
    sentences: [sentence, ...(word === 'may-go' ? [] : circumstances(of))],
    arithmetic: budget.settled ? arithmeticOf(budget) : [],
    pods: explainedPods(covered, budget),
    fixes: fixesOf(word, of, covered),
  };
}

function wordOf({ kind }: BudgetVerdict): ExplanationVerdict {
  switch (kind) {
    case 'settling':
    case 'never':
      return kind;
    case 'not-now':
      return 'blocked';
    case 'several':
      return 'several-budgets';
    case 'free':
    case 'allowed':
      return 'may-go';
  }
}

/** Why no budget counts; the pod's own trouble is worth a word as well. */
function freeSentences({ pod }: PodFacts, matching: readonly Budget[]): readonly string[] {
  const [budget] = matching;
  if (!budget) return ['no budget covers it: an eviction would be granted at once'];
  const state = podState(pod, { disruptedPods: new Set() });
  if (pod.phase === 'Pending') return [`it is ${state}`, 'budgets do not count for pods that do not run yet'];
  return [
    `it is ${state}`,
    budget.unhealthyPodEvictionPolicy === 'AlwaysAllow'
      ? `its budget ${podName(budget)} lets pods that are not ready go (unhealthyPodEvictionPolicy AlwaysAllow)`
      : `its budget ${podName(budget)} lets it go, because it is not ready and enough others are healthy`,
  ];
}
