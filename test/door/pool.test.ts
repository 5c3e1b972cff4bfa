/** Whatever is shared, everybody gets what he gave, and equals get the same. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPool } from '../../src/cluster/pool.ts';
import { labelsText } from '../../src/cluster/labels-text.ts';

const plain = fc.letrec<{ value: unknown; object: object }>((tie) => ({
  object: fc.oneof(
    { depthSize: 'small' },
    fc.dictionary(fc.constantFrom('a', 'b', 'name'), tie('value'), { noNullPrototype: true }),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('web', 'wec', '', 0, 1, true, false, null, undefined),
    fc.string({ maxLength: 12 }),
    tie('object'),
  ),
})).object;

test('what comes back has the same content, and equals are one object until the pool is emptied', () => {
  fc.assert(
    fc.property(fc.array(plain, { maxLength: 30 }), (values) => {
      const pool = createPool(1000);
      for (const value of values) {
        const shared = pool.share(value);
        expect(shared).toStrictEqual(value);
        expect(pool.share(structuredClone(value))).toBe(shared);
      }
    }),
  );
});

test('texts that differ where the hash does not look are not taken for each other', () => {
  const pool = createPool(1000);
  const long = 'x'.repeat(200);
  const texts = Array.from({ length: 200 }, (_, at) => `${long.slice(0, at)}y${long.slice(at + 1)}`);
  for (const round of [1, 2]) {
    for (const text of texts) expect(pool.share({ text }), String(round)).toStrictEqual({ text });
  }
});

test('keys in another order, and missing ones, make another value', () => {
  const pool = createPool(10);
  const first = pool.share({ a: 1, b: 2 });
  expect(JSON.stringify(pool.share({ b: 2, a: 1 }))).toBe('{"b":2,"a":1}');
  expect(pool.share({ a: 1 })).not.toBe(first);
  expect(pool.share([1])).toStrictEqual([1]);
  expect(pool.share({ 0: 1 })).toStrictEqual({ 0: 1 });
});

test('equal labels are the same text, others are not, and nothing in them passes for another set', () => {
  expect(labelsText({ a: 'b' })).toBe(labelsText({ a: 'b' }));
  expect(labelsText({ a: 'b","c":"d' })).not.toBe(labelsText({ a: 'b', c: 'd' }));
  expect(labelsText({})).not.toBe(labelsText({ a: '' }));
});
