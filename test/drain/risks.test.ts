import { kubectlFor } from '../../src/cli/kubectl.ts';
import { describe, expect, it } from 'vitest';
import type { Node } from '../../src/cluster/node.ts';
import type { Pod } from '../../src/cluster/pod.ts';
import type { PersistentVolume } from '../../src/cluster/volume.ts';
import type { Workload } from '../../src/cluster/workload.ts';
import { fullImageName } from '../../src/drain/cluster-risks.ts';
import { workloadKey, type ClusterFacts } from '../../src/drain/facts.ts';
import { planDrain, type DrainPlan, type DrainPolicy, type PodDecision } from '../../src/drain/plan.ts';
import { aNode, aPod, aPolicy, aSnapshot, aVolume, aWorkload } from '../support/objects.ts';

const cluster = {
  identity: { context: 'test', server: 'https://127.0.0.1:6443', user: 'admin' },
  kubectl: kubectlFor('test'),
};
const nowMs = Date.parse('2026-01-01T01:00:00Z');
const hashed = {
  controller: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-5d9', uid: 'uid-of-rs' },
  labels: { 'pod-template-hash': '5d9' },
};

function factsOf(workloads: readonly Workload[], more: Partial<ClusterFacts> = {}): ClusterFacts {
  return {
    workloads: new Map(workloads.map((workload) => [workloadKey(workload), workload])),
    volumes: new Map(),
    podsByNamespace: new Map(),
    room: undefined,
    ...more,
  };
}

function planOf(pods: readonly Pod[], facts?: ClusterFacts, policy: Partial<DrainPolicy> = {}): DrainPlan {
  return planDrain(cluster, [aSnapshot(pods)], aPolicy({ force: true, ...policy }), nowMs, facts);
}

function decide(pod: Partial<Pod>, facts?: ClusterFacts, policy: Partial<DrainPolicy> = {}): PodDecision {
  const [decision] = planOf([aPod(pod)], facts, policy).nodes[0]?.pods ?? [];
  if (!decision) throw new Error('no decision');
  return decision;
}

const kinds = (...given: Parameters<typeof decide>): readonly string[] =>
  decide(...given).risks.map(({ kind }) => kind);
const messages = (...given: Parameters<typeof decide>): readonly string[] =>
  decide(...given).risks.map(({ message }) => message);

describe('the label cluster.x-k8s.io/drain', () => {
  const daemonSet = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'proxy', uid: 'uid-of-proxy' };
  const labelled = (value: string, pod: Partial<Pod> = {}): string => {
    const { action, leave, blockers, risks } = decide(
      { labels: { 'cluster.x-k8s.io/drain': value }, ...pod },
      undefined,
      { force: false },
    );
    return [action, leave, ...[...blockers, ...risks].map(({ kind }) => kind)].filter(Boolean).join(' ');
  };
  const done = { phase: 'Succeeded', finished: true, ready: false } as const;
  it.each<[string, string, Partial<Pod>, string]>([
    ['skips', 'skip', {}, 'leave skip-label'],
    ['skips in any case', 'Skip', {}, 'leave skip-label'],
    [
      'skips what would need a flag',
      'skip',
      { controller: undefined, volumes: [aVolume('emptyDir')] },
      'leave skip-label',
    ],
    ['waits', 'wait-completed', {}, 'complete'],
    ['waits for what would need a flag', 'wait-completed', { controller: undefined }, 'complete'],
    ['has waited', 'wait-completed', done, 'leave completed'],
    ['does not beat a mirror pod', 'wait-completed', { mirror: true }, 'leave mirror'],
    ['does not beat a DaemonSet that was not read', 'skip', { controller: daemonSet }, 'blocked daemonset-unknown'],
    ['asks for what happens anyway', 'drain', {}, 'remove'],
    ['says nothing that is known', 'later', {}, 'remove unknown-label'],
  ])('%s', (_title, value, pod, expected) => {
    expect(labelled(value, pod)).toBe(expected);
  });
});

describe('the pod itself', () => {
  it('a long grace, with the expected end', () => {
    expect(messages({ terminationGracePeriodSeconds: 3600 })).toEqual([
      'may take 3600s to stop, until 2026-01-01T02:00:00Z if it is asked now',
    ]);
  });
  it('a long grace of a terminating pod ends when its deletion says', () => {
    expect(messages({ terminationGracePeriodSeconds: 30, deletionTimestamp: '2026-01-01T01:10:00Z' })).toEqual([
      'may take 600s to stop, until 2026-01-01T01:10:00Z',
    ]);
  });
  it.each<[Partial<Pod>, Partial<DrainPolicy>, readonly string[]]>([
    [{ terminationGracePeriodSeconds: 300 }, {}, []],
    [{ terminationGracePeriodSeconds: 3600 }, { gracePeriodSeconds: 60 }, ['shorter-grace']],
    [{}, { gracePeriodSeconds: 900 }, ['long-grace']],
    [{ terminationGracePeriodSeconds: Number.MAX_SAFE_INTEGER }, {}, ['long-grace']],
    [{ terminationGracePeriodSeconds: 3600, finished: true, phase: 'Failed' }, {}, []],
    [{ volumes: [aVolume('ephemeral')] }, {}, ['ephemeral-volume']],
    [{ controller: { apiVersion: 'batch/v1', kind: 'Job', name: 'j', uid: 'u' } }, {}, ['job']],
  ])('%j with %j', (pod, policy, expected) => {
    expect(kinds(pod, undefined, policy)).toEqual(expected);
  });
});

describe('its workload', () => {
  const single = aWorkload({ replicas: 1, readyReplicas: 1 });
  it('a single replica of a Deployment, told by its template hash', () => {
    expect(messages(hashed, factsOf([single]))).toEqual([
      'is the only replica of its Deployment web, which is down until the replacement is ready',
    ]);
  });
  it('a single replica of a Deployment, told by its ReplicaSet', () => {
    const above = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'u' };
    const replicaSet = aWorkload({ kind: 'ReplicaSet', replicas: 1, controller: above });
    expect(messages({}, factsOf([replicaSet, single]))).toEqual([expect.stringContaining('Deployment web')]);
    expect(messages({}, factsOf([replicaSet]))).toEqual([expect.stringContaining('ReplicaSet web')]);
  });
  it.each<[string, Partial<Pod>, readonly Workload[]]>([
    ['of two replicas', hashed, [aWorkload()]],
    ['not known', hashed, []],
    ['of another name', hashed, [aWorkload({ ...single, name: 'other' })]],
    ['of another namespace', hashed, [aWorkload({ ...single, namespace: 'other' })]],
    ['pending', { ...hashed, phase: 'Pending', ready: false }, [single]],
    ['finished', { ...hashed, phase: 'Failed', finished: true }, [single]],
    ['terminating', { ...hashed, deletionTimestamp: '2026-01-01T01:00:10Z' }, [single]],
  ])('is no single replica: %s', (_title, pod, workloads) => {
    expect(kinds(pod, factsOf(workloads))).toEqual([]);
  });

  it('names this node in its template', () => {
    const bound = (node: string) => factsOf([aWorkload({ templateNodeName: node })]);
    expect([kinds(hashed, bound('node1')), kinds(hashed, bound('node2'))]).toEqual([['bound-by-name'], []]);
  });

  it.each([
    ['DNS', { 'k8s-app': 'kube-dns' }, 'coredns', 'names are not resolved'],
    ['a network controller by its name', {}, 'calico-kube-controllers', 'may get no network'],
    ['a network controller by its label', { name: 'cilium-operator' }, 'operator', 'may get no network'],
  ])('all ready replicas of %s', (_title, labels, name, consequence) => {
    const dns = (index: number, more: Partial<Pod> = {}): Pod =>
      aPod({
        name: `dns-${index}`,
        labels: { ...labels, 'pod-template-hash': '1' },
        controller: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${name}-1`, uid: 'u' },
        ...more,
      });
    const facts = factsOf([aWorkload({ name, readyReplicas: 2 })]);
    const risksOf = (pods: readonly Pod[]) => planOf(pods, facts).nodes[0]?.pods.flatMap(({ risks }) => risks) ?? [];
    expect(risksOf([dns(1), dns(2)])).toEqual([
      { kind: 'system-replicas', message: expect.stringContaining(consequence) },
      { kind: 'system-replicas', message: expect.stringContaining(`Deployment shop/${name} (2)`) },
    ]);
    expect(risksOf([dns(1)])).toEqual([]);
    expect(risksOf([dns(1), dns(2, { ready: false })])).toEqual([]);
  });
});

describe('its volumes', () => {
  const claim = {
    volumes: [{ name: 'data', kind: 'persistentVolumeClaim', inMemory: false, claimName: 'data' }],
  } as const;
  const volume = (differences: Partial<PersistentVolume>): PersistentVolume => ({
    ...aNode(),
    name: 'pv-1',
    local: true,
    nodeTerms: [],
    claim: undefined,
    ...differences,
  });
  const bound = (to: PersistentVolume | 'unbound' | undefined): ClusterFacts =>
    factsOf([], { volumes: to && new Map([['shop/data', to]]) });
  it('a local one strands the replacement, or its data', () => {
    const terms = [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['node1'] }] }];
    expect(messages(claim, bound(volume({ nodeTerms: terms })))).toEqual([
      "claim shop/data is bound to pv-1 on this node's own disk: the replacement stays Pending until the node is back",
    ]);
    expect(messages(claim, bound(volume({})))).toEqual([expect.stringContaining('finds none of its data')]);
  });

  type Terms = PersistentVolume['nodeTerms'];
  const need = (key: string, operator: string, ...values: string[]) => ({ key, operator, values });
  const labelled = (...matchExpressions: ReturnType<typeof need>[]): Terms[number] => ({ matchExpressions });
  const named = (...matchFields: ReturnType<typeof need>[]): Terms[number] => ({ matchFields });
  const [hostname, zone, name] = ['kubernetes.io/hostname', 'topology.kubernetes.io/zone', 'metadata.name'];
  const here = labelled(need(hostname, 'In', 'node1'));
  const there = labelled(need(hostname, 'In', 'node2'));
  const inZone = labelled(need(zone, 'In', 'a'));
  it.each<[string, Terms]>([
    ['by its hostname', [here]],
    ['by its name', [named(need(name, 'In', 'node1'))]],
    ['by its zone and hostname', [labelled(need(zone, 'In', 'a'), need(hostname, 'In', 'node1'))]],
    ['by each of two terms', [here, named(need(name, 'In', 'node1'))]],
  ])('one of a driver that only this node reaches strands the replacement: %s', (_title, nodeTerms) => {
    expect(messages(claim, bound(volume({ local: false, nodeTerms })))).toEqual([
      "claim shop/data is bound to pv-1 on this node's own disk: the replacement stays Pending until the node is back",
    ]);
  });
  it.each<[string, Terms]>([
    ['from everywhere', []],
    ['from two hosts', [labelled(need(hostname, 'In', 'node1', 'node2'))]],
    ['from two hosts, this one last', [labelled(need(hostname, 'In', 'node2', 'node1'))]],
    ['from two nodes by name', [named(need(name, 'In', 'node1', 'node2'))]],
    ['from another host', [there]],
    ['from another node by name', [named(need(name, 'In', 'node2'))]],
    ['from this host or another', [here, there]],
    ['from this host or a zone', [here, inZone]],
    ['from a zone', [inZone]],
    ['from a zone called like this node', [labelled(need(zone, 'In', 'node1'))]],
    ['from all hosts but this one', [labelled(need(hostname, 'NotIn', 'node1'))]],
    ['by a label called metadata.name', [labelled(need(name, 'In', 'node1'))]],
    ['by a field called like a label', [named(need(hostname, 'In', 'node1'))]],
    ['from nowhere', [{}]],
  ])('one of a driver that is reached %s does not', (_title, nodeTerms) => {
    expect(kinds(claim, bound(volume({ local: false, nodeTerms })))).toEqual([]);
  });
  it.each([
    ['its hostname', labelled(need(hostname, 'In', 'host-a')), true],
    ['its name, which may be the hostname of another node', here, false],
    ['its name as a field', named(need(name, 'In', 'node1')), true],
  ])('a node that has another hostname than its name is told by %s', (_title, term, expected) => {
    const to = volume({ local: false, nodeTerms: [term] });
    const node = aNode({ labels: { [hostname]: 'host-a' } });
    const plan = planDrain(cluster, [aSnapshot([aPod(claim)], { node })], aPolicy(), nowMs, bound(to));
    const risks = plan.nodes[0]?.pods[0]?.risks.map(({ kind }) => kind);
    expect(risks).toEqual(expected ? ['local-volume'] : []);
  });

  it.each([
    ['on the network', volume({ local: false })],
    ['unbound', 'unbound'],
    ['unknown', undefined],
  ] as const)('no risk that is known: %s', (_title, to) => expect(kinds(claim, bound(to))).toEqual([]));
});

describe('its place elsewhere', () => {
  const roomWith = (nodes: readonly Node[]): ClusterFacts => {
    const pods = [aPod({ requests: { cpu: 1000 } })];
    return factsOf([], { room: { nodes, pods, volumes: new Map() } });
  };
  const here = aNode();
  it('is named when there is one', () => {
    const decision = decide({ requests: { cpu: 1000 } }, roomWith([here, aNode({ name: 'node2' })]));
    expect([decision.placement, decision.risks]).toEqual([{ verdict: 'fits', node: 'node2' }, []]);
  });
  it('is a risk when there is none, and a blocker with --strict', () => {
    const facts = roomWith([here, aNode({ name: 'node2', unschedulable: true })]);
    const decision = decide({}, facts);
    expect([decision.action, decision.placement?.verdict, decision.risks.map(({ kind }) => kind)]).toEqual([
      'remove',
      'does-not-fit',
      ['does-not-fit'],
    ]);
    expect(decide({}, facts, { strict: true }).action).toBe('blocked');
  });
  it('may be unknown', () => {
    const scheduling = { ...aPod().scheduling, schedulerName: 'other' };
    const decision = decide({ scheduling }, roomWith([here, aNode({ name: 'node2' })]));
    expect([decision.placement?.verdict, decision.risks.map(({ kind }) => kind)]).toEqual(['unknown', ['fit-unknown']]);
  });
  it.each<[string, Partial<Pod>]>([
    ['unmanaged', { controller: undefined }],
    ['finished', { finished: true, phase: 'Succeeded' }],
    ['terminating', { deletionTimestamp: '2026-01-01T00:00:00Z' }],
    ['left alone', { mirror: true }],
  ])('is not looked for: %s', (_title, pod) => {
    expect(decide(pod, roomWith([here])).placement).toBeUndefined();
  });
});

describe('its images', () => {
  const never = { containers: [{ name: 'app', image: 'app', imagePullPolicy: 'Never' }] };
  const elsewhere = (images: readonly string[], unschedulable = false): ClusterFacts => {
    const nodes = [
      aNode({ images: ['docker.io/library/app:latest'] }),
      aNode({ name: 'node2', images, unschedulable }),
    ];
    return factsOf([], { room: { nodes, pods: [aPod()], volumes: new Map() } });
  };
  const imageRisk = (facts?: ClusterFacts): string | undefined =>
    decide(never, facts).risks.find(({ kind }) => kind === 'image-never')?.message;
  it('are on another node', () => expect(imageRisk(elsewhere(['docker.io/library/app:latest']))).toBeUndefined());
  it('are on none', () => expect(imageRisk(elsewhere(['other']))).toContain('no other node has it'));
  it('are on a cordoned one only', () => expect(imageRisk(elsewhere(['app:latest'], true))).toContain('no other node'));
  it('may be on a node that names its largest ones only', () => {
    expect(imageRisk(elsewhere(Array.from({ length: 50 }, (_, index) => `image-${index}`)))).toContain('is not known');
  });
  it('are unknown when nodes were not read', () => expect(imageRisk()).toContain('is not known'));
  it('that can be pulled are none', () => expect(kinds({})).toEqual([]));
  it.each([
    ['nginx', 'docker.io/library/nginx:latest'],
    ['team/app:1', 'docker.io/team/app:1'],
    ['localhost:5000/app', 'localhost:5000/app:latest'],
    ['quay.io/a/b@sha256:00', 'quay.io/a/b@sha256:00'],
  ])('%s is %s', (image, full) => expect(fullImageName(image)).toBe(full));
});

describe('--strict', () => {
  it('turns what the drain cannot heal into blockers, and nothing else', () => {
    const facts = factsOf([aWorkload({ replicas: 1, templateNodeName: 'node1' })]);
    const decision = decide({ ...hashed, finalizers: ['example.com/hold'] }, facts, { strict: true });
    expect([
      decision.action,
      decision.blockers.map(({ kind }) => kind),
      decision.risks.map(({ kind }) => kind),
    ]).toEqual(['blocked', ['strict', 'strict'], ['finalizers', 'bound-by-name', 'single-replica']]);
  });
});
