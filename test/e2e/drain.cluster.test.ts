/** Drains on the real control plane and on the playground, through the built program, as a user runs it. */
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { requestsOf, writesOf } from '../support/acceptance.ts';
import { waitFor, type Api } from '../support/api.ts';
import { kmaint, run } from '../support/kmaint.ts';
import { createScenario, type Scenario } from '../support/scenario.ts';
import { targets, type Connected } from '../support/target.ts';
import type { FakeNode } from '../cluster/nodes.ts';

let api: Api;
let kubeconfig: string;

async function scenario(nodes: number): Promise<Scenario & { readonly node: string; readonly other: string }> {
  const created = await createScenario(api, { nodes, prefix: 'drain' });
  onTestFinished(() => created.dispose());
  const [node = '', other = ''] = created.nodeNames;
  return { ...created, node, other };
}

const cordoned = async (name: string): Promise<boolean> =>
  (await api.get<FakeNode>(`/api/v1/nodes/${name}`)).spec.unschedulable ?? false;
/** All pods of a Deployment start on the first node while the others are cordoned. */
async function only(s: Scenario, node: string): Promise<void> {
  for (const other of s.nodeNames.filter((name) => name !== node)) {
    await api.patch(`/api/v1/nodes/${other}`, { spec: { unschedulable: true } });
    // The taint comes from a controller: by then the scheduler has heard of the cordon too.
    await waitFor(`the taint of ${other}`, async () => {
      const { spec } = await api.get<FakeNode>(`/api/v1/nodes/${other}`);
      return spec.taints?.some(({ key }) => key === 'node.kubernetes.io/unschedulable') === true ? true : undefined;
    });
  }
}
async function openAll(s: Scenario): Promise<void> {
  for (const name of s.nodeNames) await api.patch(`/api/v1/nodes/${name}`, { spec: { unschedulable: null } });
}
const drain = (...words: string[]) => kmaint(['drain', ...words], { kubeconfig });
const names = async (s: Scenario, node: string): Promise<string[]> =>
  (await s.pods(node)).map(({ metadata }) => metadata.name).sort();

describe.each(targets())('on the $name', (target) => {
  let connected: Connected;
  beforeAll(async () => {
    connected = await target.connect();
    ({ api, kubeconfig } = connected);
  });
  afterAll(() => connected?.dispose());

  describe('the walk-through of the runbook', () => {
    it('gives the verdicts of kubectl, and leaves a node whose drain is refused as it was', async () => {
      const s = await scenario(2);
      await only(s, s.node);
      await s.daemonSet('calico-node');
      await s.daemonSet('kube-proxy');
      await s.deployment('web', 2);
      await s.statefulSet('db', 2);
      await s.deployment('coredns', 2);
      await s.budget('coredns', { maxUnavailable: 1 });
      await s.pod('go-http', { nodeName: s.node });
      await s.pod('etcd', { nodeName: s.node, annotations: { 'kubernetes.io/config.mirror': 'x' } });
      await s.waitReady();
      await openAll(s);

      const refused = await drain(s.node);
      expect(refused.code, refused.stderr).toBe(3);
      expect(refused.stderr).toContain(`${s.namespace}/go-http`);
      expect(refused.stderr).toContain('--force');
      expect(await cordoned(s.node)).toBe(false);

      const theirs = await run(inject('kubectl'), ['drain', s.node, '--ignore-daemonsets'], { kubeconfig });
      expect(theirs.code).toBe(1);
      expect(theirs.stderr).toContain(`declare no controller (use --force to override): ${s.namespace}/go-http`);
      expect(await cordoned(s.node)).toBe(true);
      await kmaint(['uncordon', s.node], { kubeconfig });

      const done = await drain(s.node, '--force');
      expect(done.code, done.stderr).toBe(0);
      expect(done.stdout).toContain(`node/${s.node} drained`);
      const left = await names(s, s.node);
      expect(left.map((name) => name.replace(/-[a-z0-9]{5}$/, ''))).toEqual(['calico-node', 'etcd', 'kube-proxy']);
      await s.waitReady();
      const moved = (await names(s, s.other)).map((name) => name.replace(/(?:-[a-z0-9]+)?-[a-z0-9]+$/, ''));
      expect(moved.filter((name) => ['web', 'db', 'coredns'].includes(name))).toHaveLength(6);

      const back = await kmaint(['uncordon', s.node], { kubeconfig });
      expect([back.code, back.stdout.trim()]).toEqual([0, `node/${s.node} uncordoned`]);
      expect(await cordoned(s.node)).toBe(false);
    });
  });

  describe('the same cluster twice', () => {
    it('drained by kubectl and by kmaint, loses the same pods', async () => {
      const build = async (): Promise<Scenario & { readonly node: string; readonly other: string }> => {
        const s = await scenario(2);
        await only(s, s.node);
        await s.daemonSet('agent');
        await s.deployment('web', 4);
        await s.budget('web', { minAvailable: 2 });
        await s.statefulSet('db', 2);
        await s.deployment('cache', 2, { volumes: [{ name: 'scratch', emptyDir: {} }] });
        await s.pod('bare', { nodeName: s.node });
        await s.pod('done', { nodeName: s.node, readyAfterMs: 0, completeAfterMs: 100 });
        await s.pod('static', { nodeName: s.node, annotations: { 'kubernetes.io/config.mirror': 'x' } });
        await s.waitReady();
        await openAll(s);
        return s;
      };
      const uids = async (s: Scenario, node: string) =>
        new Map((await s.pods(node)).map(({ metadata }) => [metadata.uid, metadata.labels?.['app']]));
      const lost = async (
        s: Scenario & { readonly node: string },
        before: Map<string | undefined, string | undefined>,
      ) => {
        const after = await uids(s, s.node);
        return [...before]
          .filter(([uid]) => !after.has(uid))
          .map(([, app]) => app ?? '')
          .sort();
      };
      const flags = ['--ignore-daemonsets', '--force', '--delete-emptydir-data'];

      const [a, b] = [await build(), await build()];
      const [beforeA, beforeB] = [await uids(a, a.node), await uids(b, b.node)];
      const theirs = await run(inject('kubectl'), ['drain', a.node, ...flags], { kubeconfig });
      const ours = await drain(b.node, ...flags);
      expect([theirs.code, ours.code], theirs.stderr + ours.stderr).toEqual([0, 0]);
      const lostA = await lost(a, beforeA);
      expect(lostA).toEqual(['bare', 'cache', 'cache', 'db', 'db', 'done', 'web', 'web', 'web', 'web']);
      expect(await lost(b, beforeB)).toEqual(lostA);
    });
  });

  describe('budgets', () => {
    it('are honoured: never fewer than minAvailable are ready, and the drain waits', async () => {
      const s = await scenario(2);
      await only(s, s.node);
      await s.deployment('web', 3, { readyAfterMs: 500 });
      await s.budget('web', { minAvailable: 2 });
      await s.waitReady();
      await openAll(s);
      let fewest = Infinity;
      let running = true;
      const watching = (async () => {
        while (running) {
          const ready = (await s.pods()).filter(
            (pod) =>
              pod.metadata.deletionTimestamp === undefined &&
              pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
          );
          fewest = Math.min(fewest, ready.length);
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      })();
      const ended = await drain(s.node);
      running = false;
      await watching;
      expect(ended.code, ended.stderr).toBe(0);
      expect(ended.stderr).toContain('1 now, 2 later');
      expect(fewest).toBe(2);
      expect(await names(s, s.node)).toEqual([]);
    });

    it('that overlap refuse the drain before anything is written', async () => {
      const s = await scenario(1);
      await s.deployment('web', 2);
      // A budget does not count for a pod that is still pending.
      await s.waitReady();
      // Enough for both, so that only their number is in the way.
      for (const name of ['one', 'two'])
        await s.budget(name, { minAvailable: 1, selector: { matchLabels: { app: 'web' } } });
      const ended = await drain(s.node);
      expect(ended.code, ended.stderr).toBe(3);
      expect(ended.stderr).toContain('one');
      expect(ended.stderr).toContain('two');
      expect(await cordoned(s.node)).toBe(false);
    });

    it('that can never be met are named in the plan; --timeout ends the wait with what is left, --strict refuses', async () => {
      const s = await scenario(1);
      await s.deployment('web', 2);
      await s.budget('web', { maxUnavailable: 0 });
      await s.waitReady();
      const strict = await drain(s.node, '--strict');
      expect(strict.code, strict.stderr).toBe(3);
      expect(strict.stderr).toContain(`${s.namespace}/web: never at this size: desiredHealthy 2 of 2 expected`);
      expect(await cordoned(s.node)).toBe(false);

      const ended = await drain(s.node, '--timeout=3s', '-o', 'json');
      expect(ended.code, ended.stderr).toBe(124);
      const result = JSON.parse(ended.stdout) as {
        nodes: { left: { name: string; reason: string }[]; durationMs: number }[];
        undo: string[];
        resume: string[];
      };
      expect(result.nodes[0]?.left).toHaveLength(2);
      expect(result.nodes[0]?.left[0]?.reason).toContain('needs 2 healthy pods and has 2');
      expect(result.undo[0]).toContain(`uncordon ${s.node}`);
      expect(result.resume[0]).toContain('kmaint resume ');
      expect(result.nodes[0]?.durationMs).toBeGreaterThanOrEqual(3000);
      // It ends; how soon after is up to the machine.
      expect(result.nodes[0]?.durationMs).toBeLessThan(30_000);
      expect(await names(s, s.node)).toHaveLength(2);
    });

    it('are bypassed by --disable-eviction, which says which', async () => {
      const s = await scenario(1);
      await s.deployment('web', 1);
      await s.budget('web', { maxUnavailable: 0 });
      await s.waitReady();
      const ended = await drain(s.node, '--disable-eviction');
      expect(ended.code, ended.stderr).toBe(0);
      expect(ended.stderr).toContain(`${s.namespace}/web`);
      expect(ended.stderr).toContain('bypass');
    });
  });

  describe('identity', () => {
    it('a StatefulSet pod that comes up again on another node is not evicted there', async () => {
      const s = await scenario(2);
      await only(s, s.node);
      await s.statefulSet('db', 3, { readyAfterMs: 200, goneAfterMs: 200 });
      await s.budget('db', { maxUnavailable: 1 });
      await s.waitReady();
      await openAll(s);
      const before = new Set((await s.pods(s.node)).map(({ metadata }) => metadata.uid));
      const ended = await drain(s.node, '-o', 'ndjson');
      expect(ended.code, ended.stderr).toBe(0);
      const events = ended.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { type: string; pod?: { uid: string } });
      const evicted = events.filter(({ type }) => type === 'pod.evicting').map(({ pod }) => pod?.uid ?? '');
      expect(evicted).toHaveLength(3);
      expect(evicted.filter((uid) => !before.has(uid))).toEqual([]);
      expect(await names(s, s.other)).toEqual(['db-0', 'db-1', 'db-2']);
    });
  });

  describe('several nodes', () => {
    it('are taken by selector, all cordoned first; one that is refused does not stop the others', async () => {
      const s = await scenario(3);
      const third = s.nodeNames[2] ?? '';
      await s.deployment('web', 3);
      await s.pod('bare', { nodeName: s.other });
      await s.waitReady();
      const before = await names(s, s.other);
      const ended = await drain('-l', s.nodeSelector, '--pod-selector=app=bare', '-o', 'json');
      const result = JSON.parse(ended.stdout) as { nodes: { node: string; exitCode: number }[] };
      expect(ended.code, ended.stderr).toBe(1);
      expect(Object.fromEntries(result.nodes.map(({ node, exitCode }) => [node, exitCode]))).toEqual({
        [s.node]: 0,
        [s.other]: 3,
        [third]: 0,
      });
      expect([await cordoned(s.node), await cordoned(s.other), await cordoned(third)]).toEqual([true, false, true]);
      expect(await names(s, s.other)).toEqual(before);
    });

    it('given by names of which one is unknown: nothing is changed', async () => {
      const s = await scenario(1);
      const ended = await drain(s.node, `${s.node}x`);
      expect(ended.code).toBe(4);
      expect(ended.stderr).toContain(`did you mean ${s.node}?`);
      expect(await cordoned(s.node)).toBe(false);
    });

    it('a selector without a match is an error', async () => {
      const ended = await drain('-l', 'kmaint.test/scenario=nobody');
      expect(ended.code).toBe(2);
      expect(ended.stderr).toContain('no node matches');
    });
  });

  describe('waiting', () => {
    it('for a pod that does not go ends by --skip-wait-for-delete-timeout, and says what is left behind', async () => {
      const s = await scenario(1);
      await s.pod('stuck', {
        nodeName: s.node,
        finalizers: ['kmaint.test/stay'],
        terminationGracePeriodSeconds: 1,
        goneAfterMs: 0,
      });
      await s.waitReady();
      const ended = await drain(s.node, '--force', '--skip-wait-for-delete-timeout=1');
      expect(ended.code, ended.stderr).toBe(0);
      expect(ended.stderr).toContain(`${s.namespace}/stuck`);
      expect(await names(s, s.node)).toEqual(['stuck']);
    });

    it('is interrupted by Ctrl-C: what is left, the undo and the way on', async () => {
      const s = await scenario(1);
      await s.deployment('web', 2);
      await s.budget('web', { maxUnavailable: 0 });
      await s.waitReady();
      let sent = false;
      const ended = await kmaint(['drain', s.node], {
        kubeconfig,
        onStderr: (text, child) => {
          if (sent || !/blocked/.test(text)) return;
          sent = true;
          child.kill('SIGINT');
        },
      });
      expect(ended.code).toBe(130);
      expect(ended.stderr).toContain(`kmaint uncordon ${s.node}`);
      expect(ended.stderr).toMatch(/^resume: kmaint resume \d{8}-\d{6}-[0-9a-f]{6}$/m);
      expect(ended.stderr.match(/left|still/)).not.toBeNull();
      expect(await names(s, s.node)).toHaveLength(2);
    });
  });

  describe('dry runs', () => {
    it('change nothing', async () => {
      const s = await scenario(1);
      await s.deployment('web', 2);
      await s.budget('web', { maxUnavailable: 0 });
      await s.waitReady();
      const client = await drain(s.node, '--dry-run=client', '-vv');
      expect(requestsOf(client.stderr)).not.toEqual([]);
      expect(writesOf(client.stderr)).toEqual([]);
      const server = await drain(s.node, '--dry-run=server');
      for (const ended of [client, server]) expect(ended.code, ended.stderr).toBe(0);
      expect(await cordoned(s.node)).toBe(false);
      expect(server.stderr).toContain('would have to wait');
      expect((await s.pods(s.node)).filter(({ metadata }) => metadata.deletionTimestamp !== undefined)).toEqual([]);
    });
  });
});
