/** The parts of a plan's text that depend on more than one pod: waves, budgets, room, and what happens to thousands. */
import { kubectlFor } from '../../src/cli/kubectl.ts';
import { describe, expect, it } from 'vitest';
import type { BudgetPlan } from '../../src/drain/budget-plan.ts';
import type { Placement } from '../../src/capacity/placement.ts';
import { planDrain, type DrainPlan } from '../../src/drain/plan.ts';
import { renderBudgets, renderPlan, renderRisks } from '../../src/report/plan-text.ts';
import { plainStyle } from '../../src/report/style.ts';
import { aBudget, aNode, aPod, aPolicy, aSnapshot, aVolume } from '../support/objects.ts';
import { decision, drainPlan, identity, nodePlan, web1, web2 } from './sample-run.ts';

const cluster = { identity, kubectl: kubectlFor(identity.context) };
const options = { identity: false, verbosity: 0, style: plainStyle };

function budget(differences: Partial<BudgetPlan> = {}): BudgetPlan {
  return {
    namespace: 'shop',
    name: 'web',
    verdict: 'later',
    pods: ['web-1', 'web-2', 'web-3'],
    now: 1,
    later: 2,
    disruptionsAllowed: 1,
    desiredHealthy: 2,
    currentHealthy: 3,
    expectedPods: 3,
    message: '1 now, 2 later (allows 1; needs 2 healthy of 3, has 3)',
    elsewhere: [{ name: 'web-4', node: 'node9', ready: true }],
    elsewhereCount: 1,
    fix: 'wait: each of the others may go when a replacement is ready',
    ...differences,
  };
}

function withBudgets(budgets: readonly BudgetPlan[]): DrainPlan {
  return { ...drainPlan([nodePlan([])]), budgets };
}

describe('a whole plan', () => {
  it('shows waves, blockers, budgets and risks', () => {
    const pods = [
      aPod({ name: 'web-1', labels: { app: 'web' } }),
      aPod({ name: 'web-2', labels: { app: 'web' }, volumes: [aVolume('emptyDir')] }),
      aPod({ name: 'batch', labels: { 'cluster.x-k8s.io/drain': 'wait-completed' } }),
      aPod({ name: 'keep', labels: { 'cluster.x-k8s.io/drain': 'skip' } }),
      aPod({ namespace: 'kube-system', name: 'dns-1', priority: 2_000_000_000 }),
    ];
    const budgets = [aBudget({ matches: ({ app }) => app === 'web' })];
    const elsewhere = aPod({ name: 'web-3', nodeName: 'node2', labels: { app: 'web' }, ready: false });
    const plan = planDrain(
      cluster,
      [aSnapshot(pods, { budgets }), aSnapshot([], { node: aNode({ name: 'node2' }), budgets })],
      aPolicy(),
      0,
      {
        workloads: new Map(),
        volumes: new Map(),
        podsByNamespace: new Map([['shop', [...pods, { ...elsewhere, nodeName: 'node3' }]]]),
        room: undefined,
      },
    );
    expect(renderPlan(plan, { ...options, identity: true })).toMatchInlineSnapshot(`
      "context prod, server https://10.0.0.1:6443, user admin
      node/node1: 5 pods: 1 blocked, 2 to evict, 1 to finish by itself, 1 left alone (1 labelled to be skipped; -v lists them)
      2 waves, one after the other: 3 ordinary, 1 cluster-critical
      ACTION     POD                 OWNER            BUDGET   WAVE   NOTES
      blocked    shop/web-2          ReplicaSet/web   web      1      local storage, empty dir
      evict      shop/web-1          ReplicaSet/web   web      1
      evict      kube-system/dns-1   ReplicaSet/web   <none>   2
      complete   shop/batch          ReplicaSet/web   <none>   1      label cluster.x-k8s.io/drain=wait-completed

      node/node2: 0 pods

      blockers (in the way of the drain):
        1 pod: has emptyDir volumes, whose data would be deleted (--delete-emptydir-data lifts this)
          shop/web-2

      budgets (over all pods of the plan):
        shop/web: 1 now, 1 later (allows 1; needs 1 healthy of 2, has 2)
          guards web-1, web-2
          held up by 1 pod elsewhere: web-3 (node3, not ready)
          wait: each of the others may go when a replacement is ready

      risks (they do not stop the drain):
        1 pod: data of its emptyDir a-emptydir is deleted
          shop/web-2
      "
    `);
  });

  it('tells apart what happens to the data of pods', () => {
    const claim = { name: 'data', kind: 'persistentVolumeClaim', inMemory: false, claimName: 'data-db-0' } as const;
    const pods = [
      aPod({ name: 'agent', volumes: [aVolume('hostPath')] }),
      aPod({ name: 'build', volumes: [aVolume('ephemeral')] }),
      aPod({ name: 'db-0', volumes: [claim] }),
    ];
    const nodeTerms = [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['node1'] }] }];
    const volume = { ...aNode({ name: 'pv-1' }), local: true, nodeTerms, claim: undefined };
    const plan = planDrain(cluster, [aSnapshot(pods)], aPolicy(), 0, {
      workloads: new Map(),
      volumes: new Map([['shop/data-db-0', volume]]),
      podsByNamespace: new Map(),
      room: undefined,
    });
    expect(renderRisks(plan, plainStyle)).toMatchInlineSnapshot(`
      "risks (they do not stop the drain):
        1 pod: data of its ephemeral volume a-ephemeral is deleted with its claim
          shop/build
        1 pod: its hostPath volume a-hostpath stays behind on this node
          shop/agent
        1 pod: claim shop/data-db-0 is bound to pv-1 on this node's own disk: the replacement stays Pending until the node is back
          shop/db-0
      "
    `);
  });

  it('says that a grace period of 0 removes pods at once, but not of those that have ended or are going', () => {
    const pods = [
      aPod({ name: 'web-1' }),
      aPod({ name: 'done', phase: 'Succeeded', finished: true }),
      aPod({ name: 'going', deletionTimestamp: '1970-01-01T00:00:30Z' }),
    ];
    const plan = planDrain(cluster, [aSnapshot(pods)], aPolicy({ gracePeriodSeconds: 0 }), 0, {
      workloads: new Map(),
      volumes: new Map(),
      podsByNamespace: new Map(),
      room: undefined,
    });
    expect(renderRisks(plan, plainStyle)).toMatchInlineSnapshot(`
      "risks (they do not stop the drain):
        1 pod: is removed at once, without waiting for its containers to stop (--grace-period=0)
          shop/web-1
      "
    `);
  });

  it('names what is in the way of a node itself before its pods, with what to do about it', () => {
    const message = 'without node1 etcd has 1 healthy of 2 members and needs 2';
    const plan = drainPlan([
      nodePlan(
        [
          decision(web1, {
            action: 'blocked',
            blockers: [{ kind: 'unmanaged', message: 'no controller', flag: '--force' }],
          }),
        ],
        {
          node: 'node1',
          blockers: [{ kind: 'etcd-quorum', message, fix: 'add a control-plane node first' }],
        },
      ),
      nodePlan([], { node: 'node2', risks: [{ kind: 'etcd-quorum', message: 'holds the only etcd member' }] }),
    ]);
    const text = renderPlan(plan, options);
    expect(text.slice(text.indexOf('blockers'))).toBe(
      [
        'blockers (in the way of the drain):',
        `  node/node1: ${message} (no flag lifts this)`,
        '    add a control-plane node first',
        '  1 pod: no controller (--force lifts this)',
        '    shop/web-1',
        '',
        'risks (they do not stop the drain):',
        '  node/node2: holds the only etcd member',
        '',
      ].join('\n'),
    );
  });

  it('tells how many replacements find room', () => {
    const placed = (placement: Placement, index: number) =>
      decision({ namespace: 'shop', name: `web-${index}`, uid: `u${index}` }, { placement });
    const plan = drainPlan([
      nodePlan([
        placed({ verdict: 'fits', node: 'node2' }, 1),
        placed({ verdict: 'fits', node: 'node2' }, 2),
        placed({ verdict: 'does-not-fit', reason: 'no cpu' }, 3),
        placed({ verdict: 'unknown', reason: 'scheduler other' }, 4),
        decision(web1),
      ]),
    ]);
    expect(renderPlan(plan, options)).toContain(
      '\nroom on other nodes for 4 replacements: 2 fit, 1 do not fit, 1 unknown\n',
    );
  });
});

describe('budgets', () => {
  const shown = (budgets: readonly BudgetPlan[], verbosity = 0): string =>
    renderPlan(withBudgets(budgets), { ...options, verbosity })
      .split('\n')
      .slice(2)
      .join('\n');

  it('are told worst first, with what holds them up and what would help', () => {
    const unready = { name: 'web-5', node: '', ready: false };
    const never = budget({ name: 'api', verdict: 'never', message: 'never at this size', fix: 'scale it' });
    const many = budget({
      pods: Array.from({ length: 9 }, (_, index) => `web-${index}`),
      elsewhere: [unready, ...Array.from({ length: 9 }, (_, at) => ({ name: `x-${at}`, node: 'n', ready: true }))],
      elsewhereCount: 40,
    });
    const unread = budget({
      name: 'db',
      verdict: 'settling',
      message: 'settling',
      elsewhere: [],
      elsewhereCount: undefined,
    });
    expect(shown([many, unread, never])).toMatchInlineSnapshot(`
      "budgets (over all pods of the plan):
        shop/api: never at this size
          guards web-1, web-2, web-3
          held up by 1 pod elsewhere: web-4 (node9, ready)
          scale it
        shop/db: settling
          guards web-1, web-2, web-3
          held up by pods on other nodes, which were not read
          wait: each of the others may go when a replacement is ready
        shop/web: 1 now, 2 later (allows 1; needs 2 healthy of 3, has 3)
          guards web-0, web-1, web-2, web-3, web-4 and 4 more
          held up by 40 pods elsewhere: web-5 (no node, not ready), x-0 (n, ready), x-1 (n, ready), x-2 (n, ready), x-3 (n, ready) and 35 more
          wait: each of the others may go when a replacement is ready
      "
    `);
  });

  it('that let all pods go are told at -v only', () => {
    const free = budget({ verdict: 'now', message: '3 now', fix: undefined });
    expect([shown([free]), shown([free], 1)]).toEqual([
      '',
      'budgets (over all pods of the plan):\n  shop/web: 3 now\n    guards web-1, web-2, web-3\n',
    ]);
  });

  it('are twenty, and the rest at -v', () => {
    const fifty = Array.from({ length: 50 }, (_, index) => budget({ name: `b${index}` }));
    const blocks = (text: string): number => text.split('\n').filter((line) => line.startsWith('  shop/b')).length;
    expect([blocks(shown(fifty)), blocks(shown(fifty, 1))]).toEqual([20, 50]);
    expect(shown(fifty)).toContain('\n  and 30 more; -v shows them\n');
  });

  it('are told alone where the plan is not shown', () => {
    expect(renderBudgets(withBudgets([budget()]), plainStyle)).toBe(shown([budget()]));
  });

  it('cannot forge lines', () => {
    expect(shown([budget({ message: 'a\nnode/n1 drained', fix: 'b\nnode/n1 drained' })])).not.toMatch(/^node\/n1/m);
  });
});

describe('thousands of pods', () => {
  const risk = { kind: 'empty-dir', message: 'data of its emptyDir tmp is deleted' } as const;
  const nodes = Array.from({ length: 50 }, (_, node) =>
    nodePlan(
      Array.from({ length: 100 }, (__, pod) =>
        decision({ namespace: 'shop', name: `p-${node}-${pod}`, uid: `${node}/${pod}` }, { risks: [risk] }),
      ),
      { node: `n${node}` },
    ),
  );
  const plan = drainPlan(nodes);

  it('stay readable', () => {
    const lines = renderPlan(plan, options).split('\n');
    expect(lines.length).toBeLessThan(700);
    expect(lines.filter((line) => line === 'and 92 more; -v shows them')).toHaveLength(50);
    expect(lines).toContain('    and 4980 more; -v shows them');
  });

  it('are all there at -v', () => {
    const text = renderPlan(plan, { ...options, verbosity: 1 });
    expect(text).not.toContain('more; -v');
    expect(text.split('\n').length).toBeGreaterThan(10_000);
  });

  it('are folded where risks are told alone, too', () => {
    expect(renderRisks(plan, plainStyle).split('\n')).toHaveLength(24);
  });

  it('never hide one row behind words that take up a row', () => {
    const few = drainPlan([nodePlan(Array.from({ length: 51 }, () => decision(web2)))]);
    expect(renderPlan(few, options)).not.toContain('more; -v');
  });
});
