// A playground without HTTP: store, rules and controllers on a clock that the test moves.

import { afterEach } from 'vitest';
import { startControllers, type ControllerOptions } from '../../../src/playground/controllers/start.ts';
import type { DraftObject, KubeObject, ResourceType } from '../../../src/playground/objects.ts';
import type { ControllerWorld, DeleteRequest } from '../../../src/playground/ports.ts';
import { createRegistry } from '../../../src/playground/registry.ts';
import { typeOf } from '../../../src/playground/resources.ts';
import { createStore } from '../../../src/playground/store.ts';
import type { Node, Pod } from '../../../src/playground/controllers/models.ts';
import { FakeClock } from '../../support/clock.ts';

export const types = {
  pods: typeOf('', 'pods'),
  nodes: typeOf('', 'nodes'),
  namespaces: typeOf('', 'namespaces'),
  events: typeOf('', 'events'),
  leases: typeOf('coordination.k8s.io', 'leases'),
  configMaps: typeOf('', 'configmaps'),
  serviceAccounts: typeOf('', 'serviceaccounts'),
  claims: typeOf('', 'persistentvolumeclaims'),
  replicationControllers: typeOf('', 'replicationcontrollers'),
  deployments: typeOf('apps', 'deployments'),
  replicaSets: typeOf('apps', 'replicasets'),
  statefulSets: typeOf('apps', 'statefulsets'),
  daemonSets: typeOf('apps', 'daemonsets'),
  revisions: typeOf('apps', 'controllerrevisions'),
  jobs: typeOf('batch', 'jobs'),
  budgets: typeOf('policy', 'poddisruptionbudgets'),
};

/** An object as tests look into it. */
export type Loose = KubeObject & { spec: Record<string, never>; status: Record<string, never> };

export interface TestWorld extends ControllerWorld {
  readonly clock: FakeClock;
  stop(): void;
  create(type: ResourceType, draft: DraftObject): KubeObject;
  /** One object of the namespace `default`, or of none. */
  get(type: ResourceType, name: string): Loose | undefined;
  list(type: ResourceType): readonly Loose[];
  change(type: ResourceType, name: string, change: (object: Loose) => object, subresource?: 'status'): void;
  delete(type: ResourceType, name: string, request?: DeleteRequest): void;
  pods(app?: string): readonly Pod[];
  events(reason: string): readonly string[];
}

const running: TestWorld[] = [];
afterEach(() => {
  for (const world of running.splice(0)) world.stop();
});

/** A cluster with these nodes, ready, and nothing in it; the controllers run unless told otherwise. */
export async function startWorld(
  nodes: readonly (string | DraftObject)[] = ['n1', 'n2'],
  options: ControllerOptions & { readonly controllers?: boolean } = {},
): Promise<TestWorld> {
  const clock = new FakeClock();
  const store = createStore();
  const registry = createRegistry(store, clock);
  const stop = new AbortController();
  const namespaced = (type: ResourceType): string | undefined => (type.namespaced ? 'default' : undefined);
  const world: TestWorld = {
    store,
    registry,
    clock,
    signal: stop.signal,
    stop: () => stop.abort(),
    create: (type, draft) => registry.create(type, draft, { namespace: draft.metadata?.namespace ?? namespaced(type) }),
    get: (type, name) => store.get(type, namespaced(type), name) as Loose | undefined,
    list: (type) => store.list(type, namespaced(type)) as readonly Loose[],
    change(type, name, change, subresource) {
      registry.modify(type, namespaced(type), name, (object) => change(object as Loose) as KubeObject, { subresource });
    },
    delete: (type, name, request) => void registry.delete(type, namespaced(type), name, request),
    pods: (app) =>
      (store.list(types.pods, 'default') as readonly Pod[]).filter(
        ({ metadata }) => app === undefined || metadata.labels?.['app'] === app,
      ),
    events: (reason) =>
      (store.list(types.events) as readonly (KubeObject & { reason: string; message: string })[])
        .filter((event) => event.reason === reason)
        .map(({ message }) => message),
  };
  for (const name of ['default', 'kube-system', 'kube-node-lease']) {
    world.create(types.namespaces, { metadata: { name } });
  }
  for (const node of nodes) world.create(types.nodes, typeof node === 'string' ? nodeDraft(node) : node);
  if (options.controllers ?? true) startControllers(world, options);
  running.push(world);
  await clock.advance(0);
  return world;
}

export function nodeDraft(name: string, labels: Record<string, string> = {}, status: object = {}): DraftObject {
  return { metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } }, status };
}

export interface TemplateOptions {
  readonly annotations?: Record<string, string>;
  readonly spec?: object;
}

export function template(app: string, options: TemplateOptions = {}): object {
  return {
    metadata: { labels: { app }, ...(options.annotations ? { annotations: options.annotations } : {}) },
    spec: { containers: [{ name: 'app', image: 'app:1' }], ...options.spec },
  };
}

/** The body of a workload whose pods carry the label `app: NAME`. */
export function workload(name: string, spec: object = {}, options: TemplateOptions = {}): DraftObject {
  return {
    metadata: { name, labels: { app: name } },
    spec: { selector: { matchLabels: { app: name } }, template: template(name, options), ...spec },
  };
}

export function podDraft(
  name: string,
  options: { annotations?: Record<string, string>; spec?: object } = {},
): DraftObject {
  const { metadata, spec } = template(name, options) as { metadata: object; spec: object };
  return { metadata: { name, ...metadata }, spec };
}

export function conditionOf(object: object | undefined, type: string): Record<string, unknown> | undefined {
  const { conditions = [] } = (object as Partial<Loose> | undefined)?.status ?? {};
  return (conditions as readonly Record<string, unknown>[]).find((condition) => condition['type'] === type);
}

export function isReady(pod: Pod): boolean {
  return conditionOf(pod, 'Ready')?.['status'] === 'True';
}

export function nodesOf(pods: readonly Pod[]): readonly string[] {
  return pods.map((pod) => pod.spec.nodeName ?? '').sort();
}

export function taintsOf(world: TestWorld, name: string): readonly string[] {
  const node: Node | undefined = world.get(types.nodes, name);
  return (node?.spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`).sort();
}
