/** What a new object meets before it is stored: its namespace, its priority class, its cluster address. */
import type { DraftObject, KubeObject, ResourceType } from './objects.ts';
import type { Store } from './ports.ts';
import { forbidden, notFound } from './registry-errors.ts';
import { typeOf } from './resources.ts';

const namespaces = typeOf('', 'namespaces');
const priorityClasses = typeOf('scheduling.k8s.io', 'priorityclasses');
const services = typeOf('', 'services');

// Made by every API server for itself (pkg/apis/scheduling/types.go).
const systemClasses: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
};

/** Refuses what would go into a namespace that is missing or going (plugin NamespaceLifecycle). */
export function checkNamespace(store: Store, type: ResourceType, namespace: string, name: string): void {
  const found = store.get(namespaces, undefined, namespace);
  if (!found) throw notFound(namespaces, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  throw forbidden(type, name, `unable to create new content in namespace ${namespace} because it is being terminated`, [
    {
      reason: 'NamespaceTerminating',
      message: `namespace ${namespace} is being terminated`,
      field: 'metadata.namespace',
    },
  ]);
}

export interface Priority {
  readonly value: number;
  readonly preemptionPolicy: string;
}

/** The priority that a pod's class gives it, or the cluster's default one (plugin Priority). */
export function priorityOf(store: Store, type: ResourceType, pod: DraftObject, podName: string): Priority {
  const name = ((pod['spec'] ?? {}) as { priorityClassName?: string }).priorityClassName;
  const found = name
    ? store.get(priorityClasses, undefined, name)
    : store.list(priorityClasses).find((candidate) => candidate['globalDefault'] === true);
  if (found) {
    const policy = (found['preemptionPolicy'] as string | undefined) ?? 'PreemptLowerPriority';
    return { value: Number(found['value'] ?? 0), preemptionPolicy: policy };
  }
  const value = name ? systemClasses[name] : 0;
  if (value === undefined) throw forbidden(type, podName, `no PriorityClass with name ${name ?? ''} was found`);
  return { value, preemptionPolicy: 'PreemptLowerPriority' };
}

/** The first free address of 10.96.0.0/16, as a real cluster's services have. */
export function freeClusterIp(store: Store): string {
  const taken = new Set(store.list(services).map((service) => clusterIpOf(service)));
  for (let at = 1; at < 65_535; at += 1) {
    const address = `10.96.${String(at >> 8)}.${String(at & 255)}`;
    if (!taken.has(address)) return address;
  }
  throw new RangeError('all cluster addresses are taken');
}

function clusterIpOf(service: KubeObject): string | undefined {
  return ((service['spec'] ?? {}) as { clusterIP?: string }).clusterIP;
}
