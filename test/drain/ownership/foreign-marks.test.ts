import { describe, expect, it } from 'vitest';
import type { Node } from '../../../src/cluster/node.ts';
import { foreignMark, foreignMarks } from '../../../src/drain/ownership/foreign-marks.ts';
import { kuredDaemonSet, kuredLock, readKuredLocks } from '../../../src/drain/ownership/kured.ts';
import { ClusterError } from '../../../src/errors.ts';
import { aNode, aWorkload } from '../../support/objects.ts';
import { aWorld } from './hold-world.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');
const none = { kuredLocks: [], nowMs };
const tainted = (key: string, value?: string): Partial<Node> => ({ taints: [{ key, value, effect: 'NoSchedule' }] });
const annotated = (key: string, value: string): Partial<Node> => ({ annotations: { [key]: value } });
const condition = (status: string): Partial<Node> => ({
  conditions: [
    {
      type: 'DrainScheduled',
      status,
      reason: undefined,
      message: undefined,
      lastHeartbeatTime: undefined,
      lastTransitionTime: undefined,
    },
  ],
});
const machineConfig = (current: string, desired: string): Partial<Node> => ({
  annotations: {
    'machineconfiguration.openshift.io/currentConfig': current,
    'machineconfiguration.openshift.io/desiredConfig': desired,
  },
});

describe('marks of other tools', () => {
  it.each<[string, Partial<Node>, string, 'refuse' | 'warn']>([
    [
      'cluster-autoscaler removes',
      tainted('ToBeDeletedByClusterAutoscaler', '1700000000'),
      'cluster-autoscaler',
      'refuse',
    ],
    ['Karpenter disrupts', tainted('karpenter.sh/disrupted'), 'Karpenter', 'refuse'],
    ['Karpenter (beta) disrupts', tainted('karpenter.sh/disruption', 'disrupting'), 'Karpenter', 'refuse'],
    ['medik8s maintains', tainted('medik8s.io/drain'), 'medik8s node maintenance', 'refuse'],
    ['kured reboots', annotated('weave.works/kured-reboot-in-progress', '2026'), 'kured', 'refuse'],
    ['EKS upgrades', tainted('eks.amazonaws.com/nodegroup', 'unschedulable'), 'EKS', 'refuse'],
    ['MCO updates', machineConfig('worker-1', 'worker-2'), 'machine-config operator', 'refuse'],
    ['a spot ends', tainted('aws-node-termination-handler/spot-itn', 'x'), 'aws-node-termination-handler', 'refuse'],
    [
      'cluster-autoscaler may remove',
      tainted('DeletionCandidateOfClusterAutoscaler', '1'),
      'cluster-autoscaler',
      'warn',
    ],
    ['AKS failed', { labels: { 'kubernetes.azure.com/upgrade-status': 'Quarantined' } }, 'AKS', 'warn'],
    ['of a Machine', annotated('cluster.x-k8s.io/machine', 'md-0-x'), 'Cluster API', 'warn'],
    ['of a NodePool', { labels: { 'karpenter.sh/nodepool': 'spot' } }, 'Karpenter', 'warn'],
    ['out of service', tainted('node.kubernetes.io/out-of-service', 'nodeshutdown'), 'whoever set it', 'warn'],
    ['to be remediated', annotated('cluster.x-k8s.io/remediate-machine', ''), 'Cluster API', 'warn'],
    ['to be remediated on metal', annotated('host.metal3.io/external-remediation', ''), 'metal3', 'warn'],
    ['waits for a reboot', annotated('weave.works/kured-most-recent-reboot-needed', '2026'), 'kured', 'warn'],
    ['draino retries', annotated('draino/drain-retry', 'true'), 'draino', 'warn'],
    ['draino schedules', condition('True'), 'draino', 'warn'],
  ])('%s', (_, differences, owner, severity) => {
    const marks = foreignMarks(aNode(differences), none);
    expect(marks).toHaveLength(1);
    expect(marks[0]).toMatchObject({ owner, severity });
    expect(marks[0]?.message).toMatch(/^the node node1 /);
  });

  it.each<[string, Partial<Node>]>([
    ['nothing at all', {}],
    ['the taint of an ordinary cordon', tainted('node.kubernetes.io/unschedulable')],
    ['an EKS node group without news', tainted('eks.amazonaws.com/nodegroup', 'blue')],
    ['an AKS upgrade that went well', { labels: { 'kubernetes.azure.com/upgrade-status': 'Succeeded' } }],
    ['machine configs that agree', machineConfig('worker-1', 'worker-1')],
    ['draino that is not scheduled', condition('False')],
    ['an exclusion from remediation', { labels: { 'remediation.medik8s.io/exclude-from-remediation': 'true' } }],
  ])('%s is none', (_, differences) => {
    expect(foreignMark(aNode(differences), none)).toBeUndefined();
  });

  it('are listed with those first that refuse', () => {
    const node = aNode({
      ...annotated('cluster.x-k8s.io/machine', 'md-0-x'),
      ...tainted('karpenter.sh/disrupted'),
    });
    expect(foreignMarks(node, none).map(({ severity }) => severity)).toEqual(['refuse', 'warn']);
    expect(foreignMark(node, none)?.owner).toBe('Karpenter');
  });
});

describe('the lock of kured', () => {
  const lock = (fields: object): Record<string, string> => ({ 'weave.works/kured-node-lock': JSON.stringify(fields) });
  const created = '2025-12-31T23:00:00Z';

  it.each<[string, Record<string, string>, ReturnType<typeof kuredLock>]>([
    ['is not there', {}, []],
    ['is empty', { 'weave.works/kured-node-lock': '' }, []],
    ['has no end', lock({ nodeID: 'node1', created, TTL: 0 }), [{ nodeName: 'node1', created, untilMs: undefined }]],
    [
      'ends (TTL in nanoseconds)',
      lock({ nodeID: 'node1', metadata: { unschedulable: false }, created, TTL: 1_800_000_000_000 }),
      [{ nodeName: 'node1', created, untilMs: nowMs - 1_800_000 }],
    ],
    [
      'is shared',
      lock({
        maxOwners: 2,
        locks: [
          { nodeID: 'node1', created },
          { nodeID: 'node2', created },
        ],
      }),
      ['node1', 'node2'].map((nodeName) => ({ nodeName, created, untilMs: undefined })),
    ],
    ['is shared by nobody', lock({ maxOwners: 2, locks: null }), []],
    ['cannot be read', { 'weave.works/kured-node-lock': '{"node":' }, 'unreadable'],
    ['means something else', lock({ owner: 'node1' }), 'unreadable'],
  ])('%s', (_, annotations, locks) => {
    expect(kuredLock(annotations)).toEqual(locks);
  });

  it('refuses its own node, warns about others, and counts no more when it is over', () => {
    const locked = (nodeName: string, untilMs?: number) => ({
      kuredLocks: [{ nodeName, created, untilMs }],
      nowMs,
    });
    expect(foreignMark(aNode(), locked('node1'))).toMatchObject({ owner: 'kured', severity: 'refuse' });
    expect(foreignMark(aNode(), locked('node1', nowMs))).toMatchObject({ severity: 'refuse' });
    expect(foreignMark(aNode(), locked('node1', nowMs - 1))).toBeUndefined();
    expect(foreignMark(aNode(), locked('node2'))).toMatchObject({ owner: 'kured', severity: 'warn' });
  });

  it('is read from its DaemonSet; what cannot be read is told', async () => {
    const world = aWorld([]);
    const { signal } = world;
    expect(await readKuredLocks(world, { signal })).toEqual([]);
    const put = (annotations: Record<string, string>): void =>
      world.cluster.putWorkload(aWorkload({ ...kuredDaemonSet, annotations }));
    put(lock({ nodeID: 'node1', created, TTL: 0 }));
    expect(await readKuredLocks(world, { signal })).toMatchObject([{ nodeName: 'node1' }]);
    put({ 'weave.works/kured-node-lock': '?' });
    expect(await readKuredLocks(world, { signal })).toEqual([]);
    expect(world.only('warning').message).toContain('cannot be read');
    const refuse = (code: 'cluster.forbidden' | 'cluster.unreachable') => () => new ClusterError('no', { code });
    world.cluster.failures.set('getWorkload', refuse('cluster.forbidden'));
    expect(await readKuredLocks(world, { signal })).toEqual([]);
    expect(world.only('detail').message).toContain('may not be read');
    world.cluster.failures.set('getWorkload', refuse('cluster.unreachable'));
    await expect(readKuredLocks(world, { signal })).rejects.toThrow('no');
  });
});
