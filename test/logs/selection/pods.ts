/** Pods, owners and a lookup for tests of the selection: only what a test says differs from an ordinary one. */
import { kubectlFor } from '../../../src/cli/kubectl.ts';
import type { Controller } from '../../../src/cluster/metadata.ts';
import type { LogOwner, LogOwnerKind, OwnerAnswer, OwnerLookup } from '../../../src/cluster/log-owner.ts';
import type { LogContainer, LogPod } from '../../../src/cluster/log-pod.ts';
import { compileSelector, parseSelector } from '../../../src/cluster/selector.ts';
import type { CompileRegexp } from '../../../src/logs/selection/names.ts';
import type { SelectionOptions } from '../../../src/logs/selection/options.ts';
import { resolveSelection, type Resolution, type ResolvedSelection } from '../../../src/logs/selection/resolve.ts';
import { compileSelection, type Selection } from '../../../src/logs/selection/selection.ts';

/** stern's defaults. */
const selectionDefaults: SelectionOptions = {
  query: [],
  match: 'regex',
  selector: [],
  fieldSelector: undefined,
  namespaces: [],
  currentNamespace: false,
  allNamespaces: false,
  ignoreNamespaces: [],
  ignoreLabels: [],
  kinds: {},
  nodes: [],
  regions: [],
  zones: [],
  os: [],
  arch: [],
  excludePods: [],
  container: undefined,
  containerNames: [],
  excludeContainers: [],
  initContainers: true,
  ephemeralContainers: true,
  defaultContainerOnly: false,
  containerStates: [],
  condition: undefined,
  ownerFilter: true,
  follow: true,
  tailLines: undefined,
};

/** JavaScript's own regular expressions: enough for those that mean the same in Go. */
export const compileRegexp: CompileRegexp = (pattern) => {
  try {
    const flags = pattern.startsWith('(?i)') ? 'i' : '';
    return { value: new RegExp(pattern.replace(/^\(\?i\)/, ''), flags) };
  } catch (error) {
    return { problem: (error as Error).message };
  }
};

export function aContainer(name: string, differences: Partial<LogContainer> = {}): LogContainer {
  return {
    name,
    kind: 'regular',
    state: 'running',
    containerId: `containerd://${name}-1`,
    restartCount: 0,
    waitingReason: undefined,
    terminated: undefined,
    lastTerminated: undefined,
    ...differences,
  };
}

/** A running pod of nobody on n1. */
export function aLogPod(name: string, differences: Partial<LogPod> = {}): LogPod {
  return {
    namespace: 'shop',
    name,
    uid: `uid-of-${differences.namespace ?? 'shop'}-${name}`,
    createdAt: '2026-01-01T00:00:00Z',
    nodeName: 'n1',
    labels: {},
    annotations: {},
    controller: undefined,
    conditions: { Ready: 'True' },
    phase: 'Running',
    terminating: false,
    containers: [aContainer('app')],
    ...differences,
  };
}

const apiVersions: Readonly<Record<string, string>> = { Job: 'batch/v1', ReplicationController: 'v1' };

export function controlledBy(kind: string, name: string, uid = `uid-of-${kind}-${name}`): Controller {
  return { apiVersion: apiVersions[kind] ?? 'apps/v1', kind, name, uid };
}

/** A pod as a Deployment makes it. */
export function deployed(deployment: string, hash: string, differences: Partial<LogPod> = {}): LogPod {
  return aLogPod(`${deployment}-${hash}-x1x1x`, {
    labels: { app: deployment, 'pod-template-hash': hash },
    controller: controlledBy('ReplicaSet', `${deployment}-${hash}`),
    ...differences,
  });
}

/** A workload that selects its pods by `app=NAME`. */
export function anOwner(kind: LogOwnerKind, name: string, differences: Partial<LogOwner> = {}): LogOwner {
  const selector = { matchLabels: { app: name } };
  return {
    kind,
    namespace: kind === 'Node' ? '' : 'shop',
    name,
    uid: `uid-of-${kind}-${name}`,
    labels: {},
    owners: [],
    podSelector: ['CronJob', 'Ingress', 'HorizontalPodAutoscaler', 'Node'].includes(kind)
      ? undefined
      : { text: `app=${name}`, matches: compileSelector(selector) },
    services: [],
    scales: undefined,
    ...differences,
  };
}

export interface LookupParts {
  readonly owners?: readonly LogOwner[];
  readonly nodeLabels?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Kinds, or `kind namespace`, that may not be read. */
  readonly forbidden?: readonly string[];
}

/** A lookup in a fixed set of objects, which the test may exchange; `asked` has every request as words. */
export function lookupOf(parts: LookupParts): OwnerLookup & { readonly asked: readonly string[] } {
  const asked: string[] = [];
  const answer = (
    kind: LogOwnerKind,
    namespace: string | undefined,
    keep: (owner: LogOwner) => boolean,
  ): OwnerAnswer => {
    const refused = parts.forbidden?.some((one) => one === kind || one === `${kind} ${namespace}`) === true;
    if (refused) return { kind: 'forbidden', message: `not allowed to read ${kind}` };
    const owners = (parts.owners ?? []).filter(
      (owner) => owner.kind === kind && (namespace === undefined || kind === 'Node' || owner.namespace === namespace),
    );
    return { kind: 'found', owners: owners.filter(keep) };
  };
  return {
    asked,
    named(kind, name, { namespace }) {
      asked.push(`${kind} ${namespace ?? '*'}/${name}`);
      return Promise.resolve(answer(kind, namespace, (owner) => owner.name === name));
    },
    list(kind, { namespace, labelSelector = '' }) {
      asked.push(`list ${kind} ${namespace ?? '*'}${labelSelector && ` ${labelSelector}`}`);
      const matches = parseSelector(labelSelector);
      const labelled = (owner: LogOwner): boolean => matches(parts.nodeLabels?.[owner.name] ?? {});
      return Promise.resolve(answer(kind, namespace, kind === 'Node' ? labelled : () => true));
    },
  };
}

export function compiled(options: Partial<SelectionOptions>): Selection {
  const result = compileSelection({ ...selectionDefaults, ...options }, { compileRegexp });
  if ('problems' in result) throw new Error(result.problems.join('\n'));
  return result.value;
}

/** The problems of options that do not compile. */
export function problemsOf(options: Partial<SelectionOptions>): readonly string[] {
  const result = compileSelection({ ...selectionDefaults, ...options }, { compileRegexp });
  return 'problems' in result ? result.problems : [];
}

const { signal } = new AbortController();

/** Compiles and resolves in the context's namespace `shop`. */
export function resolution(
  options: Partial<SelectionOptions>,
  lookup: OwnerLookup = lookupOf({}),
): Promise<Resolution> {
  return resolveSelection(compiled(options), { lookup, kubectl: kubectlFor('prod'), namespace: 'shop' }, signal);
}

export async function resolved(
  options: Partial<SelectionOptions>,
  lookup: OwnerLookup = lookupOf({}),
): Promise<ResolvedSelection> {
  const result = await resolution(options, lookup);
  if ('problems' in result) throw new Error(result.problems.map(({ message }) => message).join('\n'));
  return result.value;
}

/** Names of those pods that the selection accepts. */
export function chosen(selection: Pick<ResolvedSelection, 'accepts'>, pods: readonly LogPod[]): readonly string[] {
  return pods.filter((pod) => selection.accepts(pod)).map(({ name }) => name);
}
