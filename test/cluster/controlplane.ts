// Brings the control plane up and takes it down, whatever state an earlier run left it in.

import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect, waitFor } from '../support/api.ts';
import { clientComponents, serverComponents } from './components.ts';
import type { Component, Ports } from './components.ts';
import { writeCredentials } from './credentials.ts';
import { withLock } from './lock.ts';
import { isAlive, startDetached, stopProcess } from './processes.ts';
import { readState, removeRunFolder, writeState } from './state.ts';
import type { ClusterState } from './state.ts';
import { cacheFolder, runFolder } from './versions.mts';
import type { KubernetesVersion } from './versions.mts';

/** A cluster that answers. */
export interface RunningCluster {
  readonly version: KubernetesVersion;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /** Folder with `ca.crt` and `ca.key`, for `issueCertificate`. */
  readonly certificateFolder: string;
  /** It was up already. */
  readonly reused: boolean;
}

type Say = (line: string) => void;

/** Ports that were free a moment ago: all are held open together, so that no two are the same. */
async function freePorts(): Promise<Ports> {
  const listen = async (): Promise<{ port: number; close: () => Promise<void> }> => {
    const server = createServer();
    await new Promise<void>((done, reject) => server.on('error', reject).listen(0, '127.0.0.1', done));
    const close = (): Promise<void> => new Promise((done) => server.close(() => done()));
    return { port: (server.address() as AddressInfo).port, close };
  };
  const held = await Promise.all(Array.from({ length: 6 }, listen));
  const [etcdClient = 0, etcdPeer = 0, apiServer = 0, controllerManager = 0, scheduler = 0, kwok = 0] = held.map(
    ({ port }) => port,
  );
  await Promise.all(held.map(({ close }) => close()));
  return { etcdClient, etcdPeer, apiServer, controllerManager, scheduler, kwok };
}

const kubeconfigOf = (version: KubernetesVersion): string => join(runFolder(version), 'admin.kubeconfig');

async function isReady(version: KubernetesVersion): Promise<boolean> {
  const api = connect(kubeconfigOf(version));
  try {
    return (await api.request('GET', '/readyz', undefined, { timeoutMs: 5000 })).status === 200;
  } catch {
    return false; // not listening yet, or not any more
  } finally {
    api.close();
  }
}

function start(state: ClusterState, components: readonly Component[]): ClusterState {
  const folder = runFolder(state.version);
  const processes = [...state.processes];
  for (const { name, argv } of components) {
    processes.push(startDetached(name, argv, join(folder, 'logs', `${name}.log`), folder));
    writeState({ ...state, processes });
  }
  return { ...state, processes };
}

function throwIfDead(state: ClusterState): void {
  const dead = state.processes.find((one) => !isAlive(one));
  if (dead === undefined) return;
  const file = join(runFolder(state.version), 'logs', `${dead.name}.log`);
  const lastLines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-8).join('\n');
  throw new Error(`${dead.name} ended while the cluster was starting. ${file} says at the end:\n${lastLines}`);
}

async function startAll(version: KubernetesVersion, kept: boolean): Promise<void> {
  const folder = runFolder(version);
  mkdirSync(join(folder, 'logs'), { recursive: true, mode: 0o700 });
  const ports = await freePorts();
  let state: ClusterState = { version, ports, processes: [], kept };
  writeState(state);
  writeCredentials(folder, `https://127.0.0.1:${String(ports.apiServer)}`);
  state = start(state, serverComponents(version, folder, ports));
  await waitFor(
    'the API server to be ready',
    async () => {
      throwIfDead(state);
      return (await isReady(version)) ? true : undefined;
    },
    { timeoutMs: 60_000 },
  );
  state = start(state, clientComponents(version, folder, ports));
  const api = connect(kubeconfigOf(version));
  try {
    // The mark by which a run that is handed this kubeconfig knows that it may play here.
    const mark = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kmaint-test-cluster' } };
    await api.create('/api/v1/namespaces/kube-system/configmaps', mark);
    // The namespace controller is the last to matter: before it runs, no test could clean up behind itself.
    await waitFor(
      'the controllers to run',
      async () => {
        throwIfDead(state);
        return await api.find('/api/v1/namespaces/default/configmaps/kube-root-ca.crt');
      },
      { timeoutMs: 60_000 },
    );
  } finally {
    api.close();
  }
}

/** Stops what is recorded: clients first, then the API server, etcd last. With live watches left the server would stay for a minute. */
async function stopAll(version: KubernetesVersion): Promise<number> {
  const living = (readState(version)?.processes ?? []).filter(isAlive);
  const isServer = (one: { name: string }): boolean => one.name === 'etcd' || one.name === 'kube-apiserver';
  await Promise.all(living.filter((one) => !isServer(one)).map((one) => stopProcess(one, 3000)));
  for (const one of living.filter(isServer).toReversed()) {
    // oxlint-disable-next-line no-await-in-loop
    await stopProcess(one, 5000);
  }
  removeRunFolder(version);
  return living.length;
}

function locked<T>(version: KubernetesVersion, say: Say, work: () => Promise<T>): Promise<T> {
  const onWait = (pid: number): void =>
    say(`process ${String(pid)} is starting or stopping this cluster; waiting for it`);
  return withLock(join(cacheFolder(), `run-${version}.lock`), 120_000, onWait, work);
}

/**
 * Starts the control plane, or takes the one that is up and healthy. Leftovers of a killed run are cleaned away first.
 * @param options.keep started by hand: it stays until {@link takeDown}
 * @param options.onUp runs before anybody else may take it down
 * @throws {Error} with the end of the log of the program that failed
 */
export function bringUp(
  version: KubernetesVersion,
  say: Say,
  options: { readonly keep: boolean; readonly onUp?: () => void },
): Promise<RunningCluster> {
  return locked(version, say, async () => {
    const state = readState(version);
    const reused =
      state !== undefined && state.processes.length === 5 && state.processes.every(isAlive) && (await isReady(version));
    if (reused) {
      if (options.keep && !state.kept) writeState({ ...state, kept: true });
    } else {
      const left = await stopAll(version);
      if (left > 0) say(`stopped ${String(left)} processes that an earlier run left behind`);
      await startAll(version, options.keep).catch(async (error: unknown) => {
        await stopAllButKeepLogs(version);
        throw error;
      });
    }
    options.onUp?.();
    const certificateFolder = join(runFolder(version), 'pki');
    return { version, kubeconfig: kubeconfigOf(version), certificateFolder, reused };
  });
}

async function stopAllButKeepLogs(version: KubernetesVersion): Promise<void> {
  const living = (readState(version)?.processes ?? []).filter(isAlive);
  await Promise.all(living.map((one) => stopProcess(one, 2000)));
}

/**
 * Stops the cluster and forgets it.
 * @param mayStop asked under the lock; false leaves everything as it is
 * @returns how many processes were stopped
 */
export function takeDown(version: KubernetesVersion, say: Say, mayStop: () => boolean = () => true): Promise<number> {
  return locked(version, say, async () => (mayStop() ? await stopAll(version) : 0));
}
