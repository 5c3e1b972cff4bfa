/** A whole playground: seed, controllers, server, kubeconfig; all of it gone when it is closed. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { UsageError } from '../errors.ts';
import type { Intercept } from './api/faults.ts';
import { makeServerIdentity } from './certificates.ts';
import type { ChaosName } from './chaos.ts';
import { startControllers } from './controllers/start.ts';
import { kubeconfigText } from './kubeconfig.ts';
import type { Registry, Store } from './ports.ts';
import { createRegistry } from './registry.ts';
import { seedObjects } from './seed.ts';
import { shippedObjects } from './seed-shipped.ts';
import { readSeed, type SeedObject } from './seed-file.ts';
import { seedSystem } from './seed-system.ts';
import { serveApi } from './server.ts';
import { createStore } from './store.ts';
import { playgroundClock } from './time-scale.ts';

/** Where the objects come from: a cluster that comes with kmaint, or a YAML text. */
export type PlaygroundSeed =
  | { readonly fixture: string }
  /** `name` is what problems call the text: its file. */
  | { readonly text: string; readonly name?: string | undefined };

export type PlaygroundOptions = PlaygroundSeed & {
  readonly clock: Clock;
  /** Decides what is left to chance, such as where pods go; 1 unless given. */
  readonly seed?: number | undefined;
  /** Seconds that pass in the playground while one passes outside; 1 unless given. */
  readonly timeScale?: number | undefined;
  /** A free one unless given. */
  readonly port?: number | undefined;
  readonly chaos?: readonly ChaosName[] | undefined;
  /** False for an API server alone, in which nothing moves by itself. */
  readonly controllers?: boolean | undefined;
  /** Where the folder of the kubeconfig is made; that of the system for temporary files unless given. */
  readonly folder?: string | undefined;
  /** Aborting closes the playground. */
  readonly signal: AbortSignal;
};

export interface Playground {
  /** Without a slash at the end. */
  readonly url: string;
  readonly kubeconfigPath: string;
  /** For tests, which may look behind the server and break it. */
  readonly api: {
    readonly store: Store;
    readonly registry: Registry;
    /** Asks the hook about each request from now on, before those added earlier; returns how to stop. */
    intercept(hook: Intercept): () => void;
  };
  /** Stops everything and removes the kubeconfig. */
  close(): Promise<void>;
}

/** How old the cluster is when it can first be seen: long enough for all of its pods to have come up. */
const settleMs = 60_000;

/**
 * Starts one; resolves when it answers and the seed's workloads are up.
 *
 * @throws UsageError for a seed that makes no sense, and for a port that is taken
 */
export async function startPlayground(options: PlaygroundOptions): Promise<Playground> {
  const { clock: machine, signal, seed = 1, timeScale = 1, controllers = true } = options;
  signal.throwIfAborted();
  const objects = await objectsOf(options);
  const clock = playgroundClock(machine, { scale: timeScale, pastMs: controllers ? settleMs : 0 });
  const store = createStore();
  const registry = createRegistry(store, clock);
  seedSystem(registry);
  seedObjects({ store, registry }, objects);

  const stop = new AbortController();
  const hooks: Intercept[] = [];
  const closing: (() => Promise<void> | void)[] = [() => stop.abort()];
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= closeAll(closing));
  try {
    const tls = await makeServerIdentity(machine.now());
    if (controllers) {
      startControllers({ store, registry, clock, signal: stop.signal }, { seed, caCertificate: tls.ca });
    }
    await clock.catchUp(signal);
    // Nobody can have seen what happened so far.
    store.compact();

    const token = randomBytes(16).toString('hex');
    const server = await serveApi({
      store,
      registry,
      clock,
      tls,
      token,
      port: options.port ?? 0,
      intercept: (request) => firstFault(hooks, request),
    }).catch((error: unknown) => Promise.reject(portProblem(error, options.port)));
    closing.push(() => server.close());
    if (options.chaos && options.chaos.length > 0) {
      const { startChaos } = await import('./chaos.ts');
      hooks.push(startChaos(options.chaos, { seed, store, clock, signal: stop.signal }));
    }
    const folder = await ownFolder(options.folder ?? tmpdir(), closing);
    const kubeconfigPath = join(folder, 'kubeconfig');
    await writeFile(kubeconfigPath, kubeconfigText({ url: server.url, ca: tls.ca, token }), { mode: 0o600 });
    signal.throwIfAborted();
    signal.addEventListener('abort', () => void close(), { once: true });
    const intercept = (hook: Intercept): (() => void) => {
      hooks.unshift(hook);
      return () => void hooks.splice(hooks.indexOf(hook), 1);
    };
    return { url: server.url, kubeconfigPath, api: { store, registry, intercept }, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function objectsOf(seed: PlaygroundSeed): Promise<readonly SeedObject[]> {
  return 'fixture' in seed ? shippedObjects(seed.fixture) : readSeed(seed.text, seed.name ?? 'seed');
}

const firstFault = (hooks: readonly Intercept[], request: Parameters<Intercept>[0]): ReturnType<Intercept> => {
  for (const hook of hooks) {
    const fault = hook(request);
    if (fault) return fault;
  }
  return undefined;
};

/** A folder that only its owner can look into; also removed when the process ends without having closed. */
async function ownFolder(parent: string, closing: (() => Promise<void> | void)[]): Promise<string> {
  const folder = await mkdtemp(join(parent, 'kmaint-playground-'));
  const removeNow = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeNow);
  closing.push(async () => {
    process.removeListener('exit', removeNow);
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}

/** In the order in which it was begun: what moves by itself stops first. */
async function closeAll(closing: readonly (() => Promise<void> | void)[]): Promise<void> {
  for (const step of closing) await step();
}

function portProblem(error: unknown, port: number | undefined): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new UsageError([`port ${port} is taken: another program listens there`], {
      code: 'usage.port',
      hint: 'without --port a free one is found',
    });
  }
  if (code === 'EACCES') {
    return new UsageError([`port ${port} may not be listened on: ports below 1024 are for root`], {
      code: 'usage.port',
    });
  }
  return error;
}
