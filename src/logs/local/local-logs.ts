/** The port to the logs that lie on this node, which needs no API server. */
import type { Clock } from '../../clock.ts';
import { follow } from '../../cluster/abort.ts';
import { KmaintError } from '../../errors.ts';
import { keyOf, type LocalContainer } from './container.ts';
import { readByCrictl } from './crictl-logs.ts';
import { listByCrictl, type CrictlDeps } from './crictl.ts';
import { byName, discoverPods, podsFolder, type Discovery } from './discover.ts';
import { discoverDocker } from './docker.ts';
import { followLog } from './follow-log.ts';
import type { LocalRequest, LocalSink } from './log-output.ts';
import { selectContainers, type LocalFilter } from './select.ts';
import { watchContainers } from './watch-containers.ts';

export interface LocalLogs {
  /**
   * The containers that fit, sorted by namespace, pod and name.
   *
   * @throws KmaintError `logs.local-denied` (exit 3) where the node's logs may not be read
   */
  list(filter: LocalFilter, signal: AbortSignal): Promise<readonly LocalContainer[]>;
  /** Those that fit, and then each new one as it appears, until the signal ends it with its reason. */
  watch(filter: LocalFilter, signal: AbortSignal): AsyncIterable<LocalContainer>;
  /**
   * Hands the lines of one container to `sink`; ends when all that was asked for is read or the container is removed.
   *
   * @throws KmaintError `logs.local-denied` (exit 3), `logs.local-unreadable`, `logs.local-runtime` (exit 1); the
   * signal's reason
   */
  follow(container: LocalContainer, request: LocalRequest, sink: LocalSink, signal: AbortSignal): Promise<void>;
}

/** Where logs are looked for: in the kubelet's folders, or at the runtime (crictl). */
export type LocalSource = 'file' | 'cri';

export interface LocalLogsOptions extends CrictlDeps {
  /** The folder that stands for `/`: `/host` where the node's file system is mounted there. */
  readonly root: string;
  readonly clock: Clock;
  /** Without it the runtime is asked for what the folders do not have, and only when nothing is followed. */
  readonly source?: LocalSource | undefined;
  /** Told once of everything that was left out of a list. */
  readonly notice: (text: string) => void;
  /** While following: at the first look nothing was there that fits. */
  readonly nothingYet?: (() => void) | undefined;
}

/** Between two looks for new containers. */
const runtimeLookMs = 5_000;

/** Reads nothing before it is asked. */
export function createLocalLogs(options: LocalLogsOptions): LocalLogs {
  const { root, clock, run, env, source } = options;
  const told = new Set<string>();

  function tell(text: string): void {
    if (!told.has(text)) options.notice(text);
    told.add(text);
  }

  async function onDisk(): Promise<readonly LocalContainer[]> {
    const pods = await discoverPods(root);
    const docker = await dockerUnless(pods.containers.length > 0, root);
    for (const text of [...pods.skipped, ...docker.skipped]) tell(text);
    return mergeContainers(pods.containers, docker.containers);
  }

  /** The runtime of this machine knows nothing of a node that is mounted elsewhere. */
  async function inRuntime(signal: AbortSignal): Promise<readonly LocalContainer[]> {
    if (root !== '/') return [];
    const answer = await listByCrictl({ run, env }, signal);
    if (answer.kind === 'containers') return answer.containers;
    const why = answer.kind === 'absent' ? 'there is no crictl to ask the container runtime' : answer.why;
    tell(source === 'cri' ? why : `nothing in ${podsFolder} fits, and ${why}`);
    return [];
  }

  /** Each look starts a program. */
  function inRuntimeSeldom(): typeof inRuntime {
    let found: readonly LocalContainer[] = [];
    let nextMs = -Infinity;
    return async (signal) => {
      if (clock.monotonic() < nextMs) return found;
      found = await inRuntime(signal);
      nextMs = clock.monotonic() + runtimeLookMs;
      return found;
    };
  }

  async function list(filter: LocalFilter, signal: AbortSignal): Promise<readonly LocalContainer[]> {
    signal.throwIfAborted();
    const found = source === 'cri' ? [] : selectContainers(await onDisk(), filter).containers;
    return found.length > 0 || source === 'file' ? found : selectContainers(await inRuntime(signal), filter).containers;
  }

  return {
    list,
    async *watch(filter, signal) {
      const own = follow(signal);
      try {
        yield* watchContainers(
          filter,
          { root, clock, list: source === 'cri' ? inRuntimeSeldom() : onDisk, nothingYet: options.nothingYet },
          own.signal,
        );
      } finally {
        own.release();
      }
    },
    async follow(container, request, sink, signal) {
      const { place } = container;
      // Containers come and go for weeks: nothing of one that is over may stay with the signal of all.
      const own = follow(signal);
      try {
        await (place.kind === 'files'
          ? followLog(place, request, sink, { root, clock }, own.signal)
          : readByCrictl({ ...container, place }, request, sink, { run, env, clock }, own.signal));
      } finally {
        own.release();
      }
    },
  };
}

/** Where pods were found elsewhere, nobody has to know that docker's folder may not be read. */
async function dockerUnless(found: boolean, root: string): Promise<Discovery> {
  try {
    return await discoverDocker(root);
  } catch (error) {
    if (found && error instanceof KmaintError) return { containers: [], skipped: [] };
    throw error;
  }
}

/** The pods' folders come first; docker adds containers that they lack, and ids. */
export function mergeContainers(
  pods: readonly LocalContainer[],
  docker: readonly LocalContainer[],
): readonly LocalContainer[] {
  const ids = new Map<string, { readonly run: number; readonly id: string }>();
  for (const one of docker) {
    const run = one.runs[0] ?? 0;
    const key = nameOf(one);
    if (one.containerId !== undefined && run >= (ids.get(key)?.run ?? 0)) ids.set(key, { run, id: one.containerId });
  }
  const there = new Set(pods.map(keyOf));
  const rest = docker.filter((one) => !there.has(nameOf(one)));
  const named = pods.map((one) => ({ ...one, containerId: one.containerId ?? ids.get(nameOf(one))?.id }));
  return [...named, ...rest].sort(byName);
}

/** As {@link keyOf} of the same container in a pod's folder. */
function nameOf({ namespace, pod, podUid, container }: LocalContainer): string {
  return `${namespace}/${pod}/${podUid}/${container}/`;
}
