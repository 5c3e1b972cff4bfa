/** What stderr says about streams: stern's two lines, and those that stern has not. */
import { describe, expect, it } from 'vitest';
import { lifecycleText } from '../../../src/logs/format/lifecycle.ts';
import type { LookOptions } from '../../../src/logs/format/look.ts';
import { defaultPalette } from '../../../src/logs/format/palette.ts';
import { formatterOf, type Stamp } from '../../../src/logs/format/timestamp.ts';
import { source } from './lines.ts';

const plain: LookOptions = { colors: undefined, diffContainer: false, showNamespace: false, showContext: false };

function stampIn(zone: string): Stamp {
  const made = formatterOf('default', zone);
  if ('problem' in made || !made.value) throw new Error('no stamp');
  return made.value();
}

describe('a stream begins and ends', () => {
  it.each<[string, Partial<LookOptions>, string, string]>([
    ['plainly', {}, '+ web-1 › app', '- web-1 › app'],
    ['with its namespace', { showNamespace: true }, '+ shop web-1 › app', '- shop web-1 › app'],
    [
      'with its context',
      { showNamespace: true, showContext: true },
      '+ prod shop web-1 › app',
      '- prod shop web-1 › app',
    ],
    [
      'in colours',
      { colors: defaultPalette, showNamespace: true },
      '\x1b[92;1m+\x1b[0;22m \x1b[93mshop\x1b[0m \x1b[93mweb-1\x1b[0m › \x1b[33mapp\x1b[0m',
      '\x1b[91;1m-\x1b[0;22m \x1b[93mshop\x1b[0m \x1b[93mweb-1\x1b[0m › \x1b[33mapp\x1b[0m',
    ],
  ])('%s', (_, look, begun, ended) => {
    const text = lifecycleText({ ...plain, ...look });
    expect(text.attached({ ...source, context: 'prod' })).toBe(begun);
    expect(text.detached({ ...source, context: 'prod' })).toBe(ended);
  });
});

describe('news of a stream', () => {
  const text = lifecycleText(plain, stampIn('Asia/Tokyo'));

  it('is a gap, in the times of the zone', () => {
    const gap = text.gap(source, '2026-11-21T02:16:18.123456789Z', '2026-11-21T02:16:25.000000000Z', 'log rotated');
    expect(gap).toBe('! web-1 › app: possible gap 11:16:18..11:16:25 (log rotated)');
  });

  it('is a gap of more than a day, with dates', () => {
    const gap = text.gap(source, '2026-11-21T14:16:18.123456789Z', '2026-11-21T15:16:25.000000000Z', 'log rotated');
    expect(gap).toBe('! web-1 › app: possible gap 2026-11-21T23:16:18..2026-11-22T00:16:25 (log rotated)');
  });

  it('is a gap of which nobody knows the time', () => {
    expect(text.gap(source, '', '', 'a file is damaged')).toBe('! web-1 › app: possible gap (a file is damaged)');
  });

  it('is a gap in the server’s own times without a zone', () => {
    const gap = lifecycleText(plain).gap(source, '2026-11-21T02:16:18.1Z', '2026-11-21T02:16:25.0Z', 'why');
    expect(gap).toBe('! web-1 › app: possible gap 02:16:18..02:16:25 (why)');
  });

  it.each([
    [{ reason: 'OOMKilled', exitCode: 137, signal: undefined }, 'OOMKilled exit=137'],
    [{ reason: 'Completed', exitCode: 0, signal: 0 }, 'Completed exit=0'],
    [{ reason: undefined, exitCode: 143, signal: 15 }, 'Terminated exit=143 signal=15'],
  ])('is the end of a container: %j', (end, words) => {
    expect(text.terminated(source, { ...end, finishedAt: undefined })).toBe(`~ web-1 › app: ${words}`);
  });

  it('is a retry, on one line, whatever the server says', () => {
    expect(text.retry(source, 'dial tcp:\nrefused\x1b[2J', 3)).toBe(
      String.raw`! web-1 › app: dial tcp: refused\x1b[2J` + ', will retry (attempt 3)',
    );
    expect(text.notice(source, 'unable to retrieve\n')).toBe('! web-1 › app: unable to retrieve');
  });
});
