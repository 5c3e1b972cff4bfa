/** From when and up to when, to the nanosecond, though servers only know whole seconds. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lineAt, LogApi } from '../support/log-api.ts';
import { runLogsOn } from '../support/log-run.ts';

const stamps = [
  '00.000000000',
  '00.499999999',
  '00.500000000',
  '00.500000001',
  '01.000000000',
  '01.000000001',
] as const;
const lines = stamps.map((stamp, index) => `2026-01-01T00:00:${stamp}Z ${String.fromCodePoint(97 + index)}\n`);

let api: LogApi;

beforeEach(async () => {
  api = new LogApi();
  await api.start();
  api.put({ name: 'web-1', containers: { app: { state: 'running', id: '1', restarts: 1 } } });
  // As a kubelet does it: fractions of a second are lost on the way to it.
  api.onLog = ({ query: { sinceTime = '', tailLines = '1000', previous } }, response) => {
    const since = lines.filter((line) => line.slice(0, 19) >= sinceTime.slice(0, 19));
    response.writeHead(200).end(previous ? lineAt(-60, 'before') : since.slice(-Number(tailLines)).join(''));
  };
});

afterEach(() => api.stop());

async function printed(...words: string[]): Promise<string> {
  const run = runLogsOn(api.url, ['web', '-o', 'raw', '--only-log-lines', ...words]);
  expect(await run.done).toBe(0);
  return run.out().replaceAll('\n', ' ').trim();
}

describe('lines of the API', () => {
  it.each<[string, string]>([
    ['--since-time 2026-01-01T00:00:00Z', 'a b c d e f'],
    ['--since-time 2026-01-01T00:00:00.5Z', 'c d e f'],
    ['--after 2026-01-01T00:00:00.5Z', 'd e f'],
    ['--after 2026-01-01T00:00:00.500000001Z', 'e f'],
    ['--after 2026-01-01T00:00:00Z', 'b c d e f'],
    ['--after 2026-01-01T01:00:01+01:00', 'f'],
    ['--after 2026-01-01T00:00:01.000000001Z', ''],
    ['--until 2026-01-01T00:00:00.5Z', 'a b c'],
    ['--before 2026-01-01T00:00:00.5Z', 'a b'],
    ['--before 2026-01-01T00:00:01Z', 'a b c d'],
    ['--after 2026-01-01T00:00:00.5Z --before 2026-01-01T00:00:01.000000001Z', 'd e'],
    ['--after 2026-01-01T00:00:00.5Z --head 1', 'd'],
    ['--after 2026-01-01T00:00:00.5Z --sort', 'd e f'],
    ['--after 2026-01-01T00:00:00.5Z --tail 5', 'd e f'],
    ['--after 2026-01-01T00:00:00.5Z --tail 2', 'e f'],
    ['--before 1h', 'a b c d e f'],
    // That the run before is older is no reason to leave it out.
    ['--after 2026-01-01T00:00:01Z --crash --until-match ^f$', 'before f'],
  ])('%s', async (words, expected) => {
    const follow = words.includes('--until-match');
    expect(await printed(...(follow ? [] : ['--no-follow']), ...words.split(' '))).toBe(expected);
  });

  it('--before a while ago ends by itself', async () => {
    const now = Date.now();
    const line = (secondsAgo: number): string =>
      `${new Date(now - secondsAgo * 1000).toISOString().replace('Z', '000000Z')} ${String(secondsAgo)}\n`;
    api.onLog = (_, response) => void response.writeHead(200).end([120, 61, 10].map(line).join(''));
    const run = runLogsOn(api.url, ['web', '-o', 'raw', '--before', 'PT1M']);
    expect(await run.done).toBe(0);
    expect(run.out()).toBe('120\n61\n');
  });

  it.each([
    ['--after', '2026-01-01T00:00:00.5Z', { sinceTime: '2026-01-01T00:00:00.500000001Z' }],
    ['--after', 'PT5M', { sinceSeconds: '300' }],
  ])('the server is asked for no more than is needed: %s %s', async (flag, value, expected) => {
    await printed('--no-follow', flag, value);
    expect(api.asked[0]?.query).toMatchObject(expected);
  });
});
