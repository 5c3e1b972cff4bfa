/** Follows the pods of a namespace by a watch, so that no state between two looks is missed. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Api } from './api.ts';
import { isReadyPod, type TestPod } from './workloads.ts';

/** How things stood after one change; the pods are those that are there. */
export interface Moment {
  readonly atMs: number;
  readonly pods: readonly TestPod[];
}

export interface Probe {
  /** Every state since the probe began, the first one included. */
  readonly moments: readonly Moment[];
  /** Ends the watch. @throws {Error} when it had ended by itself: then not everything was seen */
  stop(): Promise<void>;
}

/** Does it serve: Ready and not asked to end? */
export function serves(pod: TestPod): boolean {
  return isReadyPod(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** The fewest pods of the app that served at any moment. */
export function fewestServing({ moments }: Probe, app: string): number {
  return Math.min(...moments.map(({ pods }) => servingOf(pods, app)));
}

/** How many pods labelled `app: NAME` serve. */
export function servingOf(pods: readonly TestPod[], app: string): number {
  return pods.filter((pod) => pod.metadata.labels?.['app'] === app && serves(pod)).length;
}

/** The first moment in which any of these pods was asked to end. */
export function firstAskedToEnd({ moments }: Probe, uids: ReadonlySet<string | undefined>): Moment | undefined {
  return moments.find(({ pods }) =>
    pods.some(({ metadata }) => uids.has(metadata.uid) && metadata.deletionTimestamp !== undefined),
  );
}

/** Begins to follow the pods of a namespace; has seen its present state when this resolves. */
export async function followPods(api: Api, namespace: string): Promise<Probe> {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const list = await api.get<{ metadata: { resourceVersion: string }; items: TestPod[] }>(path);
  const pods = new Map(list.items.map((pod) => [pod.metadata.uid, pod]));
  const moments: Moment[] = [{ atMs: Date.now(), pods: [...pods.values()] }];
  const query = `?watch=true&resourceVersion=${list.metadata.resourceVersion}`;
  const answer = await api.stream('GET', `${path}${query}`, { accept: 'application/json' }, '');
  if (answer.statusCode !== 200) throw new Error(`the watch of ${path} ended with ${String(answer.statusCode)}`);
  let stopped = false;
  let endedEarly = false;
  answer.on('error', () => {});
  answer.on('close', () => (endedEarly = !stopped));
  createInterface({ input: answer }).on('line', (line) => {
    const { type, object } = JSON.parse(line) as { type: string; object: TestPod };
    if (type === 'ERROR') endedEarly = true;
    if (type === 'DELETED') pods.delete(object.metadata.uid);
    else if (type !== 'BOOKMARK') pods.set(object.metadata.uid, object);
    moments.push({ atMs: Date.now(), pods: [...pods.values()] });
  });
  return {
    moments,
    async stop() {
      stopped = true;
      if (endedEarly) throw new Error(`the watch of ${path} ended by itself`);
      const closed = once(answer, 'close');
      answer.destroy();
      await closed;
    },
  };
}
