/** The kinds of objects that the playground knows. */
import type { ResourceType } from './objects.ts';

type Row = readonly [
  plural: string,
  kind: string,
  scope: 'namespaced' | 'cluster',
  shortNames: string,
  subresources: string,
  categories: string,
];

function types(group: string, version: string, rows: readonly Row[]): ResourceType[] {
  return rows.map(([plural, kind, scope, shortNames, subresources, categories]) => ({
    group,
    version,
    plural,
    singular: kind.toLowerCase(),
    kind,
    namespaced: scope === 'namespaced',
    shortNames: words(shortNames),
    subresources: words(subresources),
    categories: words(categories),
  }));
}

function words(text: string): readonly string[] {
  return text === '' ? [] : text.split(' ');
}

export const resourceTypes: readonly ResourceType[] = [
  ...types('', 'v1', [
    ['namespaces', 'Namespace', 'cluster', 'ns', 'status finalize', ''],
    ['nodes', 'Node', 'cluster', 'no', 'status proxy', ''],
    ['pods', 'Pod', 'namespaced', 'po', 'status eviction binding log', 'all'],
    ['services', 'Service', 'namespaced', 'svc', 'status', 'all'],
    ['endpoints', 'Endpoints', 'namespaced', 'ep', '', ''],
    ['configmaps', 'ConfigMap', 'namespaced', 'cm', '', ''],
    ['secrets', 'Secret', 'namespaced', '', '', ''],
    ['serviceaccounts', 'ServiceAccount', 'namespaced', 'sa', 'token', ''],
    ['events', 'Event', 'namespaced', 'ev', '', ''],
    ['persistentvolumes', 'PersistentVolume', 'cluster', 'pv', 'status', ''],
    ['persistentvolumeclaims', 'PersistentVolumeClaim', 'namespaced', 'pvc', 'status', ''],
    ['replicationcontrollers', 'ReplicationController', 'namespaced', 'rc', 'status scale', 'all'],
    ['resourcequotas', 'ResourceQuota', 'namespaced', 'quota', 'status', ''],
    ['limitranges', 'LimitRange', 'namespaced', 'limits', '', ''],
  ]),
  ...types('apps', 'v1', [
    ['deployments', 'Deployment', 'namespaced', 'deploy', 'status scale', 'all'],
    ['replicasets', 'ReplicaSet', 'namespaced', 'rs', 'status scale', 'all'],
    ['statefulsets', 'StatefulSet', 'namespaced', 'sts', 'status scale', 'all'],
    ['daemonsets', 'DaemonSet', 'namespaced', 'ds', 'status', 'all'],
    ['controllerrevisions', 'ControllerRevision', 'namespaced', '', '', ''],
  ]),
  ...types('batch', 'v1', [
    ['jobs', 'Job', 'namespaced', '', 'status', 'all'],
    ['cronjobs', 'CronJob', 'namespaced', 'cj', 'status', 'all'],
  ]),
  ...types('policy', 'v1', [['poddisruptionbudgets', 'PodDisruptionBudget', 'namespaced', 'pdb', 'status', '']]),
  ...types('coordination.k8s.io', 'v1', [['leases', 'Lease', 'namespaced', '', '', '']]),
  ...types('storage.k8s.io', 'v1', [
    ['volumeattachments', 'VolumeAttachment', 'cluster', '', 'status', ''],
    ['storageclasses', 'StorageClass', 'cluster', 'sc', '', ''],
    ['csinodes', 'CSINode', 'cluster', '', '', ''],
  ]),
  ...types('scheduling.k8s.io', 'v1', [['priorityclasses', 'PriorityClass', 'cluster', 'pc', '', '']]),
  ...types('certificates.k8s.io', 'v1', [
    ['certificatesigningrequests', 'CertificateSigningRequest', 'cluster', 'csr', 'status approval', ''],
  ]),
  ...types('rbac.authorization.k8s.io', 'v1', [
    ['roles', 'Role', 'namespaced', '', '', ''],
    ['rolebindings', 'RoleBinding', 'namespaced', '', '', ''],
    ['clusterroles', 'ClusterRole', 'cluster', '', '', ''],
    ['clusterrolebindings', 'ClusterRoleBinding', 'cluster', '', '', ''],
  ]),
  ...types('discovery.k8s.io', 'v1', [['endpointslices', 'EndpointSlice', 'namespaced', '', '', '']]),
];

const byPlural = new Map(resourceTypes.map((type) => [`${type.group}/${type.plural}`, type]));

/** The type of that group and plural, such as `'apps', 'deployments'`. Throws for one that is not in the table. */
export function typeOf(group: string, plural: string): ResourceType {
  const type = byPlural.get(`${group}/${plural}`);
  if (!type) throw new Error(`the playground has no ${plural} in the group ${JSON.stringify(group)}`);
  return type;
}

/** The type that a path or an object means, if the playground has it. */
export function findType(
  group: string,
  version: string,
  name: { plural?: string; kind?: string },
): ResourceType | undefined {
  return resourceTypes.find(
    (type) =>
      type.group === group && type.version === version && (type.plural === name.plural || type.kind === name.kind),
  );
}
