/** What may lead to other pods later than it does now, and which watches of pods that touches. */
import type { LogOwnerKind } from '../../cluster/log-owner.ts';
import type { Claim } from './claim.ts';
import type { Source } from './query.ts';
import type { PodWatch } from './watches.ts';

/** The selector of a workload never changes (apps/v1); those of Services do, and Ingresses and autoscalers are pointed elsewhere. */
const movingKinds: ReadonlySet<LogOwnerKind> = new Set(['Service', 'Ingress', 'HorizontalPodAutoscaler']);

/** Nodes join with labels, or under names that a glob takes; one that was named is told by its name. */
export function mayMove(source: Source): boolean {
  if (source.kind === 'nodes') return true;
  if (source.kind === 'pods') return false;
  return movingKinds.has(source.owner) || (source.owner === 'Node' && !source.exact);
}

/** The same for claims of the same sources on the same pods. */
export function claimsKey(claims: readonly Claim[]): string {
  return claims.map(keyOf).toSorted().join('\n');
}

/** The query with the claims that its pods can be judged by: all others may change without a new look at them. */
export function watchKey(query: PodWatch, groups: readonly (readonly Claim[])[]): string {
  const judges = groups.map((group) => claimsKey(group.filter((claim) => concerns(claim, query))));
  return JSON.stringify([query.namespace, query.labelSelector, query.fieldSelector, judges]);
}

/** A test says what its selectors say, or goes by a name that never changes. */
function keyOf({ namespaces, labelSelector, fieldSelector }: Claim): string {
  return JSON.stringify([namespaces, labelSelector, fieldSelector]);
}

function concerns({ namespaces, fieldSelector }: Claim, query: PodWatch): boolean {
  if (query.namespace !== undefined && namespaces?.includes(query.namespace) === false) return false;
  const [claimed, watched] = [nodeOf(fieldSelector), nodeOf(query.fieldSelector)];
  return claimed === undefined || watched === undefined || claimed === watched;
}

function nodeOf(fieldSelector: string | undefined): string | undefined {
  return /(?:^|,)spec\.nodeName=([^,]+)/.exec(fieldSelector ?? '')?.[1];
}
