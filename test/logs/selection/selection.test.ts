/** Flags become a selection, and everything that is wrong with them is told at once. */
import { describe, expect, it } from 'vitest';
import { compiled, problemsOf } from './pods.ts';

describe('compileSelection', () => {
  it('puts queries of any into one group, and kinds and nodes of all into their own', () => {
    const { groups } = compiled({
      query: ['web', 'deploy/api,db'],
      kinds: { Service: ['a', 'b'], Job: [], Pod: ['x/p'] },
      nodes: ['n1', 'disk=ssd'],
      zones: ['a', 'b'],
      os: ['linux'],
    });
    const inWords = groups.map((group) =>
      group.map((one) =>
        one.kind === 'owners' ? `${one.owner} ${one.name}` : one.kind === 'nodes' ? one.labelSelector : 'pods',
      ),
    );
    expect(inWords).toEqual([
      ['pods', 'pods', 'Deployment api'],
      ['Service a', 'Service b'],
      ['pods'],
      ['Node n1', 'disk=ssd'],
      ['topology.kubernetes.io/zone in (a,b),kubernetes.io/os in (linux)'],
    ]);
  });

  it.each([
    [{}, { kind: 'context' }],
    [{ namespaces: ['a', 'b', 'a'] }, { kind: 'named', names: ['a', 'b'], current: false }],
    [{ namespaces: [''] }, { kind: 'context' }],
    [{ namespaces: ['a', ' b', ''] }, { kind: 'named', names: ['a', 'b'], current: false }],
    [{ currentNamespace: true }, { kind: 'named', names: [], current: true }],
    [
      { allNamespaces: true, namespaces: ['a'] },
      { kind: 'all', ignored: new Set() },
    ],
    [
      { allNamespaces: true, ignoreNamespaces: ['kube-system'] },
      { kind: 'all', ignored: new Set(['kube-system']) },
    ],
  ] as const)('namespaces of %j', (options, expected) => expect(compiled(options).namespaces).toEqual(expected));

  it('joins label selectors, and takes empty ones for none', () => {
    expect(compiled({ selector: ['a=b', '', 'c in (d,e)'] }).labelSelector).toBe('a=b,c in (d,e)');
    expect(compiled({ selector: [' '], fieldSelector: ' ' })).toMatchObject({
      labelSelector: undefined,
      fieldSelector: undefined,
      everyPod: true,
    });
  });

  it.each([
    [{}, true],
    [{ namespaces: ['a'], container: 'x', excludePods: ['y'] }, true],
    [{ query: ['web'] }, false],
    [{ selector: ['a=b'] }, false],
    [{ fieldSelector: 'status.phase=Running' }, false],
    [{ nodes: ['n1'] }, false],
  ])('every pod is meant by %j: %j', (options, expected) => expect(compiled(options).everyPod).toBe(expected));

  it('tells everything that is wrong at once', () => {
    const problems = problemsOf({
      query: ['(', 'foo/bar'],
      selector: ['a b'],
      ignoreLabels: ['=x'],
      kinds: { Service: ['a/b/c'], CronJob: [''] },
      nodes: ['N1', 'a=b c'],
      zones: ['x)'],
      excludePods: ['['],
      container: ')',
      excludeContainers: ['ok', '(?'],
      condition: 'fine',
    });
    expect(problems.map((text) => text.slice(0, 24))).toEqual([
      expect.stringContaining('Invalid regular'),
      expect.stringContaining('"foo" is no kind'),
      expect.stringContaining('--svc: "a/b/c"'),
      expect.stringContaining('--cj: ""'),
      expect.stringContaining('--node: "N1"'),
      expect.stringContaining('--node: "a=b c"'),
      expect.stringContaining('place of a node'),
      expect.stringContaining('--selector: "a b"'),
      expect.stringContaining('--ignore: "=x"'),
      expect.stringContaining('--exclude-pod: '),
      expect.stringContaining('--condition: "fine"'),
      expect.stringContaining('--condition goes with'),
      expect.stringContaining('--container: '),
      expect.stringContaining('--exclude-container: '),
    ]);
  });

  it.each([
    [{ follow: true, tailLines: undefined }, 1],
    [{ follow: true, tailLines: 10 }, 1],
    [{ follow: true, tailLines: 0 }, 0],
    [{ follow: false, tailLines: undefined }, 0],
  ])('a condition with %j: %j problems', (options, count) => {
    expect(problemsOf({ condition: 'ready', ...options })).toHaveLength(count);
  });

  it.each([
    [{ namespaces: ['a'], kinds: { Service: ['b/x'] } }, 1],
    [{ namespaces: ['a', 'b'], kinds: { Service: ['b/x'] } }, 0],
    [{ kinds: { Service: ['b/x'] } }, 0],
    [{ allNamespaces: true, namespaces: ['a'], kinds: { Service: ['b/x'] } }, 0],
    [{ namespaces: ['a'], match: 'glob', query: ['b:web'] }, 1],
  ] as const)('a name in a namespace that is not followed: %j', (options, count) => {
    const problems = problemsOf(options);
    expect(problems).toHaveLength(count);
    for (const problem of problems) expect(problem).toContain('namespace b, but --namespace only allows a');
  });
});
