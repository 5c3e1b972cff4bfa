import { describe, expect, it } from 'vitest';
import type { NodeCondition } from '../../../src/cluster/node.ts';
import type { Pod } from '../../../src/cluster/pod.ts';
import { readinessOf, unreadyNodePods, type ReadinessFacts } from '../../../src/drain/rolling/readiness.ts';
import { aNode, aPod } from '../../support/objects.ts';

const condition = (type: string, status: string, differences: Partial<NodeCondition> = {}): NodeCondition => ({
  type,
  status,
  reason: undefined,
  message: undefined,
  lastHeartbeatTime: undefined,
  lastTransitionTime: undefined,
  ...differences,
});
const daemon = (name: string, differences: Partial<Pod> = {}): Pod =>
  aPod({
    name: `${name}-x`,
    namespace: 'kube-system',
    controller: { apiVersion: 'apps/v1', kind: 'DaemonSet', name, uid: `uid-of-${name}` },
    ...differences,
  });
const back: ReadinessFacts = { node: aNode({ bootID: 'new' }), lease: 'renewed', pods: [daemon('kube-proxy')] };
const reboot = { expectReboot: true, bootID: 'old' };
const noReboot = { expectReboot: false, bootID: 'old' };

describe('a node is back', () => {
  it.each<[what: string, facts: Partial<ReadinessFacts>, needs: typeof reboot]>([
    ['after a reboot', {}, reboot],
    ['without one where none is expected', { node: aNode({ bootID: 'old' }) }, noReboot],
    ['as another object', { node: aNode({ bootID: 'new', uid: 'another' }) }, reboot],
    ['where Leases may not be read', { lease: 'unknown' }, reboot],
    ['with a web pod that is not ready', { pods: [aPod({ ready: false })] }, reboot],
    ['with its network set up', { node: aNode({ conditions: [condition('NetworkUnavailable', 'False')] }) }, noReboot],
  ])('%s', (_, facts, needs) => {
    expect(readinessOf({ ...back, ...facts }, needs)).toMatchObject({ ready: true });
  });
});

describe('a node is not back', () => {
  it.each<[what: string, facts: Partial<ReadinessFacts>, needs: typeof reboot, waitsFor: string, message: string]>([
    ['gone', { node: undefined }, reboot, 'ready', 'is not in the cluster'],
    ['still the old boot', { node: aNode({ bootID: 'old' }) }, reboot, 'reboot', 'still the old boot: bootID old'],
    ['no bootID now', { node: aNode({ bootID: '' }) }, reboot, 'reboot', 'reports no bootID'],
    ['no bootID before', {}, { ...reboot, bootID: '' }, 'reboot', 'cannot be proved'],
    [
      'not Ready',
      {
        node: aNode({
          ready: 'False',
          conditions: [
            condition('Ready', 'False', { reason: 'KubeletNotReady', message: 'CNI plugin not initialized' }),
          ],
        }),
      },
      noReboot,
      'ready',
      "the node's Ready is False: KubeletNotReady, CNI plugin not initialized",
    ],
    ['silent', { node: aNode({ ready: 'Unknown' }) }, noReboot, 'ready', 'Ready is Unknown'],
    ['Ready by an old word', { lease: 'not-renewed' }, noReboot, 'ready', 'its Lease was not renewed'],
    ['without a Lease', { lease: 'missing' }, noReboot, 'ready', 'no Lease'],
    [
      'without a network',
      { node: aNode({ conditions: [condition('NetworkUnavailable', 'True', { reason: 'NoRouteCreated' })] }) },
      noReboot,
      'ready',
      'network is not set up: NoRouteCreated',
    ],
    [
      'without CNI and kube-proxy',
      { pods: [daemon('kube-proxy', { ready: false }), daemon('calico-node', { ready: false }), daemon('csi')] },
      noReboot,
      'ready',
      'not ready on the node: kube-system/calico-node-x, kube-system/kube-proxy-x',
    ],
  ])('%s', (_, facts, needs, waitsFor, message) => {
    const readiness = readinessOf({ ...back, ...facts }, needs);
    expect(readiness).toMatchObject({ ready: false, waitsFor });
    expect(readiness).toHaveProperty('message', expect.stringContaining(message));
  });
});

describe('pods that the node needs', () => {
  it.each<[what: string, pods: readonly Pod[], unready: readonly string[]]>([
    ['none', [], []],
    [
      'a mirror pod',
      [aPod({ name: 'etcd-cp1', mirror: true, controller: undefined, ready: false })],
      ['shop/etcd-cp1'],
    ],
    [
      'a failed one beside its replacement',
      [daemon('cni', { name: 'cni-a', ready: false, finished: true }), daemon('cni', { name: 'cni-b' })],
      [],
    ],
    ['a failed one alone', [daemon('cni', { ready: false, finished: true })], ['kube-system/cni-x']],
    ['a terminating one', [daemon('cni', { deletionTimestamp: '2026-01-01T00:00:00Z' })], ['kube-system/cni-x']],
  ])('%s', (_, pods, unready) => {
    expect(unreadyNodePods(pods)).toEqual(unready);
  });
});
