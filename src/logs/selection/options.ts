/** Everything a user may say about which pods and containers are followed. */
import type { QueryKind } from './kinds.ts';
import type { MatchMode } from './query.ts';

export type ContainerState = 'running' | 'waiting' | 'terminated';

export interface SelectionOptions {
  /** Each as `parseQuery` reads it; several mean any. */
  readonly query: readonly string[];
  readonly match: MatchMode;
  /** Label selectors, all of which must match. */
  readonly selector: readonly string[];
  readonly fieldSelector: string | undefined;
  /** Empty: the context's, or those that names in the query bring with them. */
  readonly namespaces: readonly string[];
  /** Adds the context's namespace to those. */
  readonly currentNamespace: boolean;
  /** Wins over `namespaces`. */
  readonly allNamespaces: boolean;
  /** Left out of all namespaces; those named are followed regardless. */
  readonly ignoreNamespaces: readonly string[];
  /** Label selectors; a pod that any of them matches is left out. */
  readonly ignoreLabels: readonly string[];
  /** kail's flags, `[namespace/]name` each: any of one kind, and all of the kinds. */
  readonly kinds: Readonly<Partial<Record<QueryKind, readonly string[]>>>;
  /** Names of nodes, or label selectors of nodes (with `=`); any. */
  readonly nodes: readonly string[];
  /** Of the pod's node; any of each list, and all of the lists. */
  readonly regions: readonly string[];
  readonly zones: readonly string[];
  readonly os: readonly string[];
  readonly arch: readonly string[];
  /** Regular expressions. */
  readonly excludePods: readonly string[];
  /** A regular expression. */
  readonly container: string | undefined;
  /** Exact names. */
  readonly containerNames: readonly string[];
  /** Regular expressions. */
  readonly excludeContainers: readonly string[];
  readonly initContainers: boolean;
  readonly ephemeralContainers: boolean;
  /** One container of each pod, as kubectl does it, unless containers are named. */
  readonly defaultContainerOnly: boolean;
  /** Empty: all. Counts for containers that have run when they are first seen; later runs are all taken. */
  readonly containerStates: readonly ContainerState[];
  /** `name[=value]`. */
  readonly condition: string | undefined;
  /** A workload's pods are those that it owns; without it, those that carry its labels. */
  readonly ownerFilter: boolean;
  /** Of the run, because conditions only go with some of it. */
  readonly follow: boolean;
  /** Lines of the past; undefined: all. */
  readonly tailLines: number | undefined;
}
