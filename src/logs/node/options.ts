/** What `kmaint node-logs` was asked for. */

export const nodeOutputs = ['short-precise', 'short-iso-precise', 'cat', 'json'] as const;
export type NodeOutput = (typeof nodeOutputs)[number];

export interface NodeLogsOptions {
  /** At least one, except for `local`, which has none. */
  readonly nodes: readonly string[];
  /** Through the API server, by journalctl on this machine, or by journalctl over ssh. */
  readonly via: 'api' | 'local' | 'ssh';
  /** Without `.service`; empty with a file. */
  readonly units: readonly string[];
  /** Below /var/log, without a slash before it. */
  readonly file: string | undefined;
  readonly follow: boolean;
  /** As typed, in the words of journalctl: what `today` is, the machine decides that has the journal. */
  readonly since: string | undefined;
  readonly until: string | undefined;
  /** The last so many lines; undefined for all. */
  readonly tailLines: number | undefined;
  readonly grep: string | undefined;
  /** 0 is the running boot, -1 the one before. */
  readonly boot: number | undefined;
  readonly output: NodeOutput;
}
