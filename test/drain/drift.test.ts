/** Drift is what the user did not consent to; what comes and goes by itself is none. */
import { describe, expect, it } from 'vitest';
import { cordonOwner, withCordonOwners, type OwnedNodePlan } from '../../src/drain/drift-cordon.ts';
import { driftError, driftOf } from '../../src/drain/drift.ts';
import type { BlockerKind, PodDecision, RiskKind } from '../../src/drain/plan.ts';
import { decision, drainPlan, nodePlan, web1, web2 } from '../report/sample-run.ts';
import { aNode } from '../support/objects.ts';

const other = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'u-db' };

function pod(name: string, differences: Partial<PodDecision> = {}): PodDecision {
  return decision({ namespace: 'shop', name, uid: `u-${name}` }, differences);
}

function risks(...kinds: RiskKind[]): Partial<PodDecision> {
  return { risks: kinds.map((kind) => ({ kind, message: 'so it is' })) };
}

function blockers(...kinds: BlockerKind[]): Partial<PodDecision> {
  return { action: 'blocked', blockers: kinds.map((kind) => ({ kind, message: 'no', flag: undefined })) };
}

function compare(saved: readonly OwnedNodePlan[], fresh: readonly OwnedNodePlan[]) {
  return driftOf(drainPlan(saved), drainPlan(fresh)).map(({ kind, message }) => [kind, message]);
}

const bare = { controller: undefined };

describe('pods that are no drift', () => {
  it.each<[string, readonly PodDecision[], readonly PodDecision[]]>([
    ['the same', [pod('a')], [pod('a')]],
    ['gone', [pod('a'), pod('b')], [pod('b')]],
    ['all gone', [pod('a')], []],
    ['replaced by one of the same owner', [pod('a')], [pod('b')]],
    ['one more of the same owner', [pod('a')], [pod('a'), pod('b')]],
    ['one of another owner with a verdict of this node', [pod('a')], [pod('a'), pod('b', { controller: other })]],
    [
      'a newcomer that is left alone',
      [pod('a')],
      [pod('x', { controller: other, action: 'leave', leave: 'daemonset' })],
    ],
    ['terminating already', [pod('a')], [pod('a', { action: 'wait' })]],
    ['a terminating newcomer', [], [pod('x', { action: 'wait', ...risks('empty-dir') })]],
    ['terminating for too long', [pod('a')], [pod('a', { action: 'leave', leave: 'terminating-too-long' })]],
    ['a budget that allows nothing now', [pod('a')], [pod('a', risks('budget-not-now'))]],
    ['a budget that settles', [pod('a')], [pod('a', risks('budget-settling'))]],
    ['a budget that allows again', [pod('a', risks('budget-not-now'))], [pod('a')]],
    ['fewer risks than consented to', [pod('a', risks('empty-dir', 'host-path'))], [pod('a', risks('host-path'))]],
    ['another wave and grace', [pod('a')], [pod('a', { wave: 1, graceSeconds: 5 })]],
    ['the same risk, told with other numbers', [pod('a', risks('budget-never'))], [pod('b', risks('budget-never'))]],
    [
      'a bare pod of the same kind',
      [pod('a', { ...bare, ...risks('unmanaged') })],
      [pod('b', { ...bare, ...risks('unmanaged') })],
    ],
  ])('%s', (_, saved, fresh) => {
    expect(compare([nodePlan(saved)], [nodePlan(fresh)])).toEqual([]);
  });
});

describe('pods that are drift', () => {
  it.each<[string, readonly PodDecision[], readonly PodDecision[], string]>([
    [
      'a risk that nobody consented to',
      [pod('a')],
      [pod('a', risks('empty-dir'))],
      'node/n1 has 1 pod of ReplicaSet web-5d9 to remove (empty dir) (planned: remove): shop/a',
    ],
    [
      'a risk that only another owner was consented to have',
      [pod('a'), pod('x', { controller: other, ...risks('empty-dir') })],
      [pod('a', risks('empty-dir'))],
      'node/n1 has 1 pod of ReplicaSet web-5d9 to remove (empty dir) (planned: remove): shop/a',
    ],
    [
      'a bare newcomer',
      [pod('a')],
      [pod('a'), pod('b', { ...bare, ...risks('unmanaged') })],
      'node/n1 has 1 pod to remove (unmanaged) (not foreseen in the plan): shop/b',
    ],
    [
      'a never budget',
      [pod('a')],
      [pod('a', risks('budget-never', 'budget-not-now'))],
      'node/n1 has 1 pod of ReplicaSet web-5d9 to remove (budget never) (planned: remove): shop/a',
    ],
    [
      'one more risk',
      [pod('a', risks('empty-dir'))],
      [pod('a', risks('empty-dir', 'host-path'))],
      'node/n1 has 1 pod of ReplicaSet web-5d9 to remove (empty dir, host path) (planned: remove (empty dir)): shop/a',
    ],
    [
      'a blocker',
      [pod('a')],
      [pod('a', blockers('several-budgets')), pod('b', blockers('several-budgets'))],
      'node/n1 has 2 pods of ReplicaSet web-5d9 to stop at (several budgets) (planned: remove): shop/a, shop/b',
    ],
    [
      'left alone was to be removed',
      [pod('a')],
      [pod('a', { action: 'leave', leave: 'skip-label' })],
      'node/n1 has 1 pod of ReplicaSet web-5d9 to leave alone (planned: remove): shop/a',
    ],
    [
      'to be removed was left alone',
      [pod('a', { action: 'leave', leave: 'skip-label' })],
      [pod('a')],
      'node/n1 has 1 pod of ReplicaSet web-5d9 to remove (planned: leave alone): shop/a',
    ],
    [
      'to be evicted was to finish first',
      [pod('a', { action: 'complete' })],
      [pod('a')],
      'node/n1 has 1 pod of ReplicaSet web-5d9 to remove (planned: wait for until finished): shop/a',
    ],
    [
      'a pod on a node that had none to remove',
      [pod('a', { action: 'wait' })],
      [pod('b')],
      'node/n1 has 1 pod of ReplicaSet web-5d9 to remove (not foreseen in the plan): shop/b',
    ],
  ])('%s', (_, saved, fresh, message) => {
    expect(compare([nodePlan(saved)], [nodePlan(fresh)])).toEqual([['pods', message]]);
  });

  it('names the pods of each owner and verdict once', () => {
    const fresh = [pod('a', risks('empty-dir')), pod('b', risks('empty-dir')), pod('c', risks('host-path'))];
    const drifts = driftOf(drainPlan([nodePlan([pod('a')])]), drainPlan([nodePlan(fresh)]));
    expect(drifts.map(({ pods }) => pods)).toEqual([['shop/a', 'shop/b'], ['shop/c']]);
  });

  it('does not let the verdicts of one node count for another', () => {
    const risky = decision(web1, risks('empty-dir'));
    const second = { node: 'n2', uid: 'u-n2' };
    expect(
      compare([nodePlan([risky]), nodePlan([], second)], [nodePlan([]), nodePlan([{ ...risky, ...web2 }], second)]),
    ).toEqual([['pods', expect.stringContaining('node/n2 has 1 pod')]]);
  });
});

describe('nodes', () => {
  const web = [decision(web1)];
  const run = (owner: string): Partial<OwnedNodePlan> => ({ cordoned: true, cordonOwner: owner });

  it.each<[string, Partial<OwnedNodePlan>, Partial<OwnedNodePlan>, [string, string][]]>([
    ['the same', {}, {}, []],
    ['the same owner', run('jo (run 1)'), run('jo (run 1)'), []],
    ['budgets that can be read no more', {}, { budgetsKnown: false }, []],
    [
      'replaced',
      {},
      { uid: 'u-2' },
      [['node-replaced', 'node/n1 is another one than planned for (uid u-2, planned u-n1)']],
    ],
    ['cordoned', {}, { cordoned: true }, [['cordon', 'node/n1 was cordoned since']]],
    ['cordoned by a run', {}, run('jo (run 1)'), [['cordon', 'node/n1 was cordoned since by jo (run 1)']]],
    [
      'uncordoned',
      { cordoned: true },
      {},
      [['cordon', 'node/n1 was uncordoned since: somebody may have put it to use']],
    ],
    [
      'another owner',
      run('jo (run 1)'),
      run('al (run 2)'),
      [['cordon-owner', 'node/n1 is in other hands: then jo (run 1), now al (run 2)']],
    ],
    [
      'the owner left',
      run('jo (run 1)'),
      { cordoned: true },
      [['cordon-owner', 'node/n1 is in other hands: then jo (run 1), now nobody']],
    ],
  ])('%s', (_, saved, fresh, drifts) => {
    expect(compare([nodePlan(web, saved)], [nodePlan(web, fresh)] as OwnedNodePlan[])).toEqual(drifts);
  });

  it('is gone, or was never planned', () => {
    expect(compare([nodePlan(web)], [nodePlan(web, { node: 'n2' })])).toEqual([
      ['node-gone', 'node/n1 is gone'],
      ['node-new', 'node/n2 is not in the plan'],
    ]);
  });

  it('makes an error that names everything, with the exit code of drift', () => {
    const error = driftError(driftOf(drainPlan([nodePlan(web)]), drainPlan([])));
    expect(error).toMatchObject({ exitCode: 6, code: 'drift', hint: expect.stringContaining('plan again') });
    expect(error.message).toBe('the plan no longer matches the cluster, so nothing was changed:\nnode/n1 is gone');
  });
});

describe('cordonOwner', () => {
  const nowMs = Date.parse('2026-01-01T00:00:00Z');
  const hold = (until: string): string => JSON.stringify({ run: 'r1', holder: 'jo@box', until, wasCordoned: false });
  const cordon = JSON.stringify({ run: 'r2', by: 'al@desk', at: '2025-12-31T00:00:00Z', reason: 'disk' });

  it.each<[string, Record<string, string>, string | undefined]>([
    ['no mark', {}, undefined],
    ['a cordon without a run', { 'kmaint.io/cordon': cordon.replace('r2', '') }, 'al@desk'],
    ['a hold', { 'kmaint.io/hold': hold('2026-01-01T00:01:00Z') }, 'jo@box (run r1)'],
    ['a renewed hold', { 'kmaint.io/hold': hold('2026-01-01T00:09:00Z') }, 'jo@box (run r1)'],
    ['a hold that is over', { 'kmaint.io/hold': hold('2025-12-31T23:59:00Z') }, undefined],
    ['a cordon', { 'kmaint.io/cordon': cordon }, 'al@desk (run r2)'],
    [
      'a hold before a cordon',
      { 'kmaint.io/hold': hold('2026-01-01T00:01:00Z'), 'kmaint.io/cordon': cordon },
      'jo@box (run r1)',
    ],
    [
      'a cordon after a hold',
      { 'kmaint.io/hold': hold('2025-12-31T23:59:00Z'), 'kmaint.io/cordon': cordon },
      'al@desk (run r2)',
    ],
    ['no JSON', { 'kmaint.io/cordon': 'mine' }, 'somebody whose record cannot be read (kmaint.io/cordon: mine)'],
    [
      'no record',
      { 'kmaint.io/hold': '{"run":1}' },
      'somebody whose record cannot be read (kmaint.io/hold: {"run":1})',
    ],
    ['a hold without a time', { 'kmaint.io/hold': hold('soon') }, expect.stringContaining('cannot be read')],
  ])('%s', (_, annotations, owner) => {
    expect(cordonOwner({ annotations }, nowMs)).toEqual(owner);
  });

  it('is put beside the plan of the node that was read', () => {
    const plan = drainPlan([nodePlan([]), nodePlan([], { node: 'n2', uid: 'u-n2' })]);
    const node = aNode({ uid: 'u-n1', annotations: { 'kmaint.io/cordon': cordon } });
    const owned = withCordonOwners(plan, [node], nowMs);
    expect(owned.nodes).toEqual([{ ...plan.nodes[0], cordonOwner: 'al@desk (run r2)' }, plan.nodes[1]]);
  });
});
