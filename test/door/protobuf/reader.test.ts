/** Messages of any content, read by tables that know a part of their fields. */
import fc from 'fast-check';
import protobuf from 'protobufjs/light.js';
import { expect, test } from 'vitest';
import { MalformedMessage, MessageReader } from '../../../src/cluster/protobuf/reader.ts';
import {
  int,
  keptFlag,
  keptInt,
  keptWord,
  many,
  map,
  message,
  one,
  quantity,
  text,
  time,
  word,
} from '../../../src/cluster/protobuf/table.ts';
import { createWordReader } from '../../../src/cluster/protobuf/word.ts';

const { Reader, Writer } = protobuf;
type Write = (writer: protobuf.Writer) => protobuf.Writer;

const bytesOf = (...fields: readonly Write[]): Buffer => {
  const writer = Writer.create();
  for (const field of fields) field(writer);
  return Buffer.from(writer.finish());
};
const readerOf = (bytes: Buffer): MessageReader => new MessageReader(Reader.create(bytes));
const varint =
  (number: number, value: number): Write =>
  (writer) =>
    writer.uint32(number << 3).int64(value);
const string =
  (number: number, value: string): Write =>
  (writer) =>
    writer.uint32((number << 3) | 2).string(value);
const nested =
  (number: number, ...fields: readonly Write[]): Write =>
  (writer) =>
    writer.uint32((number << 3) | 2).bytes(bytesOf(...fields));
const entry = (number: number, key: string, value: Write): Write => nested(number, string(1, key), value);

const inner = message({ name: one(1, keptWord), size: one(2, keptInt) });
const outer = message({
  text: one(1, text),
  word: one(2, word),
  count: one(3, int),
  kept: one(4, keptInt),
  flag: one(5, keptFlag),
  inner: one(6, inner),
  list: many(7, word),
  inners: many(8, inner),
  labels: map(9, word),
  some: map(10, text, ['a', 'b']),
  time: one(11, time),
  quantity: one(12, quantity),
  amounts: map(13, quantity),
  far: one(4000, word),
});
const read = (...fields: readonly Write[]): unknown => readerOf(bytesOf(...fields)).read(outer);

test('zeros are left out, as from JSON, unless JSON keeps them', () => {
  expect(
    read(string(1, ''), string(2, ''), varint(3, 0), varint(4, 0), varint(5, 0), nested(6, string(1, ''))),
  ).toEqual({
    kept: 0,
    flag: false,
    inner: { name: '' },
  });
  expect(read()).toEqual({});
});

test('types with a JSON of their own', () => {
  expect(
    read(nested(11), nested(12), entry(13, 'cpu', nested(2, string(1, '250m'))), entry(13, 'zero', nested(2))),
  ).toEqual({ time: null, quantity: '0', amounts: { cpu: '250m', zero: '0' } });
  const seconds = Date.parse('2026-11-01T08:00:09Z') / 1000;
  expect(read(nested(11, varint(1, seconds), varint(2, 5)))).toEqual({ time: '2026-11-01T08:00:09Z' });
  expect(read(nested(11, varint(1, 0)))).toEqual({ time: '1970-01-01T00:00:00Z' });
});

test('of a map only the wanted keys are read; a value that is missing is empty', () => {
  expect(read(entry(10, 'a', string(2, 'x')), entry(10, 'c', string(2, 'y')), nested(9, string(1, 'k')))).toEqual({
    some: { a: 'x' },
    labels: { k: '' },
  });
});

const fieldsIn = fc.record({
  text: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }),
  word: fc.string({ unit: 'grapheme', minLength: 1 }),
  count: fc.maxSafeInteger().filter((value) => value !== 0),
  kept: fc.integer(),
  flag: fc.boolean(),
  list: fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }),
  inners: fc.array(fc.record({ name: fc.string(), size: fc.integer() }), { minLength: 1 }),
  labels: fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), fc.string(), { minKeys: 1, noNullPrototype: true }),
  far: fc.string({ minLength: 1 }),
});
const unknown = fc.array(
  fc.tuple(fc.integer({ min: 14, max: 300 }), fc.oneof(fc.integer(), fc.string(), fc.double())),
  { maxLength: 4 },
);

function written(value: typeof fieldsIn extends fc.Arbitrary<infer T> ? T : never): readonly Write[] {
  return [
    string(1, value.text),
    string(2, value.word),
    varint(3, value.count),
    varint(4, value.kept),
    varint(5, Number(value.flag)),
    ...value.list.map((item) => string(7, item)),
    ...value.inners.map(({ name, size }) => nested(8, string(1, name), varint(2, size))),
    ...Object.entries(value.labels).map(([key, text_]) => entry(9, key, string(2, text_))),
    string(4000, value.far),
  ];
}

function stranger([number, value]: readonly [number, number | string]): Write {
  if (typeof value === 'string') return string(number, value);
  if (Number.isInteger(value)) return varint(number, value);
  return (writer) => writer.uint32((number << 3) | 1).double(value);
}

test('whatever stands between, all that is wanted is read as it was written', () => {
  fc.assert(
    fc.property(fieldsIn, unknown, fc.nat(), (value, others, at) => {
      const fields = [...written(value)];
      fields.splice(at % fields.length, 0, ...others.map(stranger));
      expect(read(...fields)).toEqual(value);
    }),
  );
});

test('bytes that were cut off or changed are malformed, or another message, and nothing worse', () => {
  fc.assert(
    fc.property(fieldsIn, fc.nat(), fc.nat({ max: 255 }), fc.boolean(), (value, at, byte, cut) => {
      const bytes = bytesOf(...written(value));
      const spoilt = cut ? bytes.subarray(0, at % bytes.length) : Buffer.from(bytes);
      if (!cut) spoilt[at % bytes.length] = byte;
      try {
        readerOf(spoilt).read(outer);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedMessage);
      }
    }),
  );
});

test.each([
  ['a number where a text is expected', varint(1, 5)],
  ['a text where a number is expected', string(3, 'x')],
  ['a field longer than its message', (writer: protobuf.Writer) => writer.uint32((6 << 3) | 2).uint32(9)],
  ['a wire type that there is not', (writer: protobuf.Writer) => writer.uint32((99 << 3) | 6)],
  ['a group', (writer: protobuf.Writer) => writer.uint32((99 << 3) | 3)],
])('%s is malformed', (_, field) => {
  expect(() => read(field)).toThrow(MalformedMessage);
});

test.each([
  ['a field without a number', varint(0, 1)],
  ['a tag of more than 32 bits', (writer: protobuf.Writer) => writer.uint64(2 ** 35 + (3 << 3)).uint32(1)],
  ['a number that does not end', (writer: protobuf.Writer) => writer.uint32(3 << 3).raw(Buffer.alloc(11, 0x80))],
  ['a time beyond all years', nested(11, varint(1, 2 ** 52))],
])('%s is malformed', (_, field) => {
  expect(() => read(field, string(1, 'x'))).toThrow(MalformedMessage);
});

test('a group is passed over with all that is in it', () => {
  const group: Write = (writer) => string(1, 'not here')(writer.uint32((99 << 3) | 3)).uint32((99 << 3) | 4);
  expect(read(string(1, 'x'), group, string(2, 'y'))).toEqual({ text: 'x', word: 'y' });
});

test('numbers of 64 bits are those of JSON', () => {
  const long =
    (value: string): Write =>
    (writer) =>
      writer.uint32(4 << 3).int64(value);
  for (const value of ['-1', '-2147483649', '4294967296', '-9007199254740991', '9223372036854775807']) {
    expect(read(long(value))).toEqual({ kept: JSON.parse(value) as number });
  }
});

test('of what comes twice the last counts, and messages are joined', () => {
  expect(read(string(1, 'a'), varint(3, 7), varint(4, 7), string(1, 'b'), varint(3, 0), varint(4, 0))).toEqual({
    text: 'b',
    kept: 0,
  });
  expect(read(nested(6, string(1, 'a'), varint(2, 1)), nested(6, varint(2, 2)))).toEqual({
    inner: { name: 'a', size: 2 },
  });
});

test('nothing is read beyond the end of a message, whatever stands behind it', () => {
  fc.assert(
    fc.property(fieldsIn, fc.nat(), fc.nat({ max: 255 }), fc.nat(), (value, end, byte, at) => {
      const bytes = bytesOf(...written(value), nested(11, varint(1, 5)), entry(13, 'cpu', nested(2, string(1, '1'))));
      const cut = end % bytes.length;
      if (cut > 0) bytes[at % cut] = byte;
      // Behind the end stand other bytes than before, and then none at all.
      const other = Buffer.concat([bytes.subarray(0, cut), Buffer.alloc(20, 1)]);
      const [alone, before, inside] = [bytes.subarray(0, cut), bytes, other].map((some) =>
        outcomeOf(() => readerOf(some).read(outer, 0, cut)),
      );
      expect(before).toEqual(alone);
      expect(inside).toEqual(alone);
    }),
  );
});

function outcomeOf(reading: () => unknown): unknown {
  try {
    return reading();
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedMessage);
    return 'malformed';
  }
}

test.each([
  ['message', 6],
  ['entry of a map', 9],
  ['quantity', 12],
])('a %s that ends inside a field of its own is not continued in what follows it', (_, number) => {
  // The inner one holds the beginning of a text whose bytes stand behind it.
  const bytes = Buffer.concat([Buffer.from([(number << 3) | 2, 2, (1 << 3) | 2, 3]), Buffer.from('abc')]);
  expect(() => readerOf(bytes).read(outer)).toThrow(MalformedMessage);
});

test('the bounds of fields are those within the message', () => {
  const bytes = bytesOf(string(7, 'ab'), varint(3, 300), string(8, 'x'), string(7, ''), string(7, 'cde'));
  expect(readerOf(bytes).bounds(7, 0, bytes.length)).toEqual([2, 4, 12, 12, 14, 17]);
  expect(readerOf(bytes).bounds(7, 0, 12)).toEqual([2, 4, 12, 12]);
  expect(() => readerOf(bytes).bounds(7, 0, 15)).toThrow(MalformedMessage);
  expect(() => readerOf(bytes).bounds(8, 0, 15)).toThrow(MalformedMessage);
});

test('words are those that stand there, however often and whatever was read before', () => {
  const words = createWordReader();
  const some = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 90 }), fc.constantFrom('app', 'apq', 'ü', 'Ã¼', ''));
  fc.assert(
    fc.property(fc.array(some), fc.nat({ max: 5 }), (list, offset) => {
      for (const item of list) {
        const bytes = Buffer.concat([Buffer.alloc(offset, 'x'), Buffer.from(item), Buffer.from('y')]);
        expect(words.read(bytes, offset, bytes.length - 1)).toBe(Buffer.from(item).toString());
      }
    }),
  );
});

test('a word that is read as Latin-1 elsewhere is not taken for it', () => {
  const words = createWordReader();
  const read_ = (bytes: Buffer): string => words.read(bytes, 0, bytes.length);
  // Enough of them that some meet in a slot.
  for (let index = 0; index < 60_000; index += 1) {
    const bytes = Buffer.from(`${index}\u00fc`);
    read_(Buffer.from(bytes.toString('latin1')));
    if (read_(bytes) !== bytes.toString()) expect(read_(bytes)).toBe(bytes.toString());
  }
});
