/** What a drain without flags allows. */
import type { DrainPolicy } from './plan.ts';

export const defaultPolicy: DrainPolicy = {
  force: false,
  ignoreDaemonSets: true,
  deleteEmptyDirData: false,
  disableEviction: false,
  gracePeriodSeconds: undefined,
  skipWaitForDeleteTimeoutSeconds: 0,
  podSelector: undefined,
  strict: false,
  order: [],
};
