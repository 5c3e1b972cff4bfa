/** Why a pod cannot go yet, in words. */
import type { Event } from './events.ts';

export type PodBlocked = Extract<Event, { readonly type: 'pod.blocked' }>;

/** `budget shop/web needs 2 healthy pods and has 2`. */
export function blockText(event: PodBlocked): string {
  const { reason, message, pod } = event;
  switch (reason) {
    case 'budget':
    case 'settling':
      return message;
    case 'namespace-terminating':
      return `namespace ${pod.namespace} is being deleted, which will delete the pod`;
    case 'throttled':
      return `the API server is busy: ${message}`;
    case 'webhook':
      return message.includes('webhook') ? message : `admission refused it: ${message}`;
    case 'transient':
      return `passing error: ${message}`;
  }
}

/** `namespace/name` of the budget that is in the way, where the server named it. */
export function budgetOf({ budget, pod }: PodBlocked): string | undefined {
  return budget === undefined ? undefined : `${pod.namespace}/${budget}`;
}
