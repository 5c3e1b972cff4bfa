import { describe, expect, it } from 'vitest';
import type { Node } from '../../src/cluster/node.ts';
import type { Pod } from '../../src/cluster/pod.ts';
import { placePods } from '../../src/capacity/place.ts';
import { claimOf, node, placed, pod, room, volume } from './room.ts';

const gone = node('gone');
const gibibyte = 2 ** 30 * 1000;
const gpu = { key: 'gpu', value: 'true', effect: 'NoSchedule' };
const toleration = { key: 'gpu', operator: 'Exists', value: undefined, effect: 'NoSchedule' } as const;
const cordonToleration = {
  key: 'node.kubernetes.io/unschedulable',
  operator: 'Exists',
  value: undefined,
  effect: 'NoSchedule',
} as const;

/** What comes of one pod that leaves `gone`. */
function verdict(
  leaver: Partial<Parameters<typeof pod>[2]>,
  nodes: readonly Node[],
  others: readonly Pod[] = [],
): string {
  return placed(room([gone, ...nodes], [pod('web', 'gone', leaver), ...others]))['web'] ?? 'not asked';
}

describe('room for resources', () => {
  it('takes the first node, by name, that has enough of everything', () => {
    const nodes = [
      node('n3'),
      node('n1', { allocatable: { cpu: 1000, memory: 8 * gibibyte, pods: 10_000 } }),
      node('n2', { allocatable: { cpu: 4000, memory: gibibyte, pods: 10_000 } }),
    ];
    expect(verdict({ requests: { cpu: 2000, memory: 2 * gibibyte } }, nodes)).toBe('n3');
  });

  it('says of how many nodes which resource is short, the commonest first', () => {
    const small = { cpu: 500, memory: gibibyte, pods: 10_000 };
    const nodes = [
      node('n1', { allocatable: small }),
      node('n2', { allocatable: small }),
      node('n3', { allocatable: small }),
      node('n4', { taints: [gpu] }),
      node('n5', { taints: [gpu] }),
    ];
    expect(verdict({ requests: { cpu: 1000 } }, nodes)).toBe(
      'does-not-fit: 0 of 5 nodes: 3 have too little cpu, 2 have a taint it does not tolerate (gpu=true:NoSchedule)',
    );
  });

  it('counts what pods there ask for, terminating ones too, but not finished ones', () => {
    const asks = { requests: { cpu: 3000 } };
    const terminating = pod('old', 'n1', { ...asks, deletionTimestamp: '2026-01-01T00:00:00Z' });
    const finished = pod('job', 'n1', { ...asks, finished: true, phase: 'Succeeded' });
    expect(verdict(asks, [node('n1')], [terminating])).toBe('does-not-fit: 0 of 1 node: 1 has too little cpu');
    expect(verdict(asks, [node('n1')], [finished])).toBe('n1');
  });

  it('fills a node to the last thousandth, and no further', () => {
    const one = [node('n1', { allocatable: { cpu: 1000, pods: 2000 } })];
    const other = pod('other', 'n1', { requests: { cpu: 400 } });
    expect(verdict({ requests: { cpu: 600 } }, one, [other])).toBe('n1');
    expect(verdict({ requests: { cpu: 601 } }, one, [other])).toContain('too little cpu');
  });

  it('knows that nodes take only so many pods, and that a resource nobody lists is not there', () => {
    const one = [node('n1', { allocatable: { cpu: 1000, pods: 1000 } })];
    expect(verdict({}, one, [pod('other', 'n1')])).toBe('does-not-fit: 0 of 1 node: 1 has no room for another pod');
    expect(verdict({ requests: { 'example.com/gpu': 1000 } }, one)).toContain('1 has too little example.com/gpu');
    expect(verdict({ requests: { 'example.com/gpu': 0 } }, one)).toBe('n1');
  });

  it('lets each placed pod use up room, the urgent and the large ones first', () => {
    const nodes = [gone, node('n1', { allocatable: { cpu: 1000, pods: 10_000 } })];
    const leaving = [
      pod('small', 'gone', { requests: { cpu: 300 } }),
      pod('large', 'gone', { requests: { cpu: 700 } }),
      pod('urgent', 'gone', { requests: { cpu: 200 }, priority: 1000 }),
    ];
    expect(placed(room(nodes, leaving))).toEqual({
      urgent: 'n1',
      large: 'n1',
      small:
        'does-not-fit: 0 of 1 node: 1 has too little cpu; alone it would fit on n1, but other pods of the run come first',
    });
  });

  it('has no node at all to offer', () => {
    expect(verdict({}, [])).toBe('does-not-fit: there is no other node');
  });
});

describe('nodes that take nothing, or not everybody', () => {
  it.each([
    ['not Ready', { ready: 'Unknown' }, 'does-not-fit: 0 of 1 node: 1 is not Ready'],
    ['cordoned', { unschedulable: true }, 'does-not-fit: 0 of 1 node: 1 is cordoned'],
    [
      'tainted NoExecute',
      { taints: [{ key: 'evil', value: undefined, effect: 'NoExecute' }] },
      'does-not-fit: 0 of 1 node: 1 has a taint it does not tolerate (evil:NoExecute)',
    ],
    ['tainted PreferNoSchedule', { taints: [{ ...gpu, effect: 'PreferNoSchedule' }] }, 'n1'],
  ] as const)('%s', (_, differences, expected) => {
    expect(verdict({}, [node('n1', differences)])).toBe(expected);
  });

  it('calls a cordoned node cordoned, not tainted, when its controller has tainted it', () => {
    const taints = [{ key: cordonToleration.key, value: undefined, effect: 'NoSchedule' }];
    expect(verdict({}, [node('n1', { unschedulable: true, taints })])).toContain('1 is cordoned');
    expect(verdict({}, [node('n1', { taints })])).toContain('1 has a taint it does not tolerate');
  });

  it('goes where the taint is tolerated', () => {
    expect(verdict({ tolerations: [toleration] }, [node('n1', { taints: [gpu] })])).toBe('n1');
    const other = { ...toleration, operator: 'Equal' as const, value: 'false' };
    expect(verdict({ tolerations: [other] }, [node('n1', { taints: [gpu] })])).toContain('does-not-fit');
    const all = { key: undefined, operator: 'Exists' as const, value: undefined, effect: undefined };
    expect(verdict({ tolerations: [all] }, [node('n1', { taints: [gpu] })])).toBe('n1');
  });

  it('does not count on a cordoned node that the pod tolerates, nor deny it', () => {
    const cordoned = node('n1', {
      unschedulable: true,
      taints: [{ key: cordonToleration.key, value: undefined, effect: 'NoSchedule' }],
    });
    expect(verdict({ tolerations: [cordonToleration] }, [cordoned])).toBe(
      'unknown: no node takes it for certain; 0 of 1 node: 1 is cordoned, which it tolerates',
    );
    expect(verdict({ tolerations: [cordonToleration] }, [cordoned, node('n2')])).toBe('n2');
  });

  it('never offers a node of the run, even one that is not cordoned yet', () => {
    const leaving = pod('web', 'gone');
    const both = new Set(['gone', 'n1']);
    const placements = placePods(room([gone, node('n1'), node('n2')], [leaving]), both, [leaving]);
    expect(placements.get(leaving.uid)).toEqual({ verdict: 'fits', node: 'n2' });
  });
});

describe('host ports', () => {
  const port = (hostIP: string, protocol = 'TCP') => ({ scheduling: { hostPorts: [{ port: 80, protocol, hostIP }] } });
  it.each([
    ['the same port of every address', port('0.0.0.0'), port('0.0.0.0'), false],
    ['one address against every', port('10.0.0.1'), port(''), false],
    ['every address against one', port('0.0.0.0'), port('10.0.0.1'), false],
    ['different addresses', port('10.0.0.2'), port('10.0.0.1'), true],
    ['different protocols', port('0.0.0.0', 'UDP'), port('0.0.0.0'), true],
  ])('%s', (_, mine, theirs, fits) => {
    const answer = verdict(mine, [node('n1')], [pod('other', 'n1', theirs)]);
    const protocol = mine.scheduling.hostPorts[0]?.protocol ?? '';
    expect(answer).toBe(fits ? 'n1' : `does-not-fit: 0 of 1 node: 1 has its host port 80/${protocol} in use`);
  });

  it('holds the port for a pod placed before', () => {
    const leaving = [pod('a', 'gone', port('0.0.0.0')), pod('b', 'gone', port('0.0.0.0'))];
    expect(placed(room([gone, node('n1'), node('n2')], leaving))).toEqual({ a: 'n1', b: 'n2' });
  });
});

describe('volumes', () => {
  const withClaim = pod('db', 'gone', { volumes: [claimOf('data')] });
  const nodes = [gone, node('n1', { labels: { zone: 'a' } }), node('n2', { labels: { zone: 'b' } })];
  const on = (key: string, ...values: string[]) => ({
    nodeTerms: [{ matchExpressions: [{ key, operator: 'In', values }] }],
  });
  const placedWith = (found: ReturnType<typeof volume> | 'unbound'): string | undefined =>
    placed(room(nodes, [withClaim], new Map([['shop/data', found]])))['db'];

  it('goes where the volume can be reached', () => {
    expect(placedWith(volume('pv-1', on('zone', 'b')))).toBe('n2');
    expect(placedWith(volume('pv-1'))).toBe('n1');
  });

  it('says that a replacement waits for the node with its local volume', () => {
    expect(placedWith(volume('pv-1', { local: true, ...on('kubernetes.io/hostname', 'gone') }))).toBe(
      'does-not-fit: its volume pv-1 (claim shop/data) is on the disk of gone: the replacement stays Pending until that node takes pods again',
    );
    expect(placedWith(volume('pv-1', on('kubernetes.io/hostname', 'gone')))).toContain(
      'only gone can reach its volume',
    );
    expect(placedWith(volume('pv-1', on('zone', 'nowhere')))).toBe(
      'does-not-fit: no node of the cluster reaches its volume pv-1 (claim shop/data)',
    );
  });

  it('counts the nodes that do not reach it among the others that refuse', () => {
    const full = pod('full', 'n2', { requests: { cpu: 4000 } });
    const hungry = pod('db', 'gone', { volumes: [claimOf('data')], requests: { cpu: 1000 } });
    const known = new Map([['shop/data', volume('pv-1', on('zone', 'b'))]]);
    expect(placed(room(nodes, [hungry, full], known))['db']).toBe(
      'does-not-fit: 0 of 2 nodes: 1 does not reach its volume pv-1, 1 has too little cpu',
    );
  });

  it('honours zone labels of old volumes, on nodes that have zones', () => {
    const zoned = ['a', 'b'].map((zone) => node(`n-${zone}`, { labels: { 'topology.kubernetes.io/zone': zone } }));
    const zonedGone = node('gone', { labels: { 'topology.kubernetes.io/zone': 'd' } });
    const answer = (labels: Record<string, string>, where = zoned): string | undefined =>
      placed(room([zonedGone, ...where], [withClaim], new Map([['shop/data', volume('pv-1', { labels })]])))['db'];
    expect(answer({ 'topology.kubernetes.io/zone': 'b' })).toBe('n-b');
    expect(answer({ 'failure-domain.beta.kubernetes.io/zone': 'b__c' })).toBe('n-b');
    expect(answer({ 'topology.kubernetes.io/zone': 'c' })).toContain('no node of the cluster reaches its volume pv-1');
    expect(answer({ 'topology.kubernetes.io/zone': 'c' }, [node('n1')])).toBe('n1');
  });

  it.each([
    ['unbound', 'unbound' as const, 'its claim shop/data is not bound to a volume yet'],
    ['hostPath', volume('pv-1', { local: true }), 'its volume pv-1 is a directory of one node that does not say which'],
  ])('does not know about a volume that is %s', (_, found, reason) => {
    expect(placedWith(found)).toBe(`unknown: ${reason}`);
  });

  it('does not know about volumes that could not be read, or are made anew', () => {
    const unread = 'unknown: the volume of its claim shop/data could not be read';
    expect(placed(room(nodes, [withClaim]))['db']).toBe(unread);
    expect(placed({ nodes, pods: [withClaim], volumes: undefined })['db']).toBe(unread);
    const ephemeral = { name: 'scratch', kind: 'ephemeral' as const, inMemory: false, claimName: undefined };
    expect(verdict({ volumes: [ephemeral] }, [node('n1')])).toBe(
      'unknown: its ephemeral volume scratch is made anew for the replacement',
    );
  });
});

describe('what kmaint cannot judge', () => {
  it('leaves the rules of other schedulers to them', () => {
    expect(verdict({ scheduling: { schedulerName: 'volcano' } }, [node('n1')])).toBe(
      'unknown: the scheduler volcano decides, whose rules are its own',
    );
  });

  it('does not promise devices, but knows when there is no room in any case', () => {
    const claims = { scheduling: { resourceClaims: ['gpus'] } };
    expect(verdict(claims, [node('n1')])).toBe('unknown: devices are allocated to its resource claims gpus');
    expect(verdict({ ...claims, requests: { cpu: 9000 } }, [node('n1')])).toContain('does-not-fit');
  });

  it('sets room aside for a pod that only may fit', () => {
    const leaving = [
      pod('may', 'gone', { priority: 1, requests: { cpu: 3000 }, scheduling: { resourceClaims: ['gpus'] } }),
      pod('web', 'gone', { requests: { cpu: 3000 } }),
    ];
    expect(placed(room([gone, node('n1')], leaving))['web']).toContain('does-not-fit');
  });
});
