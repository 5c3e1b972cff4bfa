/** What every cluster has before anybody asks for it. */
import type { DraftObject } from './objects.ts';
import type { Registry } from './ports.ts';
import { typeOf } from './resources.ts';

/** As kube-apiserver makes them at its start (pkg/controlplane/controller/systemnamespaces). */
const namespaces = ['default', 'kube-node-lease', 'kube-public', 'kube-system'];

/** As pkg/apis/scheduling/v1 has them. */
const priorityClasses: readonly DraftObject[] = [
  { metadata: { name: 'system-node-critical' }, value: 2_000_001_000, description: 'For pods that their node needs.' },
  {
    metadata: { name: 'system-cluster-critical' },
    value: 2_000_000_000,
    description: 'For pods that the cluster needs.',
  },
];

/** Creates namespaces, priority classes and the service that the API server is for its pods. */
export function seedSystem(registry: Registry): void {
  for (const name of namespaces) {
    registry.create(typeOf('', 'namespaces'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  for (const draft of priorityClasses) {
    const head = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass' };
    registry.create(typeOf('scheduling.k8s.io', 'priorityclasses'), { ...head, ...draft });
  }
  registry.create(
    typeOf('', 'services'),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kubernetes', labels: { component: 'apiserver', provider: 'kubernetes' } },
      spec: {
        type: 'ClusterIP',
        clusterIP: '10.96.0.1',
        clusterIPs: ['10.96.0.1'],
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
        internalTrafficPolicy: 'Cluster',
        sessionAffinity: 'None',
        ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }],
      },
    },
    { namespace: 'default' },
  );
}
