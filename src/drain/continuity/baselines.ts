/** How many ready pods each owner had before its pods were asked to go. */
import type { Cluster } from '../../cluster/cluster.ts';
import type { Pod } from '../../cluster/pod.ts';
import { podName } from '../../cluster/pod.ts';
import type { Workload, WorkloadKind } from '../../cluster/workload.ts';
import { workloadKind } from '../../cluster/workload.ts';
import { ClusterError } from '../../errors.ts';
import { retryTransient } from '../retry.ts';
import type { ContinuityContext } from './context.ts';
import { ownerName, type Owner } from './owners.ts';

export interface Baseline {
  readonly owner: Owner;
  /** Pods that were ready for the owner's minReadySeconds. */
  readonly ready: number;
  /** Pods that were wanted. */
  readonly desired: number;
}

/** How long passing errors may keep a baseline from being read: without one its owner is not waited for. */
const readBudgetMs = 15_000;

type WorkloadReader = Pick<Cluster, 'getWorkload' | 'listWorkloads'>;

/** What is known of an owner; one that is terminating, or whose name another has by now, counts as gone. */
export type OwnerState = Workload | 'gone' | { readonly unknown: string };

/**
 * Reads the owners of these pods before they are evicted, one baseline each. Owners that cannot be read have none and
 * will not be waited for; that is said in one warning.
 */
export async function readBaselines(context: ContinuityContext, pods: readonly Pod[]): Promise<readonly Baseline[]> {
  const { owners, unknown } = await ownersOfPods(context, pods);
  const states = await readOwners(patient(context), owners, context.signal);
  const baselines: Baseline[] = [];
  for (const owner of owners) {
    const state = states.get(owner.uid) ?? 'gone';
    if (state === 'gone') continue;
    if ('unknown' in state) unknown.push(`${ownerName(owner)} (${state.unknown})`);
    else baselines.push({ owner, ready: state.availableReplicas, desired: state.replicas });
  }
  if (unknown.length > 0) {
    const message = `not waited for, because how many of their pods were ready is unknown: ${unknown.join(', ')}`;
    context.report.emit({ type: 'warning', message });
  }
  return baselines;
}

/** Reads again what failed for a passing reason. */
function patient({ cluster, clock, signal }: ContinuityContext): WorkloadReader {
  return {
    getWorkload: (ref, options) => retryTransient(clock, signal, readBudgetMs, () => cluster.getWorkload(ref, options)),
    listWorkloads: (kind, query) =>
      retryTransient(clock, signal, readBudgetMs, () => cluster.listWorkloads(kind, query)),
  };
}

async function ownersOfPods(
  { owners, clock, signal }: ContinuityContext,
  pods: readonly Pod[],
): Promise<{ readonly owners: readonly Owner[]; readonly unknown: string[] }> {
  const found = new Map<string, Owner>();
  const unknown = new Map<string, string>();
  for (const pod of pods.filter(({ finished, mirror }) => !finished && !mirror)) {
    const { controller, namespace } = pod;
    if (!controller) continue;
    const name = `${controller.kind} ${namespace}/${controller.name}`;
    try {
      const owner = await retryTransient(clock, signal, readBudgetMs, () => owners.of(pod, signal));
      if (owner) found.set(owner.uid, owner);
      else if (!workloadKind(controller)) unknown.set(controller.uid, `${name} (kmaint does not know this kind)`);
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      unknown.set(controller.uid, `${name} of pod ${podName(pod)} (${error.message})`);
    }
  }
  return { owners: [...found.values()], unknown: [...unknown.values()] };
}

/** Reads owners by uid: one list for several of a kind in a namespace, where that is allowed. */
export async function readOwners(
  cluster: WorkloadReader,
  owners: readonly Owner[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, OwnerState>> {
  const groups = new Map<string, Owner[]>();
  for (const owner of owners) {
    const key = `${owner.kind} ${owner.namespace}`;
    groups.set(key, [...(groups.get(key) ?? []), owner]);
  }
  const read = await Promise.all([...groups.values()].map((group) => readGroup(cluster, group, signal)));
  return new Map(read.flat());
}

type Entry = readonly [uid: string, state: OwnerState];

async function readGroup(
  cluster: WorkloadReader,
  group: readonly Owner[],
  signal: AbortSignal,
): Promise<readonly Entry[]> {
  const [first] = group;
  if (first && group.length > 1) {
    const listed = await listOwners(cluster, first.kind, first.namespace, signal);
    if (listed) return group.map(({ uid }) => [uid, stateOf(listed.get(uid), uid)]);
  }
  return Promise.all(
    group.map(async (owner): Promise<Entry> => {
      try {
        return [owner.uid, stateOf(await cluster.getWorkload(owner, { signal }), owner.uid)];
      } catch (error) {
        if (!(error instanceof ClusterError)) throw error;
        return [owner.uid, { unknown: error.message }];
      }
    }),
  );
}

/** Undefined when the list failed: each is then asked for by itself, for those who may get but not list. */
async function listOwners(
  cluster: WorkloadReader,
  kind: WorkloadKind,
  namespace: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Workload> | undefined> {
  try {
    const all = await cluster.listWorkloads(kind, { namespace, signal });
    return new Map(all.map((workload) => [workload.uid, workload]));
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    return undefined;
  }
}

function stateOf(found: Workload | undefined, uid: string): OwnerState {
  return found?.uid === uid && found.deletionTimestamp === undefined ? found : 'gone';
}
