/** Events of runs, as workflows emit them. */
import type { DrainPlan, NodePlan, PodDecision } from '../../src/drain/plan.ts';
import { exitCodes } from '../../src/errors.ts';
import type { Event, Outcome, PodId } from '../../src/report/events.ts';
import { aPolicy } from '../support/objects.ts';

export const identity = { context: 'prod', server: 'https://10.0.0.1:6443', user: 'admin' };

export const web1: PodId = { namespace: 'shop', name: 'web-1', uid: 'u-web-1' };
export const web2: PodId = { namespace: 'shop', name: 'web-2', uid: 'u-web-2' };
export const db0: PodId = { namespace: 'shop', name: 'db-0', uid: 'u-db-0' };

export function decision(pod: PodId, overrides: Partial<PodDecision> = {}): PodDecision {
  return {
    ...pod,
    controller: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-5d9', uid: 'u-rs' },
    action: 'remove',
    leave: undefined,
    blockers: [],
    risks: [],
    budgets: [],
    wave: 0,
    graceSeconds: 30,
    ...overrides,
  };
}

export function nodePlan(pods: readonly PodDecision[], overrides: Partial<NodePlan> = {}): NodePlan {
  return { node: 'n1', uid: 'u-n1', cordoned: false, pods, waves: ['ordinary'], budgetsKnown: true, ...overrides };
}

export function drainPlan(
  nodes: readonly NodePlan[],
  policy: Partial<DrainPlan['policy']> = {},
  budgets: DrainPlan['budgets'] = [],
): DrainPlan {
  return {
    identity,
    policy: aPolicy(policy),
    nodes,
    budgets,
  };
}

const daemonSetPod = decision(
  { namespace: 'kube-system', name: 'kube-proxy-x7', uid: 'u-proxy' },
  { action: 'leave', leave: 'daemonset' },
);
const mirrorPod = decision(
  { namespace: 'kube-system', name: 'etcd-n1', uid: 'u-etcd' },
  { action: 'leave', leave: 'mirror', controller: undefined },
);

export const plan = drainPlan([
  nodePlan([
    daemonSetPod,
    mirrorPod,
    decision(db0, {
      controller: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'u-sts' },
      action: 'wait',
    }),
    decision(web1, {
      budgets: ['web'],
      risks: [
        { kind: 'budget-not-now', message: 'budget shop/web allows no disruption now: it has 2 and needs 2' },
        { kind: 'empty-dir', message: 'data of its emptyDir cache is deleted' },
      ],
    }),
    decision(web2, {
      budgets: ['web'],
      risks: [{ kind: 'empty-dir', message: 'data of its emptyDir tmp is deleted' }],
    }),
  ]),
]);

const noController = {
  kind: 'unmanaged',
  message: 'declares no controller, so nothing would bring it back',
  flag: '--force',
} as const;

export const blockedPlan = drainPlan([
  nodePlan(
    [
      daemonSetPod,
      decision(
        { namespace: 'default', name: 'go-http', uid: 'u-go' },
        {
          controller: undefined,
          action: 'blocked',
          blockers: [noController],
        },
      ),
      decision(
        { namespace: 'a', name: 'zz', uid: 'u-zz' },
        {
          controller: undefined,
          action: 'blocked',
          blockers: [
            noController,
            {
              kind: 'local-storage',
              message: 'has emptyDir volumes, whose data would be deleted',
              flag: '--delete-emptydir-data',
            },
          ],
        },
      ),
      decision(web1, {
        action: 'blocked',
        budgets: ['web', 'web-too'],
        blockers: [
          {
            kind: 'several-budgets',
            message: 'is matched by several budgets (shop/web, shop/web-too)',
            flag: undefined,
          },
        ],
      }),
    ],
    { cordoned: true, budgetsKnown: true },
  ),
]);

export const started: Event = { type: 'run.started', verb: 'drain', identity, dryRun: 'none' };

export function blocked(pod: PodId, needs: number, has: number, retryInMs = 5000): Event {
  return {
    type: 'pod.blocked',
    node: 'n1',
    pod,
    reason: 'budget',
    message: `budget ${pod.namespace}/web needs ${needs} healthy ${needs === 1 ? 'pod' : 'pods'} and has ${has}`,
    budget: 'web',
    needs,
    has,
    retryInMs,
    attempts: 1,
  };
}

export function evicting(pod: PodId, node = 'n1'): Event {
  return { type: 'pod.evicting', node, pod, method: 'evict', dryRun: 'none' };
}

export function gone(pod: PodId, node = 'n1'): Event {
  return { type: 'pod.gone', node, pod, method: 'evict' };
}

/** A drain that times out over one pod: each step with the milliseconds that pass before it. */
export const timedOut: readonly (readonly [afterMs: number, event: Event])[] = [
  [0, started],
  [0, { type: 'detail', message: 'GET https://10.0.0.1:6443/api/v1/nodes/n1 200 OK in 12 ms' }],
  [0, { type: 'drain.planned', plan, asks: false }],
  [0, { type: 'node.cordoned', node: 'n1', changed: true, dryRun: 'none' }],
  [0, { type: 'node.draining', node: 'n1', pods: 3 }],
  [0, evicting(web2)],
  [0, blocked(web1, 2, 2)],
  [0, { type: 'warning', message: 'policy/v1beta1 is deprecated' }],
  [0, { type: 'warning', message: 'policy/v1beta1 is deprecated' }],
  [1000, gone(web2)],
  [5000, blocked(web1, 2, 2)],
  [1000, blocked(web1, 2, 1)],
  [60_000, gone(db0)],
  [
    1000,
    {
      type: 'node.finished',
      node: 'n1',
      outcome: 'timeout',
      exitCode: 124,
      gone: 2,
      left: [{ ...web1, reason: 'budget shop/web needs 2 healthy pods and has 1' }],
      message: 'the drain of n1 was not done within --timeout 68s',
      cordonedByUs: true,
      durationMs: 68_000,
      dryRun: 'none',
    },
  ],
  [
    0,
    {
      type: 'run.finished',
      verb: 'drain',
      outcome: 'timeout',
      exitCode: 124,
      message: 'the drain of n1 was not done within --timeout 68s',
      code: 'timeout',
      hint: 'kmaint why pod/web-1 -n shop',
      undo: ['kmaint uncordon n1'],
      resume: ['kmaint drain n1 --timeout=68s'],
    },
  ],
];

/** A node that has ended, in short. */
export function nodeEnd(
  node: string,
  outcome: Outcome,
  podsGone: number,
  differences: Partial<Extract<Event, { readonly type: 'node.finished' }>> = {},
): Event {
  return {
    type: 'node.finished',
    node,
    outcome,
    exitCode: endCodes[outcome],
    gone: podsGone,
    left: [],
    cordonedByUs: true,
    durationMs: 1000,
    dryRun: 'none',
    ...differences,
  };
}

const endCodes: Readonly<Record<Outcome, number>> = {
  done: exitCodes.done,
  incomplete: exitCodes.incomplete,
  failed: exitCodes.incomplete,
  refused: exitCodes.refused,
  declined: exitCodes.refused,
  held: exitCodes.held,
  drift: exitCodes.drift,
  gate: exitCodes.gate,
  timeout: exitCodes.timeout,
  interrupted: 130,
};
