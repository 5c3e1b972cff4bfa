/** What is asked of the server: no more pods than needed, in no more watches than needed. */
import { describe, expect, it } from 'vitest';
import type { Claim } from '../../../src/logs/selection/claim.ts';
import { intersection } from '../../../src/logs/selection/scope.ts';
import { planWatches, type WatchPlanInput } from '../../../src/logs/selection/watches.ts';

function aClaim(parts: Partial<Claim> = {}): Claim {
  return {
    namespaces: undefined,
    labelSelector: undefined,
    fieldSelector: undefined,
    test: () => true,
    container: undefined,
    ...parts,
  };
}

const node = (name: string): Claim => aClaim({ fieldSelector: `spec.nodeName=${name}` });
const inShop = (labelSelector: string | undefined): Claim => aClaim({ namespaces: ['shop'], labelSelector });
const all = { kind: 'all', ignored: new Set<string>() } as const;
const named = (...names: string[]) => ({ kind: 'named', names }) as const;
const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `x${i}`);

function plan(parts: Partial<WatchPlanInput>): readonly string[] {
  const input = { groups: [], scope: all, labelSelector: undefined, fieldSelector: undefined, ...parts };
  return planWatches(input).map(
    ({ namespace, labelSelector, fieldSelector }) =>
      `${namespace ?? '*'}|${labelSelector ?? ''}|${fieldSelector ?? ''}`,
  );
}

describe('planWatches', () => {
  it.each<[string, Partial<WatchPlanInput>, readonly string[]]>([
    ['everything', {}, ['*||']],
    ['one watch for each namespace', { scope: named('a', 'b'), labelSelector: 'x=y' }, ['a|x=y|', 'b|x=y|']],
    [
      'ignored namespaces are left out by the server',
      { scope: { kind: 'all', ignored: new Set(['k', 'l']) } },
      ['*||metadata.namespace!=k,metadata.namespace!=l'],
    ],
    [
      'a single owner narrows all there is',
      { groups: [[inShop('app=web')]], labelSelector: 'x=y' },
      ['shop|x=y,app=web|'],
    ],
    ['several owners share one watch', { groups: [[inShop('app=a'), inShop('app=b')]] }, ['shop||']],
    ['owners of the same labels', { groups: [[inShop('app=a'), inShop('app=a')]] }, ['shop|app=a|']],
    ['one that says nothing of labels', { groups: [[inShop('app=a'), inShop(undefined)]] }, ['shop||']],
    ['different flags add up', { groups: [[inShop('app=a')], [inShop('tier=b')]] }, ['shop|app=a,tier=b|']],
    [
      'in each namespace what is said there',
      { groups: [[inShop('app=a'), aClaim({ namespaces: ['b'], labelSelector: 'app=b' })]] },
      ['shop|app=a|', 'b|app=b|'],
    ],
    ['no namespace in common', { groups: [[inShop('app=a')], [aClaim({ namespaces: ['b'] })]] }, []],
    ['nothing is left of a group', { groups: [[]] }, []],
    [
      'an ignored namespace',
      { scope: { kind: 'all', ignored: new Set(['shop']) }, groups: [[inShop('a=b'), aClaim({ namespaces: ['b'] })]] },
      ['b||'],
    ],
    [
      'nodes of the whole cluster',
      { groups: [[node('n1'), node('n2')]] },
      ['*||spec.nodeName=n1', '*||spec.nodeName=n2'],
    ],
    [
      'one node',
      { groups: [[node('n1')]], fieldSelector: 'status.phase=Running' },
      ['*||status.phase=Running,spec.nodeName=n1'],
    ],
    [
      'nodes in namespaces',
      { scope: named('a', 'b'), groups: [[node('n1'), node('n2')]] },
      ['a||spec.nodeName=n1', 'a||spec.nodeName=n2', 'b||spec.nodeName=n1', 'b||spec.nodeName=n2'],
    ],
    [
      'nodes twice: one list of them is enough',
      {
        groups: [
          [node('n1'), node('n2')],
          [node('n2'), node('n3')],
        ],
      },
      ['*||spec.nodeName=n1', '*||spec.nodeName=n2'],
    ],
    ['nodes or a pod', { groups: [[node('n1'), aClaim({ fieldSelector: 'metadata.name=p' })]] }, ['*||']],
    ['too many nodes for a watch each', { groups: [many(51).map(node)] }, ['*||']],
  ])('%s', (_, input, expected) => expect(plan(input)).toEqual(expected));

  it('watches many namespaces as one cluster only where all of them were asked for', () => {
    const groups = [many(11).map((name) => aClaim({ namespaces: [name], labelSelector: 'app=web' }))];
    expect(plan({ groups })).toEqual(['*|app=web|']);
    expect(plan({ groups: [groups[0]?.slice(1) ?? []] })).toHaveLength(10);
    expect(plan({ groups, scope: named(...many(11)) })).toHaveLength(11);
  });
});

it('intersects what is given', () => {
  expect(intersection([])).toBeUndefined();
  expect(intersection([undefined])).toBeUndefined();
  expect(intersection([['a', 'b', 'a'], undefined, ['b', 'a']])).toEqual(['a', 'b']);
  expect(intersection([['a'], []])).toEqual([]);
});
