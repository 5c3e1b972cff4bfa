/** An independent eye on every pod of a scenario: were there ever fewer ready pods than a budget asks for? */
import type { Api } from '../support/api.ts';
import type { Scenario } from '../support/scenario.ts';
import { isReadyPod, type TestBudget, type TestPod } from '../support/workloads.ts';

export interface Watched {
  /** One sentence for each moment at which a budget was broken. */
  readonly violations: readonly string[];
  /** From a pod's deletion to the moment when its workload was whole again, each in ms: the time of a replacement. */
  readonly replacementMs: readonly number[];
  stop(): void;
}

interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: TestPod;
}

/** Begins to watch; every pod that is there already has been seen when it resolves. */
export async function watchPods(api: Api, scenario: Scenario): Promise<Watched> {
  const { namespace } = scenario;
  const budgets = await api.list<TestBudget>(`/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`);
  const wanted = new Map(
    budgets.map(({ metadata, status }) => [
      metadata.name,
      { healthy: status?.desiredHealthy ?? 0, all: status?.expectedPods ?? 0 },
    ]),
  );
  const ready = new Map<string, Set<string>>();
  const wentAtMs = new Map<string, number[]>();
  const violations: string[] = [];
  const replacementMs: number[] = [];
  let seeing = false;

  function apply({ type, object }: WatchEvent): void {
    const app = object.metadata.labels?.['app'] ?? '';
    const healthy = ready.get(app) ?? new Set();
    ready.set(app, healthy);
    const uid = object.metadata.uid ?? '';
    const isHealthy = type !== 'DELETED' && isReadyPod(object) && object.metadata.deletionTimestamp === undefined;
    if (isHealthy === healthy.has(uid)) return;
    if (isHealthy) {
      healthy.add(uid);
      const wentMs = wentAtMs.get(app)?.shift();
      if (wentMs !== undefined) replacementMs.push(performance.now() - wentMs);
      return;
    }
    healthy.delete(uid);
    wentAtMs.set(app, [...(wentAtMs.get(app) ?? []), performance.now()]);
    const budget = wanted.get(app);
    if (seeing && budget && healthy.size < budget.healthy) {
      violations.push(`${app}: ${String(healthy.size)} ready, budget asks for ${String(budget.healthy)}`);
    }
  }

  const list = await api.get<{ metadata: { resourceVersion: string }; items: TestPod[] }>(
    `/api/v1/namespaces/${namespace}/pods`,
  );
  for (const object of list.items) apply({ type: 'ADDED', object });
  seeing = true;
  const path = `/api/v1/namespaces/${namespace}/pods?watch=true&resourceVersion=${list.metadata.resourceVersion}`;
  const stop = await watch(api, path, (event) => apply(event as WatchEvent));
  return { violations, replacementMs, stop };
}

/** Follows a watch until it is stopped; one that the server ends, as it does with slow readers, goes on where it was. */
export async function watch(
  api: Api,
  path: string,
  see: (event: { readonly type: string; readonly object: unknown }) => void,
): Promise<() => void> {
  const url = new URL(path, 'https://server');
  let stop = (): void => {};
  let stopped = false;
  async function open(): Promise<void> {
    const stream = await api.stream('GET', `${url.pathname}${url.search}`, { accept: 'application/json' }, '');
    stop = () => void stream.destroy();
    if (stopped) return stop();
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line === '') continue;
        const event = JSON.parse(line) as { type: string; object: { metadata?: { resourceVersion?: string } } };
        if (event.type === 'ERROR') throw new Error(`a watch of the benchmark was refused: ${line}`);
        url.searchParams.set('resourceVersion', event.object.metadata?.resourceVersion ?? '');
        see(event);
      }
    });
    stream.on('error', () => {});
    stream.on('close', () => {
      if (!stopped) void open();
    });
  }
  await open();
  return () => {
    stopped = true;
    stop();
  };
}
