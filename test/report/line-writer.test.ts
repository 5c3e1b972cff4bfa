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

/** A reader that looks at what it is given only when it takes it, and tells what that was. */
function late() {
  let text = '';
  const waiting: (() => void)[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      waiting.push(() => {
        text += chunk.toString('latin1');
        done();
      });
    },
  });
  const take = (): void => waiting.splice(0).forEach((one) => one());
  return {
    stream,
    take,
    all: async (writer: ReturnType<typeof createLineWriter>): Promise<string> => {
      let over = false;
      const flushed = writer.flush().then(() => (over = true));
      while (!over) {
        take();
        await turn();
      }
      await flushed;
      return text;
    },
  };
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

  test('leave at once when they are to be handed on, and none of them twice', async () => {
    const { stream, chunks } = slow();
    const writer = createLineWriter(stream);
    writer.handOn();
    void writer.write('a\n');
    writer.handOn();
    expect(String(Buffer.concat(chunks))).toBe('a\n');
    writer.handOn();
    await turn();
    expect(chunks).toHaveLength(1);
  });

  test('are not forced upon a reader that is behind, and keep their order', async () => {
    const { stream, take, all } = late();
    const writer = createLineWriter(stream);
    const lines = Array.from({ length: 600 }, (_, index) => `${String(index)}${'.'.repeat(999)}\n`);
    let behind = 0;
    for (const [index, line] of lines.entries()) {
      if (index % 3 === 0 ? put(writer, line) : writer.write(line)) behind += 1;
      writer.handOn();
      // What the stream itself holds: the pieces that it took, up to the one that was too much.
      expect(stream.writableLength).toBeLessThanOrEqual(stream.writableHighWaterMark + 64 * 1024);
      if (index === 300) {
        take();
        await turn();
      }
    }
    expect(behind).toBeGreaterThan(0);
    expect((await all(writer)) === lines.join('')).toBe(true);
  });

  test('that nobody reads any more are not handed on', async () => {
    const { stream, chunks } = slow();
    const writer = createLineWriter(stream);
    void writer.write('a\n');
    stream.destroy();
    writer.handOn();
    await turn();
    expect([chunks.length, writer.failure?.code]).toEqual([0, 'EPIPE']);
  });

  test('a reader that is behind is waited for, and nothing is lost', async () => {
    const { stream, chunks, take } = slow();
    const writer = createLineWriter(stream);
    const big = `${'x'.repeat(999)}\n`.repeat(300);
    void writer.write(big);
    const behind = writer.write(big);
    expect(behind).toBeInstanceOf(Promise);
    let over = false;
    void behind?.then(() => (over = true));
    await turn();
    expect(over).toBe(false);
    // Five pieces of 64 KB have to go before there are less than 256 KB left.
    for (let pieces = 0; pieces < 5; pieces += 1) {
      expect(over, `${String(pieces)} pieces were taken`).toBe(false);
      take();
      await turn();
    }
    expect(over).toBe(true);
    const flushed = writer.flush();
    for (let i = 0; i < 9; i += 1) {
      take();
      await turn();
    }
    await flushed;
    expect(Buffer.concat(chunks).toString() === big + big).toBe(true);
  });

  /** Puts a text into the room that the writer gives for it. */
  function put(writer: ReturnType<typeof createLineWriter>, text: string): Promise<void> | undefined {
    const room = writer.room(text.length);
    expect.assert(room !== undefined);
    return writer.filled(room.start + room.bytes.write(text, room.start, 'latin1'));
  }

  test('in rooms and strings keep their order', async () => {
    const { stream, take, all } = late();
    const writer = createLineWriter(stream);
    let expected = '';
    for (let index = 0; index < 200; index += 1) {
      const line = `${String(index)}\xe4${'.'.repeat((index * 971) % 9_000)}\n`;
      expected += line;
      void (index % 7 < 4 ? put(writer, line) : writer.write(line));
      if (index % 50 === 0) {
        take();
        await turn();
      }
    }
    expect((await all(writer)) === expected).toBe(true);
  });

  test('in a room are not overwritten while their reader is behind', async () => {
    const { stream, take, all } = late();
    const writer = createLineWriter(stream);
    const texts = Array.from({ length: 40 }, (_, index) => `${String.fromCharCode(65 + index).repeat(50_000)}\n`);
    let behind = 0;
    for (const [index, text] of texts.entries()) {
      if (put(writer, text)) behind += 1;
      if (index % 10 === 9) {
        take();
        await turn();
      }
    }
    expect(behind).toBeGreaterThan(0);
    expect((await all(writer)) === texts.join('')).toBe(true);
  });

  test('come again from few of those that wait at once, from each in its turn, and from all in the end', async () => {
    const { stream, take } = late();
    const writer = createLineWriter(stream);
    const line = `${'x'.repeat(64 * 1024)}\n`;
    const order: number[] = [];
    for (let index = 0; index < 8; index += 1) void writer.write(line);
    for (let index = 0; index < 100; index += 1) void writer.write(line)?.then(() => order.push(index));
    await turn();
    expect(order).toEqual([]);
    // What they bring keeps the others back.
    while (order.length === 0) {
      take();
      await turn();
    }
    for (let index = 0; index < 8; index += 1) void writer.write(line);
    await turn();
    await turn();
    expect(order.length).toBeLessThan(30);
    while (order.length < 100) {
      take();
      await turn();
    }
    expect(order).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  test('are given up between two of them, and whoever waits goes on', async () => {
    const { stream, chunks, take } = slow();
    const writer = createLineWriter(stream);
    const lines = Array.from({ length: 500 }, (_, index) => `${'x'.repeat((index * 971) % 4_000)}\n`).join('');
    const behind = writer.write(lines);
    expect.assert(behind !== undefined);
    await turn();
    writer.giveUp();
    await behind;
    void writer.write('more\n');
    const flushed = writer.flush();
    take();
    await turn();
    take();
    await flushed;
    const text = Buffer.concat(chunks).toString();
    expect(lines.startsWith(text) && text.endsWith('\n') && text.length < lines.length).toBe(true);
    expect(text).not.toBe('');
  });

  test('leave in pieces that a pipe can hold, and that end with a line', async () => {
    const { stream, chunks, take } = slow();
    const writer = createLineWriter(stream);
    const lines = Array.from({ length: 500 }, (_, index) => `${'x'.repeat((index * 971) % 4_000)}\n`);
    const long = `${'y'.repeat(100_000)}\n`;
    void writer.write(lines.join(''));
    void put(writer, lines.slice(0, 100).join(''));
    void writer.write(long + lines.join(''));
    let over = false;
    void writer.flush().then(() => (over = true));
    while (!over) {
      take();
      await turn();
    }
    expect(Buffer.concat(chunks).toString()).toBe([...lines, ...lines.slice(0, 100), long, ...lines].join(''));
    for (const chunk of chunks.slice(0, -1)) expect(chunk.at(-1)).toBe(10);
    const sizes = chunks.map(({ length }) => length).filter((size) => size !== long.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(64 * 1024);
    // And few of them are much smaller.
    expect(sizes.filter((size) => size < 60 * 1024).length).toBeLessThanOrEqual(5);
  });

  test('have no room beyond its size, and none for a reader that has left', async () => {
    const { stream } = slow();
    const writer = createLineWriter(stream);
    expect(writer.room(256 * 1024 + 1)).toBeUndefined();
    expect(writer.room(256 * 1024)).toMatchObject({ start: 0 });
    stream.destroy();
    await turn();
    expect(writer.room(1)).toBeUndefined();
    expect(writer.filled(10)).toBeUndefined();
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
