/** Whether a node is back, decided from what was read about it. */
import type { Node } from '../../cluster/node.ts';
import { podName, type Pod } from '../../cluster/pod.ts';

/** What was read in one look. */
export interface ReadinessFacts {
  /** The node of that name, undefined when there is none. */
  readonly node: Node | undefined;
  /** Whether its kubelet was seen renewing its Lease while we looked; `unknown`: Leases may not be read. */
  readonly lease: 'renewed' | 'not-renewed' | 'missing' | 'unknown';
  /** Pods bound to the node. */
  readonly pods: readonly Pod[];
}

export interface ReadinessNeeds {
  /** True: the machine has to have booted since `bootID` was read. */
  readonly expectReboot: boolean;
  readonly bootID: string;
}

export type Readiness =
  | { readonly ready: true; readonly node: Node }
  | { readonly ready: false; readonly waitsFor: 'reboot' | 'ready'; readonly message: string };

/**
 * The first thing that is missing, in the order in which a node comes back: its boot, its kubelet, its network. The Lease
 * is looked at beside Ready because that condition outlives its kubelet by most of a minute.
 */
export function readinessOf({ node, lease, pods }: ReadinessFacts, needs: ReadinessNeeds): Readiness {
  if (!node) return missing('ready', 'the node is not in the cluster; its kubelet has to register it again');
  const boot = needs.expectReboot ? bootProblem(node.bootID, needs.bootID) : undefined;
  if (boot !== undefined) return missing('reboot', boot);
  if (node.ready !== 'True')
    return missing('ready', `the node's Ready is ${node.ready}${conditionText(node, 'Ready')}`);
  if (lease === 'missing') return missing('ready', 'the node has no Lease in kube-node-lease yet');
  if (lease === 'not-renewed') return missing('ready', 'the node says Ready, but its Lease was not renewed yet');
  if (node.conditions.some(({ type, status }) => type === 'NetworkUnavailable' && status === 'True')) {
    return missing('ready', `the node's network is not set up${conditionText(node, 'NetworkUnavailable')}`);
  }
  const unready = unreadyNodePods(pods);
  if (unready.length > 0) return missing('ready', `not ready on the node: ${unready.join(', ')}`);
  return { ready: true, node };
}

function missing(waitsFor: 'reboot' | 'ready', message: string): Readiness {
  return { ready: false, waitsFor, message };
}

/** Why this is no proof of a reboot; undefined when it is. */
function bootProblem(now: string, before: string): string | undefined {
  if (before === '') return 'the node reported no bootID before, so that a reboot cannot be proved';
  if (now === '') return 'the node reports no bootID';
  return now === before ? `still the old boot: bootID ${now}` : undefined;
}

function conditionText({ conditions }: Node, type: string): string {
  const condition = conditions.find((one) => one.type === type);
  const words = [condition?.reason, condition?.message].filter((text) => text !== undefined && text !== '');
  return words.length === 0 ? '' : `: ${words.join(', ')}`;
}

/**
 * The pods that the node itself needs and that do not work: CNI and kube-proxy are DaemonSets nearly everywhere, a control
 * plane is made of mirror pods. A DaemonSet's failed pod does not count beside a ready one that replaced it.
 */
export function unreadyNodePods(pods: readonly Pod[]): readonly string[] {
  const served = new Set(pods.filter(works).flatMap(({ controller }) => (controller ? [controller.uid] : [])));
  return pods
    .filter((pod) => !works(pod) && (pod.mirror || isUnserved(pod, served)))
    .map(podName)
    .sort();
}

function works(pod: Pod): boolean {
  return pod.ready && !pod.finished && pod.deletionTimestamp === undefined;
}

function isUnserved({ controller }: Pod, served: ReadonlySet<string>): boolean {
  return controller?.kind === 'DaemonSet' && !served.has(controller.uid);
}
