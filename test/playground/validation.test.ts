// What specs may say, and how pods, nodes and strategies may change.
import { describe, expect, it } from 'vitest';
import type { DraftObject, KubeObject } from '../../src/playground/objects.ts';
import { typeOf } from '../../src/playground/resources.ts';
import { at, createTestWorld, podDraft, refusalOf, workloadDraft } from './registry/world.ts';

const pods = typeOf('', 'pods');
const nodes = typeOf('', 'nodes');
const deployments = typeOf('apps', 'deployments');

/** The same object with these fields of its spec replaced. */
function withSpec(object: KubeObject, fields: object): DraftObject {
  return { ...object, spec: { ...(object['spec'] as object), ...fields } };
}

describe('taints', () => {
  const wrong = {
    reason: 'FieldValueNotSupported',
    field: 'metadata.taints[0].effect',
    message: 'Unsupported value: "Wrong": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
  };

  it('of an unknown effect are named once in a creation, twice in a change', () => {
    const { registry } = createTestWorld();
    const spec = { taints: [{ key: 'k', effect: 'Wrong' }] };
    const refused = refusalOf(() => registry.create(nodes, { metadata: { name: 'n' }, spec }));
    expect(refused.details?.causes).toEqual([wrong]);
    const node = registry.create(nodes, { metadata: { name: 'n' } });
    expect(refusalOf(() => registry.update(nodes, withSpec(node, spec))).details?.causes).toEqual([wrong, wrong]);
  });

  it('must be unique by key and effect', () => {
    const { registry } = createTestWorld();
    const taint = { key: 'a', effect: 'NoSchedule' };
    const refused = refusalOf(() =>
      registry.create(nodes, { metadata: { name: 'n' }, spec: { taints: [taint, taint] } }),
    );
    expect(refused.message).toBe(
      'Node "n" is invalid: metadata.taints[1]: Duplicate value: {"Key":"a","Value":"","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair',
    );
  });
});

describe('pods', () => {
  const failures = ['not-ready', 'unreachable'].map((word) => ({
    key: `node.kubernetes.io/${word}`,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 300,
  }));

  it('tolerate failing nodes again when a change forgets to say so', () => {
    const { registry } = createTestWorld();
    const pod = registry.create(pods, podDraft('a'));
    expect(at(pod, 'spec.tolerations')).toEqual(failures);
    const own = { key: 'x', operator: 'Exists' };
    const changed = registry.update(pods, withSpec(pod, { tolerations: [own] }));
    expect(at(changed, 'spec.tolerations')).toEqual([own, ...failures]);
    expect(changed.metadata.generation).toBe(2);
    const refused = refusalOf(() => registry.update(pods, withSpec(changed, { tolerations: failures })));
    expect(refused.details?.causes).toEqual([
      {
        reason: 'FieldValueForbidden',
        field: 'spec.tolerations',
        message: 'Forbidden: existing toleration can not be modified except its tolerationSeconds',
      },
    ]);
    const shorter = { ...own, tolerationSeconds: 5, effect: 'NoExecute' };
    const second = registry.update(pods, withSpec(changed, { tolerations: [own, shorter] }));
    const longer = { ...shorter, tolerationSeconds: 9 };
    expect(
      at(registry.update(pods, withSpec(second, { tolerations: [own, longer] })), 'spec.tolerations'),
    ).toContainEqual(longer);
  });

  it('keep the number of their containers', () => {
    const { registry } = createTestWorld();
    const containers = [
      { name: 'a', image: 'i:1' },
      { name: 'b', image: 'i:1' },
    ];
    const pod = registry.create(pods, podDraft('a', { containers }));
    const refused = refusalOf(() => registry.update(pods, withSpec(pod, { containers: containers.slice(1) })));
    expect(refused.message).toBe(
      'Pod "a" is invalid: spec.containers: Forbidden: pod updates may not add or remove containers',
    );
    const imageless = (...names: string[]): unknown =>
      refusalOf(() =>
        registry.update(pods, withSpec(pod, { containers: names.map((name) => ({ name })) })),
      ).details?.causes?.map(({ field }) => field);
    expect(imageless('b')).toEqual(['spec.containers[0].image', 'spec.containers']);
    const both = ['spec.containers[0].image', 'spec.containers[1].image'];
    expect(imageless('a', 'b')).toEqual([...both, ...both]);
    const initContainers = [{ name: 'c', image: 'i:1' }];
    expect(refusalOf(() => registry.update(pods, withSpec(pod, { initContainers }))).message).toBe(
      'Pod "a" is invalid: spec.initContainers: Forbidden: pod updates may not add or remove containers',
    );
  });

  it('may be put with what they were created from, and keep what admission gave them', () => {
    const { registry } = createTestWorld();
    const draft = podDraft('a', { priorityClassName: 'system-node-critical' });
    const pod = registry.create(pods, draft);
    expect(registry.update(pods, draft)).toBe(pod);
    expect(at(pod, 'spec.priority')).toBe(2_000_001_000);
  });

  it('get tokens only for a service account, which last an hour', () => {
    const { registry } = createTestWorld();
    const volumes = [{ name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }];
    expect(refusalOf(() => registry.create(pods, podDraft('a', { volumes }))).message).toBe(
      'Pod "a" is invalid: spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set',
    );
    const pod = registry.create(pods, podDraft('a', { volumes, serviceAccountName: 'somebody' }));
    expect(at(pod, 'spec.volumes.0.projected.sources.0')).toEqual({
      serviceAccountToken: { path: 'token', expirationSeconds: 3600 },
    });
    // A template may say so: its pods are refused.
    const template = {
      metadata: { labels: { app: 'd' } },
      spec: { containers: [{ name: 'c', image: 'i:1' }], volumes },
    };
    expect(registry.create(deployments, workloadDraft('d', { template })).metadata.name).toBe('d');
  });
});

describe('deployments', () => {
  it('that recreate do not roll', () => {
    const { registry } = createTestWorld();
    const deployment = registry.create(deployments, workloadDraft('d'));
    const { rollingUpdate } = at(deployment, 'spec.strategy') as { rollingUpdate: object };
    const strategy = { type: 'Recreate', rollingUpdate };
    expect(refusalOf(() => registry.update(deployments, withSpec(deployment, { strategy }))).message).toBe(
      'Deployment.apps "d" is invalid: spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is \'Recreate\'',
    );
    const changed = registry.update(deployments, withSpec(deployment, { strategy: { type: 'Recreate' } }));
    expect(at(changed, 'spec.strategy')).toEqual({ type: 'Recreate' });
  });
});

describe('quantities', () => {
  const amounts = { cpu: '0.5', memory: '1024Mi' };
  const canonical = { cpu: '500m', memory: '1Gi' };

  it('of containers are canonical, in templates too', () => {
    const { registry } = createTestWorld();
    const containers = [{ name: 'c', image: 'i:1', resources: { limits: amounts } }];
    const pod = registry.create(pods, podDraft('a', { containers }));
    expect(at(pod, 'spec.containers.0.resources')).toEqual({ limits: canonical, requests: canonical });
    expect(at(pod, 'status.qosClass')).toBe('Guaranteed');
    const template = { metadata: { labels: { app: 'd' } }, spec: { containers } };
    const deployment = registry.create(deployments, workloadDraft('d', { template }));
    expect(at(deployment, 'spec.template.spec.containers.0.resources')).toEqual({ limits: canonical });
  });

  it('of nodes and storage are canonical', () => {
    const { registry } = createTestWorld();
    const node = registry.create(nodes, {
      metadata: { name: 'n' },
      status: { capacity: amounts, allocatable: amounts },
    });
    expect(node['status']).toMatchObject({ capacity: canonical, allocatable: canonical });
    const changed = registry.update(
      nodes,
      { ...node, status: { capacity: { cpu: '2000m' } } },
      { subresource: 'status' },
    );
    expect(at(changed, 'status.capacity')).toEqual({ cpu: '2' });
    const claim = registry.create(typeOf('', 'persistentvolumeclaims'), {
      metadata: { name: 'c', namespace: 'default' },
      spec: { resources: { requests: { storage: '1024Mi' } } },
    });
    expect(at(claim, 'spec.resources')).toEqual({ requests: { storage: '1Gi' } });
    const volume = registry.create(typeOf('', 'persistentvolumes'), {
      metadata: { name: 'v' },
      spec: { capacity: { storage: '0.5Gi' } },
    });
    expect(at(volume, 'spec.capacity')).toEqual({ storage: '512Mi' });
  });
});
