/** Completes objects as the API server does: defaults of every kind, and the status that a new object starts with. */
import { defaultPodSpec, qosClassOf, tolerateFailures, type PodSpec } from './defaults-pod.ts';
import { canonicalAmounts } from './defaults-quantity.ts';
import {
  defaultClaim,
  defaultCronJob,
  defaultDaemonSet,
  defaultDeployment,
  defaultJob,
  defaultReplicaSet,
  defaultReplicationController,
  defaultStatefulSet,
  type Fields,
} from './defaults-workload.ts';
import type { KubeObject, ResourceType } from './objects.ts';

function specOf(object: KubeObject): Fields {
  return (object['spec'] ?? {}) as Fields;
}

/** Completes what an object of this kind says; used when it is created and each time it is changed. */
export function withDefaults(type: ResourceType, object: KubeObject): KubeObject {
  const spec = specOf(object);
  switch (type.kind) {
    case 'Pod':
      return { ...object, spec: tolerateFailures(defaultPodSpec(spec, true)) };
    case 'Node':
      return { ...object, spec };
    case 'Deployment':
      return { ...object, spec: defaultDeployment(spec) };
    case 'ReplicaSet':
      return { ...object, spec: defaultReplicaSet(spec) };
    case 'ReplicationController':
      return { ...labelledByTemplate(object), spec: defaultReplicationController(spec) };
    case 'StatefulSet':
      return { ...object, spec: defaultStatefulSet(spec) };
    case 'DaemonSet':
      return { ...object, spec: defaultDaemonSet(spec) };
    case 'Job':
      return labelledByTemplate({ ...object, spec: defaultJob(spec, object.metadata) });
    case 'CronJob':
      return { ...object, spec: defaultCronJob(spec) };
    case 'Service':
      return { ...object, spec: defaultService(spec) };
    case 'PersistentVolumeClaim':
      return { ...object, spec: defaultClaim(spec) };
    case 'PersistentVolume':
      return { ...object, spec: defaultVolumeSpec(spec) };
    case 'Secret':
      return defaultSecret(object);
    case 'StorageClass':
      return {
        ...object,
        reclaimPolicy: object['reclaimPolicy'] ?? 'Delete',
        volumeBindingMode: object['volumeBindingMode'] ?? 'Immediate',
      };
    case 'PriorityClass':
      return { ...object, preemptionPolicy: object['preemptionPolicy'] ?? 'PreemptLowerPriority' };
    case 'Event':
      return defaultEvent(object);
    default:
      return object;
  }
}

/** ReplicationControllers and jobs without labels of their own take their template's. */
function labelledByTemplate(object: KubeObject): KubeObject {
  const template = specOf(object)['template'] as { metadata?: { labels?: Record<string, string> } } | undefined;
  const labels = template?.metadata?.labels;
  if (object.metadata.labels || !labels || Object.keys(labels).length === 0) return object;
  return { ...object, metadata: { ...object.metadata, labels } };
}

function defaultService(spec: Fields): Fields {
  const type = (spec['type'] as string | undefined) ?? 'ClusterIP';
  const ports = spec['ports'] as readonly Fields[] | undefined;
  return {
    ...spec,
    ...(ports ? { ports: ports.map((port) => ({ protocol: 'TCP', targetPort: port['port'], ...port })) } : {}),
    type,
    sessionAffinity: spec['sessionAffinity'] ?? 'None',
    ...(type === 'ExternalName'
      ? {}
      : {
          ipFamilies: spec['ipFamilies'] ?? ['IPv4'],
          ipFamilyPolicy: spec['ipFamilyPolicy'] ?? 'SingleStack',
          internalTrafficPolicy: spec['internalTrafficPolicy'] ?? 'Cluster',
        }),
  };
}

function defaultVolumeSpec(spec: Fields): Fields {
  const hostPath = spec['hostPath'] as Fields | undefined;
  return {
    persistentVolumeReclaimPolicy: 'Retain',
    volumeMode: 'Filesystem',
    ...spec,
    ...(spec['capacity'] ? { capacity: canonicalAmounts(spec['capacity']) } : {}),
    ...(hostPath ? { hostPath: { type: '', ...hostPath } } : {}),
  };
}

function defaultSecret(object: KubeObject): KubeObject {
  const { stringData, ...rest } = object;
  const encoded = Object.entries((stringData ?? {}) as Record<string, string>).map(([key, value]) => [
    key,
    Buffer.from(value).toString('base64'),
  ]);
  const data = { ...(rest['data'] as Fields | undefined), ...(Object.fromEntries(encoded) as Fields) };
  return { ...rest, type: rest['type'] ?? 'Opaque', ...(Object.keys(data).length > 0 ? { data } : {}) };
}

function defaultEvent(object: KubeObject): KubeObject {
  return {
    ...object,
    source: object['source'] ?? {},
    firstTimestamp: object['firstTimestamp'] ?? null,
    lastTimestamp: object['lastTimestamp'] ?? null,
    eventTime: object['eventTime'] ?? null,
    reportingComponent: object['reportingComponent'] ?? '',
    reportingInstance: object['reportingInstance'] ?? '',
  };
}

/** What admission adds once, when an object is created. `priority` is the class's, or the default one. */
export function admitted(
  type: ResourceType,
  object: KubeObject,
  world: {
    readonly priority: () => { readonly value: number; readonly preemptionPolicy: string };
    readonly clusterIp: () => string;
  },
): KubeObject {
  switch (type.kind) {
    case 'Pod': {
      const { value, preemptionPolicy } = world.priority();
      return { ...object, spec: { ...specOf(object), priority: value, preemptionPolicy } };
    }
    case 'Node':
      return tainted(object);
    case 'Namespace':
      return {
        ...object,
        metadata: {
          ...object.metadata,
          labels: { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name },
        },
        spec: { ...specOf(object), finalizers: specOf(object)['finalizers'] ?? ['kubernetes'] },
      };
    case 'DaemonSet': {
      const annotations = { 'deprecated.daemonset.template.generation': '1', ...object.metadata.annotations };
      return { ...object, metadata: { ...object.metadata, annotations } };
    }
    case 'Service': {
      const spec = specOf(object);
      if (spec['type'] === 'ExternalName') return object;
      const clusterIP = (spec['clusterIP'] as string | undefined) ?? world.clusterIp();
      return { ...object, spec: { ...spec, clusterIP, clusterIPs: [clusterIP] } };
    }
    default:
      return object;
  }
}

/** A new node takes no pods until somebody has seen it ready (plugin TaintNodesByCondition). */
function tainted(node: KubeObject): KubeObject {
  const spec = specOf(node);
  const taints = (spec['taints'] ?? []) as readonly { key: string; effect: string }[];
  const key = 'node.kubernetes.io/not-ready';
  if (taints.some((taint) => taint.key === key && taint.effect === 'NoSchedule')) return node;
  return { ...node, spec: { ...spec, taints: [...taints, { key, effect: 'NoSchedule' }] } };
}

const zeroNodeInfo = Object.fromEntries(
  'machineID systemUUID bootID kernelVersion osImage containerRuntimeVersion kubeletVersion kubeProxyVersion operatingSystem architecture'
    .split(' ')
    .map((field) => [field, '']),
);

/** The status of a new object; undefined for kinds that have none. A node's own is kept: its kubelet has sent it. */
export function initialStatus(type: ResourceType, object: KubeObject): unknown {
  switch (type.kind) {
    case 'Pod':
      return { phase: 'Pending', qosClass: qosClassOf(specOf(object) as unknown as PodSpec) };
    case 'Node':
      return completeNodeStatus((object['status'] ?? {}) as Fields);
    case 'Namespace':
      return { phase: 'Active' };
    case 'Service':
      return { loadBalancer: {} };
    case 'ReplicaSet':
    case 'ReplicationController':
      return { replicas: 0 };
    case 'StatefulSet':
      return { replicas: 0, availableReplicas: 0 };
    case 'DaemonSet':
      return { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
    case 'PodDisruptionBudget':
      return { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
    case 'PersistentVolume':
      return { phase: 'Pending', lastPhaseTransitionTime: object.metadata.creationTimestamp };
    case 'PersistentVolumeClaim':
      return { phase: 'Pending' };
    case 'VolumeAttachment':
      return { attached: false };
    default:
      return type.subresources.includes('status') ? {} : undefined;
  }
}

function completeNodeStatus(status: Fields): Fields {
  return {
    ...completeConditions('Node', status),
    ...(status['capacity'] ? { capacity: canonicalAmounts(status['capacity']) } : {}),
    ...(status['allocatable'] ? { allocatable: canonicalAmounts(status['allocatable']) } : {}),
    daemonEndpoints: status['daemonEndpoints'] ?? { kubeletEndpoint: { Port: 0 } },
    nodeInfo: { ...zeroNodeInfo, ...(status['nodeInfo'] as Fields | undefined) },
  };
}

/** Completes a status that a client sends: times of conditions that are not set are written as null. */
export function completeStatus(type: ResourceType, status: unknown): unknown {
  if (type.kind === 'Node') return completeNodeStatus((status ?? {}) as Fields);
  return type.kind === 'Pod' ? completeConditions('Pod', (status ?? {}) as Fields) : status;
}

function completeConditions(kind: 'Node' | 'Pod', status: Fields): Fields {
  const conditions = status['conditions'] as readonly Fields[] | undefined;
  if (!conditions) return status;
  const checked = kind === 'Node' ? 'lastHeartbeatTime' : 'lastProbeTime';
  const complete = conditions.map((condition) =>
    condition[checked] === undefined || condition['lastTransitionTime'] === undefined
      ? { [checked]: null, lastTransitionTime: null, ...condition }
      : condition,
  );
  return { ...status, conditions: complete };
}
