// Creating objects: names, defaults, refusals, in the words that a 1.36.3 server was heard to use.
import { describe, expect, it } from 'vitest';
import { typeOf } from '../../../src/playground/resources.ts';
import { at, createTestWorld, podDraft, refusalOf, workloadDraft } from './world.ts';

const pods = typeOf('', 'pods');
const namespaces = typeOf('', 'namespaces');
const deployments = typeOf('apps', 'deployments');

describe('create', () => {
  it('completes a pod as the server does', () => {
    const { registry, store } = createTestWorld();
    const pod = registry.create(pods, {
      ...podDraft('a', { containers: [{ name: 'c', image: 'nginx' }] }),
      status: { phase: 'Running' },
    });
    expect(pod.metadata).toEqual({
      name: 'a',
      namespace: 'default',
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      resourceVersion: String(store.revision),
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
    });
    expect(pod['spec']).toEqual({
      containers: [
        {
          name: 'c',
          image: 'nginx',
          resources: {},
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          imagePullPolicy: 'Always',
        },
      ],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      securityContext: {},
      schedulerName: 'default-scheduler',
      tolerations: [
        { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
        { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      ],
      priority: 0,
      enableServiceLinks: true,
      preemptionPolicy: 'PreemptLowerPriority',
    });
    expect(pod['status']).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
  });

  it.each([
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['nginx:1', 'IfNotPresent'],
    ['localhost:5000/x', 'Always'],
    ['localhost:5000/x:1', 'IfNotPresent'],
    ['a@sha256:0', 'IfNotPresent'],
  ])('pulls %s %s', (image, policy) => {
    const { registry } = createTestWorld();
    const pod = registry.create(pods, podDraft('a', { containers: [{ name: 'c', image }] }));
    expect(at(pod, 'spec.containers.0.imagePullPolicy')).toBe(policy);
  });

  it.each([
    [{ limits: { cpu: '1', memory: '1Gi' } }, 'Guaranteed'],
    [{ requests: { cpu: '1' } }, 'Burstable'],
    [{ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m', memory: '1Gi' } }, 'Burstable'],
    [{}, 'BestEffort'],
  ])('takes a pod with %j for %s', (resources, qosClass) => {
    const { registry } = createTestWorld();
    const pod = registry.create(pods, podDraft('a', { containers: [{ name: 'c', image: 'i', resources }] }));
    expect(at(pod, 'status.qosClass')).toBe(qosClass);
  });

  it('tolerates failing nodes only where the pod says nothing of them', () => {
    const { registry } = createTestWorld();
    const all = registry.create(pods, podDraft('a', { tolerations: [{ operator: 'Exists' }] }));
    expect(at(all, 'spec.tolerations')).toEqual([{ operator: 'Exists' }]);
  });

  it('makes up names without vowels', () => {
    const { registry } = createTestWorld();
    const pod = registry.create(pods, podDraft('', {}, { name: undefined, generateName: 'web-' }));
    expect(pod.metadata.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(pod.metadata.generateName).toBe('web-');
  });

  it('defaults a Deployment and its template', () => {
    const { registry } = createTestWorld();
    const made = registry.create(deployments, workloadDraft('d'));
    expect(made['spec']).toMatchObject({
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      template: { spec: { restartPolicy: 'Always', terminationGracePeriodSeconds: 30 } },
    });
    expect(at(made, 'spec.template.spec.tolerations')).toBeUndefined();
    expect(made['status']).toEqual({});
  });

  it('holds a new node back and a new namespace open', () => {
    const { registry, store } = createTestWorld();
    const node = registry.create(typeOf('', 'nodes'), { metadata: { name: 'n' }, status: { phase: 'x' } });
    expect(at(node, 'spec.taints')).toEqual([{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }]);
    expect(at(node, 'status.phase')).toBe('x');
    const namespace = store.get(namespaces, undefined, 'default');
    expect(at(namespace, 'spec.finalizers')).toEqual(['kubernetes']);
    expect(namespace?.['status']).toEqual({ phase: 'Active' });
    expect(namespace?.metadata.labels).toEqual({ 'kubernetes.io/metadata.name': 'default' });
  });

  it('stores nothing in a dry run', () => {
    const { registry, store } = createTestWorld();
    const { revision } = store;
    const pod = registry.create(pods, podDraft('a'), { dryRun: true });
    expect(pod.metadata).not.toHaveProperty('resourceVersion');
    expect(store.revision).toBe(revision);
  });

  it('refuses what exists, also when it is on its way out', () => {
    const { registry } = createTestWorld();
    registry.create(pods, podDraft('a', {}, { finalizers: ['x.y/z'] }));
    expect(refusalOf(() => registry.create(pods, podDraft('a')))).toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
      message: 'pods "a" already exists',
      details: { name: 'a', kind: 'pods' },
    });
    registry.delete(pods, 'default', 'a');
    const refused = refusalOf(() => registry.create(pods, podDraft('a')));
    expect(refused.message).toBe('object is being deleted: pods "a" already exists');
  });

  it('refuses namespaces that are missing or going', () => {
    const { registry } = createTestWorld();
    expect(refusalOf(() => registry.create(pods, podDraft('a', {}, { namespace: 'nowhere' })))).toMatchObject({
      code: 404,
      message: 'namespaces "nowhere" not found',
    });
    registry.create(namespaces, { metadata: { name: 'going' } });
    registry.delete(namespaces, undefined, 'going');
    expect(refusalOf(() => registry.create(pods, podDraft('a', {}, { namespace: 'going' }))).toBody()).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'pods "a" is forbidden: unable to create new content in namespace going because it is being terminated',
      reason: 'Forbidden',
      details: {
        name: 'a',
        kind: 'pods',
        causes: [
          {
            reason: 'NamespaceTerminating',
            message: 'namespace going is being terminated',
            field: 'metadata.namespace',
          },
        ],
      },
      code: 403,
    });
  });

  it('names all that is wrong', () => {
    const { registry } = createTestWorld();
    expect(refusalOf(() => registry.create(pods, { metadata: { namespace: 'default' } }))).toMatchObject({
      code: 422,
      message:
        'Pod "" is invalid: [metadata.name: Required value: name or generateName is required, spec.containers: Required value]',
      details: { kind: 'Pod', causes: [{ field: 'metadata.name' }, { field: 'spec.containers' }] },
    });
    const twice = [
      { name: 'c', image: 'i' },
      { name: 'c', image: 'i' },
    ];
    expect(refusalOf(() => registry.create(pods, podDraft('a', { containers: twice }))).message).toBe(
      'Pod "a" is invalid: spec.containers[1].name: Duplicate value: "c"',
    );
    expect(refusalOf(() => registry.create(pods, podDraft('A_b'))).message).toMatch(
      /^Pod "A_b" is invalid: metadata.name: Invalid value: "A_b": a lowercase RFC 1123 subdomain must consist of/,
    );
    expect(refusalOf(() => registry.create(deployments, workloadDraft('d', { selector: undefined }))).message).toBe(
      'Deployment.apps "d" is invalid: [spec.selector: Required value, spec.template.metadata.labels: Invalid value: {"app":"d"}: `selector` does not match template `labels`]',
    );
  });
});
