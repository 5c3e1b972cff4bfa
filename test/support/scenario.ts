// One test file's own corner of the shared cluster: its namespaces, its nodes, its workloads, gone when it ends.

import { randomBytes } from 'node:crypto';
import { createFakeNode, waitForNodes } from '../cluster/nodes.ts';
import type { NodeShape } from '../cluster/nodes.ts';
import { waitFor } from './api.ts';
import type { Api, Json, KubeObject } from './api.ts';
import { dispose } from './disposal.ts';
import { budgetsSettled, unreadyParts } from './readiness.ts';
import { podBody, workloadBody } from './workloads.ts';
import type { BarePodOptions, PodOptions, TestBudget, TestPod } from './workloads.ts';

/** What a scenario starts with. */
export interface ScenarioOptions extends NodeShape {
  /** How many nodes, or their very names (which then no other test file may use). Default: none. */
  readonly nodes?: number | readonly string[];
  /** Begins every name, so that a leftover tells where it came from. */
  readonly prefix: string;
}

/** Selects among the scenario's namespaces; default: its first. */
export interface InNamespace {
  readonly namespace?: string;
}

export interface Scenario {
  readonly id: string;
  /** The first namespace. */
  readonly namespace: string;
  readonly nodeNames: readonly string[];
  /** Every node of this scenario, and no other, carries this label. */
  readonly nodeLabel: Readonly<Record<string, string>>;
  /** The same as a label selector, e.g. for `drain -l`. */
  readonly nodeSelector: string;
  /** A further namespace; its full name is returned. */
  addNamespace(suffix: string): Promise<string>;
  addNode(name: string, shape?: NodeShape): Promise<void>;
  deployment(name: string, replicas: number, options?: PodOptions & InNamespace): Promise<KubeObject>;
  statefulSet(name: string, replicas: number, options?: PodOptions & InNamespace): Promise<KubeObject>;
  /** One pod on each node of the scenario, tolerating everything, as those of the system do. */
  daemonSet(name: string, options?: PodOptions & InNamespace): Promise<KubeObject>;
  pod(name: string, options?: BarePodOptions & InNamespace): Promise<TestPod>;
  /** `spec` without a selector guards the pods labelled `app: NAME`. */
  budget(name: string, spec: Readonly<Record<string, Json>>, where?: InNamespace): Promise<TestBudget>;
  /** The pods of all namespaces of this scenario, or of one node. */
  pods(nodeName?: string): Promise<TestPod[]>;
  /** Waits until all asked for is there and Ready, and the budgets have counted it. Default 60 s. */
  waitReady(timeoutMs?: number): Promise<void>;
  /** Removes everything: finalizers are cleared, pods do not get to say goodbye. */
  dispose(): Promise<void>;
}

async function createNamespace(api: Api, name: string, label: Record<string, string>): Promise<void> {
  await api.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: label } });
}

/**
 * Sets up a namespace and fake nodes, Ready when this returns.
 * @throws {Error} when a node of the same name exists
 */
export async function createScenario(api: Api, options: ScenarioOptions): Promise<Scenario> {
  const id = `${options.prefix}-${randomBytes(3).toString('hex')}`;
  const label = { 'kmaint.test/scenario': id };
  const namespaces = [id];
  const nodeNames: string[] = [];
  const { gitVersion } = await api.get<{ gitVersion: string }>('/version');
  await createNamespace(api, id, label);

  async function addNodes(names: readonly string[], shape: NodeShape): Promise<void> {
    const labelled = { ...shape, labels: { ...shape.labels, ...label } };
    nodeNames.push(...names);
    await Promise.all(names.map((name) => createFakeNode(api, name, gitVersion, labelled)));
    await waitForNodes(api, names);
  }

  const wanted = options.nodes ?? 0;
  await addNodes(
    typeof wanted === 'number' ? Array.from({ length: wanted }, (_, index) => `${id}-${String(index + 1)}`) : wanted,
    options,
  );

  const workload = (
    kind: 'Deployment' | 'StatefulSet' | 'DaemonSet',
    name: string,
    replicas: number | undefined,
    { namespace = id, ...pod }: PodOptions & InNamespace,
  ): Promise<KubeObject> =>
    api.create(
      `/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s`,
      workloadBody(kind, name, replicas, label, pod),
    );

  const pods = async (nodeName?: string): Promise<TestPod[]> => {
    const query = nodeName === undefined ? '' : `?fieldSelector=spec.nodeName%3D${nodeName}`;
    const lists = await Promise.all(
      namespaces.map((namespace) => api.list<TestPod>(`/api/v1/namespaces/${namespace}/pods${query}`)),
    );
    return lists.flat();
  };

  return {
    id,
    namespace: id,
    nodeNames,
    nodeLabel: label,
    nodeSelector: `kmaint.test/scenario=${id}`,
    pods,
    addNamespace: async (suffix) => {
      const name = `${id}-${suffix}`;
      await createNamespace(api, name, label);
      namespaces.push(name);
      return name;
    },
    addNode: (name, shape = {}) => addNodes([name], shape),
    deployment: (name, replicas, pod = {}) => workload('Deployment', name, replicas, pod),
    statefulSet: (name, replicas, pod = {}) => workload('StatefulSet', name, replicas, pod),
    daemonSet: (name, pod = {}) =>
      workload('DaemonSet', name, undefined, { tolerations: [{ operator: 'Exists' }], ...pod }),
    pod: (name, { namespace = id, ...pod } = {}) =>
      api.create<TestPod>(`/api/v1/namespaces/${namespace}/pods`, podBody(name, label, pod)),
    budget: (name, spec, { namespace = id } = {}) =>
      api.create<TestBudget>(`/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`, {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name },
        spec: { selector: { matchLabels: { app: name } }, ...spec },
      }),
    waitReady: async (timeoutMs = 60_000) => {
      await waitFor(
        `everything in ${id} to be Ready`,
        async () => {
          const [unready, settled] = [await unreadyParts(api, namespaces), await budgetsSettled(api, namespaces)];
          return unready.length === 0 && settled ? true : undefined;
        },
        {
          timeoutMs,
          everyMs: 100,
          describe: async () => (await unreadyParts(api, namespaces)).join(', ') || 'budgets',
        },
      );
    },
    dispose: () => dispose(api, namespaces, nodeNames),
  };
}
