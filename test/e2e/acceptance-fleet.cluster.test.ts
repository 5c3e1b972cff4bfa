/** Many nodes at a time: budgets are shared, the control plane goes one by one, a failure stays where it is. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { benchOf, evictionsOf, recordsOf, type Bench, type RunResult } from '../support/acceptance.ts';
import { fewestServing, followPods } from '../support/probe.ts';
import { targets, type Connected } from '../support/target.ts';

describe.each(targets())('a fleet on the $name', (target) => {
  let connected: Connected;
  let bench: Bench;
  beforeAll(async () => {
    connected = await target.connect();
    bench = benchOf(connected, 'acc-fleet');
  });
  afterAll(() => connected?.dispose());

  it('ten nodes, five at a time, share a budget of one without a refused eviction', async () => {
    const s = await bench.scene({ nodes: 12 });
    const drained = s.nodeNames.slice(0, 10);
    const controlPlane = drained.slice(0, 2);
    for (const name of controlPlane) {
      const labels = { 'node-role.kubernetes.io/control-plane': '' };
      await bench.api.patch(`/api/v1/nodes/${name}`, { metadata: { labels } });
    }
    const spread = {
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: { app: 'web' } },
        },
      ],
    };
    await s.deployment('web', 12, { readyAfterMs: 200, goneAfterMs: 300, spec: spread });
    await s.budget('web', { maxUnavailable: 1 });
    // Keeps both nodes of the control plane busy for a while, so that an overlap could be seen.
    for (const name of controlPlane) await s.pod(`busy-${name}`, { nodeName: name, goneAfterMs: 2500 });
    await s.waitReady();
    const before = new Set((await Promise.all(drained.map((name) => s.namesOn(name)))).flat());

    const probe = await followPods(bench.api, s.namespace);
    const ended = await bench.kmaint(['drain', ...drained, '--parallel=5', '--force', '-o', 'ndjson', '-vv']);
    await probe.stop();
    expect(ended.code, ended.stderr).toBe(0);
    expect((await Promise.all(drained.map((name) => s.namesOn(name)))).flat()).toEqual([]);

    const evictions = evictionsOf(ended.stdout);
    expect(evictions.filter(({ code }) => code === 201 || code === 200)).toHaveLength(before.size);
    expect(evictions.filter(({ code }) => code === 429).length).toBeLessThanOrEqual(1);
    expect(fewestServing(probe, 'web')).toBe(11);

    const records = recordsOf(ended.stdout);
    const place = (type: string, name: string) =>
      records.findIndex((record) => record.type === type && record.node === name);
    const spans = drained.map((name) => [place('node.draining', name), place('node.finished', name)] as const);
    const [one = [0, 0], two = [0, 0]] = spans;
    expect(one[1] < two[0] || two[1] < one[0]).toBe(true);
    // Five at a time they were: at some moment more than one was open.
    const open = records.map((_, index) => spans.filter(([start, finish]) => start <= index && index < finish).length);
    expect(Math.max(...open)).toBeGreaterThan(1);
    expect(Math.max(...open)).toBeLessThanOrEqual(5);
    const cordons = drained.map((name) => place('node.cordoned', name));
    expect(Math.max(...cordons)).toBeLessThan(records.findIndex(({ type }) => type === 'pod.evicting'));
  });

  it('a node that fails does not keep the others, and each has its own code', async () => {
    const s = await bench.scene({ nodes: 4 });
    await s.pod('stuck', {
      nodeName: s.second,
      finalizers: ['kmaint.test/stay'],
      terminationGracePeriodSeconds: 1,
      goneAfterMs: 0,
    });
    await s.pod('one', { nodeName: s.first, goneAfterMs: 300 });
    await s.pod('three', { nodeName: s.third, goneAfterMs: 300 });
    await s.waitReady();
    const words = ['drain', s.first, s.second, s.third, '--force', '--timeout=5s', '-o', 'json'];
    const ended = await bench.kmaint(words);
    expect(ended.code, ended.stderr).toBe(1);
    const result = JSON.parse(ended.stdout) as RunResult;
    const codes = result.nodes.map(({ node, exitCode }): [string, number | undefined] => [node, exitCode]);
    expect(Object.fromEntries(codes)).toEqual({ [s.first]: 0, [s.second]: 124, [s.third]: 0 });
    expect(result.nodes.find(({ node }) => node === s.second)?.left.map(({ name }) => name)).toEqual(['stuck']);
    expect([await s.namesOn(s.first), await s.namesOn(s.third)]).toEqual([[], []]);
    expect(await s.namesOn(s.second)).toEqual(['stuck']);
  });
});
