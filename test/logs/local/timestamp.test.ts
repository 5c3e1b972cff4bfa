import { describe, expect, test } from 'vitest';
import { millisecondsOf, neighbour, stampAt, stampOf, stampReader } from '../../../src/logs/local/timestamp.ts';

describe('reading a timestamp', () => {
  test.each([
    ['2026-11-21T02:16:18.123456789Z', '2026-11-21T02:16:18.123456789Z'],
    ['2026-11-21T02:16:18.12Z', '2026-11-21T02:16:18.120000000Z'],
    ['2026-11-21T02:16:18Z', '2026-11-21T02:16:18.000000000Z'],
    ['2026-11-21T02:16:18.5+02:00', '2026-11-21T00:16:18.500000000Z'],
    ['2026-01-01T00:16:18.5+05:30', '2025-12-31T18:46:18.500000000Z'],
    ['2026-11-21T22:16:18.000000001-02:00', '2026-11-22T00:16:18.000000001Z'],
    ['2026-13-21T02:16:18.5Z', undefined],
    ['2026-11-21 02:16:18Z', undefined],
    ['2026-11-21T02:16:18.1234567891Z', undefined],
    ['2026-11-21T02:16:18.Z', undefined],
    ['', undefined],
  ])('%s', (written, stamp) => {
    expect(stampReader()(written)).toBe(stamp);
  });

  test('goes on after a time that does not exist, and from zone to zone', () => {
    const read = stampReader();
    expect(read('2026-11-31T25:00:00Z')).toBeUndefined();
    expect(read('2026-11-21T02:16:18.1+01:00')).toBe('2026-11-21T01:16:18.100000000Z');
    expect(read('2026-11-21T02:16:18.2Z')).toBe('2026-11-21T02:16:18.200000000Z');
  });
});

test.each<[string, 1 | -1, string]>([
  ['2026-11-21T02:16:18.123456788Z', 1, '2026-11-21T02:16:18.123456789Z'],
  ['2026-11-21T02:16:18.123999999Z', 1, '2026-11-21T02:16:18.124000000Z'],
  ['2026-12-31T23:59:59.999999999Z', 1, '2027-01-01T00:00:00.000000000Z'],
  ['2027-01-01T00:00:00.000000000Z', -1, '2026-12-31T23:59:59.999999999Z'],
  ['1970-01-01T00:00:00.000000000Z', -1, '1969-12-31T23:59:59.999999999Z'],
  ['1960-01-01T00:00:00.000000001Z', -1, '1960-01-01T00:00:00.000000000Z'],
])('the neighbour of %s at %d', (stamp, step, expected) => {
  expect(neighbour(stamp, step)).toBe(expected);
});

test('milliseconds and back', () => {
  const ms = Date.UTC(2026, 10, 21, 2, 16, 18, 123);
  expect(stampOf(ms)).toBe('2026-11-21T02:16:18.123000000Z');
  expect(millisecondsOf('2026-11-21T02:16:18.123999999Z')).toBe(ms);
});

test('a stamp is only seen where a line has one', () => {
  const block = Buffer.from('2026-11-21T02:16:18.123456789Z x\nno stamp at all, however long it may be\n');
  expect(stampAt(block, 0, 32)).toBe('2026-11-21T02:16:18.123456789Z');
  expect(stampAt(block, 33, block.length - 1)).toBeUndefined();
  expect(stampAt(block, 0, 20)).toBeUndefined();
});
