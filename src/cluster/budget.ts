/** A PodDisruptionBudget, narrowed to what decisions need. */
import type { V1PodDisruptionBudget } from '@kubernetes/client-node';
import type { Wire } from './wire.ts';
import { metadataOf, type Metadata } from './metadata.ts';
import { compileSelector, type LabelMatcher } from './selector.ts';

export interface Budget extends Metadata {
  readonly namespace: string;
  /** Which pods of the namespace it guards; a missing selector guards none, an empty one all (policy/v1). */
  readonly matches: LabelMatcher;
  readonly minAvailable: number | string | undefined;
  readonly maxUnavailable: number | string | undefined;
  readonly disruptionsAllowed: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly expectedPods: number;
  /** False while the status lags behind the spec: the numbers are not yet those of this budget. */
  readonly settled: boolean;
  /** Names of pods whose evictions were granted and which the controller has not seen going yet. */
  readonly disruptedPods: ReadonlySet<string>;
  /** Reason of the condition DisruptionAllowed, such as `SyncFailed`. */
  readonly reason: string | undefined;
  readonly unhealthyPodEvictionPolicy: string;
}

/** Narrows a budget from the API server. */
export function narrowBudget(raw: Wire<V1PodDisruptionBudget>): Budget {
  const metadata = metadataOf(raw.metadata);
  return {
    ...metadata,
    namespace: raw.metadata?.namespace ?? '',
    matches: compileSelector(raw.spec?.selector),
    minAvailable: raw.spec?.minAvailable,
    maxUnavailable: raw.spec?.maxUnavailable,
    disruptionsAllowed: raw.status?.disruptionsAllowed ?? 0,
    currentHealthy: raw.status?.currentHealthy ?? 0,
    desiredHealthy: raw.status?.desiredHealthy ?? 0,
    expectedPods: raw.status?.expectedPods ?? 0,
    settled: (raw.status?.observedGeneration ?? 0) >= metadata.generation,
    disruptedPods: new Set(Object.keys(raw.status?.disruptedPods ?? {})),
    reason: raw.status?.conditions?.find((condition) => condition.type === 'DisruptionAllowed')?.reason,
    unhealthyPodEvictionPolicy: raw.spec?.unhealthyPodEvictionPolicy ?? 'IfHealthyBudget',
  };
}
