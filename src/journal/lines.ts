/** What stands in a journal's file: the shapes of its lines, checked when they are read. */
import * as z from 'zod/mini';
import type { JournalEntry } from './journal.ts';

/** Raised when an older kmaint could misread what a newer one writes. */
export const journalVersion = 1;

const texts = z.record(z.string(), z.nullable(z.string()));
const marks = { labels: texts, annotations: texts };

const step = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hold'), wasCordoned: z.boolean() }),
  z.object({ kind: z.literal('cordon') }),
  z.object({ kind: z.literal('uncordon') }),
  z.object({ kind: z.literal('release') }),
  z.object({ kind: z.literal('mark'), ...marks, set: z.optional(z.object(marks)) }),
  z.object({ kind: z.literal('out-of-service') }),
  z.object({ kind: z.literal('surge'), namespace: z.string(), name: z.string(), stamp: z.string() }),
  z.object({ kind: z.literal('drain') }),
  z.object({ kind: z.literal('fence'), by: z.string() }),
  z.object({ kind: z.literal('exec'), bootID: z.string() }),
  z.object({ kind: z.literal('escalate'), pod: z.string(), uid: z.string(), rung: z.enum(['delete', 'force']) }),
]);

const stepKind = z.enum([
  'hold',
  'cordon',
  'uncordon',
  'release',
  'mark',
  'out-of-service',
  'surge',
  'drain',
  'fence',
  'exec',
  'escalate',
]);

const at = z.string();
const exitCode = z.int();

const line = z.discriminatedUnion('type', [
  z.object({ type: z.literal('intent'), at, node: z.string(), step }),
  z.object({ type: z.literal('done'), at, node: z.string(), step: stepKind, of: z.optional(z.string()) }),
  z.object({
    type: z.literal('pod'),
    at,
    node: z.string(),
    pod: z.string(),
    uid: z.string(),
    state: z.enum(['evicting', 'gone', 'failed', 'skipped']),
  }),
  z.object({ type: z.literal('node'), at, node: z.string(), outcome: z.string(), exitCode }),
  z.object({
    type: z.literal('resumed'),
    at,
    verb: z.enum(['resume', 'rollback']),
    pid: z.int(),
    holder: z.string(),
  }),
  z.object({ type: z.literal('finished'), at, outcome: z.string(), exitCode }),
]);

/** All lines but the first. */
export type JournalLine =
  | (JournalEntry & { readonly at: string })
  /** Another process went on with the run, or went back. */
  | {
      readonly type: 'resumed';
      readonly at: string;
      readonly verb: 'resume' | 'rollback';
      readonly pid: number;
      readonly holder: string;
    }
  | { readonly type: 'finished'; readonly at: string; readonly outcome: string; readonly exitCode: number };

const header = z.object({
  type: z.literal('run'),
  journal: z.literal(journalVersion),
  runId: z.string(),
  kmaint: z.string(),
  verb: z.string(),
  startedAt: z.string(),
  holder: z.string(),
  pid: z.int(),
  identity: z.object({ context: z.optional(z.string()), server: z.string(), user: z.string() }),
  clusterId: z.optional(z.string()),
  command: z.string(),
  options: z.unknown(),
  leftOut: z.array(z.string()),
  nodes: z.array(z.object({ name: z.string(), uid: z.string(), wasCordoned: z.boolean() })),
});

/** The first line. */
export interface RunHeader {
  readonly type: 'run';
  readonly journal: typeof journalVersion;
  readonly runId: string;
  /** Version that wrote it, without a `v`. */
  readonly kmaint: string;
  readonly verb: string;
  /** RFC 3339. */
  readonly startedAt: string;
  /** `user@host`. */
  readonly holder: string;
  readonly pid: number;
  readonly identity: { readonly context?: string | undefined; readonly server: string; readonly user: string };
  /** Uid of the namespace kube-system, where it could be read. */
  readonly clusterId?: string | undefined;
  /** The command as it was typed, secrets left out. */
  readonly command: string;
  /** What the verb's workflow was told; its room knows the shape. */
  readonly options?: unknown;
  /** Options that are not here because they may hold secrets, such as `ownership.notifyUrl`. */
  readonly leftOut: readonly string[];
  readonly nodes: readonly HeaderNode[];
}

export interface HeaderNode {
  readonly name: string;
  readonly uid: string;
  readonly wasCordoned: boolean;
}

/** What a line came to, or one clause that says what is wrong with it. */
export type Checked<T> = { readonly value: T } | { readonly problem: string };

/** The first line of a file. */
export function checkHeader(text: string): Checked<RunHeader> {
  const raw = jsonOf(text);
  if (raw === undefined) return { problem: 'is not JSON: no journal of kmaint begins like this' };
  const { type, journal } = raw as { readonly type?: unknown; readonly journal?: unknown };
  if (type !== 'run') return { problem: 'is not how a journal of kmaint begins' };
  if (journal !== journalVersion) {
    return {
      problem: `says that this journal has version ${String(journal)}; this kmaint reads version ${journalVersion}`,
    };
  }
  const parsed = z.safeParse(header, raw);
  return parsed.success ? { value: parsed.data } : { problem: `is not a whole header: ${issuesOf(parsed.error)}` };
}

/** A line after the first. */
export function checkLine(text: string): Checked<JournalLine> {
  const raw = jsonOf(text);
  if (raw === undefined) return { problem: 'is not JSON' };
  const parsed = z.safeParse(line, raw);
  return parsed.success
    ? { value: parsed.data as JournalLine }
    : { problem: `is nothing that this kmaint knows: ${issuesOf(parsed.error)}` };
}

function jsonOf(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function issuesOf(error: z.core.$ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`).join('; ');
}
