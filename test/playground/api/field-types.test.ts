// What does not fit into the API's Go structs. The sentences are those of a 1.36.3 server.
import { describe, expect, it } from 'vitest';
import { misfit } from '../../../src/playground/api/field-types.ts';

describe('misfit', () => {
  it.each([
    ['labels', 'none', 'string into Go struct field ObjectMeta.metadata.labels of type map[string]string'],
    ['labels', ['a'], 'array into Go struct field ObjectMeta.metadata.labels of type map[string]string'],
    ['labels', { a: 1, b: [] }, 'number into Go struct field ObjectMeta.metadata.labels of type string'],
    ['annotations', { a: {} }, 'object into Go struct field ObjectMeta.metadata.annotations of type string'],
    ['finalizers', {}, 'object into Go struct field ObjectMeta.metadata.finalizers of type []string'],
    ['finalizers', [true], 'bool into Go struct field ObjectMeta.metadata.finalizers of type string'],
    ['uid', 1, 'number into Go struct field ObjectMeta.metadata.uid of type types.UID'],
    ['generation', 1.5, 'number 1.5 into Go struct field ObjectMeta.metadata.generation of type int64'],
    ['creationTimestamp', 1, 'number into Go struct field ObjectMeta.metadata.creationTimestamp of type string'],
    [
      'ownerReferences',
      ['x'],
      'string into Go struct field ObjectMeta.metadata.ownerReferences of type v1.OwnerReference',
    ],
    [
      'ownerReferences',
      [{ name: 'a', controller: 'x' }],
      'string into Go struct field OwnerReference.metadata.ownerReferences.controller of type bool',
    ],
  ])('metadata.%s: %j', (field, value, why) => {
    expect(misfit({ kind: 'ConfigMap' }, { metadata: { name: 'z', [field]: value } })).toBe(
      `json: cannot unmarshal ${why}`,
    );
  });

  it.each([
    ['Pod', { spec: 'x' }, 'string into Go struct field Pod.spec of type v1.PodSpec'],
    [
      'Pod',
      { spec: { containers: [{ name: 1 }] } },
      'number into Go struct field Container.spec.containers.name of type string',
    ],
    [
      'Deployment',
      { spec: { replicas: 'x' } },
      'string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'PodDisruptionBudget',
      { spec: { minAvailable: true } },
      'bool into Go struct field PodDisruptionBudgetSpec.spec.minAvailable of type int32',
    ],
    ['Node', { spec: { taints: {} } }, 'object into Go struct field NodeSpec.spec.taints of type []v1.Taint'],
    ['ConfigMap', { metadata: 'x' }, 'string into Go struct field ConfigMap.metadata of type v1.ObjectMeta'],
    ['ConfigMap', { data: { a: 1 } }, 'number into Go struct field ConfigMap.data of type string'],
  ])('%s %j', (kind, object, why) => {
    expect(misfit({ kind }, object)).toBe(`json: cannot unmarshal ${why}`);
  });

  it('takes what fits, nulls, and fields that it does not know', () => {
    const metadata = { name: 'a', labels: { a: 'b' }, finalizers: null, ownerReferences: [], more: 1 };
    expect(misfit({ kind: 'PodDisruptionBudget' }, { metadata, spec: { minAvailable: '50%' } })).toBeUndefined();
    expect(misfit({ kind: 'ConfigMap' }, { metadata: null, spec: 1 })).toBeUndefined();
    expect(misfit({ kind: 'Lease' }, { metadata, spec: 'x' })).toBeUndefined();
  });
});
