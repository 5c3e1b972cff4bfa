/** `--file`: in each container that is followed not its log is read but one file. */
import type { LogCluster } from '../../cluster/log-cluster.ts';
import type { LogReader } from '../reader.ts';
import type { StreamEnd } from '../stream/stream.ts';
import { FileStream } from './follow-file.ts';
import type { Place } from './place.ts';

/** `path` as the programs in the container understand it; it may begin with a dash. */
export function fileReader(exec: LogCluster['exec'], path: string): LogReader {
  // A container's next run begins where the one before stood: its file may be on a volume, and outlive it.
  const places = new Map<string, Place>();
  const turns = new Map<string, Promise<unknown>>();
  return (_, deps, request, sink, signal) => {
    const key = `${request.ref.namespace}/${request.ref.pod}/${request.ref.container}`;
    const run = async (before: Promise<unknown> | undefined): Promise<StreamEnd> => {
      // What is wrong with it is told where it was begun.
      await before?.catch(() => {});
      const own = {
        ...deps,
        exec,
        path,
        former: places.get(key),
        stands: (place: Place) => void places.set(key, place),
      };
      return new FileStream(own, request, sink, signal).run();
    };
    const turn = run(turns.get(key));
    turns.set(key, turn);
    void turn
      .catch(() => {})
      .finally(() => {
        if (turns.get(key) === turn) turns.delete(key);
      });
    return turn;
  };
}
