/** Reads and writes the JSON of our annotations; what somebody else wrote there is told apart from nothing. */
import * as z from 'zod/mini';
import type { Node } from '../../cluster/node.ts';
import {
  cordonAnnotation,
  formerMarksAnnotation,
  holdAnnotation,
  type CordonRecord,
  type HoldRecord,
} from './annotations.ts';

/** `unreadable`: the annotation is there, but nobody can say what it means. */
export type Read<T> = T | 'unreadable' | undefined;

/** Former values of marks by key; null: there was none. */
export type FormerMarks = Readonly<Record<string, string | null>>;

const time = z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text))));
const hold = z.object({ run: z.string(), holder: z.string(), until: time, wasCordoned: z.boolean() });
const cordon = z.object({
  run: z.string(),
  by: z.string(),
  at: z.string(),
  reason: z.optional(z.string()),
  ticket: z.optional(z.string()),
});
const formerMarks = z.record(z.string(), z.nullable(z.string()));

/** Who has the node, however long ago that ended. */
export function holdOf({ annotations }: Pick<Node, 'annotations'>): Read<HoldRecord> {
  return read(hold, annotations[holdAnnotation]);
}

/** Who cordoned the node through kmaint, and why. */
export function cordonOf({ annotations }: Pick<Node, 'annotations'>): Read<CordonRecord> {
  const record = read(cordon, annotations[cordonAnnotation]);
  if (record === undefined || record === 'unreadable') return record;
  return cordonRecord(record);
}

export function formerMarksOf({ annotations }: Pick<Node, 'annotations'>): Read<FormerMarks> {
  return read(formerMarks, annotations[formerMarksAnnotation]);
}

/** A record without the fields that nobody gave. */
export function cordonRecord(fields: {
  readonly run: string;
  readonly by: string;
  readonly at: string;
  readonly reason?: string | undefined;
  readonly ticket?: string | undefined;
}): CordonRecord {
  const { run, by, at, reason, ticket } = fields;
  return {
    run,
    by,
    at,
    ...(reason === undefined ? {} : { reason }),
    ...(ticket === undefined ? {} : { ticket }),
  };
}

/** `by ann@host at 2026-01-01T00:00:00Z: new disk (OPS-7)`. */
export function cordonText({ by, at, reason, ticket }: CordonRecord): string {
  const why = [...(reason === undefined ? [] : [reason]), ...(ticket === undefined ? [] : [`(${ticket})`])].join(' ');
  return `by ${by} at ${at}${why === '' ? '' : `: ${why}`}`;
}

/** RFC 3339 to the second, as Kubernetes itself writes times. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

function read<T>(schema: z.ZodMiniType<T>, text: string | undefined): Read<T> {
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'unreadable';
  }
  const parsed = z.safeParse(schema, json);
  return parsed.success ? parsed.data : 'unreadable';
}
