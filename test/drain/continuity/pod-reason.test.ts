import { describe, expect, it } from 'vitest';
import type { ClusterEvent } from '../../../src/cluster/cluster-event.ts';
import type { Pod } from '../../../src/cluster/pod.ts';
import { podReason } from '../../../src/drain/continuity/pod-reason.ts';
import { aPod } from '../../support/objects.ts';

const createdMs = Date.parse('2026-01-01T00:00:00Z');
const event = (type: string, reason: string, message: string): ClusterEvent => ({
  type,
  reason,
  message,
  lastSeen: '2026-01-01T00:00:01Z',
  involvedUid: 'uid',
});
const waiting = (reason: string, message?: string): Pod['waiting'] => [{ container: 'app', reason, message }];
const unready = { ready: false, phase: 'Pending' as const };

describe('why a pod is not ready', () => {
  it.each<[string, Partial<Pod>, readonly ClusterEvent[], number, string]>([
    [
      'the scheduler has no place yet',
      { ...unready, nodeName: '', unschedulableMessage: '0/2 nodes are available' },
      [],
      30_000,
      'FailedScheduling: 0/2 nodes are available',
    ],
    [
      'the scheduler has had no place for long',
      { ...unready, nodeName: '', unschedulableMessage: '0/2 nodes are available' },
      [],
      30_001,
      'FailedScheduling for more than 30 s: 0/2 nodes are available',
    ],
    [
      'an image cannot be pulled',
      { ...unready, waiting: waiting('ImagePullBackOff', 'Back-off\n  pulling "x"') },
      [event('Warning', 'Failed', 'other')],
      0,
      'ImagePullBackOff in container app: Back-off pulling "x"',
    ],
    [
      'the container that is stopped counts, not the one that starts',
      {
        ...unready,
        waiting: [...waiting('PodInitializing'), { container: 'init', reason: 'CrashLoopBackOff', message: undefined }],
      },
      [],
      0,
      'CrashLoopBackOff in container init',
    ],
    [
      'a volume cannot be mounted, as the last warning says',
      { ...unready, waiting: waiting('ContainerCreating') },
      [
        event('Warning', 'FailedAttachVolume', 'Multi-Attach error'),
        event('Warning', 'FailedMount', 'timed out'),
        event('Normal', 'Pulled', 'image'),
      ],
      0,
      'FailedMount: timed out',
    ],
    ['it starts', { ...unready, waiting: waiting('ContainerCreating') }, [], 0, 'is starting on node1'],
    ['it is bound, and the kubelet has said nothing', unready, [], 0, 'is starting on node1'],
    ['it runs', { ready: false }, [event('Normal', 'Started', 'x')], 0, 'runs on node1 but is not ready yet'],
    ['nobody has looked at it', { ...unready, nodeName: '' }, [], 0, 'has no node yet'],
  ])('%s', (_, differences, events, ageMs, reason) => {
    expect(podReason(aPod(differences), events, createdMs + ageMs)).toBe(reason);
  });

  it('is cut when it is too long', () => {
    const reason = podReason(aPod({ ...unready, unschedulableMessage: 'x'.repeat(5000) }), [], createdMs);
    expect(reason).toHaveLength(300);
    expect(reason.endsWith('…')).toBe(true);
  });
});
