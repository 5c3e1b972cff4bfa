/** Cordon: the taint that follows the flag, and what a new node looks like. */
import { expect, test } from 'vitest';
import type { FakeNode } from '../cluster/nodes.ts';
import { bodyOf, contract, refusal, until } from './contract.ts';

contract({ prefix: 'cordon', nodes: 1 }, (at) => {
  const path = (): string => `/api/v1/nodes/${at.scenario.nodeNames[0] ?? ''}`;
  const cordonTaint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

  test.each(['strategic', 'merge'] as const)('by a %s patch: the taint comes, with a time, and goes', async (kind) => {
    const cordoned = bodyOf<FakeNode>(await at.patch(kind, path(), { spec: { unschedulable: true } }));
    expect(cordoned.spec.unschedulable).toBe(true);
    const tainted = await until<FakeNode>(at, path(), 'the taint', ({ spec }) => spec.taints?.length === 1);
    expect(tainted.spec.taints).toEqual([{ ...cordonTaint, timeAdded: expect.stringMatching(/Z$/) as string }]);
    const back = bodyOf<FakeNode>(await at.patch(kind, path(), { spec: { unschedulable: null } }));
    expect(back.spec).not.toHaveProperty('unschedulable');
    await until<FakeNode>(at, path(), 'no taint', ({ spec }) => spec.taints === undefined);
  });

  test('unschedulable: false is the same as none', async () => {
    const answer = bodyOf<FakeNode>(await at.patch('merge', path(), { spec: { unschedulable: false } }));
    expect(answer.spec).not.toHaveProperty('unschedulable');
  });

  test('an own taint stays beside it', async () => {
    const own = { key: 'kmaint.test/own', effect: 'NoSchedule', value: 'yes' };
    await at.patch('merge', path(), { spec: { unschedulable: true, taints: [own] } });
    const both = await until<FakeNode>(at, path(), 'both taints', ({ spec }) => spec.taints?.length === 2);
    expect(both.spec.taints?.map(({ key }) => key).toSorted()).toEqual([own.key, cordonTaint.key]);
    await at.patch('merge', path(), { spec: { unschedulable: null } });
    const left = await until<FakeNode>(at, path(), 'one taint', ({ spec }) => spec.taints?.length === 1);
    expect(left.spec.taints).toEqual([own]);
    await at.patch('merge', path(), { spec: { taints: null } });
  });

  test('with an older resourceVersion it is a conflict', async () => {
    const { metadata } = bodyOf<FakeNode>(await at.get(path()));
    await at.patch('merge', path(), { metadata: { annotations: { touched: 'yes' } } });
    const patch = { metadata: { resourceVersion: metadata.resourceVersion }, spec: { unschedulable: true } };
    expect(refusal(await at.patch('merge', path(), patch))).toEqual({
      code: 409,
      reason: 'Conflict',
      message: `Operation cannot be fulfilled on nodes "${metadata.name}": the object has been modified; please apply your changes to the latest version and try again`,
      details: { name: metadata.name, kind: 'nodes' },
    });
  });

  test('a new node is tainted as not ready until it is', async () => {
    const name = `${at.scenario.id}-new`;
    const made = bodyOf<FakeNode>(await at.post('/api/v1/nodes', { metadata: { name } }), 201);
    expect(made.spec).toEqual({ taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] });
    await at.api.delete(`/api/v1/nodes/${name}`);
  });

  test('two taints of one key and effect are refused', async () => {
    const taint = { key: 'a', effect: 'NoSchedule' };
    const answer = refusal(await at.patch('merge', path(), { spec: { taints: [taint, taint] } }));
    expect(answer).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(answer.message).toContain('metadata.taints[1]: Duplicate value: ');
    expect(answer.message).toContain('taints must be unique by key and effect pair');
  });
});
