/** The built kmaint reads what the API's log of real containers does not hold: files in them, and what their node rotated away. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { enter, pathOnHost } from '../cluster/nodes-tier/enter.ts';
import { busyboxImage, hasBusyboxImage } from '../cluster/nodes-tier/images.ts';
import { waitFor } from '../support/api.ts';
import { run, type Ended } from '../support/kmaint.ts';
import {
  follow,
  logFiles,
  podPath,
  restartKubelet,
  startPod,
  startRealCluster,
  type RealCluster,
} from './real-cluster.ts';

let cluster: RealCluster;
const program = join(import.meta.dirname, '../../bin/kmaint.js');
const words = (...more: string[]): string[] => [program, 'logs', '--kubeconfig', cluster.kubeconfig, ...more];
const kmaint = (...more: string[]): Promise<Ended> => run(process.execPath, words(...more));
const kmaintFollows = (...more: string[]) => follow(process.execPath, words('-o', 'raw', ...more));

/** The test image holds one program: stat and tail are the node's own. */
const withTail = {
  volumes: [
    ...['/usr', '/usr/lib', '/usr/lib64'].map((path, index) => ({ name: `programs${index}`, hostPath: { path } })),
    { name: 'data', hostPath: { path: '/var/tmp/files' } },
  ],
};
const mounts = [
  ...['/usr', '/lib', '/lib64'].map((mountPath, index) => ({ name: `programs${index}`, mountPath, readOnly: true })),
  { name: 'data', mountPath: '/data' },
];

async function startPodWithTail(name: string): Promise<void> {
  const container = { name: 'app', image: 'kmaint.test/app:1', imagePullPolicy: 'Never', args: [`--name=${name}`] };
  await startPod(cluster.api, name, [], { ...withTail, containers: [{ ...container, volumeMounts: mounts }] });
}

/** With what this image has to look at a file, found in these folders. */
async function startPodOfBusybox(name: string, path: string): Promise<void> {
  const container = { name: 'app', image: busyboxImage, imagePullPolicy: 'Never', args: [`--name=${name}`] };
  const volumes = withTail.volumes.filter((volume) => volume.name === 'data');
  await startPod(cluster.api, name, [], {
    volumes,
    containers: [{ ...container, env: [{ name: 'PATH', value: path }], volumeMounts: mounts.slice(-1) }],
  });
}

/** A file that the container sees as `/data/NAME`. */
const dataFile = (name: string): string => join(pathOnHost(cluster.worker, '/var/tmp/files'), name);
const numbered = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index} line\n`).join('');
const numbers = (lines: readonly string[]): number[] => lines.map((line) => Number(line.split(' ')[0]));
const countTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

describe.skipIf(inject('nodesLeftOut') !== '')('beside the log', () => {
  beforeAll(async () => {
    cluster = await startRealCluster();
    mkdirSync(pathOnHost(cluster.worker, '/var/tmp/files'), { recursive: true });
  });
  afterAll(async () => {
    await cluster?.dispose();
  });

  it('a file in a container is read: all of it, its last lines, or why it cannot be', async () => {
    await startPodWithTail('files');
    writeFileSync(dataFile('-n 5; id'), numbered(1, 300_000));
    const whole = await kmaint('files', '--file', '/data/-n 5; id', '--no-follow', '-o', 'raw', '--only-log-lines');
    expect([whole.code, whole.stderr]).toEqual([0, '']);
    expect(whole.stdout === numbered(1, 300_000)).toBe(true);

    const last = await kmaint('files', '--file', '/data/-n 5; id', '--no-follow', '--tail', '2');
    expect(last.stdout).toBe('files app 299999 line\nfiles app 300000 line\n');

    const none = await kmaint('files', '--file', '/data/nope', '--no-follow');
    expect(none.code).toBe(1);
    expect(none.stderr).toMatch(/could not be read: cannot statx? '\/data\/nope': No such file/);
  });

  it('a file in a container is followed over rotation and a restart of the kubelet, each line once', async () => {
    writeFileSync(dataFile('app.log'), numbered(1, 100));
    const follower = kmaintFollows('files', '--file', '/data/app.log', '--only-log-lines');
    await waitFor('its lines', async () => (follower.lines.length === 100 ? true : undefined));
    await enter(cluster.worker, ['mv', '/var/tmp/files/app.log', '/var/tmp/files/app.log.1']);
    writeFileSync(dataFile('app.log'), numbered(101, 200));
    await waitFor('lines of the new file', async () => (follower.lines.length === 200 ? true : undefined));
    await restartKubelet(cluster.worker);
    for (let last = 201; last <= 300; last += 1) {
      appendFileSync(dataFile('app.log'), numbered(last, last));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await waitFor('lines after the restart', async () => (follower.lines.length >= 300 ? true : undefined), {
      timeoutMs: 90_000,
    });
    await follower.stop();
    expect(numbers(follower.lines)).toEqual(countTo(300));
  }, 180_000);

  it('a file that was made anew with its container is read from its beginning; one on a volume goes on', async () => {
    const ownFile = async (text: string): Promise<void> => {
      await enter(cluster.worker, ['sh', '-c', `printf '${text}' > /proc/$(pidof app)/root/own.log`]);
    };
    await ownFile('first run\\n');
    writeFileSync(dataFile('kept.log'), numbered(1, 5));
    const own = kmaintFollows('files', '--file', '/own.log');
    const kept = kmaintFollows('files', '--file', '/data/kept.log');
    await waitFor('both', async () => (own.lines.length === 1 && kept.lines.length === 5 ? true : undefined));
    const before = await enter(cluster.worker, ['pidof', 'app']);
    await enter(cluster.worker, ['kill', '-9', before.trim()]);
    await waitFor(
      'the next run',
      async () => {
        const now = await enter(cluster.worker, ['pidof', 'app']).catch(() => before);
        return now === before ? undefined : true;
      },
      { timeoutMs: 60_000 },
    );
    await ownFile('second run\\n');
    appendFileSync(dataFile('kept.log'), numbered(6, 9));
    await waitFor('what was written since', async () =>
      own.lines.length === 2 && kept.lines.length === 9 ? true : undefined,
    );
    await Promise.all([own.stop(), kept.stop()]);
    expect(own.lines).toEqual(['first run', 'second run']);
    expect(numbers(kept.lines)).toEqual(countTo(9));
    await cluster.api.delete(podPath('files'));
  }, 180_000);

  it.skipIf(!hasBusyboxImage()).each([
    ['its stat and tail', '/bin'],
    ['nothing that is called after its parts', '/alone'],
  ])(
    `a file in a container with busybox is followed over rotation and a restart of the kubelet: %s${hasBusyboxImage() ? '' : ' (left out: no static busybox on the PATH)'}`,
    async (_, path) => {
      const name = `busybox-${path.slice(1)}`;
      const log = `${name}.log`;
      const words = (from: number, to: number): string =>
        numbered(from, to).replaceAll('line', 'line of some words more');
      await startPodOfBusybox(name, path);
      const none = await kmaint(name, '--file', `/data/${log}`, '--no-follow');
      expect([none.code, none.stderr]).toEqual([1, expect.stringMatching(/could not be read: .*: No such file/)]);

      writeFileSync(dataFile(log), words(1, 1000));
      const last = await kmaint(name, '--file', `/data/${log}`, '--no-follow', '--tail', '2', '-o', 'raw');
      expect(numbers(last.stdout.trimEnd().split('\n'))).toEqual([999, 1000]);

      const follower = kmaintFollows(name, '--file', `/data/${log}`, '--only-log-lines');
      await waitFor('its lines', async () => (follower.lines.length === 1000 ? true : undefined));
      appendFileSync(dataFile(log), words(1001, 1040));
      await enter(cluster.worker, ['mv', `/var/tmp/files/${log}`, `/var/tmp/files/${log}.1`]);
      writeFileSync(dataFile(log), words(1041, 1100));
      await waitFor('lines of the new file', async () => (follower.lines.length === 1100 ? true : undefined));
      await restartKubelet(cluster.worker);
      for (let next = 1101; next <= 1160; next += 1) {
        appendFileSync(dataFile(log), words(next, next));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      await waitFor('lines after the restart', async () => (follower.lines.length >= 1160 ? true : undefined), {
        timeoutMs: 90_000,
      });
      await follower.stop();
      expect(numbers(follower.lines)).toEqual(countTo(1160));
      await cluster.api.delete(podPath(name));
    },
    180_000,
  );

  it('an image without tail is told as such, with what to do next', async () => {
    await startPod(cluster.api, 'bare', ['--name=bare']);
    const { code, stderr } = await kmaint('bare', '--file', '/var/log/app.log', '--no-follow');
    expect(code).toBe(1);
    expect(stderr).toContain(
      `kubectl debug -n default bare -it --image=busybox --target=app --kubeconfig ${cluster.kubeconfig} --context kubernetes-admin@kubernetes -- tail -F /proc/1/root/var/log/app.log`,
    );
    await cluster.api.delete(podPath('bare'));
  });

  it('what the node has rotated away comes first', async () => {
    // The kubelet looks every 10 s for more than 10 MiB, and packs a file when the next one is rotated.
    const args = ['--name=writer', '--burst=40000', '--lines=60000', '--rate=4000', '--length=300'];
    await startPod(cluster.api, 'writer', args);
    const files = (): string[] => logFiles(cluster.worker, 'default', 'writer').names;
    await waitFor('two rotations, the first packed', async () => (files().join().includes('.gz') ? true : undefined), {
      timeoutMs: 90_000,
      everyMs: 200,
      describe: async () => files().join(),
    });
    const [api, all] = [
      await kmaint('writer', '--no-follow', '-o', 'raw', '--only-log-lines'),
      await kmaint('writer', '--rotated', '--no-follow', '-o', 'raw', '--only-log-lines'),
    ];
    expect([all.code, all.stderr]).toEqual([0, '']);
    const seen = numbers(all.stdout.trimEnd().split('\n'));
    expect(seen.length).toBeGreaterThan(api.stdout.split('\n').length);
    expect(seen.findIndex((number, index) => number !== index + 1)).toBe(-1);
    await cluster.api.delete(podPath('writer'));
  }, 180_000);

  it('the folder of a static pod is found, although it is named after its manifest', async () => {
    const args = ['-n', 'kube-system', 'kube-scheduler-master1', '--rotated', '--no-follow', '-o', 'raw'];
    const { code, stdout, stderr } = await kmaint(...args, '--only-log-lines');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).not.toBe('');
  });
});
