/** What a shell may offer in the place of a word, as flags and verbs say it. */

/** Objects whose names are asked of the API server, by the plural of their kind. */
export type ObjectNames =
  | 'cronjobs'
  | 'daemonsets'
  | 'deployments'
  | 'horizontalpodautoscalers'
  | 'ingresses'
  | 'jobs'
  | 'namespaces'
  | 'nodes'
  | 'poddisruptionbudgets'
  | 'pods'
  | 'replicasets'
  | 'replicationcontrollers'
  | 'services'
  | 'statefulsets';

/** Names that have to be looked up: in the cluster, in the kubeconfig, or in the journals of this machine. */
export type Names = ObjectNames | 'contexts' | 'clusters' | 'users' | 'runs' | 'unfinished runs';

/** `deploy/web`: words before the slash, with what stands behind it. */
export interface Prefixed {
  readonly before: Readonly<Record<string, Names>>;
  /** Without a slash. */
  readonly otherwise: Names;
}

/** Words, or else the path of a file. */
export interface WordsOrFiles {
  readonly words: readonly string[];
}

export type Completes = readonly string[] | Names | Prefixed | WordsOrFiles | 'files' | 'folders';

/** One offer, with a few words on it. */
export interface Candidate {
  readonly word: string;
  readonly about?: string | undefined;
}
