/** Paging: limits, what remains, pages of one state while objects change, tokens that are wrong or too old. */
import { beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../support/api.ts';
import { bodyOf, contract, refusal } from './contract.ts';

interface Page {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items: KubeObject[];
}

contract({ prefix: 'paging' }, (at) => {
  beforeAll(async () => {
    for (const name of ['e', 'b', 'd', 'a', 'c']) await at.configMap(name, { metadata: { labels: { paged: 'yes' } } });
  });

  const page = async (query: string): Promise<Page> =>
    bodyOf<Page>(await at.get(at.core(`configmaps?labelSelector=paged&${query}`)));
  const plain = async (query: string): Promise<Page> => bodyOf<Page>(await at.get(at.core(`secrets?${query}`)));
  const names = (one: Page): string[] => one.items.map(({ metadata }) => metadata.name);
  const token = (one: Page): string => encodeURIComponent(one.metadata.continue ?? expect.unreachable('no token'));

  test('pages of two give everything once, in order, at one resourceVersion', async () => {
    const first = await page('limit=2');
    const second = await page(`limit=2&continue=${token(first)}`);
    const third = await page(`limit=2&continue=${token(second)}`);
    expect([first, second, third].map(names)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(third.metadata.continue).toBeUndefined();
    expect(new Set([first, second, third].map((one) => one.metadata.resourceVersion)).size).toBe(1);
  });

  test('remainingItemCount is told without a selector only', async () => {
    for (const name of ['x', 'y', 'z']) {
      await at.post(at.core('secrets'), { metadata: { name }, type: 'Opaque' });
    }
    const first = await plain('limit=1');
    expect(first.metadata.remainingItemCount).toBe(2);
    const second = await plain(`limit=1&continue=${token(first)}`);
    expect(second.metadata.remainingItemCount).toBe(1);
    const last = await plain(`limit=5&continue=${token(second)}`);
    expect(last.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion });
    expect((await page('limit=2')).metadata.remainingItemCount).toBeUndefined();
  });

  test('later pages show the state of the first, whatever happens meanwhile', async () => {
    const first = await page('limit=2');
    await at.configMap('c2', { metadata: { labels: { paged: 'yes' } } });
    await at.api.delete(at.core('configmaps/d'));
    await at.patch('merge', at.core('configmaps/c'), { data: { changed: 'yes' } });
    const rest = await page(`continue=${token(first)}`);
    expect(names(rest)).toEqual(['c', 'd', 'e']);
    expect(rest.items[0]).not.toHaveProperty('data');
    expect(names(await page(''))).toEqual(['a', 'b', 'c', 'c2', 'e']);
  });

  test('a limit larger than the list and a limit of 0 give all', async () => {
    expect(names(await page('limit=500'))).toEqual(['a', 'b', 'c', 'c2', 'e']);
    const unlimited = await page('limit=0');
    expect(unlimited.metadata.continue).toBeUndefined();
    expect(unlimited.items).toHaveLength(5);
  });

  test('a token that the server did not give is refused', async () => {
    const answer = refusal(await at.get(at.core('configmaps?limit=1&continue=garbage')));
    expect(answer).toMatchObject({ code: 400, reason: 'BadRequest' });
    expect(answer.message).toMatch(/^(invalid continue token: )?continue key is not valid: /);
  });

  test('a token together with a resourceVersion is refused', async () => {
    const first = await page('limit=1');
    const answer = await at.get(at.core(`configmaps?limit=1&resourceVersion=1&continue=${token(first)}`));
    expect(refusal(answer)).toMatchObject({
      code: 400,
      reason: 'BadRequest',
      message: 'specifying resource version is not allowed when using continue',
    });
  });

  test.each([
    ['limit=nonsense', 400, 'strconv.ParseInt: parsing "nonsense": invalid syntax'],
    [
      'resourceVersionMatch=Exact',
      422,
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    ],
    [
      'resourceVersion=0&resourceVersionMatch=Exact',
      422,
      'resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    ],
    [
      'resourceVersion=1&resourceVersionMatch=Nearly',
      422,
      'resourceVersionMatch: Unsupported value: "Nearly": supported values: "Exact", "NotOlderThan", ""',
    ],
  ])('%s is refused', async (query, code, words) => {
    const prefix = code === 422 ? 'ListOptions.meta.k8s.io "" is invalid: ' : '';
    expect(refusal(await at.get(at.core(`configmaps?${query}`)))).toMatchObject({
      code,
      reason: code === 422 ? 'Invalid' : 'BadRequest',
      message: `${prefix}${words}`,
    });
  });

  test('a resourceVersion that is no number is refused', async () => {
    const words = 'resourceVersion: Invalid value: "nonsense": strconv.ParseUint: parsing "nonsense": invalid syntax';
    const answer = refusal(await at.get(at.core('configmaps?resourceVersion=nonsense')));
    expect(answer).toMatchObject(
      at.minor >= 35
        ? { code: 400, reason: 'BadRequest', message: `invalid resource version: ${words}` }
        : { code: 500, reason: undefined, message: words },
    );
  });

  test('a list at an exact resourceVersion shows that state', async () => {
    const before = await page('');
    await at.configMap('f', { metadata: { labels: { paged: 'yes' } } });
    const version = before.metadata.resourceVersion;
    const exact = await page(`resourceVersion=${version}&resourceVersionMatch=Exact`);
    expect(names(exact)).toEqual(names(before));
    expect(exact.metadata.resourceVersion).toBe(version);
    expect(names(await page(`resourceVersion=${version}&resourceVersionMatch=NotOlderThan`))).toContain('f');
  });

  test('a resourceVersion of the future is refused with time to wait', async () => {
    const answer = await at.get(at.core('configmaps?resourceVersion=999999999'));
    expect(refusal(answer)).toMatchObject({
      code: 504,
      reason: 'Timeout',
      message: expect.stringMatching(/^Timeout: Too large resource version: 999999999, current: \d+$/) as string,
      details: {
        causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
        retryAfterSeconds: 1,
      },
    });
  });
});
