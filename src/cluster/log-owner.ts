/** Workloads, Services, Ingresses and Nodes as whoever picks pods by them sees them: read, never written. */
import type {
  V1CrossVersionObjectReference,
  V1IngressBackend,
  V1LabelSelector,
  V1ObjectMeta,
} from '@kubernetes/client-node';
import { ClusterError } from '../errors.ts';
import { listAll } from './list.ts';
import { metadataOf } from './metadata.ts';
import { metadataOnly } from './metadata-only.ts';
import { collectionPath } from './resource-path.ts';
import { compileSelector, type LabelMatcher } from './selector.ts';
import type { Transport } from './transport.ts';
import type { Wire } from './wire.ts';
import { workloadPaths, type WorkloadKind } from './workload.ts';

export type LogOwnerKind = WorkloadKind | 'Service' | 'CronJob' | 'Ingress' | 'HorizontalPodAutoscaler' | 'Node';

/** `prefix` of the API and plural of each kind. */
export const ownerPaths: Readonly<Record<LogOwnerKind, readonly [prefix: string, plural: string]>> = {
  ...workloadPaths,
  Service: ['/api/v1', 'services'],
  CronJob: ['/apis/batch/v1', 'cronjobs'],
  Ingress: ['/apis/networking.k8s.io/v1', 'ingresses'],
  HorizontalPodAutoscaler: ['/apis/autoscaling/v2', 'horizontalpodautoscalers'],
  Node: ['/api/v1', 'nodes'],
};

/** What points at an owner: an owner reference, or what an autoscaler scales. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** Labels of pods, both as the server takes them and as a test; the two mean the same. */
export interface PodSelector {
  readonly text: string;
  readonly matches: LabelMatcher;
}

export interface LogOwner {
  readonly kind: LogOwnerKind;
  /** Empty for nodes. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  /** All owner references, also of those that do not control it. */
  readonly owners: readonly (OwnerReference & { readonly uid: string; readonly controller: boolean })[];
  /** Undefined where it does not pick pods by label, as a Service without selector does not. */
  readonly podSelector: PodSelector | undefined;
  /** The Services behind an Ingress, each once; empty for others. */
  readonly services: readonly string[];
  /** What an autoscaler scales; undefined for others. */
  readonly scales: OwnerReference | undefined;
}

/** Where to look: one namespace, or all of them without it; kinds without namespace ignore it. */
export interface OwnerScope {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly signal: AbortSignal;
}

/** Being refused is an answer: much can be told from pods alone. */
export type OwnerAnswer =
  /** Empty where there is none, or the server does not know the kind. */
  | { readonly kind: 'found'; readonly owners: readonly LogOwner[] }
  | { readonly kind: 'forbidden'; readonly message: string };

export interface OwnerLookup {
  /** The one of that name, or one for each namespace. Throws ClusterError for what is neither an answer nor a refusal. */
  named(kind: LogOwnerKind, name: string, scope: OwnerScope): Promise<OwnerAnswer>;
  /** All of them; throws as `named` does. */
  list(kind: LogOwnerKind, scope: OwnerScope): Promise<OwnerAnswer>;
}

/** Reads through `transport`; nothing is kept between calls. */
export function createOwnerLookup(transport: Transport): OwnerLookup {
  async function listed(kind: LogOwnerKind, scope: OwnerScope, fieldSelector?: string): Promise<OwnerAnswer> {
    try {
      const { items } = await listAll<WireOwner, LogOwner>(kind === 'Node' ? metadataOnly(transport) : transport, {
        path: collection(kind, scope.namespace),
        query: { labelSelector: scope.labelSelector, fieldSelector },
        signal: scope.signal,
        narrow: (raw) => narrowOwner(kind, raw),
      });
      return { kind: 'found', owners: items };
    } catch (error) {
      return answerOf(error);
    }
  }
  return {
    async named(kind, name, scope) {
      if (scope.namespace === undefined && kind !== 'Node') return listed(kind, scope, `metadata.name=${name}`);
      const path = `${collection(kind, scope.namespace)}/${encodeURIComponent(name)}`;
      const response = await transport.request({ method: 'GET', path, signal: scope.signal });
      if (response.status !== 200) return answerOf(response.error());
      const raw: WireOwner = response.json();
      return { kind: 'found', owners: [narrowOwner(kind, raw)] };
    },
    list: (kind, scope) => listed(kind, scope),
  };
}

function collection(kind: LogOwnerKind, namespace: string | undefined): string {
  const [prefix, plural] = ownerPaths[kind];
  return collectionPath(prefix, kind === 'Node' ? undefined : namespace, plural);
}

function answerOf(error: unknown): OwnerAnswer {
  if (!(error instanceof ClusterError)) throw error;
  if (error.code === 'cluster.not-found') return { kind: 'found', owners: [] };
  if (error.code === 'cluster.forbidden') return { kind: 'forbidden', message: error.message };
  throw error;
}

/** Every kind in one: what a kind does not have is undefined. */
export interface WireOwner {
  readonly metadata?: Wire<V1ObjectMeta>;
  readonly spec?: {
    /** A map for Services and ReplicationControllers, a LabelSelector for the others. */
    readonly selector?: Wire<V1LabelSelector> | Readonly<Record<string, string>>;
    readonly template?: { readonly metadata?: Wire<V1ObjectMeta> };
    readonly defaultBackend?: Wire<V1IngressBackend>;
    readonly rules?: readonly {
      readonly http?: { readonly paths?: readonly { backend?: Wire<V1IngressBackend> }[] };
    }[];
    readonly scaleTargetRef?: Wire<V1CrossVersionObjectReference>;
  };
}

/** Narrows an object of `kind` from the API server. */
export function narrowOwner(kind: LogOwnerKind, raw: WireOwner): LogOwner {
  const { name, uid, labels } = metadataOf(raw.metadata);
  const scaled = kind === 'HorizontalPodAutoscaler' ? raw.spec?.scaleTargetRef : undefined;
  return {
    kind,
    namespace: raw.metadata?.namespace ?? '',
    name,
    uid,
    labels,
    owners: (raw.metadata?.ownerReferences ?? []).map((owner) => ({
      apiVersion: owner.apiVersion,
      kind: owner.kind,
      name: owner.name,
      uid: owner.uid,
      controller: owner.controller === true,
    })),
    podSelector: podSelectorOf(kind, name, raw.spec),
    services: kind === 'Ingress' ? servicesOf(raw.spec) : [],
    scales: scaled && { apiVersion: scaled.apiVersion ?? '', kind: scaled.kind, name: scaled.name },
  };
}

function podSelectorOf(kind: LogOwnerKind, name: string, spec: WireOwner['spec']): PodSelector | undefined {
  const { selector, template } = spec ?? {};
  switch (kind) {
    case 'CronJob':
    case 'Ingress':
    case 'HorizontalPodAutoscaler':
    case 'Node':
      return undefined;
    case 'Service':
    case 'ReplicationController':
      return byLabels(selector as Readonly<Record<string, string>> | undefined);
    case 'Job': {
      // Its selector is its uid; by its name the next Job of that name is found too. Not with `manualSelector`.
      const labels = template?.metadata?.labels ?? {};
      const key = jobNameLabels.find((label) => labels[label] === name);
      if (key !== undefined) return byLabels({ [key]: name });
      break;
    }
    case 'Deployment':
    case 'ReplicaSet':
    case 'StatefulSet':
    case 'DaemonSet':
      break;
  }
  const by = selector as Wire<V1LabelSelector> | undefined;
  return by && { text: selectorText(by), matches: compileSelector(by) };
}

/** Set by the server on the pods of every Job; the first since 1.27. */
const jobNameLabels = ['batch.kubernetes.io/job-name', 'job-name'] as const;

/** A Service without labels picks no pod at all, unlike an empty LabelSelector. */
function byLabels(matchLabels: Readonly<Record<string, string>> | undefined): PodSelector | undefined {
  if (!matchLabels || Object.keys(matchLabels).length === 0) return undefined;
  const selector = { matchLabels: { ...matchLabels } };
  return { text: selectorText(selector), matches: compileSelector(selector) };
}

/**
 * A LabelSelector as text for the `labelSelector` of a request; empty for one that matches everything. The server only
 * stores the four operators; another would be left out, which asks for more pods than meant, not for fewer.
 */
export function selectorText({ matchLabels, matchExpressions }: Wire<V1LabelSelector>): string {
  const parts = Object.entries(matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  for (const { key, operator, values = [] } of matchExpressions ?? []) {
    if (operator === 'In') parts.push(`${key} in (${values.join(',')})`);
    else if (operator === 'NotIn') parts.push(`${key} notin (${values.join(',')})`);
    else if (operator === 'Exists') parts.push(key);
    else if (operator === 'DoesNotExist') parts.push(`!${key}`);
  }
  return parts.join(',');
}

function servicesOf(spec: WireOwner['spec']): readonly string[] {
  const backends = [
    spec?.defaultBackend,
    ...(spec?.rules ?? []).flatMap(({ http }) => (http?.paths ?? []).map(({ backend }) => backend)),
  ];
  return [...new Set(backends.flatMap((backend) => backend?.service?.name ?? []))];
}
