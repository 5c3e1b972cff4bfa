/** `kmaint why`: finds the pod or budget, reads what decides about it, and explains it. */
import type { Budget } from '../cluster/budget.ts';
import type { Pod } from '../cluster/pod.ts';
import type { Workload } from '../cluster/workload.ts';
import { closest } from '../closest.ts';
import { ClusterError, exitCodes, type ExitCode } from '../errors.ts';
import { budgetsOf } from './budgets.ts';
import { explainBudget } from './explain-budget.ts';
import { explainPod } from './explain-pod.ts';
import type { Explanation } from './explain.ts';
import { deploymentOf, namedOwner } from './facts.ts';
import { ownedByDaemonSet } from './filters.ts';
import type { World } from './world.ts';

/** What is asked about; without a kind it is a pod, or else a budget. */
export interface Subject {
  readonly kind: 'pod' | 'poddisruptionbudget' | undefined;
  readonly namespace: string;
  /** Nobody named the namespace: it is that of the context. */
  readonly namespaceAssumed?: boolean;
  readonly name: string;
}

type LookupWorld = Pick<World, 'cluster' | 'clock' | 'signal' | 'commandLine'>;

/** No more owners than this are read: the answer names the first few anyway. */
const maxOwners = 10;

/** `kmaint why`: @returns the exit code, after `run.finished` was emitted */
export async function explain(world: World, subject: Subject): Promise<ExitCode> {
  const { report, cluster } = world;
  report.emit({ type: 'run.started', verb: 'why', identity: cluster.identity, dryRun: 'none' });
  report.emit({ type: 'explained', explanation: await explainSubject(world, subject) });
  report.emit({ type: 'run.finished', verb: 'why', outcome: 'done', exitCode: exitCodes.done, undo: [], resume: [] });
  return exitCodes.done;
}

/**
 * Reads the subject and everything around it: budgets and pods of its namespace, owners. What may not be read is
 * explained as unknown; only the subject itself has to be readable.
 *
 * @throws ClusterError `cluster.not-found` with a similar name, if there is one
 */
export async function explainSubject(world: LookupWorld, subject: Subject): Promise<Explanation> {
  const { cluster, signal } = world;
  const { kind, namespace, name } = subject;
  const pod = kind === 'poddisruptionbudget' ? undefined : await cluster.getPod({ namespace, name }, { signal });
  if (pod) return whyPod(world, pod);
  const budgets =
    kind === 'pod'
      ? await readable(cluster.listBudgets({ namespace, signal }))
      : await cluster.listBudgets({ namespace, signal });
  const ours = (budgets ?? []).filter((one) => one.namespace === namespace);
  const budget = kind === 'pod' ? undefined : ours.find((one) => one.name === name);
  if (budget) return whyBudget(world, budget, ours);
  throw await notFound(world, subject, ours);
}

async function whyPod(world: LookupWorld, pod: Pod): Promise<Explanation> {
  const { cluster, clock, signal, commandLine } = world;
  const [budgets, pods, daemonSet] = await Promise.all([
    readable(cluster.listBudgets({ namespace: pod.namespace, signal })),
    podsOf(world, pod.namespace),
    ownedByDaemonSet(pod)
      ? cluster.daemonSetExists({ namespace: pod.namespace, name: pod.controller?.name ?? '' }, { signal })
      : undefined,
  ]);
  const matching = budgetsOf(pod, budgets ?? []);
  const covered = (pods ?? [pod]).filter((one) => budgetsOf(one, matching).length > 0);
  return explainPod({
    pod,
    budgets,
    pods,
    owners: await ownersOf(world, covered),
    daemonSet,
    kubectl: cluster.kubectl,
    nowMs: clock.now(),
    command: (words) => commandLine.command(words),
  });
}

async function whyBudget(world: LookupWorld, budget: Budget, budgets: readonly Budget[]): Promise<Explanation> {
  const pods = await podsOf(world, budget.namespace);
  const covered = (pods ?? []).filter((pod) => budgetsOf(pod, [budget]).length > 0);
  const owners = await ownersOf(world, covered);
  return explainBudget({ budget, budgets, pods, owners, kubectl: world.cluster.kubectl });
}

async function podsOf({ cluster, signal }: LookupWorld, namespace: string): Promise<readonly Pod[] | undefined> {
  const pods = await readable(cluster.listPods({ namespace, signal }));
  return pods?.filter((pod) => pod.namespace === namespace);
}

/** The workloads to scale, for these pods: of a ReplicaSet of a Deployment the Deployment. */
async function ownersOf(world: LookupWorld, pods: readonly Pod[]): Promise<readonly Workload[]> {
  const byController = new Map(pods.map((pod) => [pod.controller?.uid ?? '', pod]));
  const owners = await Promise.all([...byController.values()].slice(0, maxOwners).map((pod) => ownerOf(world, pod)));
  return [...new Map(owners.flatMap((owner) => (owner ? [[owner.uid, owner] as const] : []))).values()];
}

async function ownerOf({ cluster, signal }: LookupWorld, pod: Pod): Promise<Workload | undefined> {
  const ref = namedOwner(pod);
  const owner = ref && (await readable(cluster.getWorkload(ref, { signal })));
  const above = owner && deploymentOf(owner);
  return (above && (await readable(cluster.getWorkload(above, { signal })))) ?? owner;
}

/** Undefined for what this user may not read. */
async function readable<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ClusterError && error.code === 'cluster.forbidden') return undefined;
    throw error;
  }
}

async function notFound(world: LookupWorld, subject: Subject, budgets: readonly Budget[]): Promise<ClusterError> {
  const { kind, namespace, namespaceAssumed = false, name } = subject;
  const pods = kind === 'poddisruptionbudget' ? [] : ((await podsOf(world, namespace)) ?? []);
  const candidates = [...pods, ...(kind === 'pod' ? [] : budgets)].map((one) => one.name);
  const suggestion = closest(name, candidates);
  const what =
    kind === 'pod' ? 'pod' : kind === 'poddisruptionbudget' ? 'disruption budget' : 'pod or disruption budget';
  const meant = suggestion === undefined ? '' : `; did you mean ${suggestion}?`;
  const plural = kind === 'pod' ? 'pods' : kind === undefined ? 'pods,pdb' : 'pdb';
  const kubectl = world.cluster.kubectl;
  const elsewhere = namespaceAssumed && suggestion === undefined;
  return new ClusterError(`no ${what} in namespace ${namespace} is called ${name}${meant}`, {
    code: 'cluster.not-found',
    status: 404,
    hint: elsewhere
      ? `if it is in another namespace, name that with -n; to find it: ${kubectl('get', plural, '-A')}`
      : kubectl('get', plural, '-n', namespace),
  });
}
