// Changing objects: locking, generations, what may not be changed, and when a change removes.
import { describe, expect, it } from 'vitest';
import { typeOf } from '../../../src/playground/resources.ts';
import { at, createTestWorld, podDraft, refusalOf, workloadDraft } from './world.ts';

const pods = typeOf('', 'pods');
const deployments = typeOf('apps', 'deployments');
const budgets = typeOf('policy', 'poddisruptionbudgets');

describe('update', () => {
  it('refuses a version that is not the current one', () => {
    const { registry } = createTestWorld();
    const pod = registry.create(pods, podDraft('a'));
    registry.update(pods, { ...pod, metadata: { ...pod.metadata, labels: { a: 'b' } } });
    expect(refusalOf(() => registry.update(pods, pod))).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on pods "a": the object has been modified; please apply your changes to the latest version and try again',
      details: { name: 'a', kind: 'pods' },
    });
  });

  it('asks some kinds for a version', () => {
    const { registry } = createTestWorld();
    const draft = { metadata: { name: 'b', namespace: 'default' }, spec: { minAvailable: 1 } };
    registry.create(budgets, draft);
    expect(refusalOf(() => registry.update(budgets, draft)).message).toBe(
      'poddisruptionbudgets.policy "b" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    );
  });

  it('counts generations of the spec, and leaves the status to its subresource', () => {
    const { registry, store } = createTestWorld();
    const first = registry.create(deployments, workloadDraft('d'));
    const scaled = registry.update(deployments, {
      ...first,
      spec: { ...(first['spec'] as object), replicas: 3 },
      status: { replicas: 9 },
    });
    expect(scaled.metadata.generation).toBe(2);
    expect(scaled['status']).toEqual({});
    const reported = registry.update(
      deployments,
      { ...scaled, spec: {}, status: { replicas: 3 } },
      { subresource: 'status' },
    );
    expect(reported.metadata.generation).toBe(2);
    expect(at(reported, 'spec.replicas')).toBe(3);
    expect(reported['status']).toEqual({ replicas: 3 });
    const { revision } = store;
    expect(registry.update(deployments, reported)).toBe(reported);
    expect(store.revision).toBe(revision);
  });

  it('lets a pod change its images and little else', () => {
    const { registry } = createTestWorld();
    const pod = registry.create(pods, podDraft('a'));
    const spec = pod['spec'] as { containers: object[] };
    const image = { ...pod, spec: { ...spec, containers: [{ ...spec.containers[0], image: 'i:2' }] } };
    const changed = registry.update(pods, image);
    expect(changed.metadata.generation).toBe(2);
    const refused = refusalOf(() => registry.update(pods, { ...changed, spec: { ...spec, hostNetwork: true } }));
    expect(refused.message).toMatch(
      /^Pod "a" is invalid: spec: Forbidden: pod updates may not change fields other than/,
    );
  });

  it('keeps selectors', () => {
    const { registry } = createTestWorld();
    const made = registry.create(deployments, workloadDraft('d'));
    const spec = workloadDraft('other')['spec'] as object;
    expect(refusalOf(() => registry.update(deployments, { ...made, spec })).message).toBe(
      'Deployment.apps "d" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable',
    );
  });

  it('scales through a Scale', () => {
    const { registry, store } = createTestWorld();
    registry.create(deployments, workloadDraft('d'));
    const metadata = { name: 'd', namespace: 'default' };
    const scale = registry.update(deployments, { metadata, spec: { replicas: 4 } }, { subresource: 'scale' });
    expect(scale).toMatchObject({ kind: 'Scale', spec: { replicas: 4 }, status: { replicas: 0, selector: 'app=d' } });
    expect(at(store.get(deployments, 'default', 'd'), 'spec.replicas')).toBe(4);
    const negative = (): unknown =>
      registry.update(deployments, { metadata, spec: { replicas: -1 } }, { subresource: 'scale' });
    expect(refusalOf(negative).message).toBe(
      'Scale.autoscaling "d" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    );
  });

  it('removes a terminating object with its last finalizer, and lets none be added', () => {
    const { registry, store } = createTestWorld();
    registry.create(pods, podDraft('a', {}, { finalizers: ['x.y/z'] }));
    const { object } = registry.delete(pods, 'default', 'a');
    const more = { ...object, metadata: { ...object.metadata, finalizers: ['x.y/z', 'a.b/c'] } };
    expect(refusalOf(() => registry.update(pods, more)).message).toBe(
      'Pod "a" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a.b/c"}',
    );
    registry.modify(pods, 'default', 'a', (pod) => ({ ...pod, metadata: { ...pod.metadata, finalizers: [] } }));
    expect(store.get(pods, 'default', 'a')).toBeUndefined();
  });

  it('modifies what is there, and says when nothing is', () => {
    const { registry } = createTestWorld();
    expect(registry.modify(pods, 'default', 'nobody', (pod) => pod)).toBeUndefined();
    const pod = registry.create(pods, podDraft('a'));
    expect(registry.modify(pods, 'default', 'a', (current) => current)).toBe(pod);
    const status = { phase: 'Running' };
    const running = registry.modify(pods, 'default', 'a', (current) => ({ ...current, status }), {
      subresource: 'status',
    });
    expect(running?.['status']).toEqual(status);
  });
});
