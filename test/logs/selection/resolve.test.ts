/** Which pods are followed for what was named, and what the cluster is asked for to know it. */
import { describe, expect, it } from 'vitest';
import type { SelectionOptions } from '../../../src/logs/selection/options.ts';
import { aContainer, aLogPod, anOwner, chosen, deployed, lookupOf, resolved } from './pods.ts';
import { cluster, owned, pods, svcPod } from './shop.ts';

describe('accepted pods', () => {
  it.each<[string, Partial<SelectionOptions>, readonly string[]]>([
    ['case 1: by pattern', { query: ['web'] }, ['web-1', 'web-10', 'web-abc-x1x1x', 'web-admin-def-x1x1x']],
    ['several queries mean any', { query: ['^db', '10$'] }, ['web-10', 'db-1']],
    ['case 2: what a Deployment owns', { query: ['deploy/web'] }, ['web-abc-x1x1x']],
    ['what carries its labels', { query: ['deploy/web'], ownerFilter: false }, ['web-abc-x1x1x', 'stranger']],
    ['case 3: one pod', { query: ['pod/web-1'] }, ['web-1']],
    ['a StatefulSet', { query: ['sts/sts'] }, ['sts-0']],
    ['a DaemonSet', { query: ['ds/shipper'] }, ['shipper-x']],
    ['a ReplicaSet', { query: ['rs/web-abc'] }, ['web-abc-x1x1x']],
    ['a ReplicationController', { query: ['rc/rc'] }, ['rc-x']],
    ['a Job', { query: ['job/job'] }, ['job-x']],
    ['a Service', { query: ['svc/db'] }, ['db-1']],
    ['what an autoscaler scales', { query: ['hpa/scaler'] }, ['sts-0']],
    ['case 5: different flags', { kinds: { Service: ['web'], Deployment: ['web'] } }, ['web-abc-x1x1x']],
    ['case 5: the same flag', { kinds: { Service: ['web', 'db'] } }, ['db-1', 'web-abc-x1x1x', 'stranger']],
    ['case 6: behind an Ingress', { kinds: { Ingress: ['front'] } }, ['db-1', 'web-abc-x1x1x', 'stranger']],
    ['case 7: parts', { match: 'substring', query: ['sts,shipper'] }, ['sts-0', 'sts-b-0', 'shipper-x']],
    ['case 7: exact', { match: 'exact', query: ['web-1'] }, ['web-1']],
    ['a glob of Deployments', { match: 'glob', query: ['deploy/web*'] }, ['web-abc-x1x1x', 'web-admin-def-x1x1x']],
    ['nodes', { nodes: ['n2'] }, ['web-1', 'shipper-x']],
    ['nodes by label', { nodes: ['disk=ssd'] }, ['web-1', 'shipper-x']],
    ['nodes by zone', { zones: ['b', 'c'], query: ['web'] }, ['web-1']],
    ['a node as the query', { query: ['node/n2'] }, ['web-1', 'shipper-x']],
    ['nodes by glob', { match: 'glob', query: ['node/*2'] }, ['web-1', 'shipper-x']],
    ['but for excluded ones', { query: ['web'], excludePods: ['^web-1$', 'admin'] }, ['web-10', 'web-abc-x1x1x']],
    [
      'but for ignored labels',
      { query: ['web|strange'], ignoreLabels: ['app=web', 'app in (web-admin)'] },
      ['web-1', 'web-10'],
    ],
    ['another namespace', { match: 'glob', query: ['prod:web-*'] }, ['web-1-elsewhere']],
    ['of two namespaces', { match: 'glob', query: ['prod:web-*', 'db-*'] }, ['db-1', 'web-1-elsewhere']],
    ['a condition', { query: ['web-1'], condition: 'ready=false', follow: false }, []],
  ])('%s', async (_, options, expected) => {
    const selection = await resolved(options, lookupOf(cluster));
    const watched = selection.namespaces;
    const seen = pods.filter(({ namespace }) => watched?.includes(namespace) ?? true);
    expect(chosen(selection, seen)).toEqual(expected);
  });

  it.each<[string, Partial<SelectionOptions>, readonly string[]]>([
    ['of a Deployment', { query: ['deploy/web'] }, ['stranger deploy/web']],
    ['of a StatefulSet', { query: ['sts/sts'] }, ['sts-b-0 sts/sts']],
    ['unless they are wanted', { query: ['deploy/web'], ownerFilter: false }, []],
    ['unless they are wanted for something else', { query: ['deploy/web', 'stranger'] }, []],
    ['unless they are excluded', { query: ['deploy/web'], excludePods: ['strange'] }, []],
    ['unless something else leaves them out too', { query: ['deploy/web'], nodes: ['n2'] }, []],
    ['but not of a Service', { query: ['svc/web'] }, []],
  ])('case 2: pods with the labels that are another’s are known: %s', async (_, options, expected) => {
    const selection = await resolved(options, lookupOf(cluster));
    const found = pods.flatMap((pod) => {
      const owner = selection.namesake(pod);
      return owner === undefined ? [] : [`${pod.name} ${owner}`];
    });
    expect(found).toEqual(expected);
  });

  it('leaves ignored namespaces out of all of them', async () => {
    const selection = await resolved({ allNamespaces: true, ignoreNamespaces: ['prod'], query: ['web-1'] });
    expect(chosen(selection, pods)).toEqual(['web-1', 'web-10']);
    expect(selection.namespaces).toBeUndefined();
  });

  it('tells adopted ReplicaSets from those of others by what was read', async () => {
    const deployment = anOwner('Deployment', 'web');
    const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: deployment.uid, controller: true };
    const adopted = anOwner('ReplicaSet', 'old-name', { owners: [reference] });
    const foreign = anOwner('ReplicaSet', 'web-abc', { owners: [{ ...reference, uid: 'other' }] });
    const selection = await resolved({ query: ['deploy/web'] }, lookupOf({ owners: [deployment, adopted, foreign] }));
    const candidates = [
      owned('adopted-pod', 'ReplicaSet', 'old-name'),
      deployed('web', 'abc'),
      deployed('web', 'later'),
    ];
    expect(chosen(selection, candidates)).toEqual(['adopted-pod', 'web-later-x1x1x']);
  });

  it('finds the namespace of a name by itself', async () => {
    const lookup = lookupOf(cluster);
    const selection = await resolved({ allNamespaces: true, query: ['svc/db'] }, lookup);
    expect(selection.queries.map(({ namespace, labelSelector }) => `${namespace} ${labelSelector}`)).toEqual([
      'shop app=db',
      'prod app=db',
    ]);
    const both = [svcPod('a', { app: 'db' }), svcPod('b', { app: 'db' }, 'prod'), svcPod('c', { app: 'db' }, 'dev')];
    expect(chosen(selection, both)).toEqual(['a', 'b']);
    expect(lookup.asked).toEqual(['Service */db']);
  });
});

describe('what is asked of the cluster', () => {
  it.each<[string, Partial<SelectionOptions>, readonly string[], readonly string[]]>([
    ['nothing for pods', { query: ['web,pod/db-1'] }, [], ['shop||']],
    ['one pod by its name', { query: ['pod/web-1'], selector: ['a=b'] }, [], ['shop|a=b|metadata.name=web-1']],
    ['a workload', { query: ['sts/sts'] }, ['StatefulSet shop/sts'], ['shop|app=sts|']],
    [
      'a Deployment and its ReplicaSets',
      { query: ['deploy/web'] },
      ['Deployment shop/web', 'list ReplicaSet shop app=web'],
      ['shop|app=web|'],
    ],
    ['a glob', { match: 'glob', query: ['deploy/*'] }, ['list Deployment shop'], ['shop|pod-template-hash|']],
    [
      'case 15: nodes of all namespaces',
      { nodes: ['n1', 'n2'], allNamespaces: true },
      ['Node */n1', 'Node */n2'],
      ['*||spec.nodeName=n1', '*||spec.nodeName=n2'],
    ],
    [
      'an Ingress',
      { query: ['ing/front'] },
      ['Ingress shop/front', 'Service shop/web', 'Service shop/db', 'Service shop/bare', 'Service shop/gone'],
      ['shop||'],
    ],
    [
      'the namespaces of names',
      { kinds: { StatefulSet: ['shop/sts'] }, query: ['x'] },
      ['StatefulSet shop/sts'],
      ['shop|app=sts|'],
    ],
    ['the context among others', { namespaces: ['prod'], currentNamespace: true }, [], ['prod||', 'shop||']],
    [
      'a name in the one namespace that has it',
      { namespaces: ['prod', 'shop'], query: ['ds/shipper'] },
      ['DaemonSet prod/shipper', 'DaemonSet shop/shipper'],
      ['shop|app=shipper|'],
    ],
  ])('%s', async (_, options, asked, queries) => {
    const lookup = lookupOf(cluster);
    const selection = await resolved(options, lookup);
    expect(lookup.asked).toEqual(asked);
    expect(
      selection.queries.map(
        ({ namespace, labelSelector, fieldSelector }) =>
          `${namespace ?? '*'}|${labelSelector ?? ''}|${fieldSelector ?? ''}`,
      ),
    ).toEqual(queries);
  });
});

it('case 9: containers of every kind are followed', async () => {
  const kinds = ['init', 'regular', 'ephemeral'] as const;
  const pod = aLogPod('a', { containers: kinds.map((kind) => aContainer(kind, { kind })) });
  const names = (await resolved({})).containers(pod).map(({ name }) => name);
  expect(names).toEqual(['init', 'regular', 'ephemeral']);
});
