/** The cluster that `npm run bench:plan` plans in, as objects: pods with all that a kubelet and a server put into real ones. */
import type { KubeObject } from '../support/api.ts';

/** An object as a manifest, with the status that it has in a running cluster. */
export interface SeedObject extends KubeObject {
  readonly status?: unknown;
}

export interface Seed {
  /** In an order in which they can be created. */
  readonly nodes: readonly SeedObject[];
  readonly others: readonly SeedObject[];
  readonly pods: readonly SeedObject[];
}

export interface SeedSize {
  readonly nodes: number;
  /** Of them with the label `pool=old`. */
  readonly old: number;
  readonly namespaces: number;
  readonly workloadsInNamespace: number;
  readonly budgetsInNamespace: number;
  readonly replicas: number;
}

/** 1,000 nodes, 30,000 pods of 600 Deployments in 30 namespaces, 300 budgets; 50 nodes are to be drained. */
export const fullSize: SeedSize = {
  nodes: 1000,
  old: 50,
  namespaces: 30,
  workloadsInNamespace: 20,
  budgetsInNamespace: 10,
  replicas: 50,
};

const hash = '6d4cf56db6';
const since = '2026-11-01T08:00:00Z';

/** Makes all objects; the same ones every time. */
export function planSeed(size: SeedSize): Seed {
  const namespaces = Array.from({ length: size.namespaces }, (_, index) => `team-${String(index)}`);
  const names = Array.from({ length: size.workloadsInNamespace }, (_, index) => `service-${String(index)}`);
  const workloads = namespaces.flatMap((namespace) => names.map((name) => ({ namespace, name })));
  return {
    nodes: Array.from({ length: size.nodes }, (_, index) => node(index, index < size.old)),
    others: [
      ...namespaces.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })),
      ...workloads.flatMap((workload) => controllers(workload, size.replicas)),
      ...namespaces.flatMap((namespace) =>
        names.slice(0, size.budgetsInNamespace).map((name) => budget({ namespace, name }, size.replicas)),
      ),
    ],
    pods: workloads.flatMap((workload, which) =>
      Array.from({ length: size.replicas }, (_, replica) =>
        // 7919 is prime, so that each node gets as many pods as the next, and none two of the same run of numbers.
        pod(workload, replica, `node-${String(((which * size.replicas + replica) * 7919) % size.nodes)}`),
      ),
    ),
  };
}

interface Named {
  readonly namespace: string;
  readonly name: string;
}

function node(index: number, old: boolean): SeedObject {
  const name = `node-${String(index)}`;
  const room = { cpu: '32', memory: '128Gi', pods: '110', 'ephemeral-storage': '200Gi' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'topology.kubernetes.io/zone': `zone-${String(index % 3)}`,
        pool: old ? 'old' : 'new',
      },
    },
    status: {
      capacity: room,
      allocatable: room,
      conditions: [condition('Ready', 'KubeletReady'), condition('NetworkUnavailable', 'RouteCreated', 'False')],
      addresses: [{ type: 'InternalIP', address: `10.0.${String(index >> 8)}.${String(index & 255)}` }],
      images: Array.from({ length: 30 }, (_, image) => ({
        names: [`registry.example/team/image-${String(image)}:1.0.${String(index % 7)}`],
        sizeBytes: 100_000_000,
      })),
    },
  };
}

function condition(type: string, reason: string, status = 'True'): Record<string, string> {
  return { type, status, reason, message: reason, lastTransitionTime: since };
}

const uidOf = (kind: 'd' | 'e', { namespace, name }: Named): string => {
  const digits = (text: string): string => text.replace(/\D/g, '');
  return `${kind}0000000-0000-4000-8000-${digits(namespace).padStart(6, '0')}${digits(name).padStart(6, '0')}`;
};

function labelsOf({ name }: Named): Record<string, string> {
  return { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'shop', tier: 'backend' };
}

function ownedBy(kind: 'Deployment' | 'ReplicaSet', workload: Named): KubeObject['metadata']['ownerReferences'] {
  const name = kind === 'Deployment' ? workload.name : `${workload.name}-${hash}`;
  const uid = uidOf(kind === 'Deployment' ? 'd' : 'e', workload);
  return [{ apiVersion: 'apps/v1', kind, name, uid, controller: true }];
}

function controllers(workload: Named, replicas: number): SeedObject[] {
  const { namespace, name } = workload;
  const labels = labelsOf(workload);
  const withHash = { ...labels, 'pod-template-hash': hash };
  const status = { replicas, readyReplicas: replicas, availableReplicas: replicas, observedGeneration: 1 };
  const of = (matchLabels: Record<string, string>): object => ({
    replicas,
    selector: { matchLabels },
    template: { metadata: { labels: matchLabels }, spec: podSpec(workload) },
  });
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace, uid: uidOf('d', workload), labels },
      spec: of(labels),
      status: { ...status, updatedReplicas: replicas },
    } as SeedObject,
    {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${name}-${hash}`,
        namespace,
        uid: uidOf('e', workload),
        labels: withHash,
        ownerReferences: ownedBy('Deployment', workload),
      },
      spec: of(withHash),
      status: { ...status, fullyLabeledReplicas: replicas },
    } as SeedObject,
  ];
}

function budget(workload: Named, replicas: number): SeedObject {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { ...workload },
    spec: { maxUnavailable: 1, selector: { matchLabels: labelsOf(workload) } },
    status: {
      disruptionsAllowed: 1,
      currentHealthy: replicas,
      desiredHealthy: replicas - 1,
      expectedPods: replicas,
      observedGeneration: 1,
    },
  } as SeedObject;
}

function container({ name }: Named): object {
  const http = { path: '/healthz', port: 8080 };
  return {
    name: 'main',
    image: `registry.example/team/${name}:1.0.0`,
    ports: [{ name: 'http', containerPort: 8080 }],
    env: Array.from({ length: 8 }, (_, index) => ({
      name: `SETTING_${String(index)}`,
      value: `value-${String(index)}`,
    })),
    resources: { requests: { cpu: '250m', memory: '512Mi' }, limits: { memory: '512Mi' } },
    livenessProbe: { httpGet: http, periodSeconds: 10 },
    readinessProbe: { httpGet: http, periodSeconds: 5 },
    volumeMounts: [{ name: 'token', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', readOnly: true }],
  };
}

function podSpec(workload: Named): object {
  return {
    serviceAccountName: 'default',
    containers: [container(workload), { ...container(workload), name: 'proxy', ports: [], env: [] }],
    volumes: [
      { name: 'token', projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3607 } }] } },
    ],
    topologySpreadConstraints: [
      {
        maxSkew: 2,
        topologyKey: 'topology.kubernetes.io/zone',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: labelsOf(workload) },
      },
    ],
  };
}

function pod(workload: Named, replica: number, nodeName: string): SeedObject {
  const { namespace, name } = workload;
  const ip = `10.1.${String(replica)}.7`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${name}-${hash}-${String(replica).padStart(5, 'x')}`,
      namespace,
      labels: { ...labelsOf(workload), 'pod-template-hash': hash },
      annotations: {
        'prometheus.io/scrape': 'true',
        'prometheus.io/port': '8080',
        'kubectl.kubernetes.io/restartedAt': since,
        // What CNI plugins write.
        'k8s.v1.cni.cncf.io/network-status': JSON.stringify([
          { name: 'k8s-pod-network', interface: 'eth0', ips: [ip], mac: '0a:58:0a:80:02:2d', default: true, dns: {} },
        ]),
      },
      ownerReferences: ownedBy('ReplicaSet', workload),
    },
    spec: { nodeName, ...podSpec(workload) },
    status: {
      phase: 'Running',
      conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(
        (type) => ({
          type,
          status: 'True',
          lastTransitionTime: since,
        }),
      ),
      containerStatuses: ['main', 'proxy'].map((one) => ({
        name: one,
        ready: true,
        started: true,
        restartCount: 0,
        image: `registry.example/team/${name}:1.0.0`,
        imageID: `registry.example/team/${name}@sha256:${'ab'.repeat(32)}`,
        containerID: `containerd://${'cd'.repeat(32)}`,
        state: { running: { startedAt: since } },
      })),
      podIP: ip,
      hostIP: '10.0.0.7',
      startTime: since,
      qosClass: 'Burstable',
    },
  } as SeedObject;
}
