/** A world for continuity: the context, a journal that remembers, and a Deployment controller in miniature. */
import { createOwners } from '../../../src/drain/continuity/owners.ts';
import type { ContinuityContext } from '../../../src/drain/continuity/context.ts';
import { restartedAtAnnotation } from '../../../src/drain/continuity/surge-undo.ts';
import type { Pod } from '../../../src/cluster/pod.ts';
import type { Workload } from '../../../src/cluster/workload.ts';
import type { JournalEntry } from '../../../src/journal/journal.ts';
import { ClusterError } from '../../../src/errors.ts';
import { aNode, aPod, aWorkload } from '../../support/objects.ts';
import { aWorld, type TestWorld } from '../../support/world.ts';

export interface ContinuityWorld extends TestWorld {
  readonly context: ContinuityContext;
  readonly entries: JournalEntry[];
}

export function aContinuityWorld(pods: readonly Pod[], workloads: readonly Workload[]): ContinuityWorld {
  const world = aWorld(pods, [aNode({ unschedulable: true })]);
  const entries: JournalEntry[] = [];
  for (const workload of workloads) world.cluster.putWorkload(workload);
  const context: ContinuityContext = {
    cluster: world.cluster,
    clock: world.clock,
    report: world.report,
    node: 'node1',
    signal: world.signal,
    journal: { runId: 'run-1', write: async (entry) => void entries.push(entry) },
    owners: createOwners(world.cluster),
  };
  return Object.assign(world, { context, entries });
}

/** The ReplicaSet between a Deployment and its pods. */
export function aReplicaSet(differences: Partial<Workload> = {}, deployment = 'web'): Workload {
  return aWorkload({
    kind: 'ReplicaSet',
    name: `${deployment}-1`,
    uid: `uid-of-${differences.name ?? `${deployment}-1`}`,
    controller: { apiVersion: 'apps/v1', kind: 'Deployment', name: deployment, uid: `uid-of-${deployment}` },
    ...differences,
  });
}

/** A pod of {@link aReplicaSet}. */
export function aMember(name: string, differences: Partial<Pod> = {}, set = 'web-1'): Pod {
  const controller = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: set, uid: `uid-of-${set}` };
  return aPod({ name, controller, ...differences });
}

/** A Deployment of one replica that can be surged. */
export function aSingle(differences: Partial<Workload> = {}): Workload {
  const counts = { replicas: 1, readyReplicas: 1, availableReplicas: 1, updatedReplicas: 1, statusReplicas: 1 };
  return aWorkload({ ...counts, maxSurge: 1, maxUnavailable: 0, ...differences });
}

/** What becomes of the new pod of a rollout. */
export interface Rollout {
  /** From the stamp to the new pod being ready; Infinity: never. */
  readonly readyAfterMs: number;
  readonly newPod: Pod;
}

/** Plays the Deployment controller for the one replica `web`: reacts to what kmaint writes, a moment later. */
export function playRollouts({ cluster, clock }: ContinuityWorld, { readyAfterMs, newPod }: Rollout): void {
  const write = cluster.annotateTemplate.bind(cluster);
  const change = (differences: Partial<Workload>): void => {
    const now = cluster.workloads.get('Deployment/shop/web');
    if (now) cluster.putWorkload({ ...now, ...differences, resourceVersion: `${now.resourceVersion}x` });
  };
  cluster.annotateTemplate = async (workload, annotations) => {
    const changed = await write(workload, annotations);
    const stamp = changed.templateAnnotations[restartedAtAnnotation];
    change({ settled: false, updatedReplicas: 0 });
    clock.after(200, () => {
      if (stamp === undefined) {
        cluster.remove(`shop/${newPod.name}`);
        change({ settled: true, updatedReplicas: 1, statusReplicas: 1, availableReplicas: 1, revision: '3' });
        return;
      }
      const set = aReplicaSet({
        name: 'web-2',
        revision: '2',
        templateAnnotations: { [restartedAtAnnotation]: stamp },
      });
      cluster.putWorkload(set);
      cluster.put({ ...newPod, ready: false });
      change({ settled: true, updatedReplicas: 1, statusReplicas: 2, availableReplicas: 1, revision: '2' });
    });
    if (stamp !== undefined && readyAfterMs !== Infinity) {
      clock.after(readyAfterMs, () => {
        if (cluster.workloads.get('Deployment/shop/web')?.templateAnnotations[restartedAtAnnotation] !== stamp) return;
        cluster.put({ ...newPod, ready: true });
        const old = cluster.pods.get('shop/web-a');
        if (old) cluster.put({ ...old, deletionTimestamp: '2026-01-01T00:10:00Z' });
        change({ statusReplicas: 1, availableReplicas: 1 });
        clock.after(6000, () => cluster.remove('shop/web-a'));
      });
    }
    return changed;
  };
}

export const forbidden = (): Error =>
  new ClusterError('it is forbidden', { code: 'cluster.forbidden', status: 403, hint: 'ask for it' });
export const unavailable = (): Error =>
  new ClusterError('etcdserver: leader changed', { code: 'cluster.server', status: 500 });
