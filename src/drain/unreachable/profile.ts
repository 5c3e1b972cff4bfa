/** What a drain does differently on a node whose kubelet is silent: nobody there can end a pod or confirm that it ended. */
import type { Node } from '../../cluster/node.ts';
import type { DrainPolicy } from '../plan.ts';

export type NodeProfile = 'reachable' | 'unreachable';

/** What the API server is asked to grant, and how long a terminating pod is waited for: Cluster API's numbers. */
const graceSeconds = 1;
const skipAfterSeconds = 1;

/** Ready=Unknown: the kubelet has said nothing for so long that the control plane gave up on it. */
export function nodeProfile({ ready }: Pick<Node, 'ready'>): NodeProfile {
  return ready === 'Unknown' ? 'unreachable' : 'reachable';
}

/**
 * The policy for an unreachable node: a short grace period, for nobody uses it, and no waiting for pods that nobody can
 * confirm to be gone. What the user gave stays; budgets count as ever.
 */
export function unreachablePolicy(policy: DrainPolicy): DrainPolicy {
  return {
    ...policy,
    gracePeriodSeconds: policy.gracePeriodSeconds ?? graceSeconds,
    skipWaitForDeleteTimeoutSeconds: policy.skipWaitForDeleteTimeoutSeconds || skipAfterSeconds,
  };
}

/** The policy by which this node is drained. */
export function policyFor(node: Pick<Node, 'ready'>, policy: DrainPolicy, forced = false): DrainPolicy {
  if (nodeProfile(node) === 'reachable') return policy;
  const { skipWaitForDeleteTimeoutSeconds } = policy;
  // Pods that will be removed by force are waited for until then.
  return { ...unreachablePolicy(policy), ...(forced ? { skipWaitForDeleteTimeoutSeconds } : {}) };
}

/** Says what is different; undefined where nothing is. */
export function profileNotice(node: Pick<Node, 'name' | 'ready'>, policy: DrainPolicy): string | undefined {
  if (nodeProfile(node) === 'reachable') return undefined;
  const { gracePeriodSeconds, skipWaitForDeleteTimeoutSeconds } = unreachablePolicy(policy);
  return `${node.name} is unreachable (Ready is Unknown): its pods get a grace period of ${gracePeriodSeconds}s and are not waited for when they should have been gone ${skipWaitForDeleteTimeoutSeconds}s ago; their containers may still run there. Budgets are honoured`;
}
