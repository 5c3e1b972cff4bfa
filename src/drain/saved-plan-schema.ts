/** The shape of a saved plan, checked when one is read: nothing of the file is trusted further than its types. */
import {
  array,
  boolean,
  enum as oneOf,
  gte,
  int,
  literal,
  looseObject,
  minLength,
  nullable,
  number,
  object,
  optional,
  pipe,
  regex,
  string,
  transform,
  union,
} from 'zod/mini';

/** JSON has no Infinity, which is what a wait without limit is here. */
export const forever = 'forever';

const count = number().check(int(), gte(0));
const atLeastOne = number().check(int(), gte(1));
const milliseconds = number().check(gte(0));
const wait = union([
  milliseconds,
  pipe(
    literal(forever),
    transform(() => Infinity),
  ),
]);
const nodeCount = union([object({ count: atLeastOne }), object({ percent: atLeastOne })]);
const texts = array(string());

const policy = object({
  force: boolean(),
  ignoreDaemonSets: boolean(),
  deleteEmptyDirData: boolean(),
  disableEviction: boolean(),
  gracePeriodSeconds: optional(count),
  skipWaitForDeleteTimeoutSeconds: count,
  podSelector: optional(string()),
  strict: boolean(),
  order: array(object({ order: number().check(int()), selector: string() })),
});

const rolling = object({
  maxUnavailable: nodeCount,
  exec: optional(array(string()).check(minLength(1))),
  waitReadyMs: optional(wait),
  uncordon: boolean(),
  expectReboot: boolean(),
  minStableMs: milliseconds,
  criticalPods: texts,
});

/** How the plan is carried out; consent, take-over, proofs and secrets are never among it. */
const options = object({
  chunkSize: count,
  timeoutMs: optional(milliseconds),
  totalTimeoutMs: optional(milliseconds),
  maxInFlight: atLeastOne,
  parallel: nodeCount,
  capacity: oneOf(['auto', 'always', 'never']),
  onFailure: oneOf(['keep', 'restore']),
  ownership: object({
    reason: optional(string()),
    ticket: optional(string()),
    excludeFromLoadBalancers: boolean(),
    holdAutoscaler: boolean(),
    notifyExec: optional(string()),
  }),
  continuity: object({ replacementsMs: optional(wait), volumesMs: optional(wait), surge: boolean() }),
  escalation: optional(object({ deadlineMs: milliseconds, rung: literal('delete') })),
  rolling: optional(rolling),
});

// Loose, for what a plan says beyond this is for people and other programs, and nothing here looks at it.
const reason = looseObject({ kind: string(), message: string() });
const decision = looseObject({
  namespace: string(),
  name: string(),
  uid: string(),
  controller: optional(object({ apiVersion: string(), kind: string(), name: string(), uid: string() })),
  action: oneOf(['leave', 'remove', 'wait', 'complete', 'blocked']),
  leave: optional(string()),
  blockers: array(reason),
  risks: array(reason),
  budgets: texts,
  wave: count,
  graceSeconds: number(),
});
// It becomes part of a request's path.
const nodeName = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;
const nodePlan = looseObject({
  node: string().check(regex(nodeName)),
  uid: string().check(minLength(1)),
  cordoned: boolean(),
  cordonOwner: optional(string()),
  pods: array(decision),
  waves: texts,
  budgetsKnown: boolean(),
  blockers: optional(array(reason)),
  risks: optional(array(reason)),
});
const identity = object({ context: optional(string()), server: string(), user: string() });

/** All of the file but its checksum. */
export const savedPlanSchema = object({
  kmaintPlan: literal(1),
  createdAt: string(),
  kmaint: string(),
  cluster: object({ server: string(), kubeSystemUid: nullable(string()) }),
  identity,
  options,
  plan: looseObject({
    identity,
    policy,
    nodes: array(nodePlan).check(minLength(1)),
    budgets: array(looseObject({ namespace: string(), name: string() })),
  }),
});

/** What has to be known before anything else of the file is believed. */
export const headSchema = looseObject({ kmaintPlan: number() });
