/** What the acceptance tests share: scenes of fake nodes, the built program, and what it said as values. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { FakeNode } from '../cluster/nodes.ts';
import { waitFor, type Api } from './api.ts';
import { kmaint, type Ended, type RunOptions } from './kmaint.ts';
import { createScenario, type Scenario, type ScenarioOptions } from './scenario.ts';
import type { Connected } from './target.ts';
import type { TestPod } from './workloads.ts';

/** A line of `-o ndjson`, as far as these tests read it. */
export interface EventRecord {
  readonly type: string;
  readonly time: string;
  readonly node?: string;
  readonly pod?: { readonly namespace: string; readonly name: string; readonly uid: string };
  readonly message?: string;
  readonly method?: string;
  readonly exitCode?: number;
}

/** A line that `-vv` traces. */
export interface TracedRequest {
  readonly method: string;
  readonly path: string;
  readonly code: number;
}

/** The object of `-o json`, as far as these tests read it. */
export interface RunResult {
  readonly runId?: string;
  readonly exitCode: number;
  readonly outcome: string;
  readonly warnings: readonly string[];
  readonly nodes: readonly {
    readonly node: string;
    readonly exitCode?: number;
    readonly message?: string;
    readonly hint?: string;
    readonly left: readonly { readonly name: string; readonly reason: string }[];
  }[];
}

/** The records of `-o ndjson`, in order. */
export function recordsOf(stdout: string): readonly EventRecord[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as EventRecord);
}

/** The requests that `-vv` traced, on stderr or as details of `-o ndjson`, in the order of their answers. */
export function requestsOf(trace: string): readonly TracedRequest[] {
  const lines = trace.matchAll(/\b(GET|POST|PUT|PATCH|DELETE) (https:\/\/\S+) (\d{3})\b/g);
  return [...lines].map(([, method = '', url = '', code]) => {
    const { pathname, search } = new URL(url);
    return { method, path: `${pathname}${search}`, code: Number(code) };
  });
}

/** Those that change something. */
export function writesOf(trace: string): readonly TracedRequest[] {
  return requestsOf(trace).filter(({ method }) => method !== 'GET');
}

/** The evictions among the traced requests. */
export function evictionsOf(trace: string): readonly TracedRequest[] {
  return requestsOf(trace).filter(({ method, path }) => method === 'POST' && path.includes('/eviction'));
}

/** A folder of this test alone, gone when it ends. */
export function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kmaint-acceptance-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A scenario with the few steps that acceptance tests repeat. */
export interface Scene extends Scenario {
  /** The names of its first three nodes; empty where there are fewer. */
  readonly first: string;
  readonly second: string;
  readonly third: string;
  /** Only this node takes pods, until {@link Scene.open}. */
  only(node: string): Promise<void>;
  open(): Promise<void>;
  namesOn(node: string): Promise<string[]>;
}

export interface Bench {
  readonly api: Api;
  scene(options: Omit<ScenarioOptions, 'prefix'>): Promise<Scene>;
  node(name: string): Promise<FakeNode>;
  cordoned(name: string): Promise<boolean>;
  kmaint(words: readonly string[], options?: RunOptions): Promise<Ended>;
  pod(namespace: string, name: string): Promise<TestPod | undefined>;
}

/** Opens a server for acceptance tests; everything made through it is named after `prefix`. */
export function benchOf({ api, kubeconfig }: Pick<Connected, 'api' | 'kubeconfig'>, prefix: string): Bench {
  const node = (name: string): Promise<FakeNode> => api.get<FakeNode>(`/api/v1/nodes/${name}`);
  const setCordon = (name: string, unschedulable: true | null): Promise<unknown> =>
    api.patch(`/api/v1/nodes/${name}`, { spec: { unschedulable } });

  /** The taint comes from a controller: once it is as the cordon says, the scheduler has heard of it too. */
  async function settled(name: string, tainted: boolean): Promise<void> {
    await waitFor(`the taint of ${name}`, async () => {
      const { spec } = await node(name);
      const has = spec.taints?.some(({ key }) => key === 'node.kubernetes.io/unschedulable') ?? false;
      return has === tainted ? true : undefined;
    });
  }

  async function scene(options: Omit<ScenarioOptions, 'prefix'>): Promise<Scene> {
    const created = await createScenario(api, { ...options, prefix });
    onTestFinished(() => created.dispose());
    const [first = '', second = '', third = ''] = created.nodeNames;
    async function open(): Promise<void> {
      await Promise.all(created.nodeNames.map((name) => setCordon(name, null)));
      await Promise.all(created.nodeNames.map((name) => settled(name, false)));
    }
    return {
      ...created,
      first,
      second,
      third,
      open,
      async only(wanted) {
        await open();
        const others = created.nodeNames.filter((name) => name !== wanted);
        await Promise.all(others.map((name) => setCordon(name, true)));
        await Promise.all(others.map((name) => settled(name, true)));
      },
      namesOn: async (name) => (await created.pods(name)).map(({ metadata }) => metadata.name).sort(),
    };
  }

  return {
    api,
    scene,
    node,
    cordoned: async (name) => (await node(name)).spec.unschedulable ?? false,
    kmaint: (words, options = {}) => kmaint(words, { kubeconfig, ...options }),
    pod: (namespace, name) => api.find<TestPod>(`/api/v1/namespaces/${namespace}/pods/${name}`),
  };
}
