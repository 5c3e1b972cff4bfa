import { describe, expect, test } from 'vitest';
import { createSorter } from '../../src/logs/sort.ts';
import { FakeClock } from '../support/clock.ts';

const print = (block: Buffer): string => block.toString('latin1').slice(31);
const line = (second: number, text: string): string =>
  `2026-11-21T02:16:${String(second).padStart(2, '0')}.000000000Z ${text}\n`;
const block = (...lines: readonly string[]): Buffer => Buffer.from(lines.join(''));

function sorter(windowMs?: number) {
  const clock = new FakeClock();
  let out = '';
  const made = createSorter({ clock, write: (bytes) => void (out += bytes), windowMs });
  return { clock, sort: made, text: () => out };
}

describe('logs that end', () => {
  test('come in the order of their timestamps', async () => {
    const { sort, text } = sorter();
    const a = sort.lane(print);
    const b = sort.lane(print);
    const first = a.block(block(line(1, 'a1'), line(4, 'a4'), line(5, 'a5')));
    const second = b.block(block(line(2, 'b2'), line(3, 'b3')));
    await second;
    expect(text()).toBe('a1\nb2\nb3\n');
    b.end();
    await first;
    a.end();
    await sort.close();
    expect(text()).toBe('a1\nb2\nb3\na4\na5\n');
  });

  test('a lane without lines holds the others back until it ends', async () => {
    const { sort, text } = sorter();
    const a = sort.lane(print);
    const b = sort.lane(print);
    const given = a.block(block(line(1, 'a1')));
    expect(text()).toBe('');
    b.end();
    await given;
    expect(text()).toBe('a1\n');
  });

  test('within one log the order stays, also where its clock jumps back', async () => {
    const { sort, text } = sorter();
    const a = sort.lane(print);
    const b = sort.lane(print);
    const all = Promise.all([
      a.block(block(line(5, 'a5'), line(2, 'a2'), line(6, 'a6'))).then(() => a.end()),
      b.block(block(line(3, 'b3'), line(7, 'b7'))).then(() => b.end()),
    ]);
    await all;
    await sort.close();
    expect(text()).toBe('b3\na5\na2\na6\nb7\n');
  });

  test('two blocks of one log, the second before the first has left, are both waited for and printed', async () => {
    const { sort, text } = sorter();
    const a = sort.lane(print);
    const b = sort.lane(print);
    const given = Promise.all([a.block(block(line(1, 'a1'))), a.block(block(line(3, 'a3')))]);
    await b.block(block(line(2, 'b2')));
    b.end();
    await given;
    expect(text()).toBe('a1\nb2\na3\n');
  });

  test('a line without a timestamp stays behind the one before it, and offsets are times', async () => {
    const { sort, text } = sorter();
    const a = sort.lane((bytes) => `${bytes.toString('latin1').trim().split(' ').at(-1) ?? ''}\n`);
    const b = sort.lane(print);
    const all = Promise.all([
      a.block(block(line(1, 'a1'), 'unable to x\n', '2026-11-21T04:16:03.5+02:00 a3\n')).then(() => a.end()),
      b.block(block(line(2, 'b2'), line(4, 'b4'))).then(() => b.end()),
    ]);
    await all;
    expect(text()).toBe('a1\nx\nb2\na3\nb4\n');
  });

  test('what is left when all is over is written', async () => {
    const { sort, text } = sorter();
    const a = sort.lane(print);
    sort.lane(print);
    void a.block(block(line(1, 'a1')));
    await sort.close();
    expect(text()).toBe('a1\n');
  });
});

describe('logs that are followed', () => {
  test('a busy log is not held back once the others have passed its moment', async () => {
    const { clock, sort, text } = sorter(1000);
    const a = sort.lane(print);
    const b = sort.lane(print);
    await a.block(block(line(1, 'a1'), line(9, 'a9')));
    await b.block(block(line(2, 'b2'), line(10, 'b10')));
    await clock.advance(0);
    expect(text()).toBe('a1\nb2\na9\n');
  });

  test('a line waits for its window, and not for silent logs', async () => {
    const { clock, sort, text } = sorter(1000);
    const a = sort.lane(print);
    const b = sort.lane(print);
    await a.block(block(line(2, 'a2')));
    await clock.advance(500);
    await b.block(block(line(1, 'b1')));
    expect(text()).toBe('b1\n');
    await clock.advance(600);
    await clock.advance(600);
    expect(text()).toBe('b1\na2\n');
  });
});
