/** Workloads whose pods stern finds by their labels and kmaint by their owners, with nodes for those who look for them. */

export const ownedNamespace = 'owned';

/** The name of all of them. */
const name = 'multi';

const kinds = [
  { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments' },
  { apiVersion: 'apps/v1', kind: 'StatefulSet', plural: 'statefulsets' },
  { apiVersion: 'apps/v1', kind: 'DaemonSet', plural: 'daemonsets' },
  { apiVersion: 'apps/v1', kind: 'ReplicaSet', plural: 'replicasets' },
  { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs' },
  { apiVersion: 'v1', kind: 'Service', plural: 'services' },
] as const;
type Kind = (typeof kinds)[number]['kind'];

const labelsOf = (kind: Kind): Readonly<Record<string, string>> => ({
  of: kind.toLowerCase(),
  ...(kind === 'Deployment' && { 'pod-template-hash': '5c9f8' }),
});

const ofDeployment = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${name}-5c9f8`, uid: 'uid-multi-5c9f8' };

/** One of each, controlled by it; a Deployment's by its ReplicaSet. */
export const ownedPods = kinds
  .filter(({ kind }) => kind !== 'Service')
  .map(({ apiVersion, kind, plural }) => ({
    name: `${kind.toLowerCase()}-pod`,
    labels: labelsOf(kind),
    owner: kind === 'Deployment' ? ofDeployment : { apiVersion, kind, name, uid: `uid-${plural}` },
  }));

function workload({ apiVersion, kind, plural }: (typeof kinds)[number]): readonly [string, object] {
  const labels = { of: kind.toLowerCase() };
  // The Service is in front of the pods of the StatefulSet.
  const selector = kind === 'Service' ? labelsOf('StatefulSet') : { matchLabels: labels };
  const template = { metadata: { labels }, spec: { containers: [] } };
  return [
    `${pathOf(apiVersion)}/${plural}/${name}`,
    {
      apiVersion,
      kind,
      metadata: { namespace: ownedNamespace, name, uid: `uid-${plural}`, resourceVersion: '1' },
      spec: { selector, ...(kind !== 'Service' && { template }) },
    },
  ];
}

function pathOf(apiVersion: string): string {
  return `/${apiVersion === 'v1' ? 'api' : 'apis'}/${apiVersion}/namespaces/${ownedNamespace}`;
}

const replicaSet = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: {
    namespace: ownedNamespace,
    name: ofDeployment.name,
    uid: ofDeployment.uid,
    resourceVersion: '1',
    labels: labelsOf('Deployment'),
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name, uid: 'uid-deployments', controller: true }],
  },
  spec: { selector: { matchLabels: labelsOf('Deployment') } },
};

const listOf = (apiVersion: string, kind: string, items: readonly object[]): object => ({
  apiVersion,
  kind: `${kind}List`,
  metadata: { resourceVersion: '1' },
  items,
});

/** By path. */
export const workloads: Readonly<Record<string, object>> = {
  ...Object.fromEntries(kinds.map(workload)),
  [`${pathOf('apps/v1')}/replicasets`]: listOf('apps/v1', 'ReplicaSet', [replicaSet]),
};

const nodeObjects = ['node-1', 'node-2'].map((node) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: node, uid: `uid-${node}`, resourceVersion: '1', labels: {} },
  status: { conditions: [{ type: 'Ready', status: 'True' }] },
}));

/** By path. */
export const nodes: Readonly<Record<string, object>> = {
  '/api/v1/nodes': listOf('v1', 'Node', nodeObjects),
  ...Object.fromEntries(nodeObjects.map((node) => [`/api/v1/nodes/${node.metadata.name}`, node])),
};
