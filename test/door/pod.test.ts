/** What is kept of a pod from the API server, and what pods share. */
import { expect, test } from 'vitest';
import { narrowPod } from '../../src/cluster/pod.ts';
import { createPool } from '../../src/cluster/pool.ts';

function rawPod(name: string, cpu = '250m'): Parameters<typeof narrowPod>[0] {
  return {
    metadata: {
      name,
      namespace: 'shop',
      uid: name,
      labels: { app: 'web' },
      annotations: {
        'kubernetes.io/config.mirror': 'x',
        'karpenter.sh/do-not-disrupt': 'true',
        'k8s.v1.cni.cncf.io/network-status': '[]',
      },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1', uid: 'r', controller: true }],
    },
    spec: { containers: [{ name: 'main', resources: { requests: { cpu } } }], volumes: [{ name: 'a', emptyDir: {} }] },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-11-01T08:00:00Z' }],
    },
  };
}

test('of the annotations only those that decide something are kept', () => {
  const pod = narrowPod(rawPod('web-1'));
  expect(pod.annotations).toEqual({ 'kubernetes.io/config.mirror': 'x', 'karpenter.sh/do-not-disrupt': 'true' });
  expect([pod.mirror, pod.ready, pod.readySince]).toEqual([true, true, '2026-11-01T08:00:00Z']);
});

test('of volumes only what a drain can destroy or strand is told apart', () => {
  const raw = rawPod('web-1');
  const volumes = [
    { name: 'host', hostPath: { path: '/srv' } },
    { name: 'scratch', ephemeral: { volumeClaimTemplate: { spec: {} } } },
    { name: 'data', persistentVolumeClaim: { claimName: 'data-web-1' } },
    { name: 'cache', emptyDir: { medium: 'Memory' } },
    { name: 'tmp', emptyDir: {} },
    { name: 'settings', configMap: { name: 'web' } },
  ];
  const pod = narrowPod({ ...raw, spec: { containers: [], ...raw.spec, volumes } });
  expect(pod.volumes).toEqual([
    { name: 'host', kind: 'hostPath', inMemory: false, claimName: undefined },
    { name: 'scratch', kind: 'ephemeral', inMemory: false, claimName: undefined },
    { name: 'data', kind: 'persistentVolumeClaim', inMemory: false, claimName: 'data-web-1' },
    { name: 'cache', kind: 'emptyDir', inMemory: true, claimName: undefined },
    { name: 'tmp', kind: 'emptyDir', inMemory: false, claimName: undefined },
    { name: 'settings', kind: 'other', inMemory: false, claimName: undefined },
  ]);
});

test('equal parts of pods are one object, and others are not', () => {
  const [one, like, other] = [rawPod('web-1'), rawPod('web-2'), rawPod('web-3', '500m')].map(narrowPod);
  for (const part of [
    'labels',
    'requests',
    'scheduling',
    'tolerations',
    'containers',
    'volumes',
    'controller',
  ] as const) {
    expect(like?.[part], part).toBe(one?.[part]);
  }
  expect([one?.name, like?.name]).toEqual(['web-1', 'web-2']);
  expect([one?.requests, other?.requests]).toEqual([{ cpu: 250 }, { cpu: 500 }]);
});

test('a full pool begins anew and still gives equals', () => {
  const pool = createPool(2);
  const first = pool.share({ a: 1 });
  expect(pool.share({ a: 1 })).toBe(first);
  pool.share({ a: 2 });
  pool.share({ a: 3 });
  expect(pool.share({ a: 1 })).not.toBe(first);
  expect(pool.share({ a: 1 })).toEqual(first);
});
