/** The live view's lines: what they say, in which order, and that they fit any window. */
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boardLines } from '../../src/report/board.ts';
import { styleFor } from '../../src/report/colors.ts';
import type { Event, PodId } from '../../src/report/events.ts';
import { harmlessValue } from '../../src/report/harmless.ts';
import { heartbeatLine } from '../../src/report/heartbeat.ts';
import { RunProgress } from '../../src/report/progress.ts';
import { plainStyle } from '../../src/report/style.ts';
import { displayWidth } from '../../src/report/width.ts';
import { anyEvent } from './any-event.ts';
import { blocked, decision, drainPlan, evicting, gone, nodeEnd, nodePlan } from './sample-run.ts';

const window = { rows: 30, columns: 110 };

function pods(count: number, name = 'web'): PodId[] {
  return Array.from({ length: count }, (_, at) => ({
    namespace: 'shop',
    name: `${name}-${at}`,
    uid: `${name}-${at}`,
  }));
}

function planned(nodes: Readonly<Record<string, readonly PodId[]>>, graceSeconds = 30): Event {
  const plans = Object.entries(nodes).map(([node, of]) =>
    nodePlan(
      of.map((pod) => decision(pod, { graceSeconds })),
      { node, uid: `u-${node}` },
    ),
  );
  return { type: 'drain.planned', plan: drainPlan(plans), asks: false };
}

function draining(node: string, count: number): Event {
  return { type: 'node.draining', node, pods: count };
}

function after(...events: readonly (Event | number)[]): { progress: RunProgress; nowMs: number } {
  const progress = new RunProgress();
  let nowMs = 1000;
  for (const event of events) {
    if (typeof event === 'number') nowMs += event;
    else progress.apply(event, nowMs);
  }
  return { progress, nowMs };
}

function board(events: readonly (Event | number)[], size = window): string[] {
  const { progress, nowMs } = after(...events);
  return boardLines(progress, nowMs, size, plainStyle);
}

describe('the board', () => {
  it('gathers pods that one budget holds up, over all nodes, with the latest numbers and the soonest try', () => {
    const six = pods(6);
    const lines = board([
      planned({ n1: six.slice(0, 3), n2: six.slice(3) }),
      draining('n1', 3),
      draining('n2', 3),
      ...six.slice(0, 3).map((pod) => blocked(pod, 2, 2)),
      9000,
      ...six.slice(3).map((pod): Event => ({ ...blocked(pod, 2, 1), node: 'n2' }) as Event),
      3000,
    ]);
    expect(lines).toEqual([
      '2 nodes for 12s: 0 of 6 pods gone, 6 blocked',
      'node/n1 draining for 12s: 0 of 3 pods gone, 3 blocked',
      'node/n2 draining for 12s: 0 of 3 pods gone, 3 blocked',
      '  BLOCKED       6 pods     12s   budget shop/web needs 2 healthy pods and has 1; retry in 2s',
    ]);
  });

  it('gathers pods that are refused for the same reason, and keeps others apart', () => {
    const [a, b, c] = pods(3) as [PodId, PodId, PodId];
    const refused = (pod: PodId, message: string): Event =>
      ({ ...blocked(pod, 0, 0), reason: 'webhook', budget: undefined, message, retryInMs: 0 }) as Event;
    const lines = board([
      planned({ n1: [a, b, c] }),
      draining('n1', 3),
      refused(a, 'webhook w denied'),
      refused(b, 'webhook w denied'),
      refused(c, 'webhook v denied'),
    ]);
    expect(lines.slice(1)).toEqual([
      '  BLOCKED       2 pods          0s   webhook w denied',
      '  BLOCKED       shop/web-2      0s   webhook v denied',
    ]);
  });

  it('tells the wave, and what a node waits for, why and for how long', () => {
    const two = pods(2);
    const start: readonly (Event | number)[] = [
      planned({ n1: two }),
      draining('n1', 2),
      { type: 'wave.started', node: 'n1', wave: 1, waves: 2, pods: 1, label: 'ordinary' },
      ...two.slice(0, 1).flatMap((pod) => [evicting(pod), gone(pod)]),
      2000,
      { type: 'node.waiting', node: 'n1', waitsFor: 'replacements', message: 'Deployment shop/web has 0 of 2 ready' },
      3000,
      { type: 'node.waiting', node: 'n1', waitsFor: 'replacements', message: 'Deployment shop/web has 1 of 2 ready' },
      4000,
    ];
    expect(board(start)).toEqual([
      'node/n1: 1 of 2 pods gone, wave 1 of 2, waits for 7s: Deployment shop/web has 1 of 2 ready',
    ]);
    const next = { type: 'wave.started', node: 'n1', wave: 2, waves: 2, pods: 1, label: 'order 10' } as const;
    expect(board([...start, next])).toEqual(['node/n1 draining for 9s: 1 of 2 pods gone, wave 2 of 2, 1 waiting']);
  });

  it('shows a node that waits before and after its drain', () => {
    const wait = { type: 'node.waiting', node: 'n1', waitsFor: 'gate', message: '2 pods are Pending' } as const;
    expect(board([planned({ n1: [] }), wait, 5000])).toEqual(['node/n1: waits for 5s: 2 pods are Pending']);
    const step = { type: 'node.step', node: 'n1', step: 'gate', message: 'all gates passed' } as const;
    expect(board([wait, step, 5000])).toEqual(['node/n1 draining for 5s: 0 pods to go']);
    expect(board([{ ...wait, waitsFor: 'turn' }])).toEqual([]);
  });

  it('puts what is past its grace period first, then what takes longest', () => {
    const [late, short, long, unknown] = pods(4) as [PodId, PodId, PodId, PodId];
    const grace = (pod: PodId, graceSeconds: number) => decision(pod, { graceSeconds });
    const plan = drainPlan([nodePlan([grace(late, 5), grace(short, 30), grace(long, 3600)])]);
    const lines = board([
      { type: 'drain.planned', plan, asks: false },
      draining('n1', 4),
      ...[short, late, long, unknown].map((pod) => evicting(pod)),
      10_000,
    ]);
    expect(lines).toEqual([
      'node/n1 draining for 10s: 0 of 4 pods gone, 4 terminating',
      '  TERMINATING   shop/web-0     10s   grace period ended 5s ago',
      '  TERMINATING   shop/web-3     10s',
      '  TERMINATING   shop/web-2     10s   grace period ends in 59m50s',
      '  TERMINATING   shop/web-1     10s   grace period ends in 20s',
    ]);
  });

  it('tells when the last grace period ends only while nothing else is waited for', () => {
    const [a, b] = pods(2) as [PodId, PodId];
    const start = [planned({ n1: [a], n2: [b] }), draining('n1', 1), evicting(a), 1000] as const;
    expect(board([...start])[0]).toBe('2 nodes for 1s: 0 of 2 pods gone, 1 terminating');
    const both = [...start, draining('n2', 1), evicting(b, 'n2'), 4000] as const;
    expect(board([...both]).slice(0, 3)).toEqual([
      '2 nodes for 5s: 0 of 2 pods gone, 2 terminating; last grace period ends in 26s',
      'node/n1 draining for 5s: 0 of 1 pod gone, 1 terminating; last grace period ends in 25s',
      'node/n2 draining for 4s: 0 of 1 pod gone, 1 terminating; last grace period ends in 26s',
    ]);
    expect(board([...both, 25_500])[0]).toBe('2 nodes for 30s: 0 of 2 pods gone, 2 terminating');
    const force = { type: 'pod.escalated', node: 'n2', pod: b, rung: 'force', message: 'the node is off' } as const;
    expect(board([...both, force])[0]).toBe('2 nodes for 5s: 0 of 2 pods gone, 2 terminating');
    expect(board([...both, force]).join('\n')).toMatch(/TERMINATING +shop\/web-1 +4s +the node is off$/m);
  });

  it('says that a pod is only waited for until it has finished', () => {
    const [job] = pods(1, 'job') as [PodId];
    const plan = drainPlan([nodePlan([decision(job, { action: 'complete' })])]);
    expect(board([{ type: 'drain.planned', plan, asks: false }, draining('n1', 1), 60_000])).toEqual([
      'node/n1 draining for 1m00s: 0 of 1 pod gone, 1 running',
      '  RUNNING       shop/job-0   1m00s   waited for until it has finished',
    ]);
  });

  it('lists the nodes that need a look and counts the others', () => {
    const names = Array.from({ length: 20 }, (_, at) => `n${at + 1}`);
    const all = pods(20);
    const plan = planned(Object.fromEntries(names.map((name, at) => [name, all.slice(at, at + 1)])));
    const done = names.slice(0, 9).flatMap((node) => [draining(node, 1), nodeEnd(node, 'done', 1)]);
    const going = names.slice(9, 15).flatMap((node, at) => [draining(node, 1), evicting(all[9 + at] as PodId, node)]);
    const stuck: Event = { ...blocked(all[14] as PodId, 2, 2), node: 'n15' } as Event;
    const events = [plan, ...done, nodeEnd('n16', 'timeout', 0), ...going, stuck];
    const lines = board(events, { rows: 13, columns: 100 });
    expect(lines).toHaveLength(12);
    expect(lines.slice(0, 7)).toEqual([
      '20 nodes for 0s: 9 of 20 pods gone, 1 blocked, 5 terminating',
      'node/n15 draining for 0s: 0 of 1 pod gone, 1 blocked',
      'node/n10 draining for 0s: 0 of 1 pod gone, 1 terminating; last grace period ends in 30s',
      'node/n11 draining for 0s: 0 of 1 pod gone, 1 terminating; last grace period ends in 30s',
      'node/n12 draining for 0s: 0 of 1 pod gone, 1 terminating; last grace period ends in 30s',
      '  ... and 16 more nodes: 1 not done, 9 done, 2 draining, 4 waiting',
      '  BLOCKED       shop/web-14      0s   budget shop/web needs 2 healthy pods and has 2; retry in 5s',
    ]);
    expect(board(events, { rows: 60, columns: 100 }).filter((line) => line.startsWith('node/'))).toHaveLength(6);
  });

  it('keeps to the essentials in a narrow or a low window', () => {
    const name = { namespace: 'shop', name: 'checkout-6d4f9c7b8-x2x9k', uid: '漢' };
    const events = [planned({ n1: [name], n2: [] }), draining('n1', 1), blocked(name, 2, 2), 12_000];
    expect(board(events, { rows: 24, columns: 40 })).toEqual([
      '2 nodes for 12s: 0 of 1 pod gone, 1 ...',
      'n1 0/1, 1 blocked',
      '  ... and 1 more node: 1 waiting',
      '  BLOCKED shop/...x2x9k 12s budget s...',
    ]);
    expect(board(events, { rows: 5, columns: 40 })).toEqual([
      'n1 0/1, 1 blocked',
      '  ... and 1 more node: 1 waiting',
      '  BLOCKED shop/...x2x9k 12s budget s...',
    ]);
    expect(board(events, { rows: 2, columns: 40 })).toEqual(['n1 0/1, 1 blocked']);
    expect(board(events, { rows: 1, columns: 40 })).toEqual([]);
  });

  it('cuts names rather than reasons', () => {
    const long: PodId = { namespace: 'payments', name: 'ledger-6d4f9c7b8-x2x9k', uid: 'long' };
    const events = [planned({ n1: [long] }), draining('n1', 1), blocked(long, 2, 2)];
    const reason = 'budget payments/web needs 2 healthy pods and has 2; retry in 5s';
    expect(board(events, { rows: 24, columns: 122 })[1]).toBe(
      `  BLOCKED       payments/ledger-6d4f9c7b8-x2x9k      0s   ${reason}`,
    );
    expect(board(events, { rows: 24, columns: 111 })[1]).toBe(
      `  BLOCKED       payments/...b8-x2x9k      0s   ${reason}`,
    );
  });

  it('fits any window after any events, and never takes more than its share of a large one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anyEvent, fc.constantFrom(0, 40, 1500)), { maxLength: 60 }),
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 120 }),
        fc.boolean(),
        (steps, rows, columns, colored) => {
          const progress = new RunProgress();
          let nowMs = 0;
          for (const [event, ms] of steps) {
            nowMs += ms;
            progress.apply(harmlessValue(event), nowMs);
          }
          const lines = boardLines(progress, nowMs, { rows, columns }, styleFor(colored));
          expect(lines.length).toBeLessThanOrEqual(Math.min(rows - 1, Math.max(20, rows * 0.6)));
          expect(lines.length > 0).toBe(progress.busy && rows > 1 && columns > 1);
          for (const line of lines) {
            const text = stripVTControlCharacters(line);
            expect(displayWidth(text)).toBeLessThan(columns);
            expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
          }
          expect(heartbeatLine(progress, nowMs)?.includes('undefined')).toBe(progress.busy ? false : undefined);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the heartbeat', () => {
  it('counts what one budget holds up, and how often was asked', () => {
    const six = pods(6);
    const { progress, nowMs } = after(
      planned({ n1: six }),
      draining('n1', 6),
      ...six.map((pod, at): Event => ({ ...blocked(pod, 2, 2), attempts: at + 1 }) as Event),
      130_000,
    );
    expect(heartbeatLine(progress, nowMs)).toBe(
      '2m10s: 6 pods left on node/n1; budget shop/web needs 2 healthy pods and has 2: 6 pods wait for 2m10s, asked at least 21 times',
    );
  });

  it('tells what nodes wait for, and how many nodes are left', () => {
    const { progress, nowMs } = after(
      planned({ n1: pods(1), n2: pods(1, 'b'), n3: pods(1, 'c') }),
      draining('n1', 1),
      nodeEnd('n1', 'done', 1),
      { type: 'node.waiting', node: 'n2', waitsFor: 'reboot', message: 'still the old boot' },
      30_000,
    );
    expect(heartbeatLine(progress, nowMs)).toBe(
      '30s: 2 pods left on 2 of 3 nodes; node/n2 waits for 30s: still the old boot',
    );
    progress.apply(nodeEnd('n2', 'done', 1), nowMs);
    expect(heartbeatLine(progress, nowMs)).toBeUndefined();
  });
});
