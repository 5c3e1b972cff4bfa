/** The pods of a StatefulSet: their names, ordinals, claims and volumes (statefulset/stateful_set_utils.go). */
import type { DraftObject } from '../objects.ts';
import type { Pod, PodTemplate, StatefulSet } from './models.ts';
import type { PodExtras } from './pod-control.ts';

export const revisionLabel = 'controller-revision-hash';
const nameLabel = 'statefulset.kubernetes.io/pod-name';
const indexLabel = 'apps.kubernetes.io/pod-index';

/** The number at the end of the pod's name; undefined when the name is not one of this set's. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const prefix = `${set.metadata.name}-`;
  if (!pod.metadata.name.startsWith(prefix)) return undefined;
  const rest = pod.metadata.name.slice(prefix.length);
  return /^(?:0|[1-9]\d*)$/.test(rest) ? Number(rest) : undefined;
}

/** First ordinal of the set, and the first after its last. */
export function ordinalRange({ spec }: StatefulSet): { readonly start: number; readonly end: number } {
  const start = spec.ordinals?.start ?? 0;
  return { start, end: start + (spec.replicas ?? 1) };
}

export function claimName(set: StatefulSet, template: string, ordinal: number): string {
  return `${template}-${set.metadata.name}-${String(ordinal)}`;
}

/** What is special about the pod of this ordinal, of this revision. */
export function podExtras(set: StatefulSet, template: PodTemplate, ordinal: number, revision: string): PodExtras {
  const name = `${set.metadata.name}-${String(ordinal)}`;
  const claims = set.spec.volumeClaimTemplates ?? [];
  const volumes = [
    ...claims.map(({ metadata }) => ({
      name: metadata.name,
      persistentVolumeClaim: { claimName: claimName(set, metadata.name, ordinal) },
    })),
    ...(template.spec.volumes ?? []).filter((volume) => !claims.some(({ metadata }) => metadata.name === volume.name)),
  ];
  return {
    name,
    labels: { [nameLabel]: name, [indexLabel]: String(ordinal), [revisionLabel]: revision },
    spec: {
      hostname: name,
      ...(set.spec.serviceName ? { subdomain: set.spec.serviceName } : {}),
      ...(volumes.length > 0 ? { volumes } : {}),
    },
  };
}

/** The claims that the pod of this ordinal mounts. */
export function claimDrafts(set: StatefulSet, ordinal: number): readonly DraftObject[] {
  return (set.spec.volumeClaimTemplates ?? []).map(({ metadata, spec }) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: claimName(set, metadata.name, ordinal),
      ...(set.metadata.namespace === undefined ? {} : { namespace: set.metadata.namespace }),
      labels: { ...metadata.labels, ...set.spec.selector.matchLabels },
      ...(metadata.annotations ? { annotations: metadata.annotations } : {}),
    },
    spec,
  }));
}
