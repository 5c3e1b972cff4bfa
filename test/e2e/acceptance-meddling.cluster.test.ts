/** Others change things while a drain runs: it sees what they did, and undoes none of it. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { benchOf, ownFolder, recordsOf, type Bench, type RunResult, type Scene } from '../support/acceptance.ts';
import { waitFor } from '../support/api.ts';
import type { Ended } from '../support/kmaint.ts';
import { fewestServing, firstAskedToEnd, followPods } from '../support/probe.ts';
import { targets, type Connected } from '../support/target.ts';

describe.each(targets())('somebody else at work on the $name', (target) => {
  let connected: Connected;
  let bench: Bench;
  beforeAll(async () => {
    connected = await target.connect();
    bench = benchOf(connected, 'acc-meddle');
  });
  afterAll(() => connected?.dispose());

  const hold = async (node: string) => (await bench.node(node)).metadata.annotations?.['kmaint.io/hold'];

  /** A node whose only pod may not go, and a drain of it that is under way. */
  async function waiting(words: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    const s = await bench.scene({ nodes: 2 });
    await s.only(s.first);
    await s.deployment('web', 1, { readyAfterMs: 200, goneAfterMs: 300 });
    await s.budget('web', { maxUnavailable: 0 });
    await s.waitReady();
    await s.open();
    const running = bench.kmaint(['drain', s.first, '--timeout=60s', '-o', 'ndjson', ...words], { env });
    await waitFor('the cordon', async () => ((await bench.cordoned(s.first)) ? true : undefined));
    return { s, running, budget: `/apis/policy/v1/namespaces/${s.namespace}/poddisruptionbudgets/web` };
  }
  const nodeEnd = ({ stdout }: Ended) => recordsOf(stdout).find(({ type }) => type === 'node.finished');

  it('a budget that is raised lets the drain go on within seconds', async () => {
    const { s, running, budget } = await waiting();
    const raisedAtMs = Date.now();
    await bench.api.patch(budget, { spec: { maxUnavailable: 1 } });
    const ended = await running;
    expect(ended.code, ended.stderr).toBe(0);
    expect(Date.now() - raisedAtMs).toBeLessThan(10_000);
    expect(await s.namesOn(s.first)).toEqual([]);
  });

  it('a budget that is deleted lets the drain go on within seconds', async () => {
    const { s, running, budget } = await waiting();
    const deletedAtMs = Date.now();
    await bench.api.delete(budget);
    const ended = await running;
    expect(ended.code, ended.stderr).toBe(0);
    expect(Date.now() - deletedAtMs).toBeLessThan(10_000);
    expect(await s.namesOn(s.first)).toEqual([]);
  });

  it('a run that takes the node over goes on, the other stops with 5 and touches nothing more', async () => {
    const { s, running, budget } = await waiting([], { XDG_STATE_HOME: ownFolder() });
    const mine = await hold(s.first);
    const over = bench.kmaint(['drain', s.first, '--take-over', '--timeout=60s', '-o', 'json'], {
      env: { XDG_STATE_HOME: ownFolder() },
    });
    const lost = await running;
    expect(lost.code, lost.stderr).toBe(5);
    expect(nodeEnd(lost)?.message).toContain('took the node');
    const theirs = await hold(s.first);
    expect(theirs).toBeDefined();
    expect(theirs).not.toBe(mine);
    expect(await bench.cordoned(s.first)).toBe(true);
    expect(await s.namesOn(s.first)).toHaveLength(1);
    await bench.api.patch(budget, { spec: { maxUnavailable: 1 } });
    const { code, stdout, stderr } = await over;
    expect(code, stderr).toBe(0);
    expect((JSON.parse(stdout) as RunResult).warnings.join('\n')).toContain('taken over');
    expect(await hold(s.first)).toBeUndefined();
  });

  it('a node that is deleted ends its drain with 1, and is not made again', async () => {
    const { s, running } = await waiting();
    await bench.api.delete(`/api/v1/nodes/${s.first}`);
    const ended = await running;
    expect(ended.code, ended.stderr).toBe(1);
    expect(nodeEnd(ended)?.message).toContain('was deleted');
    expect(await bench.api.find(`/api/v1/nodes/${s.first}`)).toBeUndefined();
    expect(ended.durationMs).toBeLessThan(50_000);
  });

  it('Ctrl-C with --on-failure=restore uncordons what this run cordoned; without it the cordon stays', async () => {
    for (const [flags, cordoned] of [
      [['--on-failure=restore'], false],
      [[], true],
    ] as const) {
      const s = await bench.scene({ nodes: 1 });
      await s.deployment('web', 1);
      await s.budget('web', { maxUnavailable: 0 });
      await s.waitReady();
      let sent = false;
      const ended = await bench.kmaint(['drain', s.first, ...flags], {
        onStderr: (text, child) => {
          if (sent || !text.includes('blocked')) return;
          sent = true;
          child.kill('SIGINT');
        },
      });
      expect(ended.code, ended.stderr).toBe(130);
      expect(await bench.cordoned(s.first)).toBe(cordoned);
      expect(await hold(s.first)).toBeUndefined();
      expect(await s.namesOn(s.first)).toHaveLength(1);
    }
  });

  it('marks that were there before survive a drain with the same marks, and its rollback', async () => {
    const s = await bench.scene({ nodes: 1 });
    const label = 'node.kubernetes.io/exclude-from-external-load-balancers';
    const annotation = 'cluster-autoscaler.kubernetes.io/scale-down-disabled';
    await bench.api.patch(`/api/v1/nodes/${s.first}`, {
      metadata: { labels: { [label]: 'since-2019' }, annotations: { [annotation]: 'by-ann' } },
    });
    const env = { XDG_STATE_HOME: ownFolder() };
    const words = ['drain', s.first, '--exclude-from-lb', '--hold-autoscaler', '-o', 'json'];
    const ended = await bench.kmaint(words, { env });
    expect(ended.code, ended.stderr).toBe(0);
    const marks = async () => {
      const { labels, annotations } = (await bench.node(s.first)).metadata;
      return [labels?.[label], annotations?.[annotation]];
    };
    const back = await bench.kmaint(['rollback', (JSON.parse(ended.stdout) as RunResult).runId ?? ''], { env });
    expect(back.code, back.stderr).toBe(0);
    expect(await marks()).toEqual(['since-2019', 'by-ann']);
    expect(await bench.cordoned(s.first)).toBe(false);
  });

  it('two runs over the same two nodes, in opposite order, remove each pod once and leave no hold behind', async () => {
    const s = await bench.scene({ nodes: 2 });
    for (const node of s.nodeNames) await s.pod(`pod-${node}`, { nodeName: node, goneAfterMs: 1500 });
    await s.waitReady();
    const both = await Promise.all(
      [s.nodeNames, s.nodeNames.toReversed()].map((nodes) =>
        bench.kmaint(['drain', ...nodes, '--force', '-o', 'ndjson'], { env: { XDG_STATE_HOME: ownFolder() } }),
      ),
    );
    for (const { code, stderr } of both) expect([0, 1, 5], stderr).toContain(code);
    const evicted = both.flatMap(({ stdout }) =>
      recordsOf(stdout).flatMap(({ type, pod }) => (type === 'pod.evicting' && pod ? [pod.name] : [])),
    );
    expect(new Set(evicted).size).toBe(evicted.length);
    for (const node of s.nodeNames) expect(await hold(node)).toBeUndefined();
  });

  it('a saved plan is not carried out on another Node object of the same name', async () => {
    const s = await bench.scene({ nodes: 1 });
    const file = join(ownFolder(), 'plan.json');
    const planned = await bench.kmaint(['plan', s.first, '--out', file]);
    expect(planned.code, planned.stderr).toBe(0);
    const { metadata, spec, status, ...rest } = await bench.node(s.first);
    await bench.api.delete(`/api/v1/nodes/${s.first}`);
    const { name, labels, annotations } = metadata;
    await bench.api.create('/api/v1/nodes', { ...rest, spec, status, metadata: { name, labels, annotations } });
    const ended = await bench.kmaint(['apply', file]);
    expect(ended.code, ended.stderr).toBe(6);
    expect(ended.stderr).toContain(s.first);
    expect(await bench.cordoned(s.first)).toBe(false);
  });

  it('kmaint uncordon leaves a node alone that a run is working on', async () => {
    const { s, running } = await waiting(['--timeout=6s']);
    const ended = await bench.kmaint(['uncordon', s.first]);
    expect(ended.code, ended.stderr + ended.stdout).toBe(5);
    expect(await bench.cordoned(s.first)).toBe(true);
    const drained = await running;
    expect(drained.code, drained.stderr).toBe(124);
  });

  it('a run that was killed is not resumed over the head of whoever uncordoned its node since', async () => {
    const s = await bench.scene({ nodes: 1 });
    await s.deployment('web', 1);
    await s.budget('web', { maxUnavailable: 0 });
    await s.waitReady();
    const env = { XDG_STATE_HOME: ownFolder() };
    const killed = await bench.kmaint(['drain', s.first], {
      env,
      onStderr: (text, child) => {
        if (text.includes('blocked')) child.kill('SIGKILL');
      },
    });
    expect(killed.code).toBe(128);
    await bench.api.patch(`/api/v1/nodes/${s.first}`, { spec: { unschedulable: null } });
    const ended = await bench.kmaint(['resume'], { env });
    expect([5, 6], ended.stderr).toContain(ended.code);
    expect(await bench.cordoned(s.first)).toBe(false);
    expect(await s.namesOn(s.first)).toHaveLength(1);
  });

  it('Ctrl-C in the middle of a surge leaves the old pod, or a ready new one, serving', async () => {
    const s = await bench.scene({ nodes: 2 });
    await s.only(s.first);
    await s.deployment('web', 1, { readyAfterMs: 4000, goneAfterMs: 300 });
    await s.waitReady();
    await s.open();
    const probe = await followPods(bench.api, s.namespace);
    const ended = await bench.kmaint(['drain', s.first, '--surge'], {
      onStart: (child) => {
        const look = setInterval(() => {
          if ((probe.moments.at(-1)?.pods.length ?? 0) < 2) return;
          clearInterval(look);
          child.kill('SIGINT');
        }, 50);
        child.on('close', () => clearInterval(look));
      },
    });
    expect(ended.code, ended.stderr).toBe(130);
    await s.waitReady();
    await probe.stop();
    expect(fewestServing(probe, 'web')).toBe(1);
    expect(ended.stderr).toContain(`kmaint uncordon ${s.first}`);
    expect(await hold(s.first)).toBeUndefined();
  });

  it('a pod that is made again under its old name elsewhere is not touched', async () => {
    const s: Scene = await bench.scene({ nodes: 2 });
    await s.pod('lone', { nodeName: s.first, goneAfterMs: 300 });
    await s.pod('slow', { nodeName: s.first, goneAfterMs: 4000 });
    await s.waitReady();
    const running = bench.kmaint(['drain', s.first, '--force']);
    await waitFor('the pod to be gone', async () =>
      (await bench.pod(s.namespace, 'lone')) === undefined ? true : undefined,
    );
    const again = await s.pod('lone', { nodeName: s.second });
    const probe = await followPods(bench.api, s.namespace);
    const ended = await running;
    await probe.stop();
    expect(ended.code, ended.stderr).toBe(0);
    expect(firstAskedToEnd(probe, new Set([again.metadata.uid]))).toBeUndefined();
  });
});
