/** kubectl's filter chain: which pods a drain leaves alone, and which are in its way. */
import type { Pod } from '../cluster/pod.ts';
import { deletionTimeMs, podName } from '../cluster/pod.ts';
import type { Blocker, DrainPolicy, LeaveReason, NodeSnapshot, Risk } from './plan.ts';

export interface FilterVerdict {
  /** Set when the pod is left alone; then there are no blockers. */
  readonly leave: LeaveReason | undefined;
  /** The pod stays, but the drain waits until it has finished; then there are no blockers either. */
  readonly complete: boolean;
  readonly blockers: readonly Blocker[];
  readonly risks: readonly Risk[];
}

/** Cluster API's label by which the owner of a pod says what a drain does with it. */
const drainLabel = 'cluster.x-k8s.io/drain';

/**
 * Runs a pod through the filters of `k8s.io/kubectl/pkg/drain/filters.go` in their order, with the same pods left alone
 * and the same pods refused. Unlike there, all reasons of a pod are kept: the last one does not hide the others; and
 * the label `cluster.x-k8s.io/drain` comes before the filters that ask for a flag.
 */
export function filterPod(
  pod: Pod,
  daemonSets: NodeSnapshot['daemonSets'],
  policy: DrainPolicy,
  nowMs: number,
): FilterVerdict {
  if (terminatingTooLong(pod, policy, nowMs)) return left('terminating-too-long');

  const blockers: Blocker[] = [];
  const risks: Risk[] = [];
  if (ownedByDaemonSet(pod) && !pod.finished) {
    const verdict = daemonSetVerdict(pod, daemonSets, policy);
    if (verdict === 'leave') return left('daemonset');
    if ('blocker' in verdict) return { leave: undefined, complete: false, blockers: [verdict.blocker], risks };
    risks.push(verdict.risk);
  }
  if (pod.mirror) return left('mirror');
  const asked = labelVerdict(pod);
  if (asked && 'risk' in asked) risks.push(asked.risk);
  else if (asked) return asked;
  if (pod.finished) return { leave: undefined, complete: false, blockers, risks };

  if (!policy.deleteEmptyDirData && pod.volumes.some((volume) => volume.kind === 'emptyDir')) {
    blockers.push({
      kind: 'local-storage',
      message: 'has emptyDir volumes, whose data would be deleted',
      flag: '--delete-emptydir-data',
    });
  }
  if (!pod.controller) {
    if (policy.force) risks.push({ kind: 'unmanaged', message: 'no controller: nothing brings it back' });
    else {
      blockers.push({
        kind: 'unmanaged',
        message: 'declares no controller, so nothing would bring it back',
        flag: '--force',
      });
    }
  }
  return { leave: undefined, complete: false, blockers, risks };
}

/** False for pods that no drain would remove, whatever else is known: those are not worth further requests. */
export function mayLeave(pod: Pod): boolean {
  const asked = labelVerdict(pod);
  return !pod.mirror && !pod.finished && !ownedByDaemonSet(pod) && (asked === undefined || 'risk' in asked);
}

/** Cluster API compares the values without regard to case. */
function labelVerdict(pod: Pod): FilterVerdict | { readonly risk: Risk } | undefined {
  const value = pod.labels[drainLabel];
  switch (value?.toLowerCase()) {
    case undefined:
    case 'drain':
      return undefined;
    case 'skip':
      return left('skip-label');
    case 'wait-completed':
    case 'waitcompleted':
      return pod.finished ? left('completed') : { leave: undefined, complete: true, blockers: [], risks: [] };
    default:
      return {
        risk: { kind: 'unknown-label', message: `its label ${drainLabel}=${value} says nothing that is known` },
      };
  }
}

/** Since Kubernetes 1.34 only `apps/v1` counts; a DaemonSet of another group is a controller like any other. */
export function ownedByDaemonSet(pod: Pod): boolean {
  return pod.controller?.kind === 'DaemonSet' && pod.controller.apiVersion === 'apps/v1';
}

function left(reason: LeaveReason): FilterVerdict {
  return { leave: reason, complete: false, blockers: [], risks: [] };
}

/** Whole seconds, and strictly more of them than asked, as kubectl counts. */
function terminatingTooLong(pod: Pod, policy: DrainPolicy, nowMs: number): boolean {
  const deletedAtMs = deletionTimeMs(pod);
  if (policy.skipWaitForDeleteTimeoutSeconds <= 0 || deletedAtMs === undefined) return false;
  return Math.trunc((nowMs - deletedAtMs) / 1000) > policy.skipWaitForDeleteTimeoutSeconds;
}

function daemonSetVerdict(
  pod: Pod,
  daemonSets: NodeSnapshot['daemonSets'],
  policy: DrainPolicy,
): 'leave' | { readonly blocker: Blocker } | { readonly risk: Risk } {
  const name = daemonSetName(pod);
  const existence = daemonSets.get(name) ?? { unknown: 'it was not looked up' };
  if (existence === 'missing') {
    const message = `its DaemonSet ${name} is gone, so nothing would bring it back`;
    return policy.force
      ? { risk: { kind: 'daemonset-missing', message } }
      : { blocker: { kind: 'daemonset-missing', message, flag: '--force' } };
  }
  if (existence !== 'exists') {
    return {
      blocker: {
        kind: 'daemonset-unknown',
        message: `looks like a pod of the DaemonSet ${name}, which could not be read: ${existence.unknown}`,
        flag: undefined,
      },
    };
  }
  if (policy.ignoreDaemonSets) return 'leave';
  return {
    blocker: {
      kind: 'daemonset',
      message: `belongs to the DaemonSet ${name}, whose controller ignores cordons and would bring it straight back`,
      flag: '--ignore-daemonsets',
    },
  };
}

/** `namespace/name` of the DaemonSet that a pod names as its controller. */
export function daemonSetName(pod: Pod): string {
  return podName({ namespace: pod.namespace, name: pod.controller?.name ?? '' });
}
