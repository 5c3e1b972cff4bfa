/** What was asked of a tail, as the command line gives it. */
import type { EndingOptions } from './ending/options.ts';
import type { CountingOptions } from './format/counting-colors.ts';
import type { TimestampMode } from './format/timestamp.ts';
import type { ZerologFields } from './format/zerolog.ts';
import type { LocalSource } from './local/local-logs.ts';
import type { Stamp } from './local/timestamp.ts';
import type { SelectionOptions } from './selection/options.ts';

export interface LogsOptions {
  /** Contexts of the kubeconfig; empty: the current one. */
  readonly contexts: readonly string[];
  readonly selection: SelectionOptions;
  /** Logs of this machine, not of a cluster. */
  readonly local: boolean;
  /** The folder that stands for `/` then. */
  readonly root: string;
  readonly range: RangeOptions;
  readonly lines: LineOptions;
  readonly ending: EndingOptions;
  readonly from: FileOptions;
  readonly format: LookOptions;
}

export interface RangeOptions {
  readonly follow: boolean;
  readonly sinceSeconds: number | undefined;
  /** To the nanosecond, as `until`; both are wanted too. */
  readonly sinceTime: Stamp | undefined;
  readonly until: Stamp | undefined;
  /** In place of `until`: so long before the run begins. */
  readonly untilAgoMs: number | undefined;
  readonly tailLines: number | undefined;
  readonly headLines: number | undefined;
  readonly limitBytes: number | undefined;
  readonly previous: boolean;
  readonly crashLines: number | undefined;
  readonly stream: 'Stdout' | 'Stderr' | undefined;
  readonly maxStreams: number;
  /** A log that could not be read is no failure of the whole. */
  readonly ignoreErrors: boolean;
  readonly insecureBackend: boolean;
  readonly stallCheckMs: number;
  readonly maxLineBytes: number;
}

export interface FileOptions {
  /** A file in each container, in place of its log. */
  readonly file: string | undefined;
  /** Also what the node has rotated away. */
  readonly rotated: boolean;
  /** Of this machine; undefined: wherever logs are. */
  readonly source: LocalSource | undefined;
}

export interface LineOptions {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly highlight: readonly string[];
  readonly before: number;
  readonly after: number;
  readonly where: string | undefined;
  readonly level: string | undefined;
  readonly fields: readonly string[];
  /** What becomes of lines without fields, where fields are asked for. */
  readonly withoutFields: 'keep' | 'drop';
}

/** stern's, kail's (`kail`, `kail-json`, `json-pretty`, `zerolog`), kubetail's and kubectl's. */
export const outputFormats = [
  'default',
  'raw',
  'json',
  'extjson',
  'ppextjson',
  'json-pretty',
  'zerolog',
  'kail',
  'kail-json',
  'kubetail',
  'kubectl',
] as const;

export type OutputFormat = (typeof outputFormats)[number];

/** What `--columns` can show of a line, as kubetail-org calls it. */
export const columnNames = [
  'timestamp',
  'dot',
  'context',
  'node',
  'region',
  'zone',
  'os',
  'arch',
  'namespace',
  'pod',
  'container',
] as const;

export type ColumnName = (typeof columnNames)[number];

export interface LookOptions {
  readonly output: OutputFormat;
  readonly template: string | undefined;
  readonly templateFile: string | undefined;
  /** Take the output's place; empty: none. */
  readonly columns: readonly ColumnName[];
  readonly counting: CountingOptions;
  readonly zerologFields: ZerologFields;
  readonly timestamps: TimestampMode;
  /** IANA's name, or `Local`. */
  readonly timeZone: string;
  readonly prefix: boolean;
  readonly diffContainer: boolean;
  readonly podColors: string | undefined;
  readonly containerColors: string | undefined;
  readonly controlChars: 'auto' | 'escape' | 'strip' | 'raw';
  readonly onlyLogLines: boolean;
  readonly events: boolean;
  readonly sort: boolean;
  /** How long a line that is followed waits for older ones of other logs. */
  readonly sortWindowMs: number;
  readonly outputFolder: string | undefined;
  readonly stats: boolean;
  readonly stdin: boolean;
  readonly dryRun: boolean;
}
