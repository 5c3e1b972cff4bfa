/** The `scale` subresource: replicas and selector of a workload, as an object of autoscaling/v1. */
import { notFound, invalid, invalidValue } from './registry-errors.ts';
import { selectorText } from './selector-text.ts';
import type { DraftObject, KubeObject, ResourceType } from './objects.ts';

interface ScalableSpec {
  readonly replicas?: number;
  readonly selector?: unknown;
}

/** The Scale of a workload. */
export function scaleOf(type: ResourceType, object: KubeObject): KubeObject {
  const spec = (object['spec'] ?? {}) as ScalableSpec;
  const status = (object['status'] ?? {}) as { replicas?: number };
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const { replicas = 0 } = spec;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: status.replicas ?? 0, selector: selectorText(type, spec.selector) },
  };
}

/** The workload with the replicas that a Scale asks for. */
export function withScale(type: ResourceType, object: KubeObject, scale: DraftObject): KubeObject {
  if (!type.subresources.includes('scale')) throw notFound(type, `${object.metadata.name}/scale`);
  const asked = ((scale['spec'] ?? {}) as ScalableSpec).replicas ?? 0;
  if (asked < 0) {
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, object.metadata.name, [
      invalidValue('spec.replicas', asked, 'must be greater than or equal to 0'),
    ]);
  }
  return { ...object, spec: { ...(object['spec'] as object | undefined), replicas: asked } };
}
