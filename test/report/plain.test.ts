/** Plain progress: what a log keeps of a run. */
import { describe, expect, it } from 'vitest';
import type { Explanation } from '../../src/drain/explain.ts';
import type { Event, PodId } from '../../src/report/events.ts';
import { goldenRuns } from './golden-runs.ts';
import { onTerminal, piped, play } from './report-world.ts';
import {
  blocked,
  blockedPlan,
  db0,
  decision,
  drainPlan,
  evicting,
  gone,
  nodeEnd,
  nodePlan,
  plan,
  started,
  timedOut,
  web1,
  web2,
} from './sample-run.ts';

const golden = '../../fixtures/output/report-';

function both({ stdout, stderr }: { stdout: { text: string }; stderr: { text: string } }): string {
  return `--- stdout\n${stdout.text}--- stderr\n${stderr.text}`;
}

describe('plain', () => {
  it('tells a drain that times out: changes once, heartbeats, what is left, undo and resume', async () => {
    const world = piped();
    await play(world, timedOut);
    await expect(both(world)).toMatchFileSnapshot(`${golden}plain-timeout.txt`);
    expect(world.clock.waiting).toBe(0);
  });

  it('tells a refused drain: all blockers, sorted, with the flag that lifts each', async () => {
    const world = piped();
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
          message: '3 pods are in the way',
          undo: [],
          resume: ['kmaint drain n1 --force --delete-emptydir-data'],
        },
      ],
    ]);
    await expect(both(world)).toMatchFileSnapshot(`${golden}plain-refused.txt`);
    expect(world.stdout.text).toBe('');
  });

  it('prints the plan and would-be results of a dry run on stdout', async () => {
    const world = piped();
    await play(world, [
      [0, { ...started, dryRun: 'server' } as Event],
      [0, { type: 'drain.planned', plan, asks: false }],
      [0, { type: 'node.cordoned', node: 'n1', changed: true, dryRun: 'server' }],
      [0, { type: 'pod.evicting', node: 'n1', pod: web1, method: 'evict', dryRun: 'server' }],
      [
        0,
        {
          type: 'node.finished',
          node: 'n1',
          outcome: 'done',
          exitCode: 0,
          gone: 0,
          left: [],
          cordonedByUs: false,
          durationMs: 5,
          dryRun: 'server',
        },
      ],
      [0, { type: 'run.finished', verb: 'drain', outcome: 'done', exitCode: 0, undo: [], resume: [] }],
    ]);
    await expect(both(world)).toMatchFileSnapshot(`${golden}plain-dry-run.txt`);
  });

  it('tells cordons like kubectl, and failures with their own exit codes', async () => {
    const world = piped();
    await play(world, [
      [0, { ...started, verb: 'cordon' } as Event],
      [0, { type: 'node.cordoned', node: 'n1', changed: true, dryRun: 'none' }],
      [0, { type: 'node.cordoned', node: 'n2', changed: false, dryRun: 'none' }],
      [
        0,
        {
          type: 'node.finished',
          node: 'n3',
          outcome: 'failed',
          exitCode: 1,
          gone: 0,
          left: [],
          message: 'could not cordon the node: forbidden',
          hint: 'kubectl auth can-i patch nodes',
          cordonedByUs: false,
          durationMs: 5,
          dryRun: 'none',
        },
      ],
      [
        0,
        {
          type: 'run.finished',
          verb: 'cordon',
          outcome: 'incomplete',
          exitCode: 1,
          message: 'could not cordon n3',
          undo: ['kmaint uncordon n1'],
          resume: ['kmaint cordon n1 n2 n3'],
        },
      ],
    ]);
    await expect(both(world)).toMatchFileSnapshot(`${golden}plain-cordon.txt`);
  });

  it('tells uncordons alike', () => {
    const { report, stdout } = piped();
    report.emit({ ...started, verb: 'uncordon' } as Event);
    report.emit({ type: 'node.uncordoned', node: 'n1', changed: true, dryRun: 'none' });
    report.emit({ type: 'node.uncordoned', node: 'n2', changed: false, dryRun: 'none' });
    expect(stdout.text).toBe('node/n1 uncordoned\nnode/n2 already uncordoned\n');
  });

  it("says on which node a pod is when there are several, and each node's exit code", async () => {
    const world = piped();
    const two = drainPlan([nodePlan([decision(web1)]), nodePlan([decision(web2)], { node: 'n2' })]);
    const finished = {
      type: 'node.finished',
      gone: 1,
      left: [],
      cordonedByUs: true,
      durationMs: 1000,
      dryRun: 'none',
    } as const;
    await play(world, [
      [0, started],
      [0, { type: 'drain.planned', plan: two, asks: false }],
      [0, { type: 'node.draining', node: 'n1', pods: 1 }],
      [0, evicting(web1)],
      [0, gone(web1)],
      [0, { ...finished, node: 'n1', outcome: 'done', exitCode: 0 }],
      [0, { type: 'node.draining', node: 'n2', pods: 1 }],
      [0, { ...blocked(web2, 1, 1), node: 'n2' } as Event],
      [0, { type: 'pod.failed', node: 'n2', pod: web2, message: 'forbidden' }],
      [
        0,
        {
          ...finished,
          node: 'n2',
          outcome: 'incomplete',
          exitCode: 1,
          gone: 0,
          left: [{ ...web2, reason: 'forbidden' }],
          message: '1 pod could not be removed',
        },
      ],
      [
        0,
        {
          type: 'run.finished',
          verb: 'drain',
          outcome: 'incomplete',
          exitCode: 1,
          undo: ['kmaint uncordon n1 n2'],
          resume: ['kmaint drain n1 n2'],
        },
      ],
    ]);
    await expect(both(world)).toMatchFileSnapshot(`${golden}plain-nodes.txt`);
  });

  it('names the pods that stay, and why, with -v', () => {
    const { report, stderr } = piped({ verbosity: 1 });
    report.emit(started);
    report.emit({ type: 'drain.planned', plan, asks: false });
    expect(stderr.text.split('\n').slice(1, 4)).toEqual([
      'node/n1: 5 pods: 2 to evict, 1 terminating already, 2 left alone (1 of DaemonSets, 1 static)',
      '  kube-system/kube-proxy-x7 left alone: DaemonSet pod',
      expect.stringMatching(/^ {2}kube-system\/\S+ left alone: static pod/),
    ]);
  });

  it.each([
    ['namespace-terminating', 'x', 'namespace shop is being deleted, which will delete the pod'],
    ['throttled', 'too many requests', 'the API server is busy: too many requests'],
    ['webhook', 'admission webhook "a.b" denied the request: no', 'admission webhook "a.b" denied the request: no'],
    // By a ValidatingAdmissionPolicy.
    ['webhook', 'pods "web-1" is forbidden: no', 'admission refused it: pods "web-1" is forbidden: no'],
  ] as const)('says what is in the way of a pod: %s, %s', (reason, message, said) => {
    const { report, stderr } = piped();
    report.emit(started);
    report.emit({ ...blocked(web1, 2, 2), reason, message, budget: undefined } as Event);
    expect(stderr.text.split('\n')[1]?.startsWith(`pod shop/web-1 blocked: ${said}`)).toBe(true);
  });

  it('says delete of a server dry run of deletions', () => {
    const { report, stdout } = piped();
    report.emit({ ...started, dryRun: 'server' } as Event);
    report.emit({ type: 'pod.evicting', node: 'n1', pod: web1, method: 'delete', dryRun: 'server' });
    expect(stdout.text).toBe('pod shop/web-1 deleted (server dry run)\n');
  });

  it('calls a pod evicted only when it was asked to go', () => {
    const { report, stdout } = piped();
    report.emit(started);
    report.emit(gone(web1));
    report.emit(evicting(web2));
    report.emit(gone(web2));
    report.emit({ type: 'pod.evicting', node: 'n1', pod: web1, method: 'delete', dryRun: 'none' });
    report.emit({ type: 'pod.gone', node: 'n1', pod: web1, method: 'delete' });
    expect(stdout.text).toBe('pod shop/web-1 gone\npod shop/web-2 evicted\npod shop/web-1 deleted\n');
  });

  it('repeats a heartbeat every 30 s while a node is drained, and not after', async () => {
    const { report, stderr, clock } = piped();
    report.emit(started);
    report.emit({ type: 'drain.planned', plan, asks: false });
    await clock.advance(120_000);
    const before = stderr.text;
    report.emit({ type: 'node.draining', node: 'n1', pods: 3 });
    report.emit(blocked(web1, 2, 2));
    await clock.advance(90_000);
    const beats = stderr.text
      .slice(before.length)
      .split('\n')
      .filter((line) => / left on /.test(line));
    expect(beats).toHaveLength(3);
    expect(beats[0]).toBe(
      '30s: 3 pods left on node/n1; shop/web-1 blocked for 30s: budget shop/web needs 2 healthy pods and has 2; shop/db-0 terminating for 30s; shop/web-2 waiting for 30s',
    );
    report.emit({ type: 'run.finished', verb: 'drain', outcome: 'done', exitCode: 0, undo: [], resume: [] });
    const after = stderr.text;
    await clock.advance(90_000);
    expect(stderr.text).toBe(after);
    expect(before).not.toMatch(/ left on /);
  });

  it('shows details at -v, and only then', () => {
    const detail: Event = { type: 'detail', message: 'GET /api 200' };
    const silent = piped();
    silent.report.emit(detail);
    expect(silent.stderr.text).toBe('');
    const verbose = piped({ verbosity: 1 });
    verbose.report.emit(detail);
    expect(verbose.stderr.text).toBe('GET /api 200\n');
  });

  it('shows a person the whole plan before anything happens, without repeating it when planned again', () => {
    const { report, stderr, stdout } = onTerminal({ progress: 'plain' });
    report.emit(started);
    report.emit({ type: 'drain.planned', plan, asks: false });
    expect(stderr.text).toContain('evict    shop/web-1');
    expect(stdout.text).toBe('');
    const before = stderr.text;
    report.emit({ type: 'drain.planned', plan, asks: false });
    expect(stderr.text).toBe(before);
    report.emit({ type: 'drain.planned', plan: blockedPlan, asks: false });
    expect(stderr.text.slice(before.length)).toMatch(/^the plan has changed:\nnode\/n1/);
  });
});

describe('plain, at length', () => {
  const many: PodId[] = Array.from({ length: 600 }, (_, at) => ({ ...web1, name: `p${at}`, uid: `${at}` }));
  const draining: Event = { type: 'node.draining', node: 'n1', pods: 600 };

  it('tells 600 pods behind one budget once, and then once a heartbeat with a count', async () => {
    const { report, stderr, clock } = piped();
    report.emit(started);
    report.emit(draining);
    for (let round = 1; round <= 12; round += 1) {
      for (const pod of many) report.emit({ ...blocked(pod, 2, round % 2), attempts: round } as Event);
      // eslint-disable-next-line no-await-in-loop -- time passes in order
      await clock.advance(5000);
    }
    expect(stderr.text.split('\n').slice(2)).toEqual([
      'pod shop/p0 blocked: budget shop/web needs 2 healthy pods and has 1; retry in 5s',
      '30s: 600 pods left on node/n1; budget shop/web needs 2 healthy pods and has 0: 600 pods wait for 30s, asked at least 3600 times',
      '1m00s: 600 pods left on node/n1; budget shop/web needs 2 healthy pods and has 0: 600 pods wait for 1m00s, asked at least 7200 times',
      '',
    ]);
    await report.close();
  });

  it('keeps to one line a pod on each stream when 600 go', async () => {
    const world = piped();
    await play(world, [
      [0, started],
      [0, draining],
      ...many.map((pod): readonly [number, Event] => [0, evicting(pod)]),
      ...many.map((pod): readonly [number, Event] => [0, gone(pod)]),
      [0, nodeEnd('n1', 'done', 600)],
      [0, { type: 'run.finished', verb: 'drain', outcome: 'done', exitCode: 0, undo: [], resume: [] }],
    ]);
    const lines = [...world.stdout.text.split('\n'), ...world.stderr.text.split('\n')];
    expect(lines.filter((line) => /^pod shop\/p\d+ evicted$/.test(line))).toHaveLength(600);
    expect(lines.filter((line) => line.startsWith('pod '))).toHaveLength(1200);
    expect(new Set(lines).size).toBe(lines.length - 1);
  });

  it.each(['waves-and-waits', 'escalation', 'rolling-gate', 'several-nodes'] as const)('tells %s', async (name) => {
    const world = piped();
    await play(world, goldenRuns[name] ?? []);
    await expect(both(world)).toMatchFileSnapshot(`${golden}plain-${name}.txt`);
    expect(world.clock.waiting).toBe(0);
  });

  it('says what a node waits for once, until something else happens to it', () => {
    const { report, stderr } = piped();
    const wait: Event = { type: 'node.waiting', node: 'n1', waitsFor: 'gate', message: '2 pods are Pending' };
    for (const event of [wait, wait, { type: 'node.step', node: 'n1', step: 'gate', message: 'passed' } as Event, wait])
      report.emit(event);
    expect(stderr.text).toBe('node/n1 waits: 2 pods are Pending\nnode/n1: passed\nnode/n1 waits: 2 pods are Pending\n');
  });

  it('puts moves on stdout: they are what was asked for', () => {
    const { report, stdout } = piped();
    report.emit({ type: 'node.step', node: 'n1', step: 'moved', message: 'would take shop/web-1 from n2' });
    expect(stdout.text).toBe('node/n1: would take shop/web-1 from n2\n');
  });
});

describe('the end of a run', () => {
  const end: Event = { type: 'run.finished', verb: 'drain', outcome: 'done', exitCode: 0, undo: [], resume: [] };
  const names = Array.from({ length: 20 }, (_, at) => `n${at + 1}`);
  const plans: Event = {
    type: 'drain.planned',
    plan: drainPlan(names.map((node) => nodePlan([], { node }))),
    asks: false,
  };

  it('counts nodes and pods, and takes as long as the clock says: not the sum, and not the time before it began', async () => {
    const world = piped();
    await play(world, [
      [0, started],
      [0, plans],
      [100_000, { type: 'node.draining', node: 'n1', pods: 30 }],
      [61_000, nodeEnd('n1', 'done', 30, { durationMs: 61_000 })],
      ...names.slice(1).map((node): readonly [number, Event] => [0, nodeEnd(node, 'done', 30, { durationMs: 60_000 })]),
      [0, end],
    ]);
    expect(world.stderr.text).toMatch(/\ndrain done: 20 nodes, 600 pods gone, 1m01s\n$/);
  });

  it('lists only the nodes that are not done, each hint once, and folds the pods left when they are many', async () => {
    const left = (count: number, reason: string) =>
      Array.from({ length: count }, (_, at) => ({ ...web1, name: `p${at}`, uid: `${at}`, reason }));
    const hint = 'kubectl auth can-i create pods --subresource=eviction -n shop';
    const budget = 'budget shop/web needs 2 healthy pods and has 2';
    const world = piped();
    await play(world, [
      [0, started],
      [0, plans],
      ...names.slice(3).map((node): readonly [number, Event] => [0, nodeEnd(node, 'done', 1)]),
      [
        0,
        nodeEnd('n1', 'incomplete', 0, { left: left(40, 'forbidden'), message: '40 pods could not be removed', hint }),
      ],
      [0, nodeEnd('n2', 'incomplete', 0, { left: left(1, 'forbidden'), message: '1 pod could not be removed', hint })],
      [
        130_000,
        nodeEnd('n3', 'timeout', 4, {
          left: left(2, budget),
          message: 'the drain of n3 was not done within --timeout 130s',
          cordonedByUs: false,
        }),
      ],
      [0, { ...end, outcome: 'incomplete', exitCode: 1, message: 'not drained: n1, n2, n3' }],
    ]);
    expect(world.stderr.text.slice(world.stderr.text.indexOf('error: '))).toBe(
      `error: drain incomplete: not drained: n1, n2, n3
17 of 20 nodes done, 21 pods gone, 2m10s
  NODE   OUTCOME      EXIT   GONE   LEFT   CORDONED      WHY
  n1     incomplete   1      0      40     by this run   40 pods could not be removed
  n2     incomplete   1      0      1      by this run   1 pod could not be removed
  n3     timeout      124    4      2      -             the drain of n3 was not done within --timeout 130s
  hint for n1, n2: ${hint}
  POD LEFT   NODE   WHY
  40 pods    n1     forbidden
  shop/p0    n2     forbidden
  shop/p0    n3     ${budget}
  shop/p1    n3     ${budget}
  -o json names every pod
`,
    );
  });

  it('names a pod that was left although all is done, and why', async () => {
    const world = piped();
    const left = [{ ...db0, reason: 'terminating for too long: not waited for' }];
    await play(world, [
      [0, started],
      [0, { type: 'node.draining', node: 'n1', pods: 3 }],
      [2000, nodeEnd('n1', 'done', 2, { left })],
      [0, end],
    ]);
    expect(world.stderr.text.slice(world.stderr.text.indexOf('drain done'))).toBe(
      [
        'drain done: 1 node, 2 pods gone, 2s',
        'node/n1: done, 2 pods gone, 1 left, left cordoned by this run',
        '  POD LEFT    WHY',
        '  shop/db-0   terminating for too long: not waited for',
        '',
      ].join('\n'),
    );
  });

  it('does not forget nodes of which no end was told', async () => {
    const world = piped();
    const cut: Event = { ...end, outcome: 'failed', exitCode: 70, message: 'our bug' };
    await play(world, [
      [0, started],
      [0, plans],
      [0, nodeEnd('n1', 'done', 3)],
      [0, cut],
    ]);
    expect(world.stderr.text).toContain('\n1 of 20 nodes done, 3 pods gone, 0s\n');
  });
});

describe('quiet', () => {
  it('says nothing of a run that went well', async () => {
    const world = piped({ progress: 'quiet' });
    await play(world, timedOut.slice(0, -2));
    expect(both(world)).toBe('--- stdout\n--- stderr\n');
  });

  it('shows the moves that were only asked about, and no others', () => {
    const { report, stdout } = piped({ progress: 'quiet' });
    for (const step of ['proposed', 'moved'] as const)
      report.emit({ type: 'node.step', node: 'n1', step, message: step });
    expect(stdout.text).toBe('node/n1: proposed\n');
  });

  it('says how a run failed', async () => {
    const world = piped({ progress: 'quiet' });
    await play(world, timedOut);
    expect(world.stdout.text).toBe('');
    expect(world.stderr.text).toMatch(/^error: drain timed out: the drain of n1 was not done/);
    expect(world.stderr.text).toContain('undo:   kmaint uncordon n1\nresume: kmaint drain n1 --timeout=68s\n');
  });

  it.each(['none', 'client'] as const)('names the blockers of a refused run (dry run %s)', (dryRun) => {
    const { report, stderr, stdout } = piped({ progress: 'quiet' });
    report.emit({ type: 'run.started', verb: 'drain', identity: plan.identity, dryRun });
    report.emit({ type: 'drain.planned', plan: blockedPlan, asks: false });
    expect(stderr.text).toMatch(/^blockers /);
    expect(stderr.text).toContain('    default/go-http\n');
    expect(stdout.text).toBe('');
  });

  it.each([piped, onTerminal])('prints the plan of kmaint plan, which is its answer, and where it is (%o)', (make) => {
    const { report, stdout } = make({ progress: 'quiet' });
    report.emit({ type: 'run.started', verb: 'plan', identity: plan.identity, dryRun: 'none' });
    report.emit({ type: 'drain.planned', plan, asks: false });
    expect(stdout.text).toMatch(/^context prod, server /);
    expect(stdout.text).toContain('shop/web-1');
  });

  const explanation: Explanation = {
    kind: 'pod',
    namespace: 'shop',
    name: 'web-1',
    verdict: 'may-go',
    sentences: ['pod shop/web-1 lets a drain go on: no budget covers it.'],
    arithmetic: [],
    pods: [],
    fixes: [],
  };

  it('prints an explanation, and nothing else of kmaint why', async () => {
    const events: readonly (readonly [number, Event])[] = [
      [0, { type: 'run.started', verb: 'why', identity: plan.identity, dryRun: 'none' }],
      [0, { type: 'explained', explanation }],
      [0, { type: 'run.finished', verb: 'why', outcome: 'done', exitCode: 0, undo: [], resume: [] }],
    ];
    const [quiet, loud] = [piped({ progress: 'quiet' }), piped()];
    await play(quiet, events);
    await play(loud, events);
    expect(quiet.stdout.text).toContain(explanation.sentences[0]);
    expect(quiet.stdout.text).toBe(loud.stdout.text);
    expect(quiet.stderr.text).toBe('');
  });

  it.each(['json', 'ndjson'] as const)('changes nothing about -o %s', async (output) => {
    const events: readonly (readonly [number, Event])[] = [
      [0, { type: 'run.started', verb: 'plan', identity: plan.identity, dryRun: 'none' }],
      [0, { type: 'drain.planned', plan, asks: false }],
      [0, { type: 'run.finished', verb: 'plan', outcome: 'done', exitCode: 0, undo: [], resume: [] }],
    ];
    const [quiet, loud] = [piped({ progress: 'quiet', output }), piped({ output })];
    await play(quiet, events);
    await play(loud, events);
    expect(quiet.stdout.text).toBe(loud.stdout.text);
    expect(quiet.stdout.text).not.toContain('context prod, server');
    expect(quiet.stderr.text).toBe('');
  });

  it.each(['text', 'json'] as const)('shows the plan, and where, to a user who is asked about it (-o %s)', (output) => {
    const { report, stderr, stdout } = piped({ progress: 'quiet', output });
    report.emit({ type: 'run.started', verb: 'drain', identity: plan.identity, dryRun: 'none' });
    report.emit({ type: 'drain.planned', plan, asks: true });
    expect(stderr.text).toMatch(/^context prod, server /);
    expect(stderr.text).toContain('shop/web-1');
    expect(stdout.text).toBe('');
  });
});
