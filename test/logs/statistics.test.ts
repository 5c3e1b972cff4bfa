/** What `--stats` says at the end. */
import { describe, expect, it } from 'vitest';
import type { LogSource } from '../../src/logs/line.ts';
import { createStatistics, talkerTable } from '../../src/logs/statistics.ts';
import { FakeClock } from '../support/clock.ts';

function sourceOf(pod: string, more: Partial<LogSource> = {}): LogSource {
  const names = { context: undefined, namespace: 'shop', pod, podUid: '', container: 'app', containerId: '', node: '' };
  return { ...names, labels: {}, annotations: {}, ...more };
}

describe('statistics', () => {
  it('count what goes through, for each container over all its runs', async () => {
    const clock = new FakeClock();
    const statistics = createStatistics(clock);
    const given: string[] = [];
    const behind = Promise.resolve();
    const outlet = {
      block: (lines: Buffer) => {
        given.push(lines.toString());
        return behind;
      },
    };
    const web = statistics.counted(sourceOf('web-1'), outlet);
    const again = statistics.counted(sourceOf('web-1', { containerId: 'two' }), outlet);
    const other = statistics.counted(sourceOf('db-1', { context: 'east', container: 'db\x1b[2J' }), outlet);
    statistics.counted(sourceOf('quiet'), outlet);
    expect(web.block(Buffer.from('a\nb\n'))).toBe(behind);
    await again.block(Buffer.from('c\n'));
    await other.block(Buffer.from(`${'x'.repeat(17)}\n`));
    await clock.advance(1500);
    expect(given).toEqual(['a\nb\n', 'c\n', `${'x'.repeat(17)}\n`]);
    expect(statistics.text({ streams: 4, pods: 3, failed: 1 }).split('\n')).toEqual([
      '4 lines, 24 bytes of 4 logs of 3 pods in 1.5 s, 1 could not be read',
      'CONTAINER                   LINES   BYTES   SHARE',
      'east: shop/db-1/db\\x1b[2J   1       18      75.0%',
      'shop/web-1/app              3       6       25.0%',
    ]);
  });

  it('name the ten that wrote most, and how many more there are', () => {
    const talkers = Array.from({ length: 13 }, (_, index) => ({ name: `n/p${index}/c`, lines: 1, bytes: index }));
    const lines = talkerTable(talkers);
    expect(lines).toHaveLength(12);
    expect(lines[1]).toMatch(/^n\/p12\/c +1 +12 +15\.4%$/);
    expect(lines[10]).toMatch(/^n\/p3\/c /);
    expect(lines[11]).toBe('and 2 more');
  });

  it('have no table where nothing was written', () => {
    expect(talkerTable([{ name: 'n/p/c', lines: 0, bytes: 0 }])).toEqual([]);
    expect(createStatistics(new FakeClock()).text({ streams: 1, pods: 1, failed: 0 })).toBe(
      '0 lines, 0 bytes of 1 logs of 1 pods in 0.0 s',
    );
  });
});
