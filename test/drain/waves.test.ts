import { describe, expect, it } from 'vitest';
import { parseSelector } from '../../src/cluster/selector.ts';
import { planNode, type OrderRule } from '../../src/drain/plan.ts';
import { orderBy } from '../../src/drain/waves.ts';
import { UsageError } from '../../src/errors.ts';
import { aPod, aPolicy, aSnapshot } from '../support/objects.ts';

describe('parseSelector', () => {
  const labels = { app: 'web', tier: 'front', size: '10', in: 'out', empty: '' };
  it.each([
    ['', true],
    ['app', true],
    ['!app', false],
    ['!other', true],
    ['app=web', true],
    ['app==web', true],
    ['app = web , tier = front', true],
    ['app=web,tier=back', false],
    ['app!=web', false],
    ['app!=db', true],
    ['other!=web', true],
    ['app in (db, web)', true],
    ['app in (db)', false],
    ['other in (web)', false],
    ['other in ()', false],
    ['app notin (db)', true],
    ['app notin (db,web)', false],
    ['other notin (web)', true],
    ['empty=', true],
    ['empty=,app=web', true],
    ['app=', false],
    ['empty in ()', true],
    ['empty in (a,)', true],
    ['empty in (,a)', true],
    ['empty in (a)', false],
    ['size>9', true],
    ['size>10', false],
    ['size<11', true],
    ['size < -1', false],
    ['app>1', false],
    ['other<1', false],
    ['in=out', true],
    ['in in (out)', true],
    ['app in (in,web)', true],
  ])('%j matches: %s', (text, expected) => {
    expect(parseSelector(text)(labels)).toBe(expected);
  });

  it.each([
    '=web',
    'app=web,',
    ',app',
    'app in db',
    'app in (db',
    'app in (a b)',
    'app=(web)',
    '!app=web',
    'size>x',
    'a b',
    'app=web=x',
    'app in ((a))',
  ])('refuses %j', (text) => {
    expect(() => parseSelector(text)).toThrow(UsageError);
  });
});

describe('--order', () => {
  it('takes the first rule that matches, and 0 without one', () => {
    const order = orderBy([
      { order: 10, selector: 'app=osd' },
      { order: -5, selector: 'app in (osd,client)' },
    ]);
    const of = (app: string): number => order(aPod({ labels: { app } }));
    expect([of('osd'), of('client'), of('web')]).toEqual([10, -5, 0]);
  });
});

describe('waves of a node', () => {
  const pods = [
    aPod({ name: 'osd', labels: { app: 'osd' } }),
    aPod({ name: 'web' }),
    aPod({ name: 'dns', priority: 2_000_000_000 }),
    aPod({ name: 'cni', priority: 2_000_001_000 }),
    aPod({ name: 'static', mirror: true, priority: 2_000_001_000 }),
    aPod({ name: 'first', labels: { app: 'first' } }),
  ];
  const wavesBy = (order: readonly OrderRule[]) => {
    const { waves, pods: decisions } = planNode(aSnapshot(pods), aPolicy({ order }), 0);
    return { waves, of: Object.fromEntries(decisions.map(({ name, wave }) => [name, wave])) };
  };

  it('go by priority class, those left alone without one of their own', () => {
    expect(wavesBy([])).toEqual({
      waves: ['ordinary', 'cluster-critical', 'node-critical'],
      of: { osd: 0, web: 0, first: 0, dns: 1, cni: 2, static: 0 },
    });
  });

  it('go by --order before that', () => {
    const rules = [
      { order: 10, selector: 'app=osd' },
      { order: -1, selector: 'app=first' },
    ];
    expect(wavesBy(rules)).toEqual({
      waves: ['order -1, ordinary', 'ordinary', 'cluster-critical', 'node-critical', 'order 10, ordinary'],
      of: { first: 0, web: 1, dns: 2, cni: 3, osd: 4, static: 0 },
    });
  });
});
