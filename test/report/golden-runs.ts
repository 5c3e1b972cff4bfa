/** Runs of every kind, as workflows emit them: the ndjson of each is kept in fixtures/output/ndjson. */
import type { BudgetPlan } from '../../src/drain/budget-plan.ts';
import type { Event, PodId } from '../../src/report/events.ts';
import {
  blocked,
  blockedPlan,
  db0,
  decision,
  drainPlan,
  evicting,
  gone,
  identity,
  nodeEnd,
  nodePlan,
  plan,
  timedOut,
  web1,
  web2,
} from './sample-run.ts';

/** Each event after the milliseconds that pass before it. */
export type Script = readonly (readonly [afterMs: number, event: Event])[];

const runId = '20260101-000000-k3x9';
const started: Event = { type: 'run.started', verb: 'drain', identity, dryRun: 'none', runId };
const planned: Event = { type: 'drain.planned', plan, asks: false };
const api0: PodId = { namespace: 'pay', name: 'api-0', uid: 'u-api-0' };
const job: PodId = { namespace: 'pay', name: 'bill-28', uid: 'u-bill-28' };

const webBudget: BudgetPlan = {
  namespace: 'shop',
  name: 'web',
  verdict: 'later',
  pods: ['web-1', 'web-2'],
  now: 1,
  later: 1,
  disruptionsAllowed: 1,
  desiredHealthy: 2,
  currentHealthy: 3,
  expectedPods: 3,
  message: 'lets 1 of 2 pods go now',
  elsewhere: [{ name: 'web-3', node: 'n4', ready: true }],
  elsewhereCount: 1,
  fix: 'wait for the replacements to be ready',
};

function cordoned(node = 'n1', changed = true): Event {
  return { type: 'node.cordoned', node, changed, dryRun: 'none' };
}

function draining(pods: number, node = 'n1'): Event {
  return { type: 'node.draining', node, pods };
}

function on(node: string, event: Event): Event {
  return { ...event, node } as Event;
}

function finished(
  outcome: Extract<Event, { readonly type: 'run.finished' }>['outcome'],
  exitCode: number,
  rest: Partial<Extract<Event, { readonly type: 'run.finished' }>> = {},
): Event {
  return { type: 'run.finished', verb: 'drain', outcome, exitCode, undo: [], resume: [], ...rest };
}

const done: Script = [
  [0, started],
  [0, planned],
  [5, cordoned()],
  [2, draining(3)],
  [3, evicting(web1)],
  [1, evicting(web2)],
  [900, gone(db0)],
  [200, gone(web1)],
  [50, gone(web2)],
  [10, nodeEnd('n1', 'done', 3, { durationMs: 1171 })],
  [0, finished('done', 0)],
];

const refused: Script = [
  [0, { ...started, identity: { ...identity, context: undefined } }],
  [0, { type: 'drain.planned', plan: blockedPlan, asks: false }],
  [
    0,
    nodeEnd('n1', 'refused', 0, {
      message: '3 pods are in the way; the node was left as it was',
      cordonedByUs: false,
      durationMs: 0,
    }),
  ],
  [0, finished('refused', 3, { resume: ['kmaint drain n1'] })],
];

const lostQuorum = 'without n1 etcd has 1 healthy of 2 members and needs 2';
const fix = 'of two members none can be spared: add a control-plane node first';

/** Nothing is wrong with its pods: the node itself cannot be spared. */
const quorum: Script = [
  [0, started],
  [
    0,
    {
      type: 'drain.planned',
      plan: drainPlan([
        nodePlan([decision(web1)], { blockers: [{ kind: 'etcd-quorum', message: lostQuorum, fix }] }),
        nodePlan([], {
          node: 'n2',
          uid: 'u-n2',
          risks: [{ kind: 'etcd-quorum', message: "etcd's members could not be counted" }],
        }),
      ]),
      asks: false,
    },
  ],
  [
    0,
    nodeEnd('n1', 'refused', 0, {
      message: `${lostQuorum}; the node was left as it was`,
      hint: fix,
      cordonedByUs: false,
      durationMs: 0,
    }),
  ],
  [1, cordoned('n2')],
  [1, draining(0, 'n2')],
  [5, nodeEnd('n2', 'done', 0, { durationMs: 7 })],
  [0, finished('incomplete', 1, { message: 'not drained: n1', resume: [`kmaint resume ${runId}`] })],
];

const blockedThenDone: Script = [
  ...done.slice(0, 5),
  [1, blocked(web2, 2, 2)],
  [5000, { ...blocked(web2, 2, 1), attempts: 2 } as Event],
  [1000, { type: 'warning', message: 'policy/v1beta1 is deprecated' }],
  [4000, evicting(web2)],
  [10, gone(web1)],
  [10, gone(db0)],
  [500, gone(web2)],
  [0, nodeEnd('n1', 'done', 3, { durationMs: 10_531 })],
  [0, finished('done', 0)],
];

const several: Script = [
  [0, started],
  [
    0,
    {
      type: 'drain.planned',
      plan: drainPlan(
        [
          nodePlan([decision(web1, { budgets: ['web'], placement: { verdict: 'fits', node: 'n4' } })]),
          nodePlan(
            [decision(web2, { budgets: ['web'], placement: { verdict: 'does-not-fit', reason: '3 nodes: no room' } })],
            { node: 'n2', uid: 'u-n2' },
          ),
          nodePlan([decision(db0), decision(job, { action: 'complete' })], { node: 'n3', uid: 'u-n3', cordoned: true }),
        ],
        {},
        [webBudget],
      ),
      asks: false,
    },
  ],
  [4, cordoned('n1')],
  [4, cordoned('n2')],
  [4, cordoned('n3', false)],
  [0, { type: 'node.waiting', node: 'n3', waitsFor: 'turn', message: '2 nodes are drained at a time' }],
  [0, draining(1, 'n1')],
  [0, draining(1, 'n2')],
  [3, evicting(web1)],
  [1, on('n2', blocked(web2, 1, 1))],
  [900, gone(web1)],
  [5, nodeEnd('n1', 'done', 1, { durationMs: 921 })],
  [0, draining(2, 'n3')],
  [2, { type: 'pod.evicting', node: 'n3', pod: db0, method: 'delete', dryRun: 'none' }],
  [400, { type: 'pod.failed', node: 'n2', pod: web2, message: 'forbidden: may not create pods/eviction in shop' }],
  [
    0,
    nodeEnd('n2', 'incomplete', 0, {
      left: [{ ...web2, reason: 'forbidden: may not create pods/eviction in shop' }],
      message: '1 pod could not be removed',
      hint: 'kubectl auth can-i create pods --subresource=eviction -n shop',
      durationMs: 1323,
    }),
  ],
  [30, { type: 'pod.gone', node: 'n3', pod: job, method: 'delete' }],
  [60_000, { type: 'pod.skipped', node: 'n3', pod: db0, message: 'its node does not answer: not waited for' }],
  [
    0,
    nodeEnd('n3', 'done', 1, {
      left: [{ ...db0, reason: 'its node does not answer: not waited for' }],
      cordonedByUs: false,
      durationMs: 61_353,
    }),
  ],
  [
    0,
    finished('incomplete', 1, {
      message: 'not drained: n2',
      undo: ['kmaint uncordon n1 n2'],
      resume: [`kmaint resume ${runId}`],
    }),
  ],
];

const wavesAndWaits: Script = [
  [0, started],
  [
    0,
    {
      type: 'drain.planned',
      plan: drainPlan([
        nodePlan([decision(web1), decision(api0, { wave: 1 })], { waves: ['ordinary', 'system-cluster-critical'] }),
      ]),
      asks: true,
    },
  ],
  [1500, { type: 'node.step', node: 'n1', step: 'held', message: 'held for run 20260101-000000-k3x9 by ops@desk' }],
  [3, cordoned()],
  [3, { type: 'node.step', node: 'n1', step: 'marked', message: 'excluded from external load balancers' }],
  [1, draining(2)],
  [0, { type: 'wave.started', node: 'n1', wave: 1, waves: 2, pods: 1, label: 'ordinary' }],
  [2, evicting(web1)],
  [800, gone(web1)],
  [
    1,
    {
      type: 'node.waiting',
      node: 'n1',
      waitsFor: 'replacements',
      message: 'Deployment shop/web has 1 of 2 ready: pod shop/web-3: ContainerCreating',
    },
  ],
  [2000, { type: 'detail', message: 'Deployment shop/web has 2 of 2 ready' }],
  [0, { type: 'wave.started', node: 'n1', wave: 2, waves: 2, pods: 1, label: 'system-cluster-critical' }],
  [2, evicting(api0)],
  [700, gone(api0)],
  [1, { type: 'node.waiting', node: 'n1', waitsFor: 'volumes', message: 'claim pay/data-api-0 is still attached' }],
  [3000, { type: 'node.step', node: 'n1', step: 'released', message: 'hold given back' }],
  [0, nodeEnd('n1', 'done', 2, { durationMs: 6513 })],
  [0, finished('done', 0)],
];

const escalation: Script = [
  [0, started],
  [0, planned],
  [5, cordoned()],
  [2, draining(3)],
  [3, evicting(web2)],
  [1, blocked(web1, 2, 2)],
  [500, gone(web2)],
  [
    60_000,
    {
      type: 'pod.escalated',
      node: 'n1',
      pod: web1,
      rung: 'delete',
      message: 'its budget shop/web has not let it go within --deadline 60s',
    },
  ],
  [0, { type: 'pod.evicting', node: 'n1', pod: web1, method: 'delete', dryRun: 'none' }],
  [1000, { type: 'pod.gone', node: 'n1', pod: web1, method: 'delete' }],
  [0, { type: 'node.step', node: 'n1', step: 'fenced', message: 'fenced: the program ended with 0' }],
  [0, { type: 'pod.escalated', node: 'n1', pod: db0, rung: 'force', message: 'its node is proven to be off' }],
  [20, { type: 'pod.gone', node: 'n1', pod: db0, method: 'delete' }],
  [0, nodeEnd('n1', 'done', 3, { durationMs: 61_526 })],
  [0, finished('done', 0)],
];

const rollingGate: Script = [
  [0, started],
  [
    0,
    {
      type: 'drain.planned',
      plan: drainPlan([nodePlan([decision(web1)]), nodePlan([decision(web2)], { node: 'n2', uid: 'u-n2' })]),
      asks: false,
    },
  ],
  [4, cordoned()],
  [0, draining(1)],
  [3, evicting(web1)],
  [900, gone(web1)],
  [0, { type: 'node.step', node: 'n1', step: 'exec', message: 'ran reboot-it' }],
  [0, { type: 'node.waiting', node: 'n1', waitsFor: 'reboot', message: 'still the old boot' }],
  [40_000, { type: 'node.step', node: 'n1', step: 'rebooted', message: 'has a new boot ID' }],
  [0, { type: 'node.waiting', node: 'n1', waitsFor: 'ready', message: 'its Lease is 41 s old' }],
  [10_000, { type: 'node.step', node: 'n1', step: 'ready', message: 'Ready, and its network pods are' }],
  [5, { type: 'node.uncordoned', node: 'n1', changed: true, dryRun: 'none' }],
  [0, { type: 'node.waiting', node: 'n1', waitsFor: 'gate', message: 'pod kube-system/dns-1 is not ready' }],
  [
    60_000,
    nodeEnd('n1', 'gate', 1, {
      message: 'pod kube-system/dns-1 was not ready for 60s',
      cordonedByUs: false,
      durationMs: 110_912,
    }),
  ],
  [
    0,
    nodeEnd('n2', 'gate', 0, {
      message: 'not begun: a health gate failed on n1',
      cordonedByUs: false,
      durationMs: 0,
    }),
  ],
  [
    0,
    finished('gate', 7, {
      message: 'a health gate failed on n1; no other node was begun',
      code: 'gate',
      resume: [`kmaint resume ${runId}`],
    }),
  ],
];

const interrupted: Script = [
  ...done.slice(0, 6),
  [300, gone(web1)],
  [
    40,
    nodeEnd('n1', 'interrupted', 1, {
      left: [
        { ...db0, reason: 'terminating' },
        { ...web2, reason: 'terminating' },
      ],
      message: 'interrupted by SIGINT',
      durationMs: 351,
    }),
  ],
  [
    0,
    finished('interrupted', 130, {
      message: 'interrupted by SIGINT',
      code: 'interrupted',
      undo: ['kmaint uncordon n1'],
      resume: [`kmaint resume ${runId}`],
    }),
  ],
];

const dryRun: Script = [
  [0, { type: 'run.started', verb: 'drain', identity, dryRun: 'server' }],
  [0, planned],
  [5, { type: 'node.cordoned', node: 'n1', changed: true, dryRun: 'server' }],
  [4, { type: 'pod.evicting', node: 'n1', pod: web1, method: 'evict', dryRun: 'server' }],
  [4, { type: 'pod.evicting', node: 'n1', pod: web2, method: 'evict', dryRun: 'server' }],
  [0, nodeEnd('n1', 'done', 0, { cordonedByUs: false, durationMs: 13, dryRun: 'server' })],
  [0, finished('done', 0)],
];

const explained: Script = [
  [0, { type: 'run.started', verb: 'why', identity, dryRun: 'none' }],
  [
    7,
    {
      type: 'explained',
      explanation: {
        kind: 'poddisruptionbudget',
        namespace: 'shop',
        name: 'web',
        verdict: 'blocked',
        sentences: ['budget shop/web allows no disruption now'],
        arithmetic: ['1 healthy - 2 wanted = 0 allowed'],
        pods: [{ namespace: 'shop', name: 'web-1', node: 'n1', healthy: false, state: 'CrashLoopBackOff' }],
        fixes: ['kubectl logs web-1 -n shop --previous'],
      },
    },
  ],
  [0, { type: 'run.finished', verb: 'why', outcome: 'done', exitCode: 0, undo: [], resume: [] }],
];

/** By the name of the file. */
export const goldenRuns: Readonly<Record<string, Script>> = {
  done,
  refused,
  quorum,
  'blocked-then-done': blockedThenDone,
  timeout: timedOut,
  'several-nodes': several,
  'waves-and-waits': wavesAndWaits,
  escalation,
  'rolling-gate': rollingGate,
  interrupted,
  'dry-run': dryRun,
  explained,
};
