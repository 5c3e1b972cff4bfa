/** Plays the DaemonSet controller: one pod on each node that may have one. */
import { isDeepStrictEqual } from 'node:util';
import type { Controller } from '../ports.ts';
import { daemonExtras, shouldRun, tolerantTemplate } from './daemonset-pod.ts';
import { createRecorder } from './events.ts';
import { observe } from './informer.ts';
import { daemonSets, nodes, pods, type DaemonSet, type Node, type Pod } from './models.ts';
import { watchOwned } from './owned.ts';
import { scaled } from './amounts.ts';
import { createPodControl } from './pod-control.ts';
import { isAvailable, isReady, isTerminating, labelsOf } from './pod-facts.ts';
import { createQueue, keyOf, splitKey } from './queue.ts';
import { currentRevision, revisionsOf, truncateRevisions } from './revisions.ts';

const hashLabel = 'controller-revision-hash';
const generationAnnotation = 'deprecated.daemonset.template.generation';

export const daemonSetController: Controller = (world) => {
  const { store, registry, clock } = world;
  const record = createRecorder(world, 'daemonset-controller');
  const control = createPodControl(world, record);
  const queue = createQueue(world, sync);
  const owned = watchOwned<Pod>(world, { children: pods, owners: daemonSets, queue });

  observe(world, [daemonSets], ({ kind, object }) => {
    if (kind !== 'deleted') queue.add(keyOf(object));
  });
  observe(world, [nodes], ({ kind, object, previous }) => {
    if (kind === 'modified' && previous && !changesEligibility(previous, object)) return;
    for (const set of store.list(daemonSets)) queue.add(keyOf(set));
  });

  function sync(key: string): void {
    const { namespace, name } = splitKey(key);
    const set = store.get(daemonSets, namespace, name) as DaemonSet | undefined;
    if (!set) return;
    const generation = set.metadata.annotations?.[generationAnnotation] ?? String(set.metadata.generation ?? 1);
    const revision = currentRevision(world, set, hashLabel, undefined, { [generationAnnotation]: generation });
    const hash = labelsOf(revision)[hashLabel] ?? '';
    const all = store.list(nodes) as readonly Node[];
    if (set.metadata.deletionTimestamp === undefined) {
      manage(set, all, hash, generation);
      if ((set.spec.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate') replaceOld(set, all, hash);
    }
    const byNode = podsByNode(set);
    writeStatus(set, all, byNode, hash);
    const live = new Set<string>([revision.metadata.name]);
    const inUse = new Set([...byNode.values()].flat().map((pod) => labelsOf(pod)[hashLabel]));
    for (const one of revisionsOf(world, set)) if (inUse.has(labelsOf(one)[hashLabel])) live.add(one.metadata.name);
    truncateRevisions(world, set, live);
    const { minReadySeconds = 0 } = set.spec;
    const now = clock.now();
    for (const here of byNode.values()) {
      if (here.some((pod) => isReady(pod) && !isAvailable(pod, minReadySeconds, now))) queue.addAfter(key, 1000);
    }
  }

  /** By the node that they run on, or are meant for; the oldest first. */
  function podsByNode(set: DaemonSet): ReadonlyMap<string, readonly Pod[]> {
    const found = new Map<string, Pod[]>();
    for (const pod of owned.of(set)) {
      const node = pod.spec.nodeName ?? meantFor(pod);
      if (node === undefined) continue;
      const here = found.get(node);
      if (here) here.push(pod);
      else found.set(node, [pod]);
    }
    for (const here of found.values()) {
      here.sort((a, b) => Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp));
    }
    return found;
  }

  function manage(set: DaemonSet, all: readonly Node[], hash: string, generation: string): void {
    const byNode = podsByNode(set);
    const template = tolerantTemplate(set.spec.template);
    const surges = limitOf(set, 'maxSurge', all.length) > 0;
    for (const node of all) {
      const { name } = node.metadata;
      const here = byNode.get(name) ?? [];
      const { run, stay } = shouldRun(set, node);
      if (run && here.length === 0) control.create(set, template, daemonExtras(template, name, hash, generation));
      else if (!stay) for (const pod of here.filter((one) => !isTerminating(one))) control.delete(set, pod);
      else if (stay) prune(set, here, surges ? 2 : 1);
    }
    // Pods that were never scheduled, for nodes that are gone.
    const known = new Set(all.map(({ metadata }) => metadata.name));
    for (const [name, here] of byNode) {
      if (known.has(name)) continue;
      for (const pod of here) if (pod.spec.nodeName === undefined && !isTerminating(pod)) control.delete(set, pod);
    }
  }

  /** Ended pods go, and the younger ones of several. */
  function prune(set: DaemonSet, here: readonly Pod[], allowed: number): void {
    let running = 0;
    for (const pod of here) {
      if (isTerminating(pod)) continue;
      const { namespace = '', name } = pod.metadata;
      const phase = pod.status?.phase;
      if (phase === 'Failed' || phase === 'Succeeded') {
        const failed = phase === 'Failed';
        const text = `Found ${failed ? 'failed' : 'succeeded'} daemon pod ${namespace}/${name} on node ${pod.spec.nodeName ?? ''}, will try to ${failed ? 'kill' : 'delete'} it`;
        record(set, failed ? 'Warning' : 'Normal', failed ? 'FailedDaemonPod' : 'SucceededDaemonPod', text);
        control.delete(set, pod);
      } else if (running < allowed) running += 1;
      else control.delete(set, pod);
    }
  }

  /** Pods of older templates: those that are not available at once, others while maxUnavailable allows. */
  function replaceOld(set: DaemonSet, all: readonly Node[], hash: string): void {
    const byNode = podsByNode(set);
    const wanted = all.filter((node) => shouldRun(set, node).run).length;
    let spare = Math.max(1, limitOf(set, 'maxUnavailable', wanted));
    const candidates: Pod[] = [];
    for (const { metadata } of all) {
      const here = (byNode.get(metadata.name) ?? []).filter((pod) => !isTerminating(pod));
      const old = here.find((pod) => labelsOf(pod)[hashLabel] !== hash);
      const available = here.some((pod) => isAvailable(pod, set.spec.minReadySeconds, clock.now()));
      if (byNode.has(metadata.name) && !available) spare -= 1;
      if (!old) continue;
      if (available) candidates.push(old);
      else control.delete(set, old);
    }
    for (const pod of candidates.slice(0, Math.max(0, spare))) control.delete(set, pod);
  }

  function writeStatus(
    set: DaemonSet,
    all: readonly Node[],
    byNode: ReadonlyMap<string, readonly Pod[]>,
    hash: string,
  ): void {
    const now = clock.now();
    let [desired, current, misscheduled, ready, updated, available] = [0, 0, 0, 0, 0, 0];
    for (const node of all) {
      const pod = byNode.get(node.metadata.name)?.[0];
      if (!shouldRun(set, node).run) {
        if (pod) misscheduled += 1;
        continue;
      }
      desired += 1;
      if (!pod) continue;
      current += 1;
      if (isReady(pod)) ready += 1;
      if (isAvailable(pod, set.spec.minReadySeconds, now)) available += 1;
      if (labelsOf(pod)[hashLabel] === hash) updated += 1;
    }
    registry.modify(
      daemonSets,
      set.metadata.namespace,
      set.metadata.name,
      (before) => {
        const status = {
          currentNumberScheduled: current,
          numberMisscheduled: misscheduled,
          desiredNumberScheduled: desired,
          numberReady: ready,
          observedGeneration: set.metadata.generation ?? 1,
          ...(updated > 0 ? { updatedNumberScheduled: updated } : {}),
          ...(available > 0 ? { numberAvailable: available } : {}),
          ...(desired > available ? { numberUnavailable: desired - available } : {}),
        };
        return isDeepStrictEqual(status, before['status']) ? before : { ...before, status };
      },
      { subresource: 'status' },
    );
  }
};

function limitOf(set: DaemonSet, name: 'maxUnavailable' | 'maxSurge', count: number): number {
  return scaled(set.spec.updateStrategy?.rollingUpdate?.[name] ?? (name === 'maxSurge' ? 0 : 1), count, 'up');
}

/** The node that the controller bound an unscheduled pod to by affinity. */
function meantFor(pod: Pod): string | undefined {
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return terms?.[0]?.matchFields?.find(({ key }) => key === 'metadata.name')?.values?.[0];
}

function changesEligibility(before: Node, after: Node): boolean {
  return before.metadata.labels !== after.metadata.labels || before.spec !== after.spec;
}
