/** Volumes that are still attached, and nodes whose kubelet is silent. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { benchOf, type Bench, type Scene } from '../support/acceptance.ts';
import { waitFor } from '../support/api.ts';
import { targets, type Connected } from '../support/target.ts';

describe.each(targets())('volumes and dead nodes on the $name', (target) => {
  let connected: Connected;
  let bench: Bench;
  beforeAll(async () => {
    connected = await target.connect();
    bench = benchOf(connected, 'acc-dead');
  });
  afterAll(() => connected?.dispose());

  const attachments = '/apis/storage.k8s.io/v1/volumeattachments';

  /** Attaches a volume of a driver that nobody has: only this test ever detaches it. */
  async function attach(
    s: Scene,
    node: string,
  ): Promise<{ readonly volume: string; readonly detach: () => Promise<void> }> {
    const volume = `${s.id}-data`;
    const csi = { driver: 'nobody.kmaint.test', volumeHandle: volume };
    await bench.api.create('/api/v1/persistentvolumes', {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: volume },
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], csi },
    });
    await bench.api.create(attachments, {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'VolumeAttachment',
      metadata: { name: volume },
      spec: { attacher: csi.driver, nodeName: node, source: { persistentVolumeName: volume } },
    });
    const detach = () => bench.api.delete(`${attachments}/${volume}`);
    onTestFinished(async () => {
      await detach();
      await bench.api.delete(`/api/v1/persistentvolumes/${volume}`);
    });
    return { volume, detach };
  }

  it('--wait-volumes ends only when the volume is detached', async () => {
    const s = await bench.scene({ nodes: 1 });
    await s.pod('lone', { nodeName: s.first, goneAfterMs: 200 });
    await s.waitReady();
    const { volume, detach } = await attach(s, s.first);
    let endedAtMs = 0;
    const running = bench.kmaint(['drain', s.first, '--force', '--wait-volumes']).then((ended) => {
      endedAtMs = Date.now();
      return ended;
    });
    await waitFor('the pod to be gone', async () => ((await s.namesOn(s.first)).length === 0 ? true : undefined));
    await sleep(3000);
    expect(endedAtMs).toBe(0);
    expect(await bench.api.find(`${attachments}/${volume}`)).toBeDefined();
    const detachedAtMs = Date.now();
    await detach();
    const ended = await running;
    expect(ended.code, ended.stderr).toBe(0);
    expect(endedAtMs).toBeGreaterThan(detachedAtMs);
    expect(ended.stderr).toContain(volume);
  });

  it('--wait-volumes with a limit ends with 124 and names the volume; without the flag it does not matter', async () => {
    const s = await bench.scene({ nodes: 1 });
    const { volume } = await attach(s, s.first);
    const ended = await bench.kmaint(['drain', s.first, '--wait-volumes=2s']);
    expect(ended.code, ended.stderr).toBe(124);
    expect(ended.stderr).toContain(volume);
    const without = await bench.kmaint(['drain', s.first]);
    expect(without.code, without.stderr).toBe(0);
  });

  /** Ready=False, which kwok leaves alone then; no word more from the playground; then what the control plane says. */
  async function silence(name: string): Promise<void> {
    const path = `/api/v1/nodes/${name}`;
    await bench.api.patch(path, { metadata: { labels: { 'kmaint.test/not-ready': 'true' } } });
    const ready = async (): Promise<string | undefined> =>
      (await bench.node(name)).status.conditions?.find(({ type }) => type === 'Ready')?.status;
    await waitFor('Ready=False', async () => ((await ready()) === 'False' ? true : undefined));
    await bench.api.patch(path, { metadata: { labels: { 'kmaint.test/silent': 'true' } } });
    const said = { type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting.' };
    const conditions = [{ ...said, lastTransitionTime: new Date().toISOString() }];
    await bench.api.patch(`${path}/status`, { status: { conditions } }, 'application/strategic-merge-patch+json');
    await waitFor('Ready=Unknown', async () => ((await ready()) === 'Unknown' ? true : undefined));
  }

  const outOfService = async (name: string) =>
    (await bench.node(name)).spec.taints?.find(({ key }) => key === 'node.kubernetes.io/out-of-service');

  it('an unreachable node is drained without waiting for what nobody can confirm', async () => {
    const s = await bench.scene({ nodes: 1 });
    await s.pod('lone', { nodeName: s.first, goneAfterMs: 25_000 });
    await s.waitReady();
    await silence(s.first);
    const ended = await bench.kmaint(['drain', s.first, '--force']);
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.durationMs).toBeLessThan(15_000);
    expect(ended.stderr).toContain('is unreachable (Ready is Unknown)');
    // It says that it is still there.
    expect(ended.stderr).toContain(`${s.namespace}/lone`);
    const pod = await bench.pod(s.namespace, 'lone');
    expect(pod?.metadata.deletionTimestamp).toBeDefined();
    expect(await outOfService(s.first)).toBeUndefined();
  });

  it('--out-of-service needs a proof that the node is off; it is taken back when the node lives again', async () => {
    const s = await bench.scene({ nodes: 1 });
    await silence(s.first);
    const without = await bench.kmaint(['drain', s.first, '--out-of-service']);
    expect(without.code, without.stderr).toBe(2);
    expect(without.stderr).toContain('--powered-off');
    expect([await bench.cordoned(s.first), await outOfService(s.first)]).toEqual([false, undefined]);

    const off = await bench.kmaint(['drain', s.first, '--out-of-service', '--powered-off', s.first]);
    expect(off.code, off.stderr).toBe(0);
    expect(await outOfService(s.first)).toMatchObject({ value: 'nodeshutdown', effect: 'NoExecute' });

    const labels = { 'kmaint.test/not-ready': null, 'kmaint.test/silent': null };
    await bench.api.patch(`/api/v1/nodes/${s.first}`, { metadata: { labels } });
    await waitFor('Ready=True', async () => {
      const { conditions = [] } = (await bench.node(s.first)).status;
      return conditions.some(({ type, status }) => type === 'Ready' && status === 'True') ? true : undefined;
    });
    const back = await bench.kmaint(['uncordon', s.first]);
    expect(back.code, back.stderr).toBe(0);
    expect([await bench.cordoned(s.first), await outOfService(s.first)]).toEqual([false, undefined]);
  });

  it('a node that is Ready is not believed to be off, whatever was typed', async () => {
    const s = await bench.scene({ nodes: 1 });
    await s.pod('lone', { nodeName: s.first, goneAfterMs: 1500 });
    await s.waitReady();
    const words = ['drain', s.first, '--force', '--out-of-service', '--powered-off', s.first];
    const ended = await bench.kmaint(words);
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.durationMs).toBeGreaterThan(1500);
    expect(await outOfService(s.first)).toBeUndefined();
  });
});
