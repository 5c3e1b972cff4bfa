import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { environmentProxy, proxyProblem } from '../../src/cluster/kubeconfig/proxy.ts';
import { fixture } from './world.ts';

interface Recorded {
  readonly server: string;
  readonly env: Record<string, string>;
  /** Empty for a direct connection. */
  readonly proxy: string;
}

// The answers of Go's golang.org/x/net/http/httpproxy v0.51.0 itself.
const recorded = readFileSync(fixture('proxy-cases.ndjson'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line): Recorded => JSON.parse(line));

describe('the proxy of the environment', () => {
  it('is the one that Go would use, in every recorded case', () => {
    const wrong = recorded
      .map((given) => ({ ...given, ours: environmentProxy(given.server, given.env) ?? '' }))
      .filter(({ ours, proxy }) => ours !== proxy);
    expect(wrong).toEqual([]);
    expect(recorded.filter(({ proxy }) => proxy === '').length).toBeGreaterThan(100);
    expect(recorded.filter(({ proxy }) => proxy !== '').length).toBeGreaterThan(100);
  });

  it.each([
    ['http://127.0.0.1:3128', undefined],
    ['https://user:s3cr3t@127.0.0.1', undefined],
    ['socks5://127.0.0.1:1080', undefined],
    ['gopher://s3cr3t@127.0.0.1', 'has the scheme gopher; it must be http, https or socks5'],
    ['127.0.0.1:3128', 'is not a URL'],
  ])('proxy-url %s', (url, problem) => {
    expect(proxyProblem(url)).toBe(problem);
  });
});
