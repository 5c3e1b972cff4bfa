/** A drain's options on their way into a journal, without secrets, and back. */
import * as z from 'zod/mini';
import { quoteForShell } from '../cli/command-line.ts';
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

/**
 * The command for the header of a journal: of a program only its name, for its arguments may hold secrets. A resume needs
 * them all the same, and finds them in the options.
 *
 * @param command as `commandLine.again()` writes it
 */
export function storedCommand(command: string, { rolling }: Pick<DrainOptions, 'rolling'>): string {
  const [program, ...args] = rolling?.exec ?? [];
  if (program === undefined || args.length === 0) return command;
  // The two ways in which a word may be quoted; another verb than the drain itself does not name the program.
  const heads = ['linux', 'win32'].map((os) => ` -- ${quoteForShell(program, os)} `);
  const head = heads.find((one) => command.includes(one));
  return head === undefined ? command : `${command.slice(0, command.indexOf(head))}${head}…`;
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
