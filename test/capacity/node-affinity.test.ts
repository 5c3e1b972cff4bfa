import { describe, expect, it } from 'vitest';
import { matchesSelection, matchesTerms } from '../../src/capacity/node-affinity.ts';
import { aNode, aPod } from '../support/objects.ts';

const n1 = aNode({ name: 'n1', labels: { zone: 'a', cores: '8', odd: 'x8' } });

describe('terms of node affinity', () => {
  it.each([
    ['zone', 'In', ['a', 'b'], true],
    ['zone', 'In', ['b'], false],
    ['none', 'In', ['a'], false],
    ['zone', 'NotIn', ['b'], true],
    ['zone', 'NotIn', ['a'], false],
    ['none', 'NotIn', ['a'], true],
    ['zone', 'Exists', undefined, true],
    ['none', 'Exists', undefined, false],
    ['none', 'DoesNotExist', undefined, true],
    ['zone', 'DoesNotExist', undefined, false],
    ['cores', 'Gt', ['7'], true],
    ['cores', 'Gt', ['8'], false],
    ['cores', 'Lt', ['9'], true],
    ['cores', 'Lt', ['8'], false],
    ['odd', 'Gt', ['1'], false],
    ['none', 'Lt', ['1'], false],
    ['zone', 'Like', ['a'], false],
  ])('%s %s %s: %s', (key, operator, values, expected) => {
    const requirement = values === undefined ? { key, operator } : { key, operator, values };
    expect(matchesTerms([{ matchExpressions: [requirement] }], n1)).toBe(expected);
  });

  it('selects nodes by name, and by no other field', () => {
    const byField = (key: string, operator: string, values: string[]): boolean =>
      matchesTerms([{ matchFields: [{ key, operator, values }] }], n1);
    expect(byField('metadata.name', 'In', ['n1'])).toBe(true);
    expect(byField('metadata.name', 'NotIn', ['n1'])).toBe(false);
    expect(byField('metadata.uid', 'NotIn', ['n1'])).toBe(false);
  });

  it('needs one of the terms, all requirements of a term, and at least one requirement', () => {
    const a = { key: 'zone', operator: 'In', values: ['a'] };
    const b = { key: 'zone', operator: 'In', values: ['b'] };
    expect(matchesTerms([{ matchExpressions: [b] }, { matchExpressions: [a] }], n1)).toBe(true);
    expect(matchesTerms([{ matchExpressions: [a, b] }], n1)).toBe(false);
    expect(matchesTerms([{}], n1)).toBe(false);
    expect(matchesTerms([], n1)).toBe(false);
  });

  it('wants the node selector as well', () => {
    const required = { nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'Exists' }] }] };
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
    const { scheduling } = aPod();
    expect(matchesSelection({ ...scheduling, affinity, nodeSelector: { cores: '8' } }, n1)).toBe(true);
    expect(matchesSelection({ ...scheduling, affinity, nodeSelector: { cores: '4' } }, n1)).toBe(false);
  });
});
