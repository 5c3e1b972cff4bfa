// What Go does not write, what it does write, and what a status may not say.
import { describe, expect, it } from 'vitest';
import { typeOf } from '../../../src/playground/resources.ts';
import { at, createTestWorld, podDraft, refusalOf, workloadDraft } from './world.ts';

const nodes = typeOf('', 'nodes');
const pods = typeOf('', 'pods');
const budgets = typeOf('policy', 'poddisruptionbudgets');
const deployments = typeOf('apps', 'deployments');

describe('zeros', () => {
  it('are left out of a node', () => {
    const { registry } = createTestWorld();
    const spec = { unschedulable: false, podCIDR: '', providerID: '' };
    const node = registry.create(nodes, { metadata: { name: 'n' }, spec });
    expect(Object.keys(node['spec'] as object)).toEqual(['taints']);
    const cordoned = registry.update(nodes, { ...node, spec: { unschedulable: true } });
    expect(cordoned['spec']).toEqual({ unschedulable: true });
    const again = registry.update(nodes, { ...cordoned, spec: { unschedulable: false } });
    expect(again['spec']).toEqual({});
  });

  it('are left out of lists inside, and do not count as a change', () => {
    const { registry } = createTestWorld();
    const containers = [{ name: 'c', image: 'i:1', tty: false, env: [{ name: 'A', value: '' }] }];
    const pod = registry.create(pods, podDraft('a', { containers, hostNetwork: false }));
    expect(pod).not.toHaveProperty('spec.hostNetwork');
    expect(pod).not.toHaveProperty('spec.containers.0.tty');
    expect(at(pod, 'spec.containers.0.env')).toEqual([{ name: 'A' }]);
    const same = { ...pod, spec: { ...(pod['spec'] as object), hostPID: false } };
    expect(registry.update(pods, same).metadata.resourceVersion).toBe(pod.metadata.resourceVersion);
  });

  it('stay where the field is a pointer or is always written', () => {
    const { registry } = createTestWorld();
    const deployment = registry.create(deployments, workloadDraft('d', { replicas: 0, paused: false }));
    expect(at(deployment, 'spec.replicas')).toBe(0);
    expect(deployment).not.toHaveProperty('spec.paused');
    const budget = registry.create(budgets, {
      metadata: { name: 'b', namespace: 'default' },
      spec: { minAvailable: 0 },
    });
    expect(at(budget, 'spec.minAvailable')).toBe(0);
    const status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 1, expectedPods: 0 };
    const sent = { ...budget, status: { ...status, observedGeneration: 0, disruptedPods: {} } };
    expect(registry.update(budgets, sent, { subresource: 'status' })['status']).toEqual(status);
  });
});

describe('the status of a budget', () => {
  it('has no negative counts', () => {
    const { registry } = createTestWorld();
    const budget = registry.create(budgets, {
      metadata: { name: 'a', namespace: 'default' },
      spec: { minAvailable: 1 },
    });
    const status = { disruptionsAllowed: -1, currentHealthy: -2, desiredHealthy: 1, expectedPods: 1 };
    const tooLow = 'must be greater than or equal to 0';
    expect(refusalOf(() => registry.update(budgets, { ...budget, status }, { subresource: 'status' }))).toMatchObject({
      code: 422,
      message: `PodDisruptionBudget.policy "a" is invalid: [status.disruptionsAllowed: Invalid value: -1: ${tooLow}, status.currentHealthy: Invalid value: -2: ${tooLow}]`,
      details: { name: 'a', group: 'policy', kind: 'PodDisruptionBudget' },
    });
  });

  it('is named with its group when a precondition of its deletion fails', () => {
    const { registry } = createTestWorld();
    registry.create(budgets, { metadata: { name: 'a', namespace: 'default' }, spec: { minAvailable: 1 } });
    const preconditions = { uid: 'nobody' };
    const refused = refusalOf(() => registry.delete(budgets, 'default', 'a', { preconditions }));
    expect(refused.message).toContain('Operation cannot be fulfilled on PodDisruptionBudget.policy "a": the UID in');
    expect(refused.details).toEqual({ name: 'a', group: 'policy', kind: 'PodDisruptionBudget' });
  });
});

describe('a change of a pod', () => {
  it('keeps its priority when it does not speak of it', () => {
    const { registry } = createTestWorld();
    registry.create(pods, podDraft('a'));
    const replaced = registry.update(pods, podDraft('a'));
    expect(replaced.metadata.generation).toBe(1);
    expect(replaced['spec']).toMatchObject({ priority: 0, preemptionPolicy: 'PreemptLowerPriority' });
  });

  it('is told twice of a missing image, but once when containers come or go', () => {
    const { registry } = createTestWorld();
    registry.create(pods, podDraft('a'));
    const fieldsOf = (containers: readonly object[]): (string | undefined)[] =>
      (refusalOf(() => registry.update(pods, podDraft('a', { containers }))).details?.causes ?? []).map(
        ({ field }) => field,
      );
    const image = 'spec.containers[0].image';
    expect(fieldsOf([{ name: 'c' }]).filter((field) => field === image)).toHaveLength(2);
    expect(fieldsOf([{ name: 'c' }, { name: 'd', image: 'i:1' }]).filter((field) => field === image)).toHaveLength(1);
  });
});
