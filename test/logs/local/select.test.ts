import { describe, expect, test } from 'vitest';
import type { LocalContainer } from '../../../src/logs/local/container.ts';
import { compileLocalFilter, selectContainers, type LocalFilter } from '../../../src/logs/local/select.ts';

function container(namespace: string, pod: string, name: string, containerId?: string): LocalContainer {
  const place = { kind: 'files', folder: `/${pod}/${name}`, file: undefined } as const;
  return { namespace, pod, podUid: 'u', container: name, containerId, runs: [0], place };
}

const there = [
  container('a', 'web-1', 'app', 'abcd1234'),
  container('a', 'web-10', 'app', 'abcd9999'),
  container('b', 'web-1', 'proxy', 'beef0000'),
  container('b', 'beef', 'side', '12340000'),
];

function filterOf(query: string | undefined, rest: Partial<LocalFilter> = {}): LocalFilter {
  const compiled = compileLocalFilter(query, rest, (source) => ({ value: (text) => new RegExp(source).test(text) }));
  if ('problem' in compiled) throw new Error(compiled.problem);
  return compiled.value;
}

const rows: readonly [string, string | undefined, string | undefined, string][] = [
  ['no query', undefined, 'everything', 'web-1/app web-10/app web-1/proxy beef/side'],
  ['an empty query', '', 'everything', 'web-1/app web-10/app web-1/proxy beef/side'],
  ['a pod, which is not the beginning of another', 'web-1', 'pod', 'web-1/app web-1/proxy'],
  ['a pod of a namespace', 'b/web-1', 'pod', 'web-1/proxy'],
  ['a pod by kind', 'pod/web-10', 'pod', 'web-10/app'],
  ['a pod that looks like an id', 'beef', 'pod', 'beef/side'],
  ['a container', 'app', 'container', 'web-1/app web-10/app'],
  ['the beginning of an id', 'abcd1', 'id', 'web-1/app'],
  ['the beginning of two ids', 'abcd', 'id', 'web-1/app web-10/app'],
  ['an id with its runtime', 'containerd://beef0000', 'id', 'web-1/proxy'],
  ['too little for an id', 'abc', undefined, ''],
  ['an expression', '^web-1', 'pattern', 'web-1/app web-10/app web-1/proxy'],
  ['nothing that fits', 'zzz', undefined, ''],
];

test.each(rows)('%s', (_, query, meaning, expected) => {
  const selection = selectContainers(there, filterOf(query));
  expect(selection.meaning).toBe(meaning);
  expect(selection.containers.map(({ pod, container: name }) => `${pod}/${name}`).join(' ')).toBe(expected);
});

test('only some namespaces and containers', () => {
  const left = selectContainers(there, filterOf('web', { namespaces: ['a'], container: (name) => name === 'app' }));
  expect(left.containers.map(({ pod }) => pod)).toEqual(['web-1', 'web-10']);
  expect(selectContainers(there, filterOf('proxy', { namespaces: ['a'] })).containers).toEqual([]);
});

describe('asked again', () => {
  test('the meaning stays', () => {
    const query = filterOf('web');
    const { meaning } = selectContainers(there, query);
    expect(meaning).toBe('pattern');
    const more = [...there, container('a', 'web', 'new')];
    expect(selectContainers(more, query).containers).toHaveLength(1);
    expect(selectContainers(more, query, meaning).containers).toHaveLength(4);
  });

  test('it is found as soon as something fits', () => {
    expect(selectContainers([], filterOf('web')).meaning).toBeUndefined();
  });
});

test('the problem of an expression is handed on', () => {
  expect(compileLocalFilter('(', {}, () => ({ problem: 'a bracket is missing' }))).toEqual({
    problem: 'a bracket is missing',
  });
});
