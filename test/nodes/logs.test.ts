/** Real containers that write, rotate and crash, as a kubelet keeps and serves their logs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { waitFor } from '../support/api.ts';
import { run, type Ended } from '../support/kmaint.ts';
import {
  follow,
  logFiles,
  podPath,
  restartKubelet,
  startPod,
  startRealCluster,
  withoutApiServer,
  wrongOverRotation,
  type RealCluster,
  type RealPod,
} from './real-cluster.ts';

let cluster: RealCluster;

const kubectl = (...words: string[]): Promise<Ended> =>
  run(cluster.kubectl, ['--kubeconfig', cluster.kubeconfig, ...words]);
const followLogs = (...words: string[]) =>
  follow(cluster.kubectl, ['--kubeconfig', cluster.kubeconfig, 'logs', '--follow', ...words]);
const numbers = (lines: readonly string[]): number[] => lines.map((line) => Number(line.split(' ')[0]));
const countFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => first + index);

/** The container's log, once it has this many lines. */
const logsWith = (pod: string, count: number): Promise<string> =>
  waitFor(`${String(count)} lines of ${pod}`, async () => {
    const { stdout } = await kubectl('logs', pod);
    return stdout.split('\n').length > count ? stdout : undefined;
  });

/** Stream and P or F of every record in the current file on the node. */
function recordsOf(pod: string): string[] {
  const { folder, names } = logFiles(cluster.worker, 'default', pod);
  const records = readFileSync(join(folder, names[0] ?? ''), 'utf8')
    .trimEnd()
    .split('\n');
  return records.map((record) => record.split(' ').slice(1, 3).join(' '));
}

describe.skipIf(inject('nodesLeftOut') !== '')('the logs of real containers', () => {
  beforeAll(async () => {
    cluster = await startRealCluster();
  });
  afterAll(async () => {
    await cluster?.dispose();
  });

  it('can be followed while the container writes', async () => {
    await startPod(cluster.api, 'ticker', ['--name=ticker', '--rate=20']);
    const follower = followLogs('ticker');
    await waitFor('40 lines', async () => (follower.lines.length >= 40 ? true : undefined));
    await follower.stop();
    expect(numbers(follower.lines)).toEqual(countFrom(1, follower.lines.length));
    expect(follower.lines[0]).toBe('1 ticker');
  });

  it('hold whole lines that the node keeps in pieces', async () => {
    await startPod(cluster.api, 'long', ['--name=long', '--burst=2', '--length=20000', '--lines=1']);
    const stdout = await logsWith('long', 3);
    const lines = stdout.split('\n').slice(0, 2);
    expect(numbers(lines)).toEqual([1, 2]);
    expect(lines.map((line) => line.length)).toEqual([20_000, 20_000]);
    expect(recordsOf('long')).toEqual(Array.from({ length: 3 }, () => ['stdout P', 'stdout F']).flat());
  });

  it('hold both streams', async () => {
    await startPod(cluster.api, 'talker', ['--name=talker', '--rate=20', '--lines=6', '--stderr-every=3']);
    const stdout = await logsWith('talker', 6);
    expect(numbers(stdout.trimEnd().split('\n'))).toEqual(countFrom(1, 6));
    const kinds = ['stdout F', 'stdout F', 'stderr F'];
    expect(recordsOf('talker')).toEqual([...kinds, ...kinds]);
  });

  it('go on for a follower when the node rotates the file', async () => {
    await startPod(cluster.api, 'writer', ['--name=writer', '--rate=4000', '--length=300']);
    const follower = followLogs('writer');
    const files = (): string[] => logFiles(cluster.worker, 'default', 'writer').names;
    await waitFor('the rotation', async () => (files().length > 1 ? true : undefined), {
      timeoutMs: 60_000,
      everyMs: 200,
      describe: async () => files().join(),
    });
    const then = follower.lines.length;
    const [current, old = ''] = files();
    expect(current).toBe('0.log');
    expect(old).toMatch(/^0\.log\.\d{8}-\d{6}$/);
    await waitFor('lines from behind the rotation', async () =>
      follower.lines.length > then + 10_000 ? true : undefined,
    );
    await follower.stop();
    expect(follower.lines.length * 300).toBeGreaterThan(10 * 2 ** 20);
    const { folder } = logFiles(cluster.worker, 'default', 'writer');
    const wrong = wrongOverRotation(numbers(follower.lines), join(folder, old));
    await cluster.api.delete(podPath('writer'));
    expect(wrong).toEqual([]);
  });

  it('are kept of the run before when a container crashes again and again', async () => {
    const args = ['--name=crasher', '--burst=3', '--stderr-every=3', '--lines=8', '--rate=2', '--exit=3'];
    await startPod(cluster.api, 'crasher', args);
    // Between two runs this kubelet says terminated, and of the run before that it has no log any more.
    const [running] = await waitFor(
      'the third run',
      async () => {
        const { status } = await cluster.api.get<RealPod>(podPath('crasher'));
        const again = (status.containerStatuses ?? []).filter((one) => one.restartCount >= 2 && one.state.running);
        return again.length > 0 ? again : undefined;
      },
      {
        timeoutMs: 150_000,
        everyMs: 100,
        describe: async () => JSON.stringify((await cluster.api.get<RealPod>(podPath('crasher'))).status),
      },
    );
    const { code, stdout } = await kubectl('logs', '--previous', 'crasher');
    expect(running?.lastState.terminated?.exitCode).toBe(3);
    expect(code).toBe(0);
    const seen = numbers(stdout.trimEnd().split('\n')).toSorted((one, other) => one - other);
    expect(seen).toEqual(countFrom(1, 11));
  });

  it('go on where they were after the kubelet was restarted', async () => {
    await startPod(cluster.api, 'survivor', ['--name=survivor', '--rate=20']);
    const idBefore = (await cluster.api.get<RealPod>(podPath('survivor'))).status.containerStatuses?.[0]?.containerID;
    const follower = followLogs('survivor');
    await waitFor('its first line', async () => (follower.lines.length > 0 ? true : undefined));
    await restartKubelet(cluster.worker);
    // Whoever follows through a kubelet is cut off when it ends, cleanly: the stream just stops.
    expect(await follower.ended).toBe(0);
    const again = await waitFor(
      'the new kubelet to serve logs',
      async () => {
        const { code, stdout } = await kubectl('logs', 'survivor');
        return code === 0 && stdout.split('\n').length > follower.lines.length + 20 ? stdout : undefined;
      },
      { timeoutMs: 60_000, everyMs: 500 },
    );
    const lines = again.trimEnd().split('\n');
    expect(numbers(lines)).toEqual(countFrom(1, lines.length));
    const idNow = (await cluster.api.get<RealPod>(podPath('survivor'))).status.containerStatuses?.[0]?.containerID;
    expect(idNow).toBe(idBefore);
  });

  it('of the node itself can be asked for', async () => {
    const answer = await cluster.api.request('GET', '/api/v1/nodes/node1/proxy/logs/?query=kubelet', undefined, {
      // It is text: whoever insists on JSON gets 406.
      headers: { accept: '*/*' },
    });
    expect(answer.status).toBe(200);
    expect(String(answer.body)).toContain('kubelet');
  });

  it('are still written on the node while there is no API server', async () => {
    await startPod(cluster.api, 'lonely', ['--name=lonely', '--rate=20']);
    const { folder, names } = logFiles(cluster.worker, 'default', 'lonely');
    const lines = (): string[] =>
      readFileSync(join(folder, names[0] ?? ''), 'utf8')
        .trimEnd()
        .split('\n');
    await withoutApiServer(cluster, async () => {
      expect((await kubectl('logs', 'lonely')).code).not.toBe(0);
      const before = lines().length;
      await waitFor('20 lines more', async () => (lines().length > before + 20 ? true : undefined));
    });
    const { stdout } = await kubectl('logs', 'lonely');
    const seen = numbers(stdout.trimEnd().split('\n'));
    expect(seen).toEqual(countFrom(1, seen.length));
  }, 300_000);
});
