import { expect, it } from 'vitest';
import {
  beginsLikeStamp,
  isLater,
  secondOf,
  stampBytes,
  stampOf,
  stampOfDate,
  stampOfSecond,
} from '../../../src/logs/stream/stamp.ts';

it.each([
  ['2026-01-01T00:00:00.123456789Z message', '2026-01-01T00:00:00.123456789Z'],
  ['2026-01-01T00:00:00.123456789Z ', '2026-01-01T00:00:00.123456789Z'],
  ['2026-01-01T01:00:00.123456789+01:00 message', '2026-01-01T01:00:00.123456789+01:00'],
  ['2026-01-01T01:00:00.1-09:30 m', '2026-01-01T01:00:00.1-09:30'],
  ['2026-01-01T00:00:00Z m', '2026-01-01T00:00:00Z'],
  ['2026-01-01T00:00:00.123456789Z', ''],
  ['2026-01-01 00:00:00.123456789Z m', ''],
  ['2026-01-01T00:00:00.123456789 m', ''],
  ['2026-01-01T00:00:00.123456789+0100 m', ''],
  ['unable to retrieve container logs for containerd://x', ''],
  ['', ''],
])('the timestamp of %j is %j', (line, stamp) => {
  expect(stampOf(line)).toBe(stamp);
  expect(stampBytes(Buffer.from(line))).toBe(stamp === '' ? 0 : stamp.length + 1);
  expect(stampBytes(Buffer.from(`xx${line}`), 2)).toBe(stamp === '' ? 0 : stamp.length + 1);
});

it.each([
  ['2026', true],
  ['2026-01-01T00:00:00.12', true],
  ['2026-01-01T00:00:00.123456789Z', true],
  ['unable', false],
  ['2026 was', false],
])('%j begins like a timestamp: %j', (text, begins) => {
  expect(beginsLikeStamp(Buffer.from(text))).toBe(begins);
});

it.each([
  ['2026-01-01T00:00:00.000000001Z', '2026-01-01T00:00:00.000000000Z', true],
  ['2026-01-01T00:00:00.000000001Z', '2026-01-01T00:00:00.000000001Z', false],
  ['2026-01-01T00:00:00.5Z', '2026-01-01T00:00:00.499999999Z', true],
  ['2026-01-01T01:00:00.000000000+01:00', '2026-01-01T00:00:00.000000000Z', false],
  ['2026-01-01T01:00:00.000000001+01:00', '2026-01-01T00:00:00.000000000Z', true],
  ['2026-01-01T00:59:59.999999999+01:00', '2026-01-01T00:00:00.000000000Z', false],
  ['2026-01-01T02:00:00.000000000+02:00', '2026-01-01T00:30:00.000000000+01:00', true],
])('%s is later than %s: %j', (one, other, later) => {
  expect(isLater(one, other)).toBe(later);
  if (later) expect(isLater(other, one)).toBe(false);
});

it('counts whole seconds, in any zone', () => {
  expect(secondOf('2026-01-01T01:00:05.999999999+01:00')).toBe(1_767_225_605);
  expect(stampOfSecond(1_767_225_605)).toBe('2026-01-01T00:00:05Z');
  expect(stampOfDate('Thu, 01 Jan 2026 00:00:05 GMT')).toBe('2026-01-01T00:00:05Z');
  expect(stampOfDate(undefined)).toBeUndefined();
});
