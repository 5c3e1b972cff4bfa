/** Every word kubectl has for a kind is understood, and a wrong one is answered with the right one. */
import { describe, expect, it } from 'vitest';
import { kindOf, pluralOf, typed, unknownKind } from '../../../src/logs/selection/kinds.ts';

describe('kindOf', () => {
  it.each([
    ['Pod', ['pod', 'po', 'pods', 'Pod']],
    ['ReplicationController', ['rc', 'replicationcontroller', 'replicationcontrollers']],
    ['Service', ['svc', 'service', 'services']],
    ['Deployment', ['deploy', 'deployment', 'deployments', 'Deployment', 'deployments.apps', 'deployment.v1.apps']],
    ['DaemonSet', ['ds', 'daemonset', 'daemonsets']],
    ['ReplicaSet', ['rs', 'replicaset', 'replicasets']],
    ['StatefulSet', ['sts', 'statefulset', 'statefulsets']],
    ['Job', ['job', 'jobs', 'jobs.v1.batch']],
    ['CronJob', ['cj', 'cronjob', 'cronjobs', 'cronjobs.v1beta1.batch']],
    ['Ingress', ['ing', 'ingress', 'ingresses', 'ingresses.networking.k8s.io']],
    ['HorizontalPodAutoscaler', ['hpa', 'horizontalpodautoscalers']],
    ['Node', ['node', 'no', 'nodes']],
  ])('knows %s', (kind, given) => {
    expect(given.map(kindOf)).toEqual(given.map(() => kind));
  });

  it.each(['', 'web', 'deploys', 'deploy.batch', 'pods.v1', 'jobs.batch.volcano.sh', 'statefulset.apps.kruise.io'])(
    'does not know %j',
    (word) => expect(kindOf(word)).toBeUndefined(),
  );
});

it('names kinds as one types them', () => {
  expect([typed('Deployment', 'web'), typed('Pod', 'a'), typed('Node', 'n')]).toEqual([
    'deploy/web',
    'pod/a',
    'node/n',
  ]);
  expect(pluralOf('Ingress')).toBe('ingresses');
});

it('suggests the nearest kind, or lists them', () => {
  expect(unknownKind('deploi')).toContain('did you mean deploy?');
  expect(unknownKind('zebra')).toContain('cronjob, service');
});
