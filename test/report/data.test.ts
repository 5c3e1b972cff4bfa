/** ndjson and json: what programs read. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/report/events.ts';
import { anyEvent } from './any-event.ts';
import { onTerminal, piped, play } from './report-world.ts';
import { blockedPlan, evicting, gone, plan, started, timedOut, web1 } from './sample-run.ts';

type Record_ = Readonly<Record<string, unknown>>;

function records(text: string): Record_[] {
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record_);
}

describe('ndjson', () => {
  it('is every event in order, after the version and with the time, and nothing after run.finished', async () => {
    const world = piped({ output: 'ndjson' });
    await play(world, [...timedOut, [0, gone(web1)]]);
    const lines = records(world.stdout.text);
    expect(world.stdout.text.split('\n')[0]).toBe('{"type":"version","schema":"1.0"}');
    expect(lines.slice(1).map(({ type }) => type)).toEqual(timedOut.map(([, { type }]) => type));
    expect(lines[1]).toEqual({ time: '2026-01-01T00:00:00.000Z', ...started });
    expect(lines.at(-1)).toMatchObject({
      type: 'run.finished',
      outcome: 'timeout',
      exitCode: 124,
      time: '2026-01-01T00:01:08.000Z',
    });
  });

  it('leaves stderr to the failure, and to progress only when asked by name', async () => {
    const silent = piped({ output: 'ndjson' });
    await play(silent, timedOut.slice(0, -1));
    expect(silent.stderr.text).toBe('');
    const failed = piped({ output: 'ndjson' });
    await play(failed, timedOut);
    expect(failed.stderr.text).toMatch(/^error: drain timed out/);
    const asked = piped({ output: 'ndjson', progress: 'plain' });
    await play(asked, timedOut);
    expect(asked.stderr.text).toContain(
      'pod shop/web-1 blocked: budget shop/web needs 2 healthy pods and has 2; retry in 5s\n',
    );
    expect(records(asked.stdout.text)).toHaveLength(timedOut.length + 1);
  });

  it('shows a person the plan that they may be asked about', () => {
    const { report, stderr } = onTerminal({ output: 'ndjson' });
    report.emit(started);
    report.emit({ type: 'drain.planned', plan, asks: false });
    expect(stderr.text).toContain('evict    shop/web-1');
  });

  it('parses to the events whatever they carry, and carries nothing that acts on a terminal', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 20 }), (events) => {
        const { report, stdout } = piped({ output: 'ndjson' });
        for (const event of events) report.emit(event);
        const end = events.findIndex(({ type }) => type === 'run.finished');
        const told = end < 0 ? events : events.slice(0, end + 1);
        expect(stdout.text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        const lines = stdout.text === '' ? [] : records(stdout.text).slice(1);
        expect(lines).toEqual(
          told.map((event) => ({ time: '2026-01-01T00:00:00.000Z', ...(JSON.parse(JSON.stringify(event)) as Event) })),
        );
      }),
      { numRuns: 100 },
    );
  });
});

describe('json', () => {
  it('is one object at the end', async () => {
    const world = piped({ output: 'json' });
    for (const [, event] of timedOut.slice(0, -1)) world.report.emit(event);
    expect(world.stdout.text).toBe('');
    await play(world, timedOut.slice(-1));
    await expect(world.stdout.text).toMatchFileSnapshot('../../fixtures/output/report-timeout.json');
    expect(JSON.parse(world.stdout.text)).toMatchObject({
      schema: '1.0',
      verb: 'drain',
      outcome: 'timeout',
      exitCode: 124,
    });
  });

  it('carries the plan of a refused run and no node results', async () => {
    const world = piped({ output: 'json' });
    await play(world, [
      [0, started],
      [0, { type: 'drain.planned', plan: blockedPlan, asks: false }],
      [
        0,
        {
          type: 'run.finished',
          verb: 'drain',
          outcome: 'refused',
          exitCode: 3,
          message: 'in the way',
          undo: [],
          resume: [],
        },
      ],
    ]);
    const object = JSON.parse(world.stdout.text) as Record_;
    expect(object['plan']).toEqual(JSON.parse(JSON.stringify(blockedPlan)));
    expect(object).toMatchObject({ nodes: [], exitCode: 3, message: 'in the way' });
  });

  it('tells what a dry run would remove', async () => {
    const world = piped({ output: 'json' });
    await play(world, [
      [0, { ...evicting(web1), dryRun: 'client' } as Event],
      [0, { type: 'run.finished', verb: 'drain', outcome: 'done', exitCode: 0, undo: [], resume: [] }],
    ]);
    expect(JSON.parse(world.stdout.text)).toMatchObject({
      nodes: [{ node: 'n1', pods: [{ ...web1, result: 'would-go' }] }],
    });
  });

  it('tells per node what was waited for, its waves and steps, and what was done past evictions', async () => {
    const world = piped({ output: 'json' });
    const wait = { type: 'node.waiting', node: 'n1', waitsFor: 'replacements' } as const;
    await play(world, [
      [0, { ...started, runId: '20260101-000000-k3x9' } as Event],
      [0, { type: 'node.step', node: 'n1', step: 'held', message: 'held by ops@desk' }],
      [0, { type: 'wave.started', node: 'n1', wave: 1, waves: 2, pods: 1, label: 'ordinary' }],
      [0, { ...wait, message: 'web has 0 of 2 ready' }],
      [0, { ...wait, message: 'web has 1 of 2 ready' }],
      [0, { type: 'wave.started', node: 'n1', wave: 2, waves: 2, pods: 1, label: 'order 10' }],
      [0, { type: 'node.waiting', node: 'n1', waitsFor: 'volumes', message: 'claim a/b is attached' }],
      [0, { ...wait, message: 'db has 0 of 1 ready' }],
      [0, { type: 'pod.escalated', node: 'n1', pod: web1, rung: 'delete', message: 'for too long' }],
      [0, { type: 'run.finished', verb: 'drain', outcome: 'done', exitCode: 0, undo: [], resume: [] }],
    ]);
    expect(JSON.parse(world.stdout.text)).toMatchObject({
      runId: '20260101-000000-k3x9',
      nodes: [
        {
          node: 'n1',
          waits: [
            { waitsFor: 'replacements', message: 'web has 1 of 2 ready' },
            { waitsFor: 'volumes', message: 'claim a/b is attached' },
            { waitsFor: 'replacements', message: 'db has 0 of 1 ready' },
          ],
          waves: [
            { wave: 1, waves: 2, pods: 1, label: 'ordinary' },
            { wave: 2, waves: 2, pods: 1, label: 'order 10' },
          ],
          steps: [{ step: 'held', message: 'held by ops@desk' }],
          escalated: [{ ...web1, rung: 'delete', message: 'for too long' }],
        },
      ],
    });
  });
});
