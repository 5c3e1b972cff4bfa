/** Which lists a strategic merge patch merges, by which field (the patchMergeKey tags of k8s.io/api). */
import type { ResourceType } from '../../objects.ts';

/** The field that tells elements apart, `scalars` for lists that are sets; undefined: the list is replaced. */
export type MergeKey = { readonly field: string } | 'scalars' | undefined;

const byName = { field: 'name' };
const byType = { field: 'type' };
const byIp = { field: 'ip' };

// Fields that have the same tag wherever they stand.
const anywhere: Readonly<Record<string, MergeKey>> = {
  finalizers: 'scalars',
  ownerReferences: { field: 'uid' },
  containers: byName,
  initContainers: byName,
  ephemeralContainers: byName,
  volumes: byName,
  imagePullSecrets: byName,
  schedulingGates: byName,
  resourceClaims: byName,
  env: byName,
  volumeMounts: { field: 'mountPath' },
  volumeDevices: { field: 'devicePath' },
  hostAliases: byIp,
  hostIPs: byIp,
  podIPs: byIp,
  topologySpreadConstraints: { field: 'topologyKey' },
  podCIDRs: 'scalars',
};

const untaggedConditions = new Set(['CertificateSigningRequest']);

/** How the list at this path of an object of this kind is merged. `path` is the names of the fields down to it. */
export function mergeKeyOf(type: ResourceType, path: readonly string[]): MergeKey {
  const field = path.at(-1) ?? '';
  const top = path[0];
  if (field === 'finalizers' || field === 'ownerReferences')
    return path.at(-2) === 'metadata' ? anywhere[field] : undefined;
  switch (field) {
    case 'conditions':
      return untaggedConditions.has(type.kind) ? undefined : byType;
    case 'ports':
      return type.kind === 'Service' ? { field: 'port' } : { field: 'containerPort' };
    case 'addresses':
      return type.kind === 'Node' ? byType : undefined;
    case 'secrets':
      return type.kind === 'ServiceAccount' ? byName : undefined;
    case 'drivers':
      return type.kind === 'CSINode' ? byName : undefined;
    default:
      return top === 'data' ? undefined : anywhere[field];
  }
}
