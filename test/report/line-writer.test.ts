import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createLineWriter } from '../../src/report/line-writer.ts';

/** A reader that takes what it is given only when told to. */
function slow(highWaterMark = 16_384) {
  const chunks: Buffer[] = [];
  const waiting: (() => void)[] = [];
  const stream = new Writable({
    highWaterMark,
    write(chunk: Buffer, _, done) {
      chunks.push(chunk);
      waiting.push(done);
    },
  });
  return { stream, chunks, take: () => waiting.splice(0).forEach((done) => done()) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('lines', () => {
  test('of one turn leave in one write, byte for byte', async () => {
    const { stream, chunks } = slow();
    const writer = createLineWriter(stream);
    void writer.write('a\xff\n');
    void writer.write('b\n');
    expect(chunks).toHaveLength(0);
    await turn();
    expect(chunks).toEqual([Buffer.from('a\xff\nb\n', 'latin1')]);
  });

  test('a reader that is behind is waited for, and nothing is lost', async () => {
    const { stream, chunks, take } = slow();
    const writer = createLineWriter(stream);
    const big = `${'x'.repeat(300_000)}\n`;
    void writer.write(big);
    const behind = writer.write(big);
    expect(behind).toBeInstanceOf(Promise);
    let over = false;
    void behind?.then(() => (over = true));
    await turn();
    expect(over).toBe(false);
    take();
    await turn();
    expect(over).toBe(true);
    const flushed = writer.flush();
    for (let i = 0; i < 5; i += 1) {
      take();
      await turn();
    }
    await flushed;
    expect(Buffer.concat(chunks).length).toBe(2 * big.length);
  });

  test('once the reader has left, it is told once and nothing waits', async () => {
    const { stream } = slow();
    let closed = 0;
    const writer = createLineWriter(stream, () => {
      closed += 1;
    });
    void writer.write('x'.repeat(300_000));
    const behind = writer.write('x'.repeat(300_000));
    stream.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    await behind;
    expect(writer.failure?.code).toBe('EPIPE');
    expect(writer.write('more\n')).toBeUndefined();
    await writer.flush();
    expect(closed).toBe(1);
  });
});
