/** What the API server adds to a pod's spec (pkg/apis/core/v1/defaults.go, and the admission plugins on by default). */
import type { Wire } from '../cluster/wire.ts';
import { canonicalResources } from './defaults-quantity.ts';
import type { V1Container, V1PodSpec, V1Probe, V1Toleration, V1Volume } from '@kubernetes/client-node';

export type PodSpec = Wire<V1PodSpec>;
type Container = Wire<V1Container>;
type Probe = Wire<V1Probe>;
type Volume = Wire<V1Volume>;
type Toleration = Wire<V1Toleration>;

/** A spec with defaults, for pods and for templates alike; what admission adds is {@link admitPod}'s. */
export function defaultPodSpec(spec: Partial<PodSpec>, isPod: boolean): PodSpec {
  const hostNetwork = spec.hostNetwork === true;
  return {
    ...spec,
    ...(spec.volumes ? { volumes: spec.volumes.map(defaultVolume) } : {}),
    ...(spec.initContainers
      ? { initContainers: spec.initContainers.map((container) => defaultContainer(container, hostNetwork, isPod)) }
      : {}),
    containers: (spec.containers ?? []).map((container) => defaultContainer(container, hostNetwork, isPod)),
    restartPolicy: spec.restartPolicy ?? 'Always',
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? 30,
    dnsPolicy: spec.dnsPolicy ?? 'ClusterFirst',
    securityContext: spec.securityContext ?? {},
    schedulerName: spec.schedulerName ?? 'default-scheduler',
    ...(spec.serviceAccountName && !spec.serviceAccount ? { serviceAccount: spec.serviceAccountName } : {}),
    ...(isPod ? { enableServiceLinks: spec.enableServiceLinks ?? true } : {}),
  };
}

const failures = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map((key) => ({
  key,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}));

/**
 * Adds tolerations of failing nodes for five minutes to a pod that is created or changed
 * (plugin/pkg/admission/defaulttolerationseconds).
 */
export function tolerateFailures(spec: PodSpec): PodSpec {
  const own = spec.tolerations ?? [];
  const missing = failures.filter(({ key }) => !own.some((toleration) => toleratesFailure(toleration, key)));
  return missing.length === 0 ? spec : { ...spec, tolerations: [...own, ...missing] };
}

function toleratesFailure({ key, effect }: Toleration, wanted: string): boolean {
  return (
    (key === wanted || key === undefined || key === '') && (effect === undefined || ['', 'NoExecute'].includes(effect))
  );
}

function defaultContainer(container: Container, hostNetwork: boolean, isPod: boolean): Container {
  const resources = canonicalResources(container.resources ?? {});
  const { limits } = resources;
  return {
    ...container,
    ...(container.ports
      ? {
          ports: container.ports.map((port) => ({
            ...(hostNetwork ? { hostPort: port.containerPort } : {}),
            ...port,
            protocol: port.protocol ?? 'TCP',
          })),
        }
      : {}),
    ...(container.env ? { env: container.env.map(defaultEnv) } : {}),
    // Limits become requests only in pods; a template keeps what it says.
    resources: isPod && limits ? { ...resources, requests: { ...limits, ...resources.requests } } : resources,
    ...probe('livenessProbe', container.livenessProbe),
    ...probe('readinessProbe', container.readinessProbe),
    ...probe('startupProbe', container.startupProbe),
    terminationMessagePath: container.terminationMessagePath ?? '/dev/termination-log',
    terminationMessagePolicy: container.terminationMessagePolicy ?? 'File',
    imagePullPolicy: container.imagePullPolicy ?? pullPolicy(container.image ?? ''),
  };
}

function defaultEnv(variable: NonNullable<Container['env']>[number]): NonNullable<Container['env']>[number] {
  const field = variable.valueFrom?.fieldRef;
  if (!field || field.apiVersion !== undefined) return variable;
  return { ...variable, valueFrom: { ...variable.valueFrom, fieldRef: { apiVersion: 'v1', ...field } } };
}

/** An untagged image, or `latest`, is pulled each time. */
function pullPolicy(image: string): string {
  if (image === '') return 'IfNotPresent';
  const [name = ''] = image.split('@');
  const tag = name.slice(name.lastIndexOf('/') + 1).split(':')[1];
  const latest = tag === 'latest' || (tag === undefined && !image.includes('@'));
  return latest ? 'Always' : 'IfNotPresent';
}

function probe(field: string, value: Probe | undefined): Record<string, Probe> {
  if (!value) return {};
  return {
    [field]: {
      ...value,
      ...(value.httpGet ? { httpGet: { path: '/', scheme: 'HTTP', ...value.httpGet } } : {}),
      ...(value.grpc ? { grpc: { service: '', ...value.grpc } } : {}),
      timeoutSeconds: value.timeoutSeconds ?? 1,
      periodSeconds: value.periodSeconds ?? 10,
      successThreshold: value.successThreshold ?? 1,
      failureThreshold: value.failureThreshold ?? 3,
    },
  };
}

const defaultMode = 0o644;

function defaultVolume(volume: Volume): Volume {
  if (Object.keys(volume).length <= 1) return { ...volume, emptyDir: {} };
  const { configMap, secret, hostPath, projected, downwardAPI } = volume;
  if (configMap) return { ...volume, configMap: { defaultMode, ...configMap } };
  if (secret) return { ...volume, secret: { defaultMode, ...secret } };
  if (downwardAPI) return { ...volume, downwardAPI: { defaultMode, ...downwardAPI } };
  if (projected) return { ...volume, projected: { defaultMode, ...defaultSources(projected) } };
  if (hostPath) return { ...volume, hostPath: { type: '', ...hostPath } };
  return volume;
}

type Projected = NonNullable<Volume['projected']>;

/** Tokens last an hour. */
function defaultSources(projected: Projected): Projected {
  if (!projected.sources?.some(({ serviceAccountToken }) => serviceAccountToken)) return projected;
  const sources = projected.sources.map((source) =>
    source.serviceAccountToken
      ? { ...source, serviceAccountToken: { expirationSeconds: 3600, ...source.serviceAccountToken } }
      : source,
  );
  return { ...projected, sources };
}

type Amounts = Readonly<Record<string, string>> | undefined;

/** Guaranteed, Burstable or BestEffort (pkg/apis/core/v1/helper/qos). */
export function qosClassOf(spec: PodSpec): string {
  let anything = false;
  let guaranteed = true;
  for (const { resources } of [...(spec.initContainers ?? []), ...spec.containers]) {
    const limits: Amounts = resources?.limits;
    const requests: Amounts = resources?.requests;
    for (const resource of ['cpu', 'memory']) {
      const limit = limits?.[resource];
      const request = requests?.[resource];
      if (isPositive(limit) || isPositive(request)) anything = true;
      if (!isPositive(limit) || (request !== undefined && request !== limit)) guaranteed = false;
    }
  }
  if (!anything) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

function isPositive(quantity: string | undefined): boolean {
  return quantity !== undefined && Number.parseFloat(quantity) > 0;
}
