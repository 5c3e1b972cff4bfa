/** What the log server serves: pods, and what their containers wrote. */

/** What the log of a container is made of. */
export type LogContent =
  /** Lines of a fixed length with their number in them, a microsecond apart: loss and doubling can be counted. */
  | { readonly kind: 'numbered'; readonly lines: number }
  /** Nothing, then while it is followed a line every so often with the time in it at which it was sent. */
  | { readonly kind: 'quiet'; readonly everyMs: number }
  /** These bytes, one line after the other `stepMs` apart. */
  | { readonly kind: 'text'; readonly bytes: Uint8Array; readonly startMs: number; readonly stepMs: number };

export interface ServedContainer {
  readonly name: string;
  readonly kind: 'init' | 'regular' | 'ephemeral';
  readonly state: 'running' | 'terminated' | 'waiting';
  readonly content: LogContent;
}

export interface ServedPod {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The condition `Ready`. */
  readonly ready: boolean;
  readonly containers: readonly ServedContainer[];
  /** Its controller. */
  readonly owner?: { readonly apiVersion: string; readonly kind: string; readonly name: string; readonly uid: string };
}

export interface LogWorld {
  readonly pods: readonly ServedPod[];
  /** Other objects by path, such as a Deployment whose name is asked for. */
  readonly objects: Readonly<Record<string, object>>;
}

/** The namespace of {@link sameOf}, and the value of the label `app` of its pods. */
export const benchNamespace = 'bench';

/** So many pods of one container each, all of which wrote the same. */
export function sameOf(count: number, content: LogContent): LogWorld {
  const pods = Array.from({ length: count }, (_, index) => ({
    namespace: benchNamespace,
    name: podName(index),
    node: `node-${String(index % 10)}`,
    labels: { app: benchNamespace },
    annotations: {},
    ready: true,
    containers: [{ name: 'main', kind: 'regular', state: 'running', content } as const],
  }));
  return { pods, objects: {} };
}

/** All of one length, so that the size of an output can be computed. */
export function podName(index: number): string {
  return `bench-${String(index).padStart(3, '0')}`;
}
