/** What is looked up again, what counts as a change, and which watches it touches. */
import { describe, expect, it } from 'vitest';
import { ClusterError } from '../../../src/errors.ts';
import type { SelectionOptions } from '../../../src/logs/selection/options.ts';
import type { ResolvedSelection } from '../../../src/logs/selection/resolve.ts';
import { aLogPod, anOwner, chosen, lookupOf, resolved, type LookupParts } from './pods.ts';
import { cluster } from './shop.ts';

const { signal } = new AbortController();
const keysOf = (selection: ResolvedSelection): readonly string[] =>
  selection.queries.map((query) => selection.keyOf(query));

/** What has another key, or none, after the cluster has become `later`. */
async function renewedTo(options: Partial<SelectionOptions>, later: Partial<LookupParts>) {
  const parts = { ...cluster };
  const before = await resolved(options, lookupOf(parts));
  Object.assign(parts, later);
  const after = await before.renew?.(signal);
  return { before, after };
}

describe('renew', () => {
  it.each<[string, Partial<SelectionOptions>, boolean]>([
    ['a Service', { query: ['svc/web'] }, true],
    ['an Ingress', { kinds: { Ingress: ['front'] } }, true],
    ['an autoscaler', { query: ['hpa/scaler'] }, true],
    ['nodes by label', { nodes: ['disk=ssd'] }, true],
    ['a zone', { zones: ['b'] }, true],
    ['nodes by glob', { match: 'glob', query: ['node/*'] }, true],
    ['one node', { nodes: ['n1'] }, false],
    ['a Deployment', { query: ['deploy/web'] }, false],
    ['pods', { query: ['web'] }, false],
    ['anything beside a Service', { query: ['web', 'svc/db'] }, true],
  ])('%s', async (_, options, expected) => {
    const lookup = lookupOf(cluster);
    const selection = await resolved(options, lookup);
    expect(selection.renew !== undefined).toBe(expected);
    const before = lookup.asked.length;
    expect(await selection.renew?.(signal)).toBeUndefined();
    expect(lookup.asked.length > before).toBe(expected);
  });

  it('looks up nothing that cannot change', async () => {
    const lookup = lookupOf(cluster);
    const selection = await resolved({ query: ['deploy/web', 'svc/db'] }, lookup);
    const before = lookup.asked.length;
    await selection.renew?.(signal);
    expect(lookup.asked.slice(before)).toEqual(['Service shop/db']);
  });

  it('judges pods by what is there now', async () => {
    const later = [anOwner('Service', 'web', { podSelector: anOwner('Service', 'db').podSelector })];
    const { before, after } = await renewedTo({ query: ['svc/web'] }, { owners: later });
    const pods = [aLogPod('w', { labels: { app: 'web' } }), aLogPod('d', { labels: { app: 'db' } })];
    expect(chosen(before, pods)).toEqual(['w']);
    expect(after && chosen(after, pods)).toEqual(['d']);
    expect(await after?.renew?.(signal)).toBeUndefined();
  });

  it('takes up a Service that an Ingress has got', async () => {
    const front = anOwner('Ingress', 'front', { services: ['web'] });
    const owners = [front, anOwner('Service', 'web'), anOwner('Service', 'db')];
    const parts: { -readonly [K in keyof LookupParts]: LookupParts[K] } = { owners };
    const before = await resolved({ kinds: { Ingress: ['front'] } }, lookupOf(parts));
    parts.owners = [{ ...front, services: ['web', 'db'] }, ...owners.slice(1)];
    const after = await before.renew?.(signal);
    const pods = [aLogPod('w', { labels: { app: 'web' } }), aLogPod('d', { labels: { app: 'db' } })];
    expect([chosen(before, pods), after && chosen(after, pods)]).toEqual([['w'], ['w', 'd']]);
  });

  it.each<[string, Partial<LookupParts>]>([
    ['is gone', { owners: [] }],
    ['may not be read', { forbidden: ['Service'] }],
    ['has lost its selector', { owners: [anOwner('Service', 'web', { podSelector: undefined })] }],
  ])('stays as it was when the Service %s', async (_, later) => {
    expect((await renewedTo({ query: ['svc/web'] }, later)).after).toBeUndefined();
  });

  it('stays as it was when the server does not answer, and throws what is no answer', async () => {
    const lookup = lookupOf(cluster);
    const selection = await resolved({ query: ['svc/web'] }, lookup);
    lookup.named = () => Promise.reject(new ClusterError('away', { code: 'cluster.unreachable' }));
    expect(await selection.renew?.(signal)).toBeUndefined();
    lookup.named = () => Promise.reject(new TypeError('a bug'));
    await expect(selection.renew?.(signal)).rejects.toThrow('a bug');
  });
});

describe('keyOf', () => {
  it('is the same for nodes that stay, whichever join', async () => {
    const { before, after } = await renewedTo(
      { nodes: ['disk=ssd'] },
      {
        owners: [anOwner('Node', 'n2'), anOwner('Node', 'n3')],
        nodeLabels: { n2: { disk: 'ssd' }, n3: { disk: 'ssd' } },
      },
    );
    const [old, now] = [keysOf(before), keysOf(after as ResolvedSelection)];
    expect([old.length, now.length]).toEqual([1, 2]);
    expect(now[0]).toBe(old[0]);
  });

  it('is another where the same watch gives other pods', async () => {
    const later = [
      anOwner('Service', 'web', { podSelector: anOwner('Service', 'x').podSelector }),
      anOwner('Service', 'db'),
    ];
    const { before, after } = await renewedTo({ query: ['svc/web', 'svc/db'] }, { owners: later });
    expect(after?.queries).toEqual(before.queries);
    expect(keysOf(after as ResolvedSelection)).not.toEqual(keysOf(before));
  });

  it('is the same in a namespace that the change does not concern', async () => {
    const options = { namespaces: ['shop', 'prod'], query: ['svc/db'] };
    const [shopDb, prodDb] = [anOwner('Service', 'db'), anOwner('Service', 'db', { namespace: 'prod' })];
    const moved = { ...prodDb, podSelector: anOwner('Service', 'x').podSelector };
    const { before, after } = await renewedTo(options, { owners: [shopDb, moved] });
    const [old, now] = [keysOf(before), keysOf(after as ResolvedSelection)];
    expect(now.filter((key) => old.includes(key))).toHaveLength(1);
  });
});
