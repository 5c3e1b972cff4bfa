/** Budgets that hold a drain up: said before anything is sent, explained, and passed only where that was allowed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { benchOf, evictionsOf, recordsOf, writesOf, type Bench } from '../support/acceptance.ts';
import { waitFor } from '../support/api.ts';
import { firstAskedToEnd, followPods } from '../support/probe.ts';
import { targets, type Connected } from '../support/target.ts';
import type { TestBudget } from '../support/workloads.ts';

describe.each(targets())('budgets on the $name', (target) => {
  let connected: Connected;
  let bench: Bench;
  beforeAll(async () => {
    connected = await target.connect();
    bench = benchOf(connected, 'acc-budget');
  });
  afterAll(() => connected?.dispose());

  it('two for one pod refuse the drain without a single write, as the trace shows', async () => {
    const s = await bench.scene({ nodes: 1 });
    await s.deployment('web', 2);
    await s.waitReady();
    for (const name of ['one', 'two']) {
      await s.budget(name, { minAvailable: 1, selector: { matchLabels: { app: 'web' } } });
    }
    const ended = await bench.kmaint(['drain', s.first, '-vv']);
    expect(ended.code, ended.stderr).toBe(3);
    expect(ended.stderr).toContain(`${s.namespace}/one`);
    expect(ended.stderr).toContain(`${s.namespace}/two`);
    expect(evictionsOf(ended.stderr)).toEqual([]);
    // Questions that are POSTed (may I?) change nothing.
    expect(writesOf(ended.stderr).filter(({ path }) => !path.includes('/selfsubject'))).toEqual([]);
    expect(ended.stderr).toMatch(/GET https:/);
    expect(await bench.cordoned(s.first)).toBe(false);

    const [pod] = await s.namesOn(s.first);
    const why = await bench.kmaint(['why', `pod/${pod ?? ''}`, '-n', s.namespace, '-o', 'json']);
    const { explanation } = JSON.parse(why.stdout) as { explanation: { verdict: string } };
    expect(explanation.verdict).toBe('several-budgets');
  });

  it('why names the unready pod, the numbers and what would help, for the budget and for a pod of it', async () => {
    const s = await bench.scene({ nodes: 1 });
    const labels = { tier: 'shop' };
    await s.deployment('web', 2, { labels });
    await s.waitReady();
    await s.deployment('sick', 1, { labels, unready: true });
    await s.budget('shop', { minAvailable: 2, selector: { matchLabels: labels } });
    await waitFor('the unready pod to run, and the budget to count three', async () => {
      const running = (await s.pods()).filter(({ status }) => status.phase === 'Running');
      if (running.length !== 3) return undefined;
      const path = `/apis/policy/v1/namespaces/${s.namespace}/poddisruptionbudgets/shop`;
      const { status } = await bench.api.get<TestBudget>(path);
      return status?.expectedPods === 3 && status.currentHealthy === 2 ? true : undefined;
    });
    const names = await s.namesOn(s.first);
    const sick = names.find((name) => name.startsWith('sick-')) ?? '';
    const web = names.find((name) => name.startsWith('web-')) ?? '';

    for (const subject of ['pdb/shop', `pod/${web}`]) {
      const ended = await bench.kmaint(['why', subject, '-n', s.namespace]);
      expect(ended.code, ended.stderr).toBe(0);
      expect(ended.stdout).toContain('blocked');
      expect(ended.stdout).toContain(`${s.namespace}/${sick}`);
      expect(ended.stdout).toMatch(new RegExp(`${sick}.*not ready`, 'i'));
      expect(ended.stdout).toContain('currentHealthy 2 - desiredHealthy 2 = 0');
      expect(ended.stdout).toContain('what would help:');
      expect(ended.stdout.split('what would help:')[1]).toMatch(/kubectl (?:describe|logs)/);
    }
  });

  it('with --escalate delete the very pod is deleted at the deadline less its grace period, its successor never', async () => {
    const s = await bench.scene({ nodes: 2 });
    await s.only(s.first);
    await s.statefulSet('db', 1, { terminationGracePeriodSeconds: 4, goneAfterMs: 500, readyAfterMs: 200 });
    await s.budget('db', { maxUnavailable: 0 });
    await s.waitReady();
    await s.open();
    const [old] = await s.pods(s.first);
    const probe = await followPods(bench.api, s.namespace);
    const words = ['drain', s.first, '--deadline=12s', '--escalate=delete', '-o', 'ndjson'];
    const ended = await bench.kmaint(words);
    expect(ended.code, ended.stderr).toBe(0);
    await s.waitReady();
    await probe.stop();

    const records = recordsOf(ended.stdout);
    const begunMs = Date.parse(records.find(({ type }) => type === 'node.draining')?.time ?? '');
    const asked = firstAskedToEnd(probe, new Set([old?.metadata.uid]));
    expect((asked?.atMs ?? 0) - begunMs).toBeGreaterThan(6000);
    expect((asked?.atMs ?? Infinity) - begunMs).toBeLessThan(10_000);
    const escalated = records.filter(({ type }) => type === 'pod.escalated');
    expect(escalated.map(({ pod }) => pod?.uid)).toEqual([old?.metadata.uid]);

    const successor = await bench.pod(s.namespace, 'db-0');
    expect(successor?.metadata.uid).not.toBe(old?.metadata.uid);
    expect(successor?.spec.nodeName).toBe(s.second);
    expect(firstAskedToEnd(probe, new Set([successor?.metadata.uid]))).toBeUndefined();
  });

  it('without the flag the pod is alive when --timeout ends the wait', async () => {
    const s = await bench.scene({ nodes: 1 });
    await s.statefulSet('db', 1);
    await s.budget('db', { maxUnavailable: 0 });
    await s.waitReady();
    const [before] = await s.pods(s.first);
    const ended = await bench.kmaint(['drain', s.first, '--timeout=4s']);
    expect(ended.code, ended.stderr).toBe(124);
    const after = await bench.pod(s.namespace, 'db-0');
    expect(after?.metadata.uid).toBe(before?.metadata.uid);
    expect(after?.metadata.deletionTimestamp).toBeUndefined();
  });
});
