/** A cluster of real nodes for one test file: a master and a worker, with pods of the test image on the worker. */
import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { binaryPath } from '../cluster/binaries.mts';
import { isolatedCache } from '../cluster/isolated.ts';
import type { LivingNode } from '../cluster/nodes-tier/enter.ts';
import { enter, pathOnHost } from '../cluster/nodes-tier/enter.ts';
import { appImage, buildImages } from '../cluster/nodes-tier/images.ts';
import { takeDownNodes } from '../cluster/nodes-tier/nodes-down.ts';
import { bringUpNodes } from '../cluster/nodes-tier/nodes-up.ts';
import { wantedKubernetesVersion } from '../cluster/versions.mts';
import { connect, waitFor, type Api, type KubeObject } from '../support/api.ts';

export interface ContainerStatus {
  readonly restartCount: number;
  readonly containerID?: string;
  readonly ready: boolean;
  readonly state: { readonly running?: object; readonly terminated?: { readonly exitCode: number } };
  readonly lastState: { readonly terminated?: { readonly exitCode: number } };
}

export interface RealPod extends KubeObject {
  readonly spec: { readonly nodeName?: string };
  readonly status: { readonly phase: string; readonly containerStatuses?: readonly ContainerStatus[] };
}

export interface RealCluster {
  readonly api: Api;
  readonly kubeconfig: string;
  readonly kubectl: string;
  readonly master: LivingNode;
  readonly worker: LivingNode;
  dispose(): Promise<void>;
}

const say = (line: string): void => {
  process.stderr.write(`[nodes] ${line}\n`);
};

/** Starts the nodes in a cache of their own, so that a cluster started by hand is not the one that is drained here. */
export async function startRealCluster(): Promise<RealCluster> {
  const version = wantedKubernetesVersion();
  const images = await buildImages(version, say);
  const cache = isolatedCache(version);
  const before = process.env['KMAINT_TEST_CACHE'];
  process.env['KMAINT_TEST_CACHE'] = cache.folder;
  const restore = (): void => {
    cache.remove();
    if (before === undefined) delete process.env['KMAINT_TEST_CACHE'];
    else process.env['KMAINT_TEST_CACHE'] = before;
  };
  try {
    const { kubeconfig, nodes } = await bringUpNodes(version, { controlPlanes: 1, workers: 1 }, images, say);
    const [master, worker] = [nodes.get('master1'), nodes.get('node1')];
    if (master === undefined || worker === undefined) throw new Error('a node is missing');
    const api = connect(kubeconfig);
    await waitFor('the default service account', () => api.find('/api/v1/namespaces/default/serviceaccounts/default'));
    return {
      api,
      kubeconfig,
      kubectl: binaryPath(version, 'kubectl'),
      master,
      worker,
      async dispose() {
        api.close();
        await takeDownNodes(version, say);
        restore();
      },
    };
  } catch (error) {
    restore();
    throw error;
  }
}

/** A pod's spec with one container, `app`, of the test image: see modules/image-programs/app for its arguments. */
export function appSpec(args: readonly string[], more: object = {}): object {
  return {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 20,
    containers: [{ name: 'app', image: appImage, imagePullPolicy: 'Never', args }],
    ...more,
  };
}

export const podPath = (name: string): string => `/api/v1/namespaces/default/pods/${name}`;

/** Creates a pod of the test image and waits until its container has started once. */
export async function startPod(api: Api, name: string, args: readonly string[], more: object = {}): Promise<void> {
  const metadata = { name, labels: { app: name } };
  await api.create('/api/v1/namespaces/default/pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata,
    spec: appSpec(args, more),
  });
  await waitFor(
    `the pod ${name} to start`,
    async () => {
      const { status } = await api.get<RealPod>(podPath(name));
      return (status.containerStatuses ?? []).some((one) => one.containerID !== undefined) ? true : undefined;
    },
    { timeoutMs: 60_000, describe: async () => JSON.stringify((await api.get<RealPod>(podPath(name))).status) },
  );
}

/** Ends a node's kubelet and has another one started in its place; containers go on meanwhile. */
export async function restartKubelet(node: LivingNode): Promise<void> {
  const before = await enter(node, ['pidof', 'kubelet']);
  // The node's first process starts a kubelet whenever its configuration is newer than the last start.
  await enter(node, ['sh', '-c', 'kill $(pidof kubelet); touch /var/lib/kubelet/config.yaml']);
  await waitFor('another kubelet', async () => {
    const now = await enter(node, ['pidof', 'kubelet']).catch(() => before);
    return now === before || now.includes(' ') ? undefined : true;
  });
}

/** Does something while the master has no API server, as in the outages in which one has to look on the nodes themselves. */
export async function withoutApiServer({ api, master }: RealCluster, work: () => Promise<void>): Promise<void> {
  const [there, aside] = ['/etc/kubernetes/manifests/kube-apiserver.yaml', '/etc/kubernetes/kube-apiserver.yaml'].map(
    (path) => pathOnHost(master, path),
  ) as [string, string];
  const answers = async (): Promise<boolean> => {
    const answer = await api.request('GET', '/readyz', undefined, { timeoutMs: 5000 }).catch(() => undefined);
    return answer?.status === 200;
  };
  renameSync(there, aside);
  try {
    await waitFor(
      'the API server to stop',
      async () => {
        // Killed: asked politely, it would wait half a minute for those who watch.
        await enter(master, ['sh', '-c', 'kill -9 $(pidof kube-apiserver)']).catch(() => undefined);
        return (await answers()) ? undefined : true;
      },
      { timeoutMs: 60_000, everyMs: 500 },
    );
    await work();
  } finally {
    renameSync(aside, there);
    await waitFor('the API server to be back', async () => ((await answers()) ? true : undefined), {
      timeoutMs: 120_000,
      everyMs: 500,
    });
  }
}

/** The names of a container's log files on its node, the current one first. */
export function logFiles(worker: LivingNode, namespace: string, pod: string): { folder: string; names: string[] } {
  const pods = pathOnHost(worker, '/var/log/pods');
  const folder = readdirSync(pods).find((entry) => entry.startsWith(`${namespace}_${pod}_`)) ?? '';
  const own = `${pods}/${folder}/app`;
  return { folder: own, names: readdirSync(own).toSorted() };
}

/**
 * What is wrong with the lines that a follower saw, which count from 1, while their file was rotated once: none may be
 * missing, come twice or late. Of missing ones it says where they stood: when the last of the old file alone are missing,
 * the kubelet never read what was written to it after the new file was there (cri-client 0.36.3, `ReadLogs` in
 * pkg/logs/logs.go), and nothing in the stream tells of it.
 *
 * @param old path of the rotated file, each of whose lines begins with its number behind the record's three fields
 */
export function wrongOverRotation(seen: readonly number[], old: string): readonly string[] {
  const wrong: string[] = [];
  const missing: number[] = [];
  let before = 0;
  for (const number of seen) {
    if (number <= before) wrong.push(`${String(number)} after ${String(before)}`);
    for (let one = before + 1; one < number; one += 1) missing.push(one);
    before = Math.max(before, number);
  }
  if (missing.length === 0) return wrong;
  const last = readFileSync(old, 'utf8').trimEnd().split('\n').at(-1)?.split(' ')[3] ?? 'nothing';
  return [
    ...wrong,
    `missing: ${missing.slice(0, 10).join()}, in all ${String(missing.length)}; the old file ends with ${last}`,
  ];
}

export interface Follower {
  /** Every whole line so far. */
  readonly lines: readonly string[];
  /** Ends when the stream does. */
  readonly ended: Promise<number>;
  stop(): Promise<void>;
}

/** A program that prints lines and goes on, e.g. `kubectl logs -f`. */
export function follow(file: string, words: readonly string[]): Follower {
  // kubectl keeps a cache at home; without one it would be in the working folder.
  const env = { PATH: process.env['PATH'] ?? '', HOME: tmpdir() };
  const child = spawn(file, words, { stdio: ['ignore', 'pipe', 'inherit'], env });
  const lines: string[] = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) lines.push(part);
  });
  const ended = new Promise<number>((done) => child.on('close', (code) => done(code ?? 128)));
  return {
    lines,
    ended,
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
