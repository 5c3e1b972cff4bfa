/** Which pods each PodDisruptionBudget selects, kept up to date pod by pod. */
import type { ControllerWorld } from '../ports.ts';
import { observe } from './informer.ts';
import { budgets, pods, type DisruptionBudget, type Labels, type Pod } from './models.ts';
import { labelsOf } from './pod-facts.ts';
import { matcherOf } from './selectors.ts';

export interface BudgetIndex {
  /** The pods of the budget's namespace that it selects. */
  podsOf(budget: DisruptionBudget): readonly Pod[];
}

export interface BudgetListener {
  budgetChanged(budget: DisruptionBudget): void;
  /** With the budgets that select the pod, by name. */
  podChanged(pod: Pod, selecting: readonly DisruptionBudget[]): void;
}

interface Entry {
  budget: DisruptionBudget;
  readonly members: Map<string, Pod>;
}

interface Namespace {
  readonly byName: Map<string, Entry>;
  /** By one label that the budget demands, such as `app=web`; under the empty string those that demand none. */
  readonly byLabel: Map<string, Set<Entry>>;
}

/** A pod's change costs a look-up per label of the pod, however many budgets and pods there are. */
export function watchBudgets(world: ControllerWorld, listener: BudgetListener): BudgetIndex {
  const { store } = world;
  const namespaces = new Map<string, Namespace>();
  // Pods that exist already are entered one by one below: nothing to be searched for until then.
  let complete = false;

  observe(world, [budgets], ({ kind, object, previous }) => {
    const budget = object as DisruptionBudget;
    const here = namespaceOf(budget.metadata.namespace ?? '');
    const known = here.byName.get(budget.metadata.name);
    if (kind === 'deleted') {
      if (known) leave(here, known);
      return;
    }
    if (known && (previous as DisruptionBudget | undefined)?.spec.selector === budget.spec.selector) {
      known.budget = budget;
    } else {
      if (known) leave(here, known);
      enter(here, { budget, members: complete ? select(budget) : new Map() });
    }
    listener.budgetChanged(budget);
  });

  observe(world, [pods], ({ kind, object, previous }) => {
    const pod = object as Pod;
    const here = namespaces.get(pod.metadata.namespace ?? '');
    if (!here) return;
    const { name } = pod.metadata;
    if (previous && labelsOf(previous) !== labelsOf(pod)) {
      for (const { members } of candidates(here, labelsOf(previous))) members.delete(name);
    }
    const selecting: DisruptionBudget[] = [];
    for (const { budget, members } of candidates(here, labelsOf(pod))) {
      const matches = matcherOf(budget.spec.selector)(labelsOf(pod));
      if (matches) selecting.push(budget);
      if (matches && kind !== 'deleted') members.set(name, pod);
      else members.delete(name);
    }
    if (selecting.length === 0) return;
    selecting.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    listener.podChanged(pod, selecting);
  });
  complete = true;

  function namespaceOf(name: string): Namespace {
    const known = namespaces.get(name);
    if (known) return known;
    const created: Namespace = { byName: new Map(), byLabel: new Map() };
    namespaces.set(name, created);
    return created;
  }

  function select(budget: DisruptionBudget): Map<string, Pod> {
    const matches = matcherOf(budget.spec.selector);
    const all = store.list(pods, budget.metadata.namespace) as readonly Pod[];
    return new Map(all.filter((pod) => matches(labelsOf(pod))).map((pod) => [pod.metadata.name, pod]));
  }

  return {
    podsOf({ metadata }) {
      const entry = namespaces.get(metadata.namespace ?? '')?.byName.get(metadata.name);
      return entry ? Array.from(entry.members.values()) : [];
    },
  };
}

function enter({ byName, byLabel }: Namespace, entry: Entry): void {
  byName.set(entry.budget.metadata.name, entry);
  const label = demandedLabel(entry.budget);
  const same = byLabel.get(label);
  if (same) same.add(entry);
  else byLabel.set(label, new Set([entry]));
}

function leave({ byName, byLabel }: Namespace, entry: Entry): void {
  byName.delete(entry.budget.metadata.name);
  byLabel.get(demandedLabel(entry.budget))?.delete(entry);
}

function demandedLabel({ spec }: DisruptionBudget): string {
  const [first] = Object.entries(spec.selector?.matchLabels ?? {});
  return first ? first.join('=') : '';
}

/** The budgets that may select such a pod. */
function candidates({ byLabel }: Namespace, labels: Labels): readonly Entry[] {
  const found = Array.from(byLabel.get('') ?? []);
  for (const label of Object.entries(labels)) found.push(...(byLabel.get(label.join('=')) ?? []));
  return found;
}
