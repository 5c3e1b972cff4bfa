import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineSplitter } from '../../../src/logs/stream/splitter.ts';

interface Split {
  readonly splitter: LineSplitter;
  readonly blocks: readonly Buffer[];
  readonly text: () => string;
  readonly truncated: readonly number[];
}

function setUp(maxLineBytes = 1_048_576): Split {
  const blocks: Buffer[] = [];
  const truncated: number[] = [];
  const splitter = new LineSplitter({
    maxLineBytes,
    give: (lines) => void blocks.push(lines),
    onTruncated: (bytes) => void truncated.push(bytes),
  });
  return { splitter, blocks, truncated, text: () => Buffer.concat(blocks).toString() };
}

const stamp = '2026-01-01T00:00:00.000000000Z ';

describe('blocks of whole lines', () => {
  it.each<[string, readonly string[], string, string]>([
    ['one line', ['a\n'], 'a\n', ''],
    ['a chunk without an end', ['a'], '', 'a'],
    ['several lines', ['a\nb\n', 'c\n'], 'a\nb\nc\n', ''],
    ['a line in pieces', ['a', 'b', 'c\nd'], 'abc\n', 'd'],
    ['a line feed alone', ['ab', '\n', 'c'], 'ab\n', 'c'],
    ['empty lines', ['\n\n', '\n'], '\n\n\n', ''],
    ['carriage returns', ['a\r\nb\r', '\n'], 'a\r\nb\r\n', ''],
  ])('%s', (_, chunks, whole, half) => {
    const { splitter, text } = setUp();
    for (const chunk of chunks) splitter.push(Buffer.from(chunk));
    expect([text(), splitter.half.toString()]).toEqual([whole, half]);
  });

  it('are the chunk itself, not copies, and at most two of them', () => {
    const { splitter, blocks } = setUp();
    splitter.push(Buffer.from('half'));
    const chunk = Buffer.from(' of it\nsecond\nthird\nrest');
    splitter.push(chunk);
    expect(blocks.map(String)).toEqual(['half of it\n', 'second\nthird\n']);
    expect(blocks[1]?.buffer).toBe(chunk.buffer);
  });

  it('do not share the carry with the chunk it came in', () => {
    const { splitter, text } = setUp();
    const chunk = Buffer.from('half');
    splitter.push(chunk);
    chunk.fill('x');
    splitter.push(Buffer.from('\n'));
    expect(text()).toBe('half\n');
  });

  it('join to the same bytes, wherever the chunks are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'ä', '\n', '\n', '\r', ' ') })),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        (texts, sizes) => {
          const bytes = Buffer.from(texts.join(''));
          const { splitter, blocks, text } = setUp();
          let at = 0;
          for (let turn = 0; at < bytes.length; turn += 1) {
            const size = sizes[turn % sizes.length] ?? 1;
            splitter.push(bytes.subarray(at, at + size));
            at += size;
          }
          expect(text() + splitter.half.toString()).toBe(bytes.toString());
          expect(blocks.every((block) => block.at(-1) === 10)).toBe(true);
          expect(splitter.half.includes(10)).toBe(false);
        },
      ),
    );
  });

  it('end with the half line when it was the last', () => {
    const { splitter, text } = setUp();
    splitter.push(Buffer.from('a\nb'));
    splitter.endLine();
    splitter.endLine();
    expect(text()).toBe('a\nb\n');
  });
});

describe('long lines', () => {
  const cut = (bytes: number): string => `…[truncated ${String(bytes)} bytes]\n`;

  it.each<[string, string, string, number[]]>([
    ['just long enough', `${stamp}1234567890\n`, `${stamp}1234567890\n`, []],
    ['one byte too long', `${stamp}12345678901\n`, `${stamp}1234567890${cut(1)}`, [1]],
    [
      'among others',
      `${stamp}a\n${stamp}123456789012\n${stamp}b\n`,
      `${stamp}a\n${stamp}1234567890${cut(2)}${stamp}b\n`,
      [2],
    ],
    ['without a timestamp', '1234567890xyz\n', `1234567890${cut(3)}`, [3]],
    ['a character that does not fit is left out whole', `${stamp}123456789ä\n`, `${stamp}123456789${cut(2)}`, [2]],
    ['bytes that are no text', `${stamp}123456789\u0000\u0000\n`, `${stamp}123456789\u0000${cut(1)}`, [1]],
  ])('%s', (_, input, output, bytes) => {
    for (const size of [1, 7, 1000]) {
      const { splitter, text, truncated } = setUp(10);
      const all = Buffer.from(input);
      for (let at = 0; at < all.length; at += size) splitter.push(all.subarray(at, at + size));
      expect([text(), truncated]).toEqual([output, bytes]);
    }
  });

  it('takes no more memory than the limit, and the next line is whole', () => {
    const { splitter, text, truncated, blocks } = setUp(1000);
    splitter.push(Buffer.from(stamp));
    const chunk = Buffer.alloc(65_536, 'x');
    for (let turn = 0; turn < 80; turn += 1) splitter.push(chunk);
    expect(splitter.half.length).toBeLessThan(1200);
    splitter.push(Buffer.from(`\n${stamp}next\n`));
    const missing = 80 * 65_536 - 1000;
    expect(text()).toBe(`${stamp}${'x'.repeat(1000)}${cut(missing)}${stamp}next\n`);
    expect(truncated).toEqual([missing]);
    expect(blocks).toHaveLength(2);
  });

  it('is cut when its end never comes, too', () => {
    const { splitter, text } = setUp(10);
    splitter.push(Buffer.from(`${stamp}${'x'.repeat(5000)}`));
    splitter.endLine();
    expect(text()).toBe(`${stamp}${'x'.repeat(10)}${cut(4990)}`);
  });

  it('says one number for a line whose bytes went missing in two ways', () => {
    const { splitter, truncated } = setUp(10);
    splitter.push(Buffer.from(`${stamp}${'x'.repeat(300)}`));
    splitter.push(Buffer.from(`${'y'.repeat(300)}\n`));
    expect(truncated).toEqual([590]);
  });
});

describe('records of old kubelets', () => {
  const later = '2026-01-01T00:00:00.000000001Z ';

  it.each([
    [16_384, 3],
    [16_384, 1],
    [8_192, 5],
  ])('of %d bytes are joined, %d of them', (record, count) => {
    const records = Array.from({ length: count }, (_, index) => String(index).repeat(record));
    const wire = [stamp, ...records.flatMap((text) => [text, later]), 'rest\n'].join('');
    const { splitter, text } = setUp();
    splitter.push(Buffer.from(`${stamp}before\n${wire}${stamp}after\n`));
    expect(text()).toBe(`${stamp}before\n${stamp}${records.join('')}rest\n${stamp}after\n`);
  });

  it('are joined before the line is cut', () => {
    const wire = `${stamp}${'a'.repeat(16_384)}${later}${'b'.repeat(16_384)}${later}c\n`;
    const { splitter, text } = setUp(20_000);
    for (let at = 0; at < wire.length; at += 1000) splitter.push(Buffer.from(wire.slice(at, at + 1000)));
    expect(text()).toBe(
      `${stamp}${'a'.repeat(16_384)}${'b'.repeat(3_616)}…[truncated ${String(16_384 - 3_616 + later.length + 1)} bytes]\n`,
    );
  });

  it('leaves a timestamp alone that a program wrote elsewhere in a long line', () => {
    const wire = `${stamp}${'a'.repeat(16_380)}${later}${'b'.repeat(9000)}\n`;
    const { splitter, text } = setUp();
    splitter.push(Buffer.from(wire));
    expect(text()).toBe(wire);
  });
});
