/**
 * A drain with nothing but its core: cordon, watches of pods and budgets, evictions as budgets allow them. No plan, no
 * order, no journal, no lease, no care. The engine with all of these must not be slower than this by much.
 */
import type { Api } from '../support/api.ts';
import type { Ended } from '../support/kmaint.ts';
import type { Scenario } from '../support/scenario.ts';
import type { TestBudget, TestPod } from '../support/workloads.ts';
import { watch } from './drain-watch.ts';

interface Listed<T> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly T[];
}

interface Queue {
  /** Disruptions that the budget allowed when it was last seen, less those that were used since. */
  allowed: number;
  busy: boolean;
  readonly waiting: TestPod[];
}

/** Drains nodes of a scenario whose workloads are labelled `app`, with a budget of the same name or none. */
export async function bareDrain(api: Api, { namespace }: Scenario, nodes: readonly string[]): Promise<Ended> {
  const startMs = performance.now();
  await Promise.all(nodes.map((name) => api.patch(`/api/v1/nodes/${name}`, { spec: { unschedulable: true } })));
  const podsPath = `/api/v1/namespaces/${namespace}/pods`;
  const budgetsPath = `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`;
  const [pods, budgets] = await Promise.all([
    api.get<Listed<TestPod>>(podsPath),
    api.get<Listed<TestBudget>>(budgetsPath),
  ]);
  const left = new Set<string>();
  const queues = new Map<string, Queue>();
  for (const { metadata, status } of budgets.items) {
    queues.set(metadata.name, { allowed: status?.disruptionsAllowed ?? 0, busy: false, waiting: [] });
  }
  for (const pod of pods.items.filter(({ spec }) => nodes.includes(spec.nodeName ?? ''))) {
    left.add(pod.metadata.uid ?? '');
    const app = pod.metadata.labels?.['app'] ?? '';
    if (!queues.has(app)) queues.set(app, { allowed: Infinity, busy: false, waiting: [] });
    queues.get(app)?.waiting.push(pod);
  }

  async function evict({ metadata }: TestPod): Promise<boolean> {
    const { status } = await api.request('POST', `${podsPath}/${metadata.name}/eviction`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: metadata.name, namespace },
    });
    return status === 201;
  }

  async function serve(queue: Queue): Promise<void> {
    if (queue.allowed === Infinity) {
      await Promise.all(queue.waiting.splice(0).map(evict));
      return;
    }
    if (queue.busy) return;
    queue.busy = true;
    while (queue.allowed > 0) {
      const pod = queue.waiting.shift();
      if (pod === undefined) break;
      queue.allowed -= 1;
      // oxlint-disable-next-line no-await-in-loop
      if (!(await evict(pod))) queue.waiting.unshift(pod);
    }
    queue.busy = false;
  }

  let resolve: (ended: undefined) => void = () => {};
  const done = new Promise<undefined>((ended) => (resolve = ended));
  const stops = await Promise.all([
    watch(api, `${podsPath}?watch=true&resourceVersion=${pods.metadata.resourceVersion}`, ({ type, object }) => {
      const { uid = '' } = (object as TestPod).metadata;
      if (type === 'DELETED' && left.delete(uid) && left.size === 0) resolve(undefined);
    }),
    watch(api, `${budgetsPath}?watch=true&resourceVersion=${budgets.metadata.resourceVersion}`, ({ object }) => {
      const { metadata, status } = object as TestBudget;
      const queue = queues.get(metadata.name);
      if (queue === undefined) return;
      queue.allowed = status?.disruptionsAllowed ?? 0;
      void serve(queue);
    }),
  ]);
  for (const queue of queues.values()) void serve(queue);
  await done;
  for (const stop of stops) stop();
  return { code: 0, stdout: '', stderr: '', durationMs: performance.now() - startMs };
}
