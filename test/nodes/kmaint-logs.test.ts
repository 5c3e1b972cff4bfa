/** The built kmaint follows real containers: through rotation, restarts of containers and of the kubelet, and without a server. */
import { readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { enter, enterArgv } from '../cluster/nodes-tier/enter.ts';
import { waitFor } from '../support/api.ts';
import { putProgramInto } from './program-in-node.ts';
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
} from './real-cluster.ts';

let cluster: RealCluster;
const program = join(import.meta.dirname, '../../bin/kmaint.js');

const kmaintLogs = (...words: string[]) =>
  follow(process.execPath, [program, 'logs', '--kubeconfig', cluster.kubeconfig, '-o', 'raw', ...words]);
const numbers = (lines: readonly string[]): number[] => lines.map((line) => Number(line.split(' ')[0]));
const firstGap = (seen: readonly number[]): number => seen.findIndex((number, index) => number !== index + 1);

describe.skipIf(inject('nodesLeftOut') !== '')('kmaint logs', () => {
  beforeAll(async () => {
    cluster = await startRealCluster();
  });
  afterAll(async () => {
    await cluster?.dispose();
  });

  it('loses and doubles no line while the node rotates the file', async () => {
    await startPod(cluster.api, 'writer', ['--name=writer', '--rate=4000', '--length=300']);
    const follower = kmaintLogs('pod/writer', '--only-log-lines');
    const files = (): string[] => logFiles(cluster.worker, 'default', 'writer').names;
    await waitFor('the rotation', async () => (files().length > 1 ? true : undefined), {
      timeoutMs: 90_000,
      everyMs: 200,
    });
    const then = follower.lines.length;
    const [, old = ''] = files();
    await waitFor('lines from behind it', async () => (follower.lines.length > then + 10_000 ? true : undefined));
    await follower.stop();
    expect(follower.lines.length * 300).toBeGreaterThan(10 * 2 ** 20);
    const { folder } = logFiles(cluster.worker, 'default', 'writer');
    const wrong = wrongOverRotation(numbers(follower.lines), join(folder, old));
    await cluster.api.delete(podPath('writer'));
    expect(wrong).toEqual([]);
  });

  it('goes on by itself after the kubelet was restarted, each line once', async () => {
    await startPod(cluster.api, 'survivor', ['--name=survivor', '--rate=20']);
    const follower = kmaintLogs('survivor', '--only-log-lines');
    await waitFor('its first lines', async () => (follower.lines.length > 20 ? true : undefined));
    await restartKubelet(cluster.worker);
    const then = follower.lines.length;
    await waitFor('lines from the new kubelet', async () => (follower.lines.length > then + 100 ? true : undefined), {
      timeoutMs: 90_000,
    });
    await follower.stop();
    expect(firstGap(numbers(follower.lines))).toBe(-1);
    await cluster.api.delete(podPath('survivor'));
  });

  it('takes up every run of a container that crashes again and again', async () => {
    await startPod(cluster.api, 'crasher', ['--name=crasher', '--burst=3', '--lines=8', '--rate=4', '--exit=3']);
    const follower = kmaintLogs('crasher', '--only-log-lines');
    const runs = (): number => numbers(follower.lines).filter((number) => number === 1).length;
    await waitFor('the third run', async () => (runs() >= 3 ? true : undefined), { timeoutMs: 150_000 });
    await waitFor('its end', async () => (numbers(follower.lines).at(-1) === 11 ? true : undefined), {
      timeoutMs: 60_000,
    });
    await follower.stop();
    const run = Array.from({ length: 11 }, (_, index) => index + 1);
    expect(numbers(follower.lines)).toEqual([...run, ...run, ...run]);
    await cluster.api.delete(podPath('crasher'));
  }, 240_000);

  it('takes silence for silence: the kubelet sends nothing, not even headers, before the first line', async () => {
    await startPod(cluster.api, 'quiet', ['--name=quiet', '--lines=1', '--rate=1']);
    await waitFor('its only line', async () => {
      const { folder, names } = logFiles(cluster.worker, 'default', 'quiet');
      return readFileSync(join(folder, names[0] ?? ''), 'utf8').includes('quiet') ? true : undefined;
    });
    const said = join(cluster.kubeconfig, '../quiet.stderr');
    const words = [program, 'logs', 'quiet', '--tail=0', '--kubeconfig', cluster.kubeconfig];
    const follower = follow('sh', ['-c', `exec "$0" "$@" 2>${said}`, process.execPath, ...words]);
    // A request whose headers were waited for as for others would be given up after 30 s.
    await new Promise((resolve) => setTimeout(resolve, 66_000));
    await follower.stop();
    const stderr = readFileSync(said, 'utf8');
    unlinkSync(said);
    expect(follower.lines).toEqual([]);
    expect(stderr.trim()).toBe('+ quiet › app');
  });

  it('--local reads on the node while there is no API server', async () => {
    await startPod(cluster.api, 'lonely', ['--name=lonely', '--rate=20']);
    await withoutApiServer(cluster, async () => {
      const words = ['logs', 'lonely', '--local', '--no-follow', '-o', 'raw', '--only-log-lines'];
      const argv = [...putProgramInto(cluster.worker), ...words];
      const first = await enter(cluster.worker, argv);
      await new Promise((resolve) => setTimeout(resolve, 2000));
      const second = await enter(cluster.worker, argv);
      const [before, after] = [first, second].map((text) => numbers(text.trimEnd().split('\n'))) as [
        number[],
        number[],
      ];
      expect(firstGap(after)).toBe(-1);
      expect(after.length).toBeGreaterThan(before.length + 10);
    });
  }, 300_000);

  it('--local follows on the node over a rotation while there is no API server', async () => {
    await startPod(cluster.api, 'local-writer', ['--name=local-writer', '--rate=4000', '--length=300']);
    await withoutApiServer(cluster, async () => {
      // The shell leaves its pid to kmaint: to kill what entered the node would not end it.
      const asItself = ['sh', '-c', 'echo $$ >/run/follower.pid; exec "$@"', 'sh'];
      const words = ['logs', 'local-writer', '--local', '-o', 'raw', '--only-log-lines'];
      const [file = '', ...argv] = enterArgv(cluster.worker, [
        ...asItself,
        ...putProgramInto(cluster.worker),
        ...words,
      ]);
      const follower = follow(file, argv);
      const files = (): string[] => logFiles(cluster.worker, 'default', 'local-writer').names;
      await waitFor('the rotation', async () => (files().length > 1 ? true : undefined), {
        timeoutMs: 90_000,
        everyMs: 200,
      });
      const then = follower.lines.length;
      await waitFor('lines from behind it', async () => (follower.lines.length > then + 10_000 ? true : undefined));
      await enter(cluster.worker, ['sh', '-c', 'kill -INT $(cat /run/follower.pid)']);
      expect(await follower.ended).toBe(130);
      expect(follower.lines.length * 300).toBeGreaterThan(10 * 2 ** 20);
      expect(firstGap(numbers(follower.lines))).toBe(-1);
    });
    await cluster.api.delete(podPath('local-writer'));
  }, 300_000);
});
