/** Bodies that come packed, whatever their trailer says of their size. */
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { realClock } from '../../src/clock.ts';
import { readBody } from '../../src/cluster/body.ts';

const limits = { idleTimeoutMs: 10_000, totalTimeoutMs: undefined };
const { signal } = new AbortController();

function read(bytes: Buffer): Promise<Buffer> {
  const message = new IncomingMessage(new Socket());
  message.headers['content-encoding'] = 'gzip';
  message.push(bytes);
  message.push(null);
  return readBody(message, limits, realClock, signal);
}

test.each([0, 1, 16_383, 16_384, 100_000, 3_000_000])('a body of %i bytes is unpacked whole', async (size) => {
  const body = Buffer.alloc(size, 'kmaint ');
  expect((await read(gzipSync(body))).equals(body)).toBe(true);
});

test('so is one in two parts, where the trailer speaks of the last one only', async () => {
  const [large, small] = [Buffer.alloc(500_000, 'a'), Buffer.from('b')];
  const body = await read(Buffer.concat([gzipSync(large), gzipSync(small)]));
  expect(body.equals(Buffer.concat([large, small]))).toBe(true);
});

test('a trailer that lies is an error, and costs no more memory than the body could have filled', async () => {
  const packed = gzipSync(Buffer.from('small'));
  packed.writeUInt32LE(0xff_ff_ff_ff, packed.length - 4);
  const before = process.memoryUsage().arrayBuffers;
  await expect(read(packed)).rejects.toThrow('length');
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
});

test.each(['', 'no gzip', '\u001F'])('%j is an error, or nothing', async (text) => {
  const body = read(Buffer.from(text));
  if (text === '') expect(await body).toHaveLength(0);
  else await expect(body).rejects.toThrow();
});
