import { describe, expect, it } from 'vitest';
import { parseCriticalPods } from '../../../src/drain/rolling/critical-pods.ts';
import { checkGates } from '../../../src/drain/rolling/gates.ts';
import { aPod, aWorkload } from '../../support/objects.ts';
import { aWorld, type TestWorld } from '../../support/world.ts';

describe('critical pods', () => {
  it.each([
    ['kube-system/coredns', { kind: 'workload', namespace: 'kube-system', name: 'coredns' }],
    ['shop:app=web', { kind: 'selector', namespace: 'shop', selector: 'app=web' }],
    [
      'shop:app.kubernetes.io/name=web',
      { kind: 'selector', namespace: 'shop', selector: 'app.kubernetes.io/name=web' },
    ],
    ['coredns', undefined],
    ['a/b/c', undefined],
    ['/coredns', undefined],
    ['shop:', undefined],
    ['Shop/web', undefined],
  ])('%s is read as %j', (text, expected) => {
    expect(parseCriticalPods(text)).toEqual(expected);
  });

  const web = aPod({ labels: { app: 'web' } });
  const other = aPod({ name: 'web-2', labels: { app: 'web' } });
  const daemonSet = aWorkload({ kind: 'DaemonSet', name: 'cni', replicas: 1, readyReplicas: 0 });
  const ofDaemonSet = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'cni', uid: 'uid-of-cni' };
  it.each<[text: string, prepare: (world: TestWorld) => void, failures: readonly string[]]>([
    ['shop/web', (world) => world.cluster.putWorkload(aWorkload()), []],
    ['shop/db', (world) => world.cluster.putWorkload(aWorkload({ kind: 'StatefulSet', name: 'db' })), []],
    [
      'shop/web',
      (world) => world.cluster.putWorkload(aWorkload({ readyReplicas: 1 })),
      ['Deployment shop/web has 1 of 2 replicas ready'],
    ],
    [
      'shop/web',
      (world) => world.cluster.putWorkload(aWorkload({ settled: false })),
      ['Deployment shop/web: its controller has not caught up with its last change'],
    ],
    [
      'shop/web',
      (world) => world.cluster.putWorkload(aWorkload({ replicas: 0, readyReplicas: 0 })),
      ['Deployment shop/web is scaled to 0'],
    ],
    ['shop/web', () => {}, ['there is no Deployment, StatefulSet or DaemonSet shop/web']],
    [
      'shop/cni',
      (world) => {
        world.cluster.putWorkload(daemonSet);
        world.cluster.put(aPod({ name: 'cni-1', controller: ofDaemonSet }));
      },
      [],
    ],
    [
      'shop/cni',
      (world) => {
        world.cluster.putWorkload(daemonSet);
        world.cluster.put(aPod({ name: 'cni-1', controller: ofDaemonSet }));
        world.cluster.put(aPod({ name: 'cni-2', controller: ofDaemonSet, nodeName: 'node2', ready: false }));
      },
      ['DaemonSet shop/cni: 1 of 2 not ready: shop/cni-2'],
    ],
    ['shop:app=web', (world) => [web, other].forEach((pod) => world.cluster.put(pod)), []],
    ['shop:app=web', () => {}, ['critical pods shop:app=web: there are none']],
    [
      'shop:app=web',
      (world) => [web, { ...other, ready: false }].forEach((pod) => world.cluster.put(pod)),
      ['critical pods shop:app=web: 1 of 2 not ready: shop/web-2'],
    ],
    [
      'shop:app=web',
      (world) =>
        [web, { ...other, phase: 'Succeeded' as const, ready: false }].forEach((pod) => world.cluster.put(pod)),
      [],
    ],
    ['coredns', () => {}, ['critical pods coredns: this is neither NAMESPACE/NAME nor NAMESPACE:LABEL=VALUE']],
  ])('%s', async (text, prepare, failures) => {
    const world = aWorld([]);
    prepare(world);
    expect(await checkGates(world, [], { criticalPods: [text] })).toEqual(failures);
  });

  it('are asked for in their namespace', async () => {
    const world = aWorld([]);
    const asked: unknown[] = [];
    world.cluster.listPods = async (query) => {
      asked.push(query);
      return [];
    };
    await checkGates(world, [], { criticalPods: ['shop:app=web'] });
    expect(asked).toMatchObject([{ namespace: 'shop', labelSelector: 'app=web' }]);
  });
});
