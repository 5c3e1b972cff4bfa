import { describe, expect, it } from 'vitest';
import type { Pod } from '../../../src/cluster/pod.ts';
import type { Workload } from '../../../src/cluster/workload.ts';
import { rolloutLimits, surgeEligibility, type SurgeFacts } from '../../../src/drain/continuity/surge-eligibility.ts';
import { aMember, aSingle } from './world.ts';

type Case = [string, { deployment?: Partial<Workload>; pod?: Partial<Pod>; facts?: SurgeFacts }, string | undefined];
const claims = (...accessModes: readonly string[]): SurgeFacts => ({ claims: [{ claim: 'data', accessModes }] });
const scheduling = (differences: Partial<Pod['scheduling']>): Partial<Pod> => ({
  scheduling: { ...aMember('web-a').scheduling, ...differences },
});
const toleration = (key: string | undefined, effect: string | undefined): Partial<Pod> => ({
  tolerations: [{ key, operator: 'Exists', value: undefined, effect }],
});

describe('a single replica is eligible', () => {
  it.each<Case>([
    ['with maxSurge 1 and maxUnavailable 0', {}, undefined],
    ['with the default 25% and 25%', { deployment: { maxSurge: '25%', maxUnavailable: '25%' } }, undefined],
    ['with neither set', { deployment: { maxSurge: undefined, maxUnavailable: undefined } }, undefined],
    ['with 1% and 99%', { deployment: { maxSurge: '1%', maxUnavailable: '99%' } }, undefined],
    ['managed by Helm', { deployment: { labels: { 'app.kubernetes.io/managed-by': 'Helm' } } }, undefined],
    ['with a shared volume', { facts: claims('ReadWriteMany') }, undefined],
    ['with a read-only volume', { facts: claims('ReadOnlyMany') }, undefined],
    ['tolerating other taints', { pod: toleration('dedicated', undefined) }, undefined],
    ['tolerating the cordon only when running', { pod: toleration(undefined, 'NoExecute') }, undefined],
    [
      'managed by GitOps, when that is allowed',
      {
        deployment: { annotations: { 'argocd.argoproj.io/tracking-id': 'x' } },
        facts: { claims: [], allowGitOps: true },
      },
      undefined,
    ],

    ['not as a StatefulSet', { deployment: { kind: 'StatefulSet' } }, 'only a Deployment'],
    ['not while it is deleted', { deployment: { deletionTimestamp: '2026-01-01T00:00:00Z' } }, 'being deleted'],
    ['not with two replicas', { deployment: { replicas: 2 } }, '2 replicas'],
    ['not with none', { deployment: { replicas: 0 } }, '0 replicas'],
    ['not with Recreate', { deployment: { strategy: 'Recreate' } }, 'Recreate'],
    ['not paused', { deployment: { paused: true } }, 'paused'],
    ['not with maxSurge 0', { deployment: { maxSurge: 0, maxUnavailable: 1 } }, 'maxSurge'],
    ['not with 0% and 0%', { deployment: { maxSurge: '0%', maxUnavailable: '0%' } }, 'maxSurge'],
    ['not with maxUnavailable 1', { deployment: { maxUnavailable: 1 } }, 'maxUnavailable'],
    ['not with maxUnavailable 100%', { deployment: { maxUnavailable: '100%' } }, 'maxUnavailable'],
    ['not with a maxSurge that makes no sense', { deployment: { maxSurge: 'many' } }, 'not understood'],
    ['not bound to a node', { deployment: { templateNodeName: 'node1' } }, 'names the node node1'],
    ['not with a status that lags', { deployment: { settled: false } }, 'last rollout'],
    ['not half rolled out', { deployment: { updatedReplicas: 0 } }, 'last rollout'],
    ['not with two pods', { deployment: { statusReplicas: 2 } }, 'last rollout'],
    ['not while unready', { deployment: { availableReplicas: 0 } }, 'not ready'],
    ['not with a pod that ends', { pod: { deletionTimestamp: '2026-01-01T00:00:00Z' } }, 'ending'],
    ['not with a finished pod', { pod: { finished: true } }, 'ending'],
    [
      'not with a host port',
      { pod: scheduling({ hostPorts: [{ port: 80, protocol: 'TCP', hostIP: '0.0.0.0' }] }) },
      'host port',
    ],
    ['not with device claims', { pod: scheduling({ resourceClaims: ['gpu'] }) }, 'device claims'],
    ['not tolerating everything', { pod: toleration(undefined, undefined) }, 'tolerate the cordon'],
    [
      'not tolerating the cordon',
      { pod: toleration('node.kubernetes.io/unschedulable', 'NoSchedule') },
      'tolerate the cordon',
    ],
    ['not with a ReadWriteOnce volume', { facts: claims('ReadWriteOnce') }, 'ReadWriteOnce volume (claim data)'],
    ['not with a ReadWriteOncePod volume', { facts: claims('ReadWriteOncePod') }, 'ReadWriteOncePod'],
    ['not with one of several modes', { facts: claims('ReadOnlyMany', 'ReadWriteOnce') }, 'ReadWriteOnce'],
    ['not with a claim that is not there', { facts: claims() }, 'access modes of its claim data are unknown'],
    ['not with claims that may not be read', { facts: { claims: { unknown: 'forbidden' } } }, 'unknown (forbidden)'],
    [
      'not managed by Argo CD',
      { deployment: { annotations: { 'argocd.argoproj.io/tracking-id': 'x' } } },
      'argocd.argoproj.io/tracking-id',
    ],
    [
      'not managed by Flux',
      { deployment: { labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' } } },
      'kustomize.toolkit.fluxcd.io/name',
    ],
    [
      'not with a mark on its template',
      { deployment: { templateAnnotations: { 'argocd.argoproj.io/x': '1' } } },
      'GitOps',
    ],
    ['not with a mark on its pod', { pod: { labels: { 'argocd.argoproj.io/instance': 'web' } } }, 'GitOps'],
  ])('%s', (_, { deployment, pod, facts = { claims: [] } }, not) => {
    const verdict = surgeEligibility(aSingle(deployment), aMember('web-a', pod), facts);
    if (not === undefined) expect(verdict).toBe('eligible');
    else expect(verdict).toEqual({ not: expect.stringContaining(not) });
  });
});

describe('the limits of a rollout', () => {
  it.each([
    [1, 1, 0, { surge: 1, unavailable: 0 }],
    [1, '25%', '25%', { surge: 1, unavailable: 0 }],
    [10, '25%', '25%', { surge: 3, unavailable: 2 }],
    [4, '50%', '50%', { surge: 2, unavailable: 2 }],
    [1, 0, 0, { surge: 0, unavailable: 1 }],
    [1, 0, '10%', { surge: 0, unavailable: 1 }],
    [1, 'x', '10%', { surge: undefined, unavailable: 0 }],
  ])('of %i replicas with maxSurge %s and maxUnavailable %s', (replicas, maxSurge, maxUnavailable, limits) => {
    expect(rolloutLimits(aSingle({ replicas, maxSurge, maxUnavailable }))).toEqual(limits);
  });
});
