/** Whatever the bytes of a line, its print equals that of a slow second implementation. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { asGoSees, decodeKeeping, encodeKeeping } from '../../../src/logs/format/byte-text.ts';
import { compileFormat } from '../../../src/logs/format/compile.ts';
import type { LogSource } from '../../../src/logs/line.ts';
import { aLine, plainDeps, plainOptions, source } from './lines.ts';
import { slowDefault, slowJson } from './slow-reference.ts';

const byte = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) },
  { weight: 2, arbitrary: fc.constantFrom(0x22, 0x26, 0x3c, 0x3e, 0x5c, 0x09, 0x0d, 0x1b, 0x08, 0x0c, 0x7f, 0x00) },
  { weight: 1, arbitrary: fc.integer({ min: 0x80, max: 0xff }) },
);
const piece = fc.oneof(
  fc.array(byte, { maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ unit: 'binary', maxLength: 4 }).map((text) => Buffer.from(text)),
  fc.constantFrom('\u2028', '\u2029', '\ufffd', '\ufeff', '😀', 'ü').map((text) => Buffer.from(text)),
);
const message = fc
  .array(piece, { maxLength: 6 })
  .map((pieces) => Buffer.concat(pieces))
  .map((bytes) => bytes.map((one) => (one === 10 ? 32 : one)))
  .map((bytes) => Buffer.from(bytes));
const text = fc.string({ unit: fc.constantFrom('a', 'B', '-', '"', '<', 'ü', '😀', '\uffee'), maxLength: 4 });
const map = fc.dictionary(text, text, { maxKeys: 4, noNullPrototype: true });

it('of default and json', () => {
  fc.assert(
    fc.property(message, map, map, fc.boolean(), (bytes, labels, annotations, showNamespace) => {
      const from: LogSource = { ...source, labels, annotations };
      const line = aLine(bytes.toString('latin1'));
      const print = (output: 'default' | 'json'): string => {
        const made = compileFormat({ ...plainOptions, output, showNamespace }, plainDeps);
        if ('problems' in made) throw new Error(made.problems.join('; '));
        return made.value.forSource(from)(line) ?? '';
      };
      expect(print('default')).toBe(slowDefault(from, bytes, showNamespace).toString('latin1'));
      expect(print('json')).toBe(slowJson(from, bytes).toString('latin1'));
    }),
    { numRuns: 1_000 },
  );
});

it('of bytes that were text in between', () => {
  fc.assert(
    fc.property(message, (bytes) => {
      const latin1 = bytes.toString('latin1');
      expect(encodeKeeping(decodeKeeping(latin1))).toBe(latin1);
      const seen = asGoSees(decodeKeeping(latin1));
      expect(seen).not.toMatch(/[\ud800-\udfff]/u);
      expect(seen).toHaveLength(decodeKeeping(latin1).length);
    }),
    { numRuns: 1_000 },
  );
});
