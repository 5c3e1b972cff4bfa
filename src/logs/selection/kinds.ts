/** The words for kinds of objects that a query may begin with, as kubectl knows them. */
import type { LogOwnerKind } from '../../cluster/log-owner.ts';
import { closest } from '../../closest.ts';

/** What pods can be asked for by. */
export type QueryKind = LogOwnerKind | 'Pod';

interface Words {
  /** As one would type it: `deploy`. */
  readonly short: string;
  readonly singular: string;
  readonly plural: string;
  /** Of the API; empty for the core. */
  readonly group: string;
}

const words: Readonly<Record<QueryKind, Words>> = {
  Pod: { short: 'po', singular: 'pod', plural: 'pods', group: '' },
  Deployment: { short: 'deploy', singular: 'deployment', plural: 'deployments', group: 'apps' },
  ReplicaSet: { short: 'rs', singular: 'replicaset', plural: 'replicasets', group: 'apps' },
  StatefulSet: { short: 'sts', singular: 'statefulset', plural: 'statefulsets', group: 'apps' },
  DaemonSet: { short: 'ds', singular: 'daemonset', plural: 'daemonsets', group: 'apps' },
  Job: { short: 'job', singular: 'job', plural: 'jobs', group: 'batch' },
  CronJob: { short: 'cj', singular: 'cronjob', plural: 'cronjobs', group: 'batch' },
  Service: { short: 'svc', singular: 'service', plural: 'services', group: '' },
  Ingress: { short: 'ing', singular: 'ingress', plural: 'ingresses', group: 'networking.k8s.io' },
  ReplicationController: {
    short: 'rc',
    singular: 'replicationcontroller',
    plural: 'replicationcontrollers',
    group: '',
  },
  HorizontalPodAutoscaler: {
    short: 'hpa',
    singular: 'horizontalpodautoscaler',
    plural: 'horizontalpodautoscalers',
    group: 'autoscaling',
  },
  Node: { short: 'no', singular: 'node', plural: 'nodes', group: '' },
};

const kinds = Object.keys(words) as readonly QueryKind[];
const kindOfWord: ReadonlyMap<string, QueryKind> = new Map(
  kinds.flatMap((kind) => {
    const { short, singular, plural } = words[kind];
    return [short, singular, plural].map((word) => [word, kind] as const);
  }),
);

/** `deploy`, `Deployment`, `deployments`, `deployments.apps`, `deployments.v1.apps`; undefined for no kind we know. */
export function kindOf(word: string): QueryKind | undefined {
  const [first = '', ...rest] = word.toLowerCase().split('.');
  const kind = kindOfWord.get(first);
  if (kind === undefined || rest.length === 0) return kind;
  const group = rest.join('.').replace(/^v\d+(?:(?:alpha|beta)\d+)?\./, '');
  return group !== '' && group === words[kind].group ? kind : undefined;
}

/** The kind's name among the resources of the API: `deployments`. */
export function pluralOf(kind: QueryKind): string {
  return words[kind].plural;
}

/** As one would type it: `deploy/web`. */
export function typed(kind: QueryKind, name: string): string {
  return `${kind === 'Pod' || kind === 'Node' ? words[kind].singular : words[kind].short}/${name}`;
}

/** One sentence about a word that is no kind, with the nearest one that is. */
export function unknownKind(word: string): string {
  const near = closest(word, [...kindOfWord.keys()]);
  const known = kinds.map((kind) => words[kind].singular).join(', ');
  return near === undefined
    ? `${JSON.stringify(word)} is no kind that pods can be found by; known are ${known}`
    : `${JSON.stringify(word)} is no kind that pods can be found by; did you mean ${near}?`;
}
