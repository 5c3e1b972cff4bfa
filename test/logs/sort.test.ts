import fc from 'fast-check';
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
    void b.end();
    await first;
    void a.end();
    await sort.close();
    expect(text()).toBe('a1\nb2\nb3\na4\na5\n');
  });

  test('a lane without lines holds the others back until it ends', async () => {
    const { sort, text } = sorter();
    const a = sort.lane(print);
    const b = sort.lane(print);
    const given = a.block(block(line(1, 'a1')));
    expect(text()).toBe('');
    void b.end();
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
    void b.end();
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

  test('of lines of the same moment that of the earlier log comes first', async () => {
    const { sort, text } = sorter();
    const [a, b, c] = [sort.lane(print), sort.lane(print), sort.lane(print)];
    await Promise.all([
      c.block(block(line(1, 'c1'), line(2, 'c2'))).then(() => c.end()),
      b.block(block(line(1, 'b1'), line(1, 'b1+'), line(2, 'b2'))).then(() => b.end()),
      a.block(block(line(2, 'a2'))).then(() => a.end()),
    ]);
    expect(text()).toBe('b1\nb1+\nc1\na2\nb2\nc2\n');
  });

  test('lines that are not shown hold nobody back, and nor does their log', async () => {
    const { sort, text } = sorter();
    const a = sort.lane((bytes) => (bytes.includes('keep') ? print(bytes) : ''));
    const b = sort.lane(print);
    await a.block(block(line(1, 'drop'), line(2, 'drop')));
    const given = Promise.all([
      a.block(block(line(3, 'drop'), line(5, 'keep 5'), line(9, 'drop'))).then(() => a.end()),
      b.block(block(line(4, 'b4'), line(6, 'b6'))).then(() => b.end()),
    ]);
    await given;
    expect(text()).toBe('b4\nkeep 5\nb6\n');
  });

  test('lines of several shapes of timestamps are in one order', async () => {
    const { sort, text } = sorter();
    const last = (bytes: Buffer): string => `${bytes.toString('latin1').trim().split(' ').at(-1) ?? ''}\n`;
    const stamps: readonly string[] = [
      '1969-12-31T23:59:59.999999999Z',
      '2026-11-21T01:59:59.999999999+00:00',
      '2026-11-21T02:00:00Z',
      '2026-11-21T02:00:00.1Z',
      '2026-11-21T04:30:00.100000001+02:30',
      '2026-11-21T02:00:00.100000002Z',
      '2026-11-21T02:00:59.999999999Z',
      '2026-11-21T02:01:00.000000000Z',
      '2026-11-20T23:01:00.5-03:00',
      '9999-12-31T23:59:59-12:00',
    ];
    const given = stamps.map(async (stamp, index) => {
      const lane = sort.lane(last);
      await Promise.resolve();
      await lane.block(Buffer.from(`${stamp} ${String(index)}\n`));
      void lane.end();
    });
    await Promise.all(given.toReversed());
    expect(text()).toBe(stamps.map((_, index) => `${String(index)}\n`).join(''));
  });

  test('any number of logs are merged as a slow and simple way merges them', async () => {
    const stamp = fc.oneof(
      fc.integer({ min: 0, max: 59 }).map((second) => line(second, '')),
      fc.constantFrom('x\n', ''),
    );
    const log = fc.array(fc.array(stamp, { minLength: 1, maxLength: 6 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.array(log, { maxLength: 12 }), async (logs) => {
        const { sort, text } = sorter();
        const named = logs.map((blocks, lane) =>
          blocks.map((lines, at) => lines.map((one, index) => one.replace('\n', ` ${lane}.${at}.${index}\n`)).join('')),
        );
        const lanes = named.map(() => sort.lane((bytes) => bytes.toString('latin1')));
        await Promise.all(
          named.map(async (blocks, index) => {
            // oxlint-disable-next-line no-await-in-loop -- as a connection gives them
            for (const one of blocks) await lanes[index]?.block(Buffer.from(one));
            void lanes[index]?.end();
          }),
        );
        await sort.close();
        expect(text()).toBe(slowMerge(named.map((blocks) => blocks.join(''))));
      }),
      { numRuns: 300 },
    );
  });

  test('fifty logs, one slow and one that ends late, come in order and are held back a block each', async () => {
    const { sort, text } = sorter();
    let held = 0;
    let most = 0;
    const lanes = Array.from({ length: 50 }, (_, lane) =>
      sort.lane((bytes) => `${bytes.toString('latin1').slice(0, 30)}${lane}\n`),
    );
    const feed = async (lane: number, blocks: number, pause: number): Promise<void> => {
      const own = lanes[lane] ?? sort.lane(print);
      for (let at = 0; at < blocks; at += 1) {
        const lines = Array.from({ length: 20 }, (_, index) =>
          line(at * 4 + Math.floor(index / 5), `${lane} ${index}`),
        );
        held += 1;
        most = Math.max(most, held);
        // oxlint-disable-next-line no-await-in-loop -- as a connection gives them
        await own.block(block(...lines));
        held -= 1;
        // oxlint-disable-next-line no-await-in-loop
        for (let turn = 0; turn < pause; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      }
      void own.end();
    };
    await Promise.all(lanes.map((_, lane) => feed(lane, lane === 7 ? 14 : 10, lane === 3 ? 5 : 0)));
    await sort.close();
    const times = text()
      .trimEnd()
      .split('\n')
      .map((one) => one.slice(0, 29));
    expect(times).toHaveLength(49 * 200 + 280);
    expect(times).toEqual(times.toSorted());
    expect(most).toBeLessThanOrEqual(50);
  });

  test('what a printer throws reaches who gave the lines', async () => {
    const { sort } = sorter();
    const a = sort.lane((bytes) => {
      if (bytes.includes('bad')) throw new Error('no such field');
      return print(bytes);
    });
    const b = sort.lane(print);
    // More than is printed ahead.
    const given = a.block(block(line(1, 'x'.repeat(9000)), line(2, 'bad')));
    void b.end();
    await expect(given).rejects.toThrow('no such field');
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

  test('no line waits longer than its window, also where older ones keep coming', async () => {
    const { clock, sort, text } = sorter(1000);
    const a = sort.lane(print);
    const b = sort.lane(print);
    sort.lane(print);
    await a.block(block(line(50, 'a50')));
    for (let second = 0; second < 12; second += 1) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await b.block(block(line(second, `b${second}`)));
      // oxlint-disable-next-line no-await-in-loop
      await clock.advance(100);
    }
    expect(text()).toBe(`${Array.from({ length: 10 }, (_, at) => `b${at}\n`).join('')}a50\n`);
  });

  test('lines that are not shown take no room in the window', async () => {
    const { clock, sort, text } = sorter(1000);
    const a = sort.lane((bytes) => (bytes.includes('keep') ? print(bytes) : ''));
    sort.lane(print);
    const dropped = line(2, 'x'.repeat(60_000));
    for (let at = 0; at < 100; at += 1) {
      // oxlint-disable-next-line no-await-in-loop -- as a connection gives them
      await a.block(block(at === 50 ? line(2, 'keep') : dropped));
    }
    expect(text()).toBe('');
    await clock.advance(1000);
    expect(text()).toBe('keep\n');
  });

  test.each([
    ['one log', 1, 2 * 1024 * 1024],
    ['many logs', 50, 40 * 1024 * 1024],
  ])(
    'a burst of %s beside a silent one is held back up to a limit, in order, and nothing is lost',
    async (_, logs, limit) => {
      const { clock, sort } = sorter(1000);
      let written = '';
      let given = 0;
      let left = 0;
      let most = 0;
      const burst = createSorter({
        clock,
        write: (bytes) => {
          left += bytes.length;
          written += bytes.replaceAll(/ x+/g, '');
          return undefined;
        },
        windowMs: 1000,
      });
      burst.lane(print);
      const rest = ` ${'x'.repeat(4900)}`;
      const total = Math.ceil((2 * limit) / 60_000 / logs);
      const feed = async (own: ReturnType<typeof burst.lane>, log: number): Promise<void> => {
        for (let at = 0; at < total; at += 1) {
          const lines = Array.from({ length: 12 }, (__, index) => line(at % 60, `${log}.${at}.${index}${rest}`)).join(
            '',
          );
          // Each comes with the next turn of the event loop.
          // oxlint-disable-next-line no-await-in-loop
          await new Promise((resolve) => setImmediate(resolve));
          given += lines.length;
          most = Math.max(most, given - left);
          // oxlint-disable-next-line no-await-in-loop
          await own.block(Buffer.from(lines));
        }
      };
      const lanes = Array.from({ length: logs }, () => burst.lane((bytes) => bytes.toString('latin1').slice(31)));
      await Promise.all(lanes.map((lane, log) => feed(lane, log)));
      await burst.close();
      await sort.close();
      // Timestamps were given and not written: they count for no more than a tenth.
      expect(most * 0.9).toBeLessThan(limit);
      const byLog = new Map<string, string[]>();
      for (const one of written.trimEnd().split('\n')) {
        const [log = '', ...place] = one.split('.');
        byLog.set(log, [...(byLog.get(log) ?? []), place.join('.')]);
      }
      const expected = Array.from({ length: total * 12 }, (__, at) => `${Math.floor(at / 12)}.${at % 12}`);
      expect(byLog.size).toBe(logs);
      for (const places of byLog.values()) expect(places).toEqual(expected);
    },
    60_000,
  );
});

/** Looks at every log for every line. */
function slowMerge(logs: readonly string[]): string {
  const left = logs.map((text) => {
    let last = '';
    return text.match(/[^\n]*\n/g)?.map((one) => {
      const stamp = /^\d{4}-\S+Z(?= )/.exec(one)?.[0] ?? '';
      if (stamp > last) last = stamp;
      return { key: last, one };
    });
  });
  let out = '';
  for (;;) {
    let best: { readonly key: string; readonly one: string }[] | undefined;
    for (const log of left) if (log?.[0] && (!best?.[0] || log[0].key < best[0].key)) best = log;
    const next = best?.shift();
    if (!next) return out;
    out += next.one;
  }
}
