/** Which pods belong to what was named: the decision for each kind, once everything has been looked up. */
import type { LogOwner, LogOwnerKind } from '../../cluster/log-owner.ts';
import type { LogPod } from '../../cluster/log-pod.ts';
import type { JobOwners } from './job-owners.ts';
import type { NameTest } from './names.ts';

export type PodTest = (pod: LogPod) => boolean;

/** Pods that were asked for, and how little the server can be asked for to get them. */
export interface Claim {
  /** Undefined: wherever pods are followed. */
  readonly namespaces: readonly string[] | undefined;
  /** Each of its pods carries these labels; undefined: they say nothing. */
  readonly labelSelector: string | undefined;
  /** Each of its pods has these fields. */
  readonly fieldSelector: string | undefined;
  /** Does not look at the namespace; see {@link claims}. */
  readonly test: PodTest;
  /** Undefined: all containers. */
  readonly container: NameTest | undefined;
  /** The labels by which its owner picks pods, where others that carry them are left out. */
  readonly pickedBy?: { readonly owner: string; matches(labels: LogPod['labels']): boolean } | undefined;
}

/** True for the pods of the claim. */
export function claims(claim: Claim, pod: LogPod): boolean {
  return (claim.namespaces === undefined || claim.namespaces.includes(pod.namespace)) && claim.test(pod);
}

/** Of whom a pod carries all labels that it picks its pods by; undefined: of nobody. */
export function ownerByLabels(claim: Claim, pod: LogPod): string | undefined {
  const here = claim.namespaces === undefined || claim.namespaces.includes(pod.namespace);
  return here && claim.pickedBy?.matches(pod.labels) === true ? claim.pickedBy.owner : undefined;
}

/** Kinds that own pods, directly or through a ReplicaSet: their pods can be told without reading them. */
export type PodOwnerKind = Exclude<
  LogOwnerKind,
  'Service' | 'CronJob' | 'Ingress' | 'HorizontalPodAutoscaler' | 'Node'
>;

export function ownsPods(kind: LogOwnerKind): kind is PodOwnerKind {
  return Object.hasOwn(groups, kind);
}

const groups: Readonly<Record<PodOwnerKind, string>> = {
  Deployment: 'apps',
  ReplicaSet: 'apps',
  StatefulSet: 'apps',
  DaemonSet: 'apps',
  Job: 'batch',
  ReplicationController: '',
};

/** ReplicaSets that were read; a Deployment's later ones are told by their names. */
export interface ReplicaSets {
  readonly own: ReadonlySet<string>;
  readonly others: ReadonlySet<string>;
}

const none: ReplicaSets = { own: new Set(), others: new Set() };

/**
 * Pods that a workload of a passing name controls. By name, not by uid: within a namespace nobody else has it, and the
 * workload that is deleted and made again is the one that the user means.
 */
export function controlledBy(kind: PodOwnerKind, test: NameTest, replicaSets: ReplicaSets = none): PodTest {
  if (kind === 'Deployment') return (pod) => ofDeployment(pod, test, replicaSets);
  return ({ controller }) =>
    controller?.kind === kind && groupOf(controller.apiVersion) === groups[kind] && test(controller.name);
}

/** Its ReplicaSets are called `NAME-HASH`, and the pods carry the hash; only one that was adopted may be called otherwise. */
function ofDeployment({ controller, labels }: LogPod, test: NameTest, { own, others }: ReplicaSets): boolean {
  if (controller?.kind !== 'ReplicaSet' || groupOf(controller.apiVersion) !== 'apps') return false;
  if (own.has(controller.uid)) return true;
  if (others.has(controller.uid)) return false;
  const hash = labels['pod-template-hash'];
  if (hash === undefined || !controller.name.endsWith(`-${hash}`)) return false;
  return test(controller.name.slice(0, -hash.length - 1));
}

/** Divides ReplicaSets by who controls them; one that nobody does may yet be adopted, and is in neither. */
export function replicaSetsOf(deployment: LogOwner, replicaSets: readonly LogOwner[]): ReplicaSets {
  const own = new Set<string>();
  const others = new Set<string>();
  for (const { uid, owners } of replicaSets) {
    const controller = owners.find((owner) => owner.controller);
    if (controller) (controller.uid === deployment.uid ? own : others).add(uid);
  }
  return { own, others };
}

/** Pods of Jobs that came from a CronJob of a passing name. */
export function scheduledBy(test: NameTest, jobs: JobOwners): PodTest {
  return (pod) => jobs.cronJobsOf(pod)?.some(test) === true;
}

/** Stands on every pod of a Job. */
export const jobPodLabel = 'batch.kubernetes.io/job-name';

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}
