import { expect, it } from 'vitest';
import { closest } from '../src/closest.ts';

it.each([
  ['nod1', ['node2', 'node1', 'master'], 'node1'],
  ['stagin', ['prod', 'staging'], 'staging'],
  ['PROD', ['prod'], 'prod'],
  ['prod-eu', ['staging', 'prod-us'], 'prod-us'],
  ['drian', ['cordon', 'drain'], 'drain'],
  ['a', ['production'], undefined],
  ['abc', ['xyc'], undefined],
  ['x', [], undefined],
])('closest to %s among %j', (name, names, meant) => {
  expect(closest(name, names)).toBe(meant);
});
