/** A container whose logs lie on this node. */
import type { LogSource } from '../line.ts';

/** Where a log can be read. */
export type LogPlace =
  | {
      readonly kind: 'files';
      /** As seen from inside the root, as in `/var/log/pods/default_web-1_…/web`. */
      readonly folder: string;
      /** The one file of a container that gets a new folder for every run (docker); undefined: `<run>.log`. */
      readonly file: string | undefined;
    }
  /** Only through the runtime: the container ids by the number of their run. */
  | { readonly kind: 'runtime'; readonly ids: ReadonlyMap<number, string> };

export interface LocalContainer {
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
  readonly container: string;
  /** Of the last run; undefined where nothing here tells it. */
  readonly containerId: string | undefined;
  /** The runs of which there is a log, ascending; 0 is the first. */
  readonly runs: readonly number[];
  readonly place: LogPlace;
}

/** The same for every run of a container of a pod. */
export function keyOf({ namespace, pod, podUid, container, containerId, place }: LocalContainer): string {
  const own = place.kind === 'files' && place.file !== undefined ? containerId : '';
  return `${namespace}/${pod}/${podUid}/${container}/${own}`;
}

/** What the printer knows of it: the node's own files tell no labels. */
export function sourceOf(container: LocalContainer, node: string): LogSource {
  return {
    context: undefined,
    namespace: container.namespace,
    pod: container.pod,
    podUid: container.podUid,
    container: container.container,
    containerId: container.containerId ?? '',
    node,
    labels: {},
    annotations: {},
  };
}
