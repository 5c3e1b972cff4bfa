/** What is said of names that do not exist, lead nowhere or may not be read, and what is followed all the same. */
import { describe, expect, it } from 'vitest';
import type { SelectionOptions } from '../../../src/logs/selection/options.ts';
import { chosen, lookupOf, resolution } from './pods.ts';
import { cluster, owned, pods, svcPod } from './shop.ts';

describe('what cannot be followed', () => {
  it.each<[string, Partial<SelectionOptions>, string, string]>([
    [
      'missing',
      { query: ['deploy/wed'] },
      'there is no Deployment wed in namespace shop',
      'did you mean deploy/web? List them: kubectl get deployments -n shop',
    ],
    [
      'missing',
      { query: ['sts/zzzzz'] },
      'there is no StatefulSet zzzzz in namespace shop',
      'there is sts; list them: kubectl get statefulsets -n shop',
    ],
    [
      'missing',
      { query: ['cj/nightly'] },
      'there is no CronJob nightly in namespace shop',
      'list them: kubectl get cronjobs -n shop',
    ],
    [
      'missing',
      { query: ['sts/x'], namespaces: ['a', 'b'] },
      'in namespaces a, b',
      'list them: kubectl get statefulsets -A',
    ],
    [
      'missing',
      { query: ['ds/x'], allNamespaces: true },
      'there is no DaemonSet x in any namespace',
      'kubectl get daemonsets -A',
    ],
    [
      'missing',
      { nodes: ['n3'] },
      'there is no Node n3 in the cluster',
      'did you mean node/n1? List them: kubectl get nodes',
    ],
    [
      'missing',
      { zones: ['z'] },
      'no node has the labels topology.kubernetes.io/zone in (z)',
      'kubectl get nodes --show-labels',
    ],
    [
      'missing',
      { match: 'glob', query: ['deploy/x*'] },
      'there is no Deployment x* in namespace shop',
      'there is web, web-admin; list them',
    ],
    ['unusable', { query: ['svc/bare'] }, 'Service shop/bare has no selector', 'kubectl describe svc/bare -n shop'],
    [
      'unusable',
      { query: ['ing/dark'] },
      'Ingress shop/dark has no Service with pods behind it',
      'kubectl describe ing/dark',
    ],
    [
      'unusable',
      { query: ['hpa/odd'] },
      'HorizontalPodAutoscaler shop/odd scales Rollout, which',
      'kubectl describe hpa/odd',
    ],
    [
      'unusable',
      { kinds: { Service: ['prod/db'], StatefulSet: ['shop/sts'] } },
      'different namespaces',
      'several runs',
    ],
    ['unusable', { currentNamespace: true, kinds: { Service: ['prod/db'] } }, 'different namespaces', 'several runs'],
  ])('%s: %j', async (kind, options, message, hint) => {
    const result = await resolution(options, lookupOf(cluster));
    expect(result).toEqual({
      problems: [{ kind, message: expect.stringContaining(message), hint: expect.stringContaining(hint) }],
    });
  });

  it('is told all at once', async () => {
    const result = await resolution({ query: ['deploy/a', 'svc/b'], kinds: { Job: ['c'] } }, lookupOf(cluster));
    const told = 'problems' in result ? result.problems.map(({ message }) => message.split(' ').slice(3, 5)) : [];
    expect(told).toEqual([
      ['Deployment', 'a'],
      ['Service', 'b'],
      ['Job', 'c'],
    ]);
  });

  it.each(['svc/db', 'ing/front', 'cj/x', 'hpa/scaler'])('%s, when it may not be read', async (query) => {
    const forbidden = ['Service', 'CronJob', 'HorizontalPodAutoscaler'];
    const result = await resolution({ query: [query] }, lookupOf({ ...cluster, forbidden }));
    expect('problems' in result && result.problems.map(({ kind }) => kind)).toEqual(['forbidden']);
    expect('problems' in result && result.problems[0]?.message).toContain('not allowed to read');
  });

  it('is followed by owner reference where only pods may be read', async () => {
    const result = await resolution(
      { query: ['deploy/web,sts/sts'] },
      lookupOf({ forbidden: ['Deployment', 'StatefulSet'] }),
    );
    if ('problems' in result) throw new Error(result.problems[0]?.message);
    expect(chosen(result.value, pods)).toEqual(['web-abc-x1x1x', 'sts-0']);
    expect(result.notes).toEqual([
      'deploy/web may not be read; its pods are told by their owner references',
      'sts/sts may not be read; its pods are told by their owner references',
    ]);
  });

  it('is followed where it may be read, of several namespaces', async () => {
    const options = { query: ['svc/db,ds/shipper'], namespaces: ['prod', 'shop'] };
    const result = await resolution(options, lookupOf({ ...cluster, forbidden: ['Service prod', 'DaemonSet prod'] }));
    expect(result).toMatchObject({
      notes: [
        'svc/db may not be read in namespace prod, and is only followed elsewhere',
        'ds/shipper may not be read; its pods are told by their owner references',
      ],
    });
    if ('problems' in result) return;
    const candidates = ['prod', 'shop'].flatMap((namespace) => [
      svcPod(`db-${namespace}`, { app: 'db' }, namespace),
      owned(`shipper-${namespace}`, 'DaemonSet', 'shipper', { namespace }),
    ]);
    expect(chosen(result.value, candidates)).toEqual(['shipper-prod', 'db-shop', 'shipper-shop']);
  });

  it('a node that may not be read is believed in', async () => {
    const result = await resolution({ nodes: ['n9'] }, lookupOf({ forbidden: ['Node'] }));
    expect(result).toMatchObject({
      notes: [expect.stringContaining('node n9')],
      value: { queries: [{ fieldSelector: 'spec.nodeName=n9' }] },
    });
    const places = await resolution({ zones: ['a'] }, lookupOf({ forbidden: ['Node'] }));
    expect(places).toMatchObject({ problems: [{ kind: 'forbidden' }] });
  });

  it('names what is left out behind an Ingress', async () => {
    const result = await resolution({ query: ['ing/front'] }, lookupOf(cluster));
    expect(result).toMatchObject({
      notes: [
        'Service shop/bare behind ing/front leads to no pods; left out',
        'Service shop/gone behind ing/front leads to no pods; left out',
      ],
    });
  });
});
