/** The order in which pods go, and that what serves goes on serving. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { benchOf, recordsOf, type Bench } from '../support/acceptance.ts';
import { fewestServing, firstAskedToEnd, followPods, servingOf } from '../support/probe.ts';
import { targets, type Connected } from '../support/target.ts';

describe.each(targets())('waves and continuity on the $name', (target) => {
  let connected: Connected;
  let bench: Bench;
  beforeAll(async () => {
    connected = await target.connect();
    bench = benchOf(connected, 'acc-wave');
  });
  afterAll(() => connected?.dispose());

  it('no pod of a wave is asked to end before the former wave is gone; what is to be left or to finish is', async () => {
    const s = await bench.scene({ nodes: 2 });
    await s.only(s.first);
    const priority = (tier: string) => ({ spec: { priorityClassName: tier }, goneAfterMs: 700 });
    await s.deployment('plain', 2, { goneAfterMs: 1500 });
    await s.deployment('x', 2, { goneAfterMs: 700 });
    await s.deployment('dns', 2, priority('system-cluster-critical'));
    await s.deployment('agent', 2, priority('system-node-critical'));
    await s.pod('skipped', { nodeName: s.first, labels: { 'cluster.x-k8s.io/drain': 'skip' } });
    await s.waitReady();
    await s.pod('batch', {
      nodeName: s.first,
      labels: { 'cluster.x-k8s.io/drain': 'wait-completed' },
      completeAfterMs: 5000,
    });
    await s.waitReady();
    await s.open();
    const before = await s.pods(s.first);
    const uidOf = (name: string) => before.find(({ metadata }) => metadata.name === name)?.metadata.uid;
    // It finishes in the middle of the drain.
    expect(before.find(({ metadata }) => metadata.name === 'batch')?.status.phase).toBe('Running');
    const probe = await followPods(bench.api, s.namespace);
    const ended = await bench.kmaint(['drain', s.first, '--order=10:app=x', '-o', 'ndjson']);
    await probe.stop();
    expect(ended.code, ended.stderr).toBe(0);

    const records = recordsOf(ended.stdout);
    const waves = ['plain', 'dns', 'agent', 'x'];
    const placesOf = (type: string, app: string): number[] =>
      records.flatMap((record, place) =>
        record.type === type && record.pod?.name.startsWith(`${app}-`) === true ? [place] : [],
      );
    for (const [index, app] of waves.entries()) {
      expect(placesOf('pod.evicting', app), app).toHaveLength(2);
      expect(placesOf('pod.gone', app), app).toHaveLength(2);
      const next = waves[index + 1];
      if (next === undefined) continue;
      expect(Math.max(...placesOf('pod.gone', app))).toBeLessThan(Math.min(...placesOf('pod.evicting', next)));
      // The same by what the server showed, not by what kmaint says.
      const uids = (name: string) =>
        new Set(before.filter(({ metadata }) => metadata.labels?.['app'] === name).map(({ metadata }) => metadata.uid));
      const former = uids(app);
      const begun = firstAskedToEnd(probe, uids(next));
      expect(begun?.pods.filter(({ metadata }) => former.has(metadata.uid))).toEqual([]);
    }

    const evicted = records.filter(({ type }) => type === 'pod.evicting').map(({ pod }) => pod?.name);
    expect(evicted.filter((name) => name === 'batch' || name === 'skipped')).toEqual([]);
    expect(firstAskedToEnd(probe, new Set([uidOf('batch'), uidOf('skipped')]))).toBeUndefined();
    const batch = await bench.pod(s.namespace, 'batch');
    expect([batch?.metadata.uid, batch?.status.phase]).toEqual([uidOf('batch'), 'Succeeded']);
    const skipped = await bench.pod(s.namespace, 'skipped');
    expect([skipped?.metadata.uid, skipped?.status.phase]).toEqual([uidOf('skipped'), 'Running']);
  });

  it('--surge moves the only pod of a Deployment without a moment of none ready; without it the drain waits', async () => {
    const s = await bench.scene({ nodes: 2 });
    await s.only(s.first);
    await s.deployment('web', 1, { readyAfterMs: 1500, goneAfterMs: 300 });
    await s.budget('web', { minAvailable: 1 });
    await s.waitReady();
    await s.open();
    const [old] = await s.pods(s.first);
    const probe = await followPods(bench.api, s.namespace);

    const waits = await bench.kmaint(['drain', s.first, '--timeout=5s']);
    expect(waits.code, waits.stderr).toBe(124);
    expect((await s.pods(s.first)).map(({ metadata }) => metadata.uid)).toEqual([old?.metadata.uid]);

    const moves = await bench.kmaint(['drain', s.first, '--surge']);
    expect(moves.code, moves.stderr).toBe(0);
    await s.waitReady();
    await probe.stop();
    expect(await s.namesOn(s.first)).toEqual([]);
    expect(await s.namesOn(s.second)).toHaveLength(1);
    expect(fewestServing(probe, 'web')).toBe(1);
    // What was watched is a move, not an idle namespace.
    expect(probe.moments.length).toBeGreaterThan(5);
  });

  it('--wait-replacements begins with the second node when the owners of the first are ready again', async () => {
    const s = await bench.scene({ nodes: 3 });
    await s.only(s.first);
    await s.deployment('a', 2, { readyAfterMs: 3000, goneAfterMs: 200 });
    await s.waitReady();
    await s.only(s.second);
    await s.deployment('b', 2, { readyAfterMs: 200, goneAfterMs: 200 });
    await s.waitReady();
    await s.open();
    const ofB = new Set((await s.pods(s.second)).map(({ metadata }) => metadata.uid));
    expect(ofB.size).toBe(2);
    const probe = await followPods(bench.api, s.namespace);
    const ended = await bench.kmaint(['drain', s.first, s.second, '--wait-replacements', '-o', 'ndjson']);
    await probe.stop();
    expect(ended.code, ended.stderr).toBe(0);
    const begun = firstAskedToEnd(probe, ofB);
    expect(begun).toBeDefined();
    expect(servingOf(begun?.pods ?? [], 'a')).toBe(2);
    expect(fewestServing(probe, 'a')).toBe(0);
    expect(recordsOf(ended.stdout).some(({ type }) => type === 'node.waiting')).toBe(true);
  });
});
