/** The keys under which kmaint writes on nodes; a handful, small, and gone when the work is done. */

/** While a run has the node: JSON {@link HoldRecord}. */
export const holdAnnotation = 'kmaint.io/hold';
/** As long as a cordon of ours lasts: JSON {@link CordonRecord}. */
export const cordonAnnotation = 'kmaint.io/cordon';
/** Former values of marks (labels, annotations) of others that we changed: JSON, key to value or null. */
export const formerMarksAnnotation = 'kmaint.io/former-marks';

export const excludeFromLoadBalancersLabel = 'node.kubernetes.io/exclude-from-external-load-balancers';
export const scaleDownDisabledAnnotation = 'cluster-autoscaler.kubernetes.io/scale-down-disabled';
export const outOfServiceTaint = 'node.kubernetes.io/out-of-service';

export interface HoldRecord {
  readonly run: string;
  /** `user@host`. */
  readonly holder: string;
  /** RFC 3339. */
  readonly until: string;
  /** Cordoned before the run came: it must not be uncordoned by it. */
  readonly wasCordoned: boolean;
}

export interface CordonRecord {
  /** Empty for `kmaint cordon`, which is no run. */
  readonly run: string;
  readonly by: string;
  /** RFC 3339. */
  readonly at: string;
  readonly reason?: string;
  readonly ticket?: string;
}
