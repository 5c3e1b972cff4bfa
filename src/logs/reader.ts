/** How the targets of a tail are read: by the API's log, with what was rotated away, or as a file in the container. */
import type { Clock } from '../clock.ts';
import type { LogCluster } from '../cluster/log-cluster.ts';
import type { LogSource } from './line.ts';
import type { FileOptions } from './options.ts';
import type { ContainerStreamDeps, ContainerStreamRequest, ContainerStreamSink, StreamEnd } from './stream/stream.ts';

/** As `followContainer`, which knows only what the API wants to know of a container. */
export interface LogReader {
  (
    source: LogSource,
    deps: ContainerStreamDeps,
    request: ContainerStreamRequest,
    sink: ContainerStreamSink,
    signal: AbortSignal,
  ): Promise<StreamEnd>;
  /** It is the log of a run, taken up where the stream of the run before has left it. */
  readonly readsLog?: true;
}

/** Undefined: by the log alone. What that does not need is loaded only where it is asked for. */
export async function readerFor(
  { exec, openNodeLog }: Pick<LogCluster, 'exec' | 'openNodeLog'>,
  { file, rotated }: FileOptions,
  clock: Clock,
): Promise<LogReader | undefined> {
  if (file !== undefined) return (await import('./file/reader.ts')).fileReader(exec, file);
  if (rotated) return (await import('./rotated/reader.ts')).rotatedReader({ openNodeLog, clock });
  return undefined;
}
