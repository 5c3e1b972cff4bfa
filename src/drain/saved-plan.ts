/** A plan as a file: what was decided, for which cluster, how it is to be carried out, sealed by a checksum. */
import { createHash } from 'node:crypto';
import { safeParse, type output } from 'zod/mini';
import { UsageError } from '../errors.ts';
import { harmless } from '../report/harmless.ts';
import type { DrainOptions } from './options.ts';
import type { DrainPlan } from './plan.ts';
import { forever, headSchema, savedPlanSchema } from './saved-plan-schema.ts';

/** The version of the file's format that this kmaint writes and reads. */
export const planVersion = 1;

/** Which cluster a plan is for. */
export interface ClusterId {
  readonly server: string;
  /** The uid of the namespace kube-system; null when it could not be read. */
  readonly kubeSystemUid: string | null;
}

/** Options of a drain that a plan may keep: how it is carried out, not who agreed to what. */
export type SavedOptions = output<typeof savedPlanSchema>['options'];

export interface SavedPlan {
  /** RFC 3339. */
  readonly createdAt: string;
  /** Version of the kmaint that wrote it. */
  readonly kmaint: string;
  readonly cluster: ClusterId;
  readonly options: SavedOptions;
  readonly plan: DrainPlan;
}

/** Options of a drain without consent, take-over, proofs of death and URLs that may hold secrets. */
export function savedOptions(options: DrainOptions): SavedOptions {
  const { chunkSize, timeoutMs, totalTimeoutMs, maxInFlight, parallel, capacity, onFailure, continuity } = options;
  const { reason, ticket, excludeFromLoadBalancers, holdAutoscaler, notifyExec } = options.ownership;
  const { escalation, rolling } = options;
  return {
    chunkSize,
    timeoutMs,
    totalTimeoutMs,
    maxInFlight,
    parallel,
    capacity,
    onFailure,
    ownership: { reason, ticket, excludeFromLoadBalancers, holdAutoscaler, notifyExec },
    continuity,
    // `force` needs a proof that the node is dead, and a proof is of its own day.
    escalation: escalation?.rung === 'delete' ? { deadlineMs: escalation.deadlineMs, rung: 'delete' } : undefined,
    rolling: rolling && {
      ...rolling,
      exec: rolling.exec && [...rolling.exec],
      criticalPods: [...rolling.criticalPods],
    },
  };
}

/** The text of the file, ending in a line feed; {@link readSavedPlan} reads it back. */
export function savedPlanText(saved: SavedPlan): string {
  const { createdAt, kmaint, cluster, options, plan } = saved;
  const content = { kmaintPlan: planVersion, createdAt, kmaint, cluster, identity: plan.identity, options, plan };
  // What JSON cannot hold (undefined, Infinity) has to be gone before the checksum is made.
  const stored = JSON.parse(
    JSON.stringify(content, (_, value: unknown) => (value === Infinity ? forever : value)),
  ) as object;
  return `${JSON.stringify({ ...stored, sha256: checksum(stored) }, null, 2)}\n`;
}

/**
 * Reads a plan that `kmaint plan --out` wrote.
 *
 * @param path only for messages
 * @param planCommand the command that makes a new one, for the hint
 * @throws UsageError saying what is wrong with the file
 */
export function readSavedPlan(text: string, path: string, planCommand: string): SavedPlan {
  const refuse = (what: string): UsageError =>
    new UsageError([`${path} ${what}`], { code: 'usage.plan', hint: `make a new one: ${planCommand}` });
  const content = jsonOf(text);
  if (content === undefined) throw refuse(text.trim() === '' ? 'is empty' : 'is not JSON: it may have been cut off');
  const head = safeParse(headSchema, content);
  if (!head.success) throw refuse('is not a plan of kmaint');
  const { kmaintPlan, sha256, ...rest } = head.data;
  if (kmaintPlan !== planVersion) {
    throw refuse(`is a plan of version ${kmaintPlan}; this kmaint reads version ${planVersion}`);
  }
  if (typeof sha256 !== 'string') throw refuse('is not complete: its checksum (sha256) is missing');
  if (checksum({ kmaintPlan, ...rest }) !== sha256) throw refuse('was changed after it was written');
  const parsed = safeParse(savedPlanSchema, { kmaintPlan, ...rest });
  if (!parsed.success) {
    const issues = parsed.error.issues.slice(0, 5).map(({ path: at, message }) => `${at.join('.')}: ${message}`);
    throw refuse(`is not a plan that this kmaint understands: ${harmless(issues.join('; '))}`);
  }
  const { createdAt, kmaint, cluster, options, plan } = parsed.data;
  // JSON has no undefined: what is missing reads as it. Kinds of reasons may be those of another version of kmaint.
  return { createdAt, kmaint, cluster, options, plan: plan as unknown as DrainPlan };
}

/** True for a text that says of itself to be a plan of kmaint, whole or not. */
export function isSavedPlan(text: string): boolean {
  return safeParse(headSchema, jsonOf(text)).success;
}

/** Undefined for what is not JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** SHA-256 of the JSON with sorted keys and no blanks, so that a reformatted file is still the same. */
function checksum(value: object): string | undefined {
  try {
    return createHash('sha256').update(canonical(value)).digest('hex');
  } catch (error) {
    // Nested deeper than any plan.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item)).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
}
