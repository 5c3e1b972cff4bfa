/** Turns a compiled selection into watches of pods, and into the answers to which of their pods are wanted. */
import type { Kubectl } from '../../cli/kubectl.ts';
import type { Change } from '../../cluster/cluster.ts';
import type { OwnerLookup } from '../../cluster/log-owner.ts';
import type { LogContainer, LogPod } from '../../cluster/log-pod.ts';
import { ClusterError } from '../../errors.ts';
import type { NodePlace } from '../line.ts';
import { claims, ownerByLabels, type Claim, type PodTest } from './claim.ts';
import { meets } from './condition.ts';
import { containersOfPod } from './containers.ts';
import { JobOwners, learnJobs } from './job-owners.ts';
import { lookUp } from './look-up.ts';
import type { LookUpInput } from './look-up-input.ts';
import { anyOf, type NameTest } from './names.ts';
import type { ContainerState } from './options.ts';
import type { OwnerProblem } from './owner-problem.ts';
import type { Source } from './query.ts';
import { scopeOf, type Scope } from './scope.ts';
import type { Selection } from './selection.ts';
import { claimsKey, mayMove, watchKey } from './renewal.ts';
import { planWatches, type PodWatch } from './watches.ts';

/** What to watch, and what of it to follow. */
export interface ResolvedSelection {
  /** No two give the same pod. */
  readonly queries: readonly PodWatch[];
  /** Which namespaces pods can come from; undefined: all. */
  readonly namespaces: readonly string[] | undefined;
  readonly accepts: PodTest;
  /**
   * Of a pod that is not accepted: `deploy/web` where it carries all labels that this picks its pods by, is left out for
   * being another's, and would be accepted otherwise.
   */
  namesake(pod: LogPod): string | undefined;
  /** In the order of the pod. */
  containers(pod: LogPod): readonly LogContainer[];
  /** Those in which a container is taken that has run when it is first seen; undefined: all. */
  readonly states: ReadonlySet<ContainerState> | undefined;
  /**
   * To be called with each change before its pods are asked about, and awaited when it gives a promise: then a Job came
   * of which nobody knows yet whether its CronJob is meant, or a node whose place is shown. Without either never does.
   * Rejects with the signal's reason.
   */
  prepare(change: Change<LogPod>, signal: AbortSignal): Promise<void> | undefined;
  /** Where a node is, once a change with a pod on it was prepared; undefined: nobody asked for places. */
  readonly placeOf?: ((node: string) => NodePlace | undefined) | undefined;
  /** Tells the queries of two selections apart: of one key, both take the same of the same pods. */
  keyOf(query: PodWatch): string;
  /**
   * Looks up again what may lead to other pods by now, such as a Service; undefined where nothing of the kind was named.
   * Gives undefined when nothing has changed. What is gone, or cannot be read now, stays as it was. Rejects with the
   * signal's reason.
   */
  readonly renew: ((signal: AbortSignal) => Promise<ResolvedSelection | undefined>) | undefined;
}

export type Resolution =
  /** The notes say what is less sure than it should be, one sentence each. */
  | { readonly value: ResolvedSelection; readonly notes: readonly string[] }
  | { readonly problems: readonly OwnerProblem[] };

export interface ResolveDeps {
  readonly lookup: OwnerLookup;
  /** Writes commands of hints. */
  readonly kubectl: Kubectl;
  /** The context's. */
  readonly namespace: string;
}

/**
 * Looks up what is named, all at once; nothing is asked where only pods are. Whatever does not exist is told together.
 *
 * @throws ClusterError where the cluster gives no answer
 */
export async function resolveSelection(
  selection: Selection,
  { lookup, kubectl, namespace }: ResolveDeps,
  signal: AbortSignal,
): Promise<Resolution> {
  const scope = scopeOf(selection, namespace);
  const context = { selection, scope, lookup, kubectl, jobs: new JobOwners() };
  const input = { ...context, ownerFilter: selection.ownerFilter, signal };
  const found = await Promise.all(
    selection.groups.map((group) => Promise.all(group.map((source) => told(source, input)))),
  );
  const problems = found.flat().flatMap((one) => one.problems);
  if (problems.length > 0) return { problems };
  const value = resolvedFrom(
    context,
    found.map((group) => group.map(({ claims }) => claims)),
  );
  if (!value) return { problems: [nothingInCommon] };
  return { notes: [...new Set(found.flat().flatMap((one) => one.notes))], value };
}

interface ResolveContext {
  readonly selection: Selection;
  readonly scope: Scope;
  readonly lookup: OwnerLookup;
  readonly kubectl: Kubectl;
  readonly jobs: JobOwners;
}

/** By group and source. */
type Found = readonly (readonly (readonly Claim[])[])[];

/** Undefined when no pod can match. */
function resolvedFrom(context: ResolveContext, found: Found): ResolvedSelection | undefined {
  const { selection, scope, jobs, lookup } = context;
  const groups = found.map((group) => group.flat().filter((claim) => within(claim, selection, scope)));
  const queries = planWatches({ ...selection, groups, scope });
  if (queries.length === 0) return undefined;
  const watched = [...new Set(queries.map((query) => query.namespace))].filter((place) => place !== undefined);
  return {
    queries,
    namespaces: queries.some((query) => query.namespace === undefined) ? undefined : watched,
    accepts: acceptance(selection, groups, scope, claims),
    namesake: namesakes(selection, groups, scope),
    containers: containerChoice(selection, groups),
    states: selection.states,
    prepare: schedules(selection) ? preparation(jobs, lookup) : () => undefined,
    keyOf: (query) => watchKey(query, groups),
    renew: selection.groups.flat().some(mayMove) ? (signal) => renewed(context, found, signal) : undefined,
  };
}

async function renewed(
  context: ResolveContext,
  found: Found,
  signal: AbortSignal,
): Promise<ResolvedSelection | undefined> {
  const input = { ...context, ownerFilter: context.selection.ownerFilter, signal };
  const now = await Promise.all(
    context.selection.groups.map((group, at) =>
      Promise.all(group.map((source, index) => claimedAgain(source, found[at]?.[index] ?? [], input))),
    ),
  );
  return claimsKey(now.flat(2)) === claimsKey(found.flat(2)) ? undefined : resolvedFrom(context, now);
}

async function claimedAgain(
  source: Source,
  before: readonly Claim[],
  input: Omit<LookUpInput, 'problem' | 'note'>,
): Promise<readonly Claim[]> {
  if (!mayMove(source)) return before;
  try {
    const { claims, problems } = await told(source, input);
    return problems.length > 0 ? before : claims;
  } catch (error) {
    input.signal.throwIfAborted();
    if (!(error instanceof ClusterError)) throw error;
    return before;
  }
}

/** What became of a source, in the order of the sources however the answers come in. */
async function told(source: Source, input: Omit<LookUpInput, 'problem' | 'note'>) {
  const problems: OwnerProblem[] = [];
  const notes: string[] = [];
  const claims = await lookUp(source, {
    ...input,
    problem: (problem) => void problems.push(problem),
    note: (text) => void notes.push(text),
  });
  return { claims, problems, notes };
}

const nothingInCommon: OwnerProblem = {
  kind: 'unusable',
  message: 'no pod can match: what is asked for lies in different namespaces, or in ignored ones',
  hint: 'different flags must all match; ask for them in several runs, or give them to the same flag',
};

/** Flags for namespaces hold for names that bring their own, too. */
function within(claim: Claim, { namespaces }: Selection, scope: Scope): boolean {
  if (namespaces.kind !== 'named' || scope.kind !== 'named') return true;
  return claim.namespaces?.some((namespace) => scope.names.includes(namespace)) ?? true;
}

function acceptance(
  selection: Selection,
  groups: readonly (readonly Claim[])[],
  scope: Scope,
  belongs: typeof claims,
): PodTest {
  const { ignored, excludedPods, condition } = selection;
  const avoided = scope.kind === 'all' ? scope.ignored : new Set<string>();
  return (pod) =>
    !avoided.has(pod.namespace) &&
    groups.every((group) => group.some((claim) => belongs(claim, pod))) &&
    !ignored.some((matches) => matches(pod.labels)) &&
    excludedPods?.(pod.name) !== true &&
    meets(pod, condition);
}

function namesakes(
  selection: Selection,
  groups: readonly (readonly Claim[])[],
  scope: Scope,
): ResolvedSelection['namesake'] {
  const all = groups.flat();
  const accepts = acceptance(selection, groups, scope, claims);
  const almost = acceptance(
    selection,
    groups,
    scope,
    (claim, pod) => claims(claim, pod) || ownerByLabels(claim, pod) !== undefined,
  );
  return (pod) => {
    const owner = all.map((claim) => ownerByLabels(claim, pod)).find((one) => one !== undefined);
    return owner !== undefined && !accepts(pod) && almost(pod) ? owner : undefined;
  };
}

function containerChoice(
  { containers: rules }: Selection,
  groups: readonly (readonly Claim[])[],
): ResolvedSelection['containers'] {
  const choosing = groups.filter((group) => group.some(({ container }) => container !== undefined));
  return (pod) => {
    const asked = choosing.flatMap((group) => askedContainers(group, pod) ?? []);
    return containersOfPod(pod, rules, asked.length === 0 ? undefined : (name) => asked.every((test) => test(name)));
  };
}

/** Undefined when what asked for the pod meant all of it. */
function askedContainers(group: readonly Claim[], pod: LogPod): NameTest | undefined {
  const tests = group.filter((claim) => claims(claim, pod)).map(({ container }) => container);
  const given = tests.filter((test) => test !== undefined);
  return given.length < tests.length ? undefined : anyOf(given);
}

function schedules({ groups }: Selection): boolean {
  return groups.some((group) => group.some((source) => source.kind === 'owners' && source.owner === 'CronJob'));
}

function preparation(jobs: JobOwners, lookup: OwnerLookup): ResolvedSelection['prepare'] {
  return (change, signal) => {
    const missing = jobs.missing(change);
    return missing.length === 0 ? undefined : learnJobs(jobs, missing, lookup, signal);
  };
}
