/** A cluster of one of everything, and its pods. */
import type { LogPod } from '../../../src/cluster/log-pod.ts';
import { aLogPod, anOwner, controlledBy, deployed, type LookupParts } from './pods.ts';

export const owned = (name: string, kind: string, owner: string, differences: Partial<LogPod> = {}): LogPod =>
  aLogPod(name, { controller: controlledBy(kind, owner), ...differences });

export const svcPod = (name: string, labels: Record<string, string>, namespace = 'shop'): LogPod =>
  aLogPod(name, { labels, namespace });

export const pods = [
  aLogPod('web-1', { nodeName: 'n2' }),
  aLogPod('web-10'),
  aLogPod('db-1', { labels: { app: 'db' } }),
  deployed('web', 'abc'),
  deployed('web-admin', 'def'),
  aLogPod('stranger', { labels: { app: 'web', 'pod-template-hash': 'abc' } }),
  owned('sts-0', 'StatefulSet', 'sts'),
  owned('sts-b-0', 'StatefulSet', 'sts-b', { labels: { app: 'sts' } }),
  owned('kruise-0', 'StatefulSet', 'sts', {
    controller: { ...controlledBy('StatefulSet', 'sts'), apiVersion: 'apps.kruise.io/v1' },
  }),
  owned('shipper-x', 'DaemonSet', 'shipper', { nodeName: 'n2' }),
  owned('rc-x', 'ReplicationController', 'rc'),
  owned('job-x', 'Job', 'job'),
  aLogPod('web-1-elsewhere', { namespace: 'prod' }),
];

export const cluster: LookupParts = {
  owners: [
    anOwner('Deployment', 'web'),
    anOwner('Deployment', 'web-admin'),
    anOwner('StatefulSet', 'sts'),
    anOwner('DaemonSet', 'shipper'),
    anOwner('ReplicaSet', 'web-abc'),
    anOwner('ReplicationController', 'rc'),
    anOwner('Job', 'job'),
    anOwner('Service', 'db'),
    anOwner('Service', 'web'),
    anOwner('Service', 'bare', { podSelector: undefined }),
    anOwner('Service', 'db', { namespace: 'prod' }),
    anOwner('Ingress', 'front', { services: ['web', 'db', 'bare', 'gone'] }),
    anOwner('Ingress', 'dark', { services: ['bare'] }),
    anOwner('HorizontalPodAutoscaler', 'scaler', {
      scales: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'sts' },
    }),
    anOwner('HorizontalPodAutoscaler', 'odd', { scales: { apiVersion: 'argoproj.io/v1', kind: 'Rollout', name: 'r' } }),
    anOwner('Node', 'n1'),
    anOwner('Node', 'n2'),
  ],
  nodeLabels: { n1: { 'topology.kubernetes.io/zone': 'a' }, n2: { 'topology.kubernetes.io/zone': 'b', disk: 'ssd' } },
};
