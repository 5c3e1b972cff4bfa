// The three kinds of patch.
import { describe, expect, it } from 'vitest';
import { applyJsonPatch, JsonPatchError } from '../../../src/playground/api/patch/json-patch.ts';
import { applyMergePatch } from '../../../src/playground/api/patch/merge-patch.ts';
import { applyStrategicMergePatch } from '../../../src/playground/api/patch/strategic-merge.ts';
import { sameJson } from '../../../src/playground/meta.ts';
import { typeOf } from '../../../src/playground/resources.ts';

const pods = typeOf('', 'pods');
const nodes = typeOf('', 'nodes');

describe('applyStrategicMergePatch', () => {
  const a = { name: 'a', image: '1', env: [{ name: 'x', value: '1' }] };
  const b = { name: 'b', image: '1' };

  it.each<[string, object, object, object]>([
    [
      'merges containers by name',
      { spec: { containers: [a, b] } },
      { spec: { containers: [{ name: 'b', image: '2' }] } },
      { spec: { containers: [a, { name: 'b', image: '2' }] } },
    ],
    [
      'puts what is new first',
      { spec: { containers: [a] } },
      { spec: { containers: [b] } },
      { spec: { containers: [b, a] } },
    ],
    [
      'orders what it brings, and lets the rest stand behind what it stood behind',
      { spec: { volumes: [{ name: 'a' }, { name: 'b' }, { name: 'c' }, { name: 'd' }] } },
      { spec: { volumes: [{ name: 'new' }, { name: 'd' }, { name: 'b' }] } },
      { spec: { volumes: [{ name: 'new' }, { name: 'a' }, { name: 'c' }, { name: 'd' }, { name: 'b' }] } },
    ],
    [
      'merges lists within',
      { spec: { containers: [a] } },
      { spec: { containers: [{ name: 'a', env: [{ name: 'y', value: '2' }] }] } },
      {
        spec: {
          containers: [
            {
              ...a,
              env: [
                { name: 'y', value: '2' },
                { name: 'x', value: '1' },
              ],
            },
          ],
        },
      },
    ],
    [
      'deletes an element',
      { spec: { containers: [a, b] } },
      { spec: { containers: [{ name: 'a', $patch: 'delete' }] } },
      { spec: { containers: [b] } },
    ],
    [
      'replaces a list',
      { spec: { containers: [a, b] } },
      { spec: { containers: [{ $patch: 'replace' }, b] } },
      { spec: { containers: [b] } },
    ],
    ['replaces a map', { spec: { x: 1, y: 2 } }, { spec: { $patch: 'replace', z: 3 } }, { spec: { z: 3 } }],
    [
      'deletes by null',
      { metadata: { labels: { a: '1', b: '2' } } },
      { metadata: { labels: { a: null } } },
      { metadata: { labels: { b: '2' } } },
    ],
    [
      'replaces tolerations, which have no key',
      { spec: { tolerations: [{ key: 'a' }] } },
      { spec: { tolerations: [{ key: 'b' }] } },
      { spec: { tolerations: [{ key: 'b' }] } },
    ],
    [
      'unites finalizers, in the order of the patch',
      { metadata: { finalizers: ['a', 'b'] } },
      { metadata: { finalizers: ['c', 'a'] } },
      { metadata: { finalizers: ['c', 'a', 'b'] } },
    ],
    [
      'takes finalizers away',
      { metadata: { finalizers: ['a', 'b'] } },
      { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } },
      { metadata: { finalizers: ['b'] } },
    ],
    [
      'retains keys',
      { spec: { volumes: [{ name: 'v', emptyDir: {} }] } },
      { spec: { volumes: [{ $retainKeys: ['name', 'hostPath'], name: 'v', hostPath: {} }] } },
      { spec: { volumes: [{ name: 'v', hostPath: {} }] } },
    ],
    [
      'orders elements',
      { spec: { containers: [a, b] } },
      {
        spec: {
          '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }],
          containers: [{ name: 'b', image: '2' }],
        },
      },
      { spec: { containers: [{ name: 'b', image: '2' }, a] } },
    ],
    [
      'leaves the server-only elements where they were',
      { spec: { containers: [a, { name: 's' }, b] } },
      { spec: { '$setElementOrder/containers': [{ name: 'a' }, { name: 'b' }] } },
      { spec: { containers: [a, { name: 's' }, b] } },
    ],
    [
      'puts a new condition first',
      { status: { conditions: [{ type: 'PodScheduled', status: 'True' }] } },
      { status: { conditions: [{ type: 'Ready', status: 'True' }] } },
      {
        status: {
          conditions: [
            { type: 'Ready', status: 'True' },
            { type: 'PodScheduled', status: 'True' },
          ],
        },
      },
    ],
    [
      'merges conditions by type',
      { status: { conditions: [{ type: 'Ready', status: 'True' }] } },
      { status: { conditions: [{ type: 'Ready', status: 'False' }] } },
      { status: { conditions: [{ type: 'Ready', status: 'False' }] } },
    ],
  ])('%s', (_what, target, patch, expected) => {
    const before = structuredClone(target);
    expect(applyStrategicMergePatch(pods, target as Record<string, unknown>, patch as Record<string, unknown>)).toEqual(
      expected,
    );
    expect(target).toEqual(before);
  });

  it('replaces taints, as the server does', () => {
    const patched = applyStrategicMergePatch(
      nodes,
      { spec: { taints: [{ key: 'a' }] } },
      { spec: { taints: [{ key: 'b' }] } },
    );
    expect(patched).toEqual({ spec: { taints: [{ key: 'b' }] } });
  });
});

describe('applyMergePatch', () => {
  // The table of RFC 7386, appendix A.
  it.each<[unknown, unknown, unknown]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ a: 'foo' }, null, null],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j', (target, patch, expected) => {
    expect(applyMergePatch(target, patch)).toEqual(expected);
  });
});

describe('applyJsonPatch', () => {
  const document = { a: { 'x/y': 1 }, list: [1, 2] };

  it.each<[object, object]>([
    [
      { op: 'add', path: '/a/b', value: 2 },
      { a: { 'x/y': 1, b: 2 }, list: [1, 2] },
    ],
    [
      { op: 'add', path: '/list/-', value: 3 },
      { ...document, list: [1, 2, 3] },
    ],
    [
      { op: 'add', path: '/list/0', value: 0 },
      { ...document, list: [0, 1, 2] },
    ],
    [
      { op: 'remove', path: '/a/x~1y' },
      { ...document, a: {} },
    ],
    [
      { op: 'replace', path: '/list/1', value: 9 },
      { ...document, list: [1, 9] },
    ],
    [
      { op: 'move', from: '/list', path: '/moved' },
      { a: document.a, moved: [1, 2] },
    ],
    [
      { op: 'copy', from: '/list/0', path: '/a/c' },
      { a: { 'x/y': 1, c: 1 }, list: [1, 2] },
    ],
    [{ op: 'test', path: '/list', value: [1, 2] }, document],
  ])('%j', (operation, expected) => {
    expect(applyJsonPatch(document, [operation], sameJson)).toEqual(expected);
  });

  it.each([
    { op: 'test', path: '/list', value: [2] },
    { op: 'remove', path: '/nothing' },
    { op: 'replace', path: '/nothing', value: 1 },
    { op: 'add', path: '/nothing/below', value: 1 },
    { op: 'add', path: '/list/7', value: 1 },
    { op: 'shuffle', path: '/list' },
  ])('refuses %j', (operation) => {
    expect(() => applyJsonPatch(document, [operation], sameJson)).toThrow(JsonPatchError);
  });
});
