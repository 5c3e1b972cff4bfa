/** Who has a node: two runs at once, other tools' marks and Leases, and cordons that are somebody else's. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { benchOf, ownFolder, recordsOf, type Bench, type RunResult } from '../support/acceptance.ts';
import { waitFor, type KubeObject } from '../support/api.ts';
import type { Ended } from '../support/kmaint.ts';
import { targets, type Connected } from '../support/target.ts';

const hold = 'kmaint.io/hold';
const codesOf = (both: readonly Ended[]) => both.map(({ code }) => code).sort((a, b) => a - b);
const leasePath = (node: string) => `/apis/coordination.k8s.io/v1/namespaces/medik8s-leases/leases/node-${node}`;

describe.each(targets())('who has a node on the $name', (target) => {
  let connected: Connected;
  let bench: Bench;
  beforeAll(async () => {
    connected = await target.connect();
    bench = benchOf(connected, 'acc-hold');
  });
  afterAll(() => connected?.dispose());

  /** The JSON of the hold that another run would have written. */
  const holdOf = (untilMs: number) =>
    JSON.stringify({
      run: '20260101t000000z-other',
      holder: 'ann@elsewhere',
      until: new Date(untilMs).toISOString(),
      wasCordoned: false,
    });
  const annotate = (node: string, value: string) =>
    bench.api.patch(`/api/v1/nodes/${node}`, { metadata: { annotations: { [hold]: value } } });
  const holdOn = async (node: string) => (await bench.node(node)).metadata.annotations?.[hold];

  it('of two runs at once exactly one proceeds, ten times over; the other ends with 5 and names the holder', async () => {
    const s = await bench.scene({ nodes: 10 });
    for (const node of s.nodeNames) await s.pod(`pod-${node}`, { nodeName: node, goneAfterMs: 1500 });
    await s.waitReady();
    const folders = [ownFolder(), ownFolder()];
    for (const node of s.nodeNames) {
      const both = await Promise.all(
        folders.map((folder) =>
          bench.kmaint(['drain', node, '--force', '-o', 'json'], { env: { XDG_STATE_HOME: folder } }),
        ),
      );
      const told = both.map(({ code, stderr }) => `${String(code)}: ${stderr}`).join('\n');
      expect(codesOf(both), told).toEqual([0, 5]);
      const [winner, loser] = both
        .map(({ stdout }) => JSON.parse(stdout) as RunResult)
        .sort((a, b) => a.exitCode - b.exitCode);
      const message = loser?.nodes.find((one) => one.node === node)?.message;
      expect(message).toContain(`is held by run ${winner?.runId ?? '?'} of `);
      expect(loser?.nodes[0]?.hint).toContain('--take-over');
      expect(await s.namesOn(node)).toEqual([]);
      expect(await holdOn(node)).toBeUndefined();
    }
  });

  it('a live hold is respected and left as it is, an expired one is taken over once', async () => {
    const s = await bench.scene({ nodes: 1 });
    const live = holdOf(Date.now() + 60_000);
    await annotate(s.first, live);
    const refused = await bench.kmaint(['drain', s.first]);
    expect(refused.code, refused.stderr).toBe(5);
    expect(refused.stderr).toContain('ann@elsewhere');
    expect(await holdOn(s.first)).toBe(live);
    expect(await bench.cordoned(s.first)).toBe(false);

    await annotate(s.first, holdOf(Date.now() - 120_000));
    await s.pod('lone', { nodeName: s.first, goneAfterMs: 1500 });
    await s.waitReady();
    const folders = [ownFolder(), ownFolder()];
    const both = await Promise.all(
      folders.map((folder) => bench.kmaint(['drain', s.first, '--force', '-v'], { env: { XDG_STATE_HOME: folder } })),
    );
    const told = both.map(({ code, stderr }) => `${String(code)}: ${stderr}`);
    expect(codesOf(both), told.join('\n')).toEqual([0, 5]);
    expect(both.find(({ code }) => code === 0)?.stderr).toContain('20260101t000000z-other');
    expect(await holdOn(s.first)).toBeUndefined();
  });

  it('the Lease of medik8s is taken, respected when it is foreign, and gone afterwards', async () => {
    // One for all: it is never removed, for another file may be using it.
    await bench.api.request('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'medik8s-leases' },
    });
    const s = await bench.scene({ nodes: 1 });
    await s.pod('lone', { nodeName: s.first, goneAfterMs: 3000 });
    await s.waitReady();
    const now = new Date().toISOString().replace('Z', '000Z');
    await bench.api.create('/apis/coordination.k8s.io/v1/namespaces/medik8s-leases/leases', {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: `node-${s.first}` },
      spec: { holderIdentity: 'node-healthcheck', leaseDurationSeconds: 3600, acquireTime: now, renewTime: now },
    });
    const refused = await bench.kmaint(['drain', s.first, '--force']);
    expect(refused.code, refused.stderr).toBe(5);
    expect(refused.stderr).toContain('node-healthcheck');
    expect([await bench.cordoned(s.first), await s.namesOn(s.first)]).toEqual([false, ['lone']]);
    type Lease = KubeObject & { spec: { holderIdentity?: string } };
    const foreign = await bench.api.get<Lease>(leasePath(s.first));
    expect(foreign.spec.holderIdentity).toBe('node-healthcheck');
    await bench.api.delete(leasePath(s.first));

    const running = bench.kmaint(['drain', s.first, '--force']);
    const lease = await waitFor('the Lease to be taken', () => bench.api.find<Lease>(leasePath(s.first)));
    expect(lease.spec.holderIdentity).toMatch(/^kmaint\//);
    const done = await running;
    expect(done.code, done.stderr).toBe(0);
    expect(await bench.api.find(leasePath(s.first))).toBeUndefined();
  });

  it('a node that the cluster autoscaler is about to remove is refused with 5', async () => {
    const taints = [{ key: 'ToBeDeletedByClusterAutoscaler', value: '1', effect: 'NoSchedule' }];
    const s = await bench.scene({ nodes: 1, taints });
    const ended = await bench.kmaint(['drain', s.first]);
    expect(ended.code, ended.stderr).toBe(5);
    expect(ended.stderr).toContain('ToBeDeletedByClusterAutoscaler');
    expect(await bench.cordoned(s.first)).toBe(false);
  });

  it('a node that was cordoned before stays so after a drain that failed, and after its rollback', async () => {
    const s = await bench.scene({ nodes: 2 });
    await s.only(s.first);
    await s.deployment('web', 1);
    await s.budget('web', { maxUnavailable: 0 });
    await s.waitReady();
    await bench.api.patch(`/api/v1/nodes/${s.first}`, { spec: { unschedulable: true } });
    const env = { XDG_STATE_HOME: ownFolder() };
    const words = ['drain', s.first, '--timeout=2s', '-o', 'json'];
    const restored = await bench.kmaint([...words, '--on-failure=restore'], { env });
    expect(restored.code, restored.stderr).toBe(124);
    expect(await bench.cordoned(s.first)).toBe(true);

    const kept = await bench.kmaint(words, { env });
    expect(kept.code, kept.stderr).toBe(124);
    const { runId = '' } = JSON.parse(kept.stdout) as RunResult;
    const back = await bench.kmaint(['rollback', runId], { env });
    expect(back.code, back.stderr).toBe(0);
    expect(await bench.cordoned(s.first)).toBe(true);

    // The same on a node that was not, so that it is known that anything is put back at all.
    await s.open();
    const again = await bench.kmaint([...words, '--on-failure=restore'], { env });
    expect(again.code, again.stderr).toBe(124);
    expect(await bench.cordoned(s.first)).toBe(false);
  });

  it('somebody who uncordons the node in the middle stops the drain, which does not cordon it again', async () => {
    const s = await bench.scene({ nodes: 1 });
    await s.deployment('web', 1);
    await s.budget('web', { maxUnavailable: 0 });
    await s.waitReady();
    const running = bench.kmaint(['drain', s.first, '--timeout=60s', '-o', 'ndjson']);
    await waitFor('the cordon', async () => ((await bench.cordoned(s.first)) ? true : undefined));
    await bench.api.patch(`/api/v1/nodes/${s.first}`, { spec: { unschedulable: null } });
    const ended = await running;
    expect(ended.code, ended.stderr).toBe(5);
    expect(ended.durationMs).toBeLessThan(40_000);
    expect(await bench.cordoned(s.first)).toBe(false);
    expect(await holdOn(s.first)).toBeUndefined();
    expect(await s.namesOn(s.first)).toHaveLength(1);
    const end = recordsOf(ended.stdout).find(({ type }) => type === 'node.finished');
    expect(end?.message).toContain('uncordoned by somebody else');
  });
});
