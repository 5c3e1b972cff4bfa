import { describe, expect, it } from 'vitest';
import type { Node } from '../../src/cluster/node.ts';
import type { Pod, PodScheduling } from '../../src/cluster/pod.ts';
import { placePods } from '../../src/capacity/place.ts';
import { node, placed, pod, room } from './room.ts';

const zone = 'zone';
const inZone = (name: string, value: string, differences: Partial<Node> = {}): Node =>
  node(name, { ...differences, labels: { [zone]: value, ...differences.labels } });
const gone = inZone('gone', 'a');
const web = { app: 'web' };
const db = { app: 'db' };

type Term = Record<string, unknown>;
const selecting = (matchLabels: Record<string, string>, more: Term = {}): Term => ({
  topologyKey: zone,
  labelSelector: { matchLabels },
  ...more,
});

/** Required pod affinity or anti-affinity. */
function inter(
  kind: 'podAffinity' | 'podAntiAffinity',
  ...terms: readonly Term[]
): { scheduling: Partial<PodScheduling> } {
  const affinity = { [kind]: { requiredDuringSchedulingIgnoredDuringExecution: terms } } as PodScheduling['affinity'];
  return { scheduling: { affinity } };
}

/** A hard topology spread over zones of the pods with the label `app: web`. */
function spread(more: Term = {}): { labels: Record<string, string>; scheduling: Partial<PodScheduling> } {
  const constraint = { maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', ...selecting(web), ...more };
  return {
    labels: web,
    scheduling: { topologySpreadConstraints: [constraint] as unknown as PodScheduling['topologySpreadConstraints'] },
  };
}

function where(nodes: readonly Node[], leaver: Parameters<typeof pod>[2], others: readonly Pod[] = []): string {
  return placed(room([gone, ...nodes], [pod('leaver', 'gone', leaver), ...others]))['leaver'] ?? 'not asked';
}

describe('pod affinity', () => {
  const nodes = [inZone('n1', 'b'), inZone('n2', 'c')];
  const wantsDb = inter('podAffinity', selecting(db));

  it('goes to the topology of a pod that it asks for', () => {
    expect(where(nodes, wantsDb, [pod('db', 'n2', { labels: db })])).toBe('n2');
  });

  it('refuses nodes without the pod, without the label, or with the pod in another namespace', () => {
    const refused = 'does-not-fit: 0 of 2 nodes: 2 do not have the pods that its affinity asks for';
    expect(where(nodes, wantsDb)).toBe(refused);
    expect(where([node('n1'), node('n2')], wantsDb, [pod('db', 'n2', { labels: db })])).toBe(refused);
    expect(where(nodes, wantsDb, [pod('db', 'n2', { labels: db, namespace: 'other' })])).toBe(refused);
  });

  it.each([
    ['namespaces', { namespaces: ['other'] }],
    ['an empty namespaceSelector', { namespaceSelector: {} }],
  ])('looks into other namespaces: %s', (_, more) => {
    const theirs = pod('db', 'n2', { labels: db, namespace: 'other' });
    expect(where(nodes, inter('podAffinity', selecting(db, more)), [theirs])).toBe('n2');
  });

  it('does not look at home where other namespaces are named', () => {
    const ours = pod('db', 'n2', { labels: db });
    expect(where(nodes, inter('podAffinity', selecting(db, { namespaces: ['other'] })), [ours])).toContain(
      'does-not-fit',
    );
  });

  it('does not know namespaces by label', () => {
    const more = { namespaceSelector: { matchLabels: { team: 'x' } } };
    const unknown = 'unknown: its pod affinity selects namespaces by label';
    expect(where(nodes, inter('podAffinity', selecting(db, more)))).toBe(unknown);
    expect(where(nodes, inter('podAntiAffinity', selecting(db, more)))).toBe(unknown);
  });

  it('lets the first of a group that wants to be together go anywhere, and the others follow', () => {
    const together = { labels: web, ...inter('podAffinity', selecting(web)) };
    const leaving = ['a', 'b'].map((name) => pod(name, 'gone', together));
    expect(placed(room([gone, ...nodes], leaving))).toEqual({ a: 'n1', b: 'n1' });
    expect(placed(room([gone, ...nodes], [...leaving, pod('c', 'n2', together)]))).toEqual({ a: 'n2', b: 'n2' });
  });

  it('counts only pods that all terms mean', () => {
    const both = inter('podAffinity', selecting(db), selecting({ tier: 'fast' }));
    const halves = [pod('db', 'n1', { labels: db }), pod('fast', 'n1', { labels: { tier: 'fast' } })];
    expect(where(nodes, both, halves)).toContain('does-not-fit');
    expect(where(nodes, both, [pod('whole', 'n2', { labels: { ...db, tier: 'fast' } })])).toBe('n2');
  });
});

describe('pod anti-affinity', () => {
  const apart = { labels: web, ...inter('podAntiAffinity', selecting(web)) };
  const nodes = [inZone('n1', 'b'), inZone('n2', 'b'), inZone('n3', 'c')];

  it('avoids the topology of the pods it names', () => {
    expect(where(nodes, apart, [pod('web', 'n1', { labels: web })])).toBe('n3');
    expect(where(nodes.slice(0, 2), apart, [pod('web', 'n1', { labels: web })])).toBe(
      'does-not-fit: 0 of 2 nodes: 2 have pods that its anti-affinity avoids',
    );
  });

  it('is mutual: pods that are there keep others away', () => {
    const shy = pod('shy', 'n1', inter('podAntiAffinity', selecting(web)));
    expect(where(nodes.slice(0, 2), { labels: web }, [shy])).toBe(
      'does-not-fit: 0 of 2 nodes: 2 have pods whose anti-affinity avoids it',
    );
    expect(where(nodes.slice(0, 2), { labels: db }, [shy])).toBe('n1');
  });

  it('holds for pods placed before, and no longer for those that left', () => {
    const leaving = ['a', 'b', 'c'].map((name) => pod(name, 'gone', apart));
    expect(placed(room([gone, ...nodes, inZone('n4', 'a')], leaving))).toMatchObject({ a: 'n1', b: 'n3', c: 'n4' });
  });

  it('is mutual with pods that nobody had seen before they were placed', () => {
    const slots = (name: string, count: number): Node =>
      inZone(name, name, { allocatable: { cpu: 1000, pods: count * 1000 } });
    const shyOf = (app: string) => inter('podAntiAffinity', selecting({ app }));
    const leaving = [
      pod('first', 'gone', { labels: web, priority: 3 }),
      pod('shy', 'gone', { labels: db, priority: 2, ...shyOf('web') }),
      pod('second', 'gone', { labels: web, priority: 1 }),
    ];
    // n1 has one slot, so that the second could only join the shy one on n2.
    const seen = [pod('seen', 'n2', { labels: { app: 'seen' }, ...shyOf('web2') })];
    const small = room([gone, slots('n1', 1), slots('n2', 9)], seen);
    const answers = placePods(small, new Set(['gone']), leaving);
    expect(leaving.map(({ uid }) => answers.get(uid)?.verdict)).toEqual(['fits', 'fits', 'does-not-fit']);
  });

  it('does not know whom others avoid by labels of namespaces', () => {
    const more = { namespaceSelector: { matchLabels: { team: 'x' } } };
    const shy = pod('shy', 'n1', inter('podAntiAffinity', selecting(web, more)));
    expect(where(nodes.slice(0, 1), { labels: web }, [shy])).toBe(
      'unknown: no node takes it for certain; 0 of 1 node: 1 has pods whose anti-affinity may avoid it (it selects namespaces by label)',
    );
    expect(where(nodes, { labels: web }, [shy])).toBe('n3');
  });
});

describe('topology spread', () => {
  const uneven = 'does-not-fit: 0 of 2 nodes: 2 do not keep its topology spread over zone';
  const pair = [pod('w1', 'n1', spread()), pod('w2', 'n2', spread())];

  it('counts a drained node as a domain still, so that nothing may go elsewhere', () => {
    expect(where([inZone('n1', 'b'), inZone('n2', 'c')], spread(), pair)).toBe(uneven);
    expect(where([inZone('n1', 'b'), inZone('n2', 'c')], spread({ maxSkew: 2 }), pair)).toBe('n1');
  });

  it('goes to another node of the same domain', () => {
    expect(where([inZone('n1', 'b'), inZone('n2', 'c'), inZone('n3', 'a')], spread(), pair)).toBe('n3');
  });

  it('forgets the domain where the constraint honours taints', () => {
    const honours = spread({ nodeTaintsPolicy: 'Honor' });
    expect(where([inZone('n1', 'b'), inZone('n2', 'c')], honours, pair)).toBe('n1');
  });

  it('leaves out nodes that the pod cannot choose, unless told to count them', () => {
    const nodes = [inZone('n1', 'b', { labels: { disk: 'ssd' } }), inZone('n2', 'c', { labels: { disk: 'ssd' } })];
    const selective = (more: Term = {}) => {
      const { labels, scheduling } = spread(more);
      return { labels, scheduling: { ...scheduling, nodeSelector: { disk: 'ssd' } } };
    };
    expect(where(nodes, selective(), pair)).toBe('n1');
    expect(where(nodes, selective({ nodeAffinityPolicy: 'Ignore' }), pair)).toBe(uneven);
  });

  it('does not count terminating pods, other namespaces and soft constraints', () => {
    const nodes = [inZone('n1', 'b'), inZone('n2', 'c')];
    const dying = pod('w1', 'n1', { ...spread(), deletionTimestamp: '2026-01-01T00:00:00Z' });
    const foreign = pod('w2', 'n2', { ...spread(), namespace: 'other' });
    expect(where(nodes, spread(), [dying, foreign])).toBe('n1');
    expect(where(nodes, spread({ whenUnsatisfiable: 'ScheduleAnyway' }), pair)).toBe('n1');
  });

  it('treats fewer domains than minDomains as if one more were empty', () => {
    const near = [inZone('n1', 'a')];
    const other = [pod('w1', 'n1', spread())];
    expect(where(near, spread({ minDomains: 2 }), other)).toContain('does-not-fit');
    expect(where(near, spread(), other)).toBe('n1');
  });

  it('compares only pods of the same revision where matchLabelKeys says so', () => {
    const of = (hash: string) => {
      const { scheduling } = spread({ matchLabelKeys: ['pod-template-hash'] });
      return { labels: { ...web, 'pod-template-hash': hash }, scheduling };
    };
    const nodes = [inZone('n1', 'b'), inZone('n2', 'c')];
    const others = (hash: string): Pod[] => [pod('w1', 'n1', of(hash)), pod('w2', 'n2', of(hash))];
    expect(where(nodes, of('new'), others('old'))).toBe('n1');
    expect(where(nodes, of('new'), others('new'))).toBe(uneven);
  });

  it('counts no pods for a selector that selects all, as the scheduler does', () => {
    expect(where([inZone('n1', 'b'), inZone('n2', 'c')], spread({ labelSelector: {} }), pair)).toBe('n1');
  });

  it('counts only nodes with the labels of all constraints', () => {
    const { labels, scheduling } = spread({ maxSkew: 1 });
    const [zones] = scheduling.topologySpreadConstraints ?? [];
    const racks = { ...zones, topologyKey: 'rack', maxSkew: 5 } as NonNullable<typeof zones>;
    const both = { labels, scheduling: { topologySpreadConstraints: zones ? [zones, racks] : [] } };
    const racked = [inZone('n1', 'b', { labels: { rack: '1' } }), inZone('n2', 'c', { labels: { rack: '2' } })];
    expect(where(racked, both, pair)).toBe('n1');
  });

  it('takes the replacement of a terminating pod for a living one', () => {
    const dying = { ...spread({ nodeTaintsPolicy: 'Honor' }), deletionTimestamp: '2026-01-01T00:00:00Z' };
    const leaving = ['a', 'b', 'c', 'd'].map((name) => pod(name, 'gone', dying));
    const answers = Object.values(placed(room([gone, inZone('n1', 'b'), inZone('n2', 'c')], leaving)));
    expect(answers.toSorted()).toEqual(['n1', 'n1', 'n2', 'n2']);
  });

  it('needs the label of the topology', () => {
    expect(where([node('n1')], spread())).toBe(
      'does-not-fit: 0 of 1 node: 1 does not have the label zone of its topology spread',
    );
  });

  it('keeps the pods of the run even among themselves', () => {
    const leaving = ['a', 'b', 'c', 'd'].map((name) => pod(name, 'gone', spread({ nodeTaintsPolicy: 'Honor' })));
    const answers = Object.values(placed(room([gone, inZone('n1', 'b'), inZone('n2', 'c')], leaving)));
    expect(answers.toSorted()).toEqual(['n1', 'n1', 'n2', 'n2']);
  });
});
