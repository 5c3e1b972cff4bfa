/** Why a pod or a budget is as it is, as a value: verdict, sentences, numbers, the pods concerned, what would help. */

/**
 * `may-go`: nothing is in its way. `blocked`: not now, or not without a flag. `never`: not at this size. `left-alone`: a
 * drain does not touch it. `unknown`: what decides could not be read.
 */
export type ExplanationVerdict =
  | 'may-go'
  | 'blocked'
  | 'never'
  | 'settling'
  | 'several-budgets'
  | 'terminating'
  | 'finished'
  | 'left-alone'
  | 'unknown';

/** A pod that a budget covers. */
export interface ExplainedPod {
  readonly namespace: string;
  readonly name: string;
  /** Empty while it has no node. */
  readonly node: string;
  /** Counts as healthy for its budget. */
  readonly healthy: boolean;
  /** `ready`, or why it is not: one clause. */
  readonly state: string;
}

export interface Explanation {
  readonly kind: 'pod' | 'poddisruptionbudget';
  readonly namespace: string;
  readonly name: string;
  readonly verdict: ExplanationVerdict;
  /** In the order in which they are to be read; the first says the verdict. */
  readonly sentences: readonly string[];
  /** The budget's numbers, step by step. */
  readonly arithmetic: readonly string[];
  /** Those that the budget covers, unhealthy ones first. */
  readonly pods: readonly ExplainedPod[];
  /** Commands that the user could run, the gentlest first. */
  readonly fixes: readonly string[];
}
