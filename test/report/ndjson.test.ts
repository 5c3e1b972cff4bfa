/** The contract of `-o ndjson`: golden runs, the schema that programs may rely on, and that neither lacks a record. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type {
  BlockReason,
  DryRun,
  Event,
  NodeStep,
  NodeWait,
  Outcome,
  RemovalMethod,
} from '../../src/report/events.ts';
import { schemaVersion } from '../../src/report/ndjson.ts';
import { goldenRuns } from './golden-runs.ts';
import { violations, type Schema } from './json-schema.ts';
import { piped, play } from './report-world.ts';

const folder = new URL('../../fixtures/output/ndjson/', import.meta.url);
const schema = JSON.parse(readFileSync(new URL('schema.json', folder), 'utf8')) as Schema;
const definitions = schema['$defs'] as Readonly<Record<string, Schema>>;

type Record_ = Record<string, unknown>;

function recordsOf(run: string): Record_[] {
  const lines = readFileSync(new URL(`${run}.ndjson`, folder), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as Record_);
}

const allRecords = (): Record_[] => Object.keys(goldenRuns).flatMap(recordsOf);

describe('golden runs', () => {
  it.each(Object.entries(goldenRuns))('%s', async (name, script) => {
    const world = piped({ output: 'ndjson' });
    await play(world, script);
    await expect(world.stdout.text).toMatchFileSnapshot(`../../fixtures/output/ndjson/${name}.ndjson`);
    expect(script[0]?.[1].type).toBe('run.started');
    expect(script.at(-1)?.[1].type).toBe('run.finished');
  });

  it('are all there is in their folder', () => {
    const files = readdirSync(folder).filter((file) => file !== 'schema.json');
    expect(files.sort()).toEqual(
      Object.keys(goldenRuns)
        .map((name) => `${name}.ndjson`)
        .sort(),
    );
  });

  it.each(Object.keys(goldenRuns))('every record of %s is as the schema says', (name) => {
    const records = recordsOf(name);
    expect(records[0]).toEqual({ type: 'version', schema: schemaVersion });
    for (const record of records) expect(violations(record, schema), JSON.stringify(record)).toEqual([]);
  });
});

describe('the schema', () => {
  it('is strict: no golden record may lack a field that is required, or have one of another type', () => {
    let tried = 0;
    for (const record of allRecords()) {
      const { required, properties } = definitions[record['type'] as string] as {
        required: string[];
        properties: Record<string, Schema>;
      };
      for (const field of required) {
        const { [field]: _, ...rest } = record;
        expect(violations(rest, schema), `without ${field}`).not.toEqual([]);
      }
      for (const field of Object.keys(properties).filter((key) => Object.hasOwn(record, key))) {
        expect(violations({ ...record, [field]: null }, schema), `${field} is null`).not.toEqual([]);
        tried += 1;
      }
    }
    expect(tried).toBeGreaterThan(500);
  });

  it('lets records be added to', () => {
    for (const record of allRecords()) expect(violations({ ...record, more: [1] }, schema)).toEqual([]);
  });

  it('knows every event and every field of it, and which of them are always there', () => {
    for (const [type, fields] of Object.entries(eventFields)) {
      const { required, properties } = definitions[type] as { required: string[]; properties: Schema };
      expect([type, Object.keys(properties).sort()]).toEqual([type, ['time', 'type', ...Object.keys(fields)].sort()]);
      const always = Object.entries(fields).filter(([, presence]) => presence === 'always');
      expect([type, required.toSorted()]).toEqual([type, ['time', 'type', ...always.map(([field]) => field)].sort()]);
    }
    const alternatives = (schema['oneOf'] as { readonly $ref: string }[]).map(({ $ref }) => $ref.slice(8));
    expect(alternatives.sort()).toEqual(['version', ...Object.keys(eventFields)].sort());
  });

  it.each([
    ['node.step', 'step', 'steps'],
    ['node.waiting', 'waitsFor', 'waits'],
    ['pod.blocked', 'reason', 'reasons'],
    ['pod.escalated', 'rung', 'rungs'],
    ['outcome', undefined, 'outcomes'],
    ['dryRun', undefined, 'dryRuns'],
    ['method', undefined, 'methods'],
  ] as const)('knows every word of %s', (definition, field, name) => {
    const at = definitions[definition] as Schema;
    const words = field === undefined ? at : ((at['properties'] as Record<string, Schema>)[field] as Schema);
    expect((words['enum'] as string[]).toSorted()).toEqual(Object.keys(vocabulary[name]).sort());
  });

  it('is shown at work by a golden record of every event, with every field at least once', () => {
    const seen = new Map<string, Set<string>>();
    for (const record of allRecords()) {
      const type = record['type'] as string;
      seen.set(type, new Set([...(seen.get(type) ?? []), ...Object.keys(record)]));
    }
    for (const [type, fields] of Object.entries(eventFields)) {
      expect([type, Object.keys(fields).filter((field) => !seen.get(type)?.has(field))]).toEqual([type, []]);
    }
  });
});

type EventOf<T extends Event['type'], E = Event> = E extends { readonly type: infer U }
  ? T extends U
    ? E
    : never
  : never;
type Fields<E> = { readonly [K in Exclude<keyof E, 'type'>]-?: undefined extends E[K] ? 'sometimes' : 'always' };

/** By the compiler: every event of the union, every field of it, and whether it may be missing. */
const eventFields: { readonly [T in Event['type']]: Fields<EventOf<T>> } = {
  'run.started': { verb: 'always', identity: 'always', dryRun: 'always', runId: 'sometimes' },
  'drain.planned': { plan: 'always', asks: 'always' },
  explained: { explanation: 'always' },
  warning: { message: 'always' },
  detail: { message: 'always' },
  'node.cordoned': { node: 'always', changed: 'always', dryRun: 'always' },
  'node.uncordoned': { node: 'always', changed: 'always', dryRun: 'always' },
  'node.step': { node: 'always', step: 'always', message: 'always' },
  'node.waiting': { node: 'always', waitsFor: 'always', message: 'always' },
  'node.draining': { node: 'always', pods: 'always' },
  'wave.started': { node: 'always', wave: 'always', waves: 'always', pods: 'always', label: 'always' },
  'pod.evicting': { node: 'always', pod: 'always', method: 'always', dryRun: 'always' },
  'pod.blocked': {
    node: 'always',
    pod: 'always',
    reason: 'always',
    message: 'always',
    budget: 'sometimes',
    needs: 'sometimes',
    has: 'sometimes',
    retryInMs: 'always',
    attempts: 'always',
  },
  'pod.escalated': { node: 'always', pod: 'always', rung: 'always', message: 'always' },
  'pod.gone': { node: 'always', pod: 'always', method: 'always' },
  'pod.failed': { node: 'always', pod: 'always', message: 'always' },
  'pod.skipped': { node: 'always', pod: 'always', message: 'always' },
  'node.finished': {
    node: 'always',
    outcome: 'always',
    exitCode: 'always',
    gone: 'always',
    left: 'always',
    message: 'sometimes',
    hint: 'sometimes',
    cordonedByUs: 'always',
    durationMs: 'always',
    dryRun: 'always',
  },
  'run.finished': {
    verb: 'always',
    outcome: 'always',
    exitCode: 'always',
    message: 'sometimes',
    code: 'sometimes',
    hint: 'sometimes',
    undo: 'always',
    resume: 'always',
  },
};

interface Vocabulary {
  readonly steps: Readonly<Record<NodeStep, true>>;
  readonly waits: Readonly<Record<NodeWait, true>>;
  readonly reasons: Readonly<Record<BlockReason, true>>;
  readonly rungs: Readonly<Record<EventOf<'pod.escalated'>['rung'], true>>;
  readonly outcomes: Readonly<Record<Outcome, true>>;
  readonly dryRuns: Readonly<Record<DryRun, true>>;
  readonly methods: Readonly<Record<RemovalMethod, true>>;
}

const vocabulary: Vocabulary = {
  steps: {
    held: true,
    released: true,
    marked: true,
    unmarked: true,
    surge: true,
    fenced: true,
    exec: true,
    rebooted: true,
    ready: true,
    gate: true,
    restored: true,
    proposed: true,
    moved: true,
  },
  waits: {
    turn: true,
    replacements: true,
    volumes: true,
    surge: true,
    exec: true,
    reboot: true,
    ready: true,
    gate: true,
  },
  reasons: {
    budget: true,
    settling: true,
    throttled: true,
    'namespace-terminating': true,
    webhook: true,
    transient: true,
  },
  rungs: { delete: true, force: true },
  outcomes: {
    done: true,
    incomplete: true,
    refused: true,
    failed: true,
    timeout: true,
    interrupted: true,
    declined: true,
    held: true,
    drift: true,
    gate: true,
  },
  dryRuns: { none: true, client: true, server: true },
  methods: { evict: true, delete: true, surge: true },
};
