/** A drain's options on their way into a journal, without secrets, and back. */
import * as z from 'zod/mini';
import { UsageError } from '../errors.ts';
import type {
  ContinuityOptions,
  DrainOptions,
  EscalationOptions,
  NodeTargets,
  OwnershipOptions,
  RollingOptions,
  UnreachableOptions,
} from './options.ts';
import type { DrainPolicy } from './plan.ts';

/** What is left out because it may hold a secret, by its path in {@link DrainOptions}. */
const secrets = ['ownership.notifyUrl'] as const;

/** For the header of a journal. */
export function storedOptions(options: DrainOptions): {
  readonly options: DrainOptions;
  readonly leftOut: readonly string[];
} {
  return {
    options: { ...options, ownership: { ...options.ownership, notifyUrl: undefined } },
    leftOut: options.ownership.notifyUrl === undefined ? [] : secrets,
  };
}

/** Each key has to be here: an option that was forgotten would be lost on the way. */
type Shape<T> = Record<keyof T, z.ZodMiniType>;

const count = z.union([z.strictObject({ count: z.number() }), z.strictObject({ percent: z.number() })]);
const texts = z.array(z.string());
const optionalText = z.optional(z.string());
const optionalMs = z.optional(z.number());

const targets: Shape<NodeTargets> = { names: texts, selector: optionalText };
const policy: Shape<DrainPolicy> = {
  force: z.boolean(),
  ignoreDaemonSets: z.boolean(),
  deleteEmptyDirData: z.boolean(),
  disableEviction: z.boolean(),
  gracePeriodSeconds: z.optional(z.number()),
  skipWaitForDeleteTimeoutSeconds: z.number(),
  podSelector: optionalText,
  strict: z.boolean(),
  order: z.array(z.strictObject({ order: z.number(), selector: z.string() })),
};
const ownership: Shape<OwnershipOptions> = {
  reason: optionalText,
  ticket: optionalText,
  takeOver: z.boolean(),
  excludeFromLoadBalancers: z.boolean(),
  holdAutoscaler: z.boolean(),
  notifyExec: optionalText,
  notifyUrl: z.optional(z.undefined()),
};
const continuity: Shape<ContinuityOptions> = {
  replacementsMs: optionalMs,
  volumesMs: optionalMs,
  surge: z.boolean(),
};
const escalation: Shape<EscalationOptions> = { deadlineMs: z.number(), rung: z.enum(['delete', 'force']) };
const unreachable: Shape<UnreachableOptions> = {
  poweredOff: texts,
  fenceExec: optionalText,
  outOfService: z.boolean(),
};
const rolling: Shape<RollingOptions> = {
  maxUnavailable: count,
  exec: z.optional(texts),
  waitReadyMs: optionalMs,
  uncordon: z.boolean(),
  expectReboot: z.boolean(),
  minStableMs: z.number(),
  criticalPods: texts,
};
const drain: Shape<DrainOptions> = {
  targets: z.strictObject(targets),
  dryRun: z.literal('none'),
  policy: z.strictObject(policy),
  chunkSize: z.number(),
  timeoutMs: optionalMs,
  totalTimeoutMs: optionalMs,
  maxInFlight: z.number(),
  assumeYes: z.boolean(),
  parallel: count,
  capacity: z.enum(['auto', 'always', 'never']),
  onFailure: z.enum(['keep', 'restore']),
  ownership: z.strictObject(ownership),
  continuity: z.strictObject(continuity),
  escalation: z.optional(z.strictObject(escalation)),
  unreachable: z.strictObject(unreachable),
  rolling: z.optional(z.strictObject(rolling)),
};
const schema = z.strictObject(drain);

/**
 * The options of a run as its journal holds them.
 *
 * @param command how the run was started, for the message
 * @throws UsageError when this kmaint does not know one of them, or misses one: then nobody knows what was agreed to
 */
export function readOptions(stored: unknown, command: string): DrainOptions {
  const parsed = z.safeParse(schema, stored);
  if (parsed.success) return parsed.data as unknown as DrainOptions;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the options'}: ${message}`);
  throw new UsageError(
    [`the journal was written by another version of kmaint: its options cannot be read: ${problems.join('; ')}`],
    {
      code: 'resume.options',
      hint: `nothing was changed; take the version that wrote it, or run it again: ${command}`,
    },
  );
}
