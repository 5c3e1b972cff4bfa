/** Any way to cut bytes into chunks gives the same lines. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLineSplitter } from '../../src/cluster/lines.ts';

const line = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', ''));

test('chunks do not matter, not even within a character', () => {
  fc.assert(
    fc.property(fc.array(line), fc.string(), fc.array(fc.nat(20)), (lines, rest, cuts) => {
      const bytes = Buffer.from(lines.map((one) => `${one}\n`).join('') + rest.replaceAll('\n', ''));
      const splitter = createLineSplitter();
      const told: string[] = [];
      let start = 0;
      for (const cut of [...cuts, bytes.length]) {
        told.push(...splitter.push(bytes.subarray(start, start + cut)));
        start += cut;
      }
      expect(told).toEqual(lines);
    }),
  );
});

test('a line that spans many chunks stays whole', () => {
  const splitter = createLineSplitter();
  const bytes = Buffer.from('größer\n');
  const told = [...bytes].flatMap((byte) => splitter.push(Buffer.from([byte])));
  expect(told).toEqual(['größer']);
});
