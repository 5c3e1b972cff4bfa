/** Whose lines the tests print: a container of a pod like any other. */
import type { LogSource } from '../../src/logs/line.ts';

export function aSource(differences: Partial<LogSource> = {}): LogSource {
  return {
    context: undefined,
    namespace: 'shop',
    pod: 'web-1',
    podUid: 'uid-1',
    container: 'app',
    containerId: 'containerd://1',
    node: 'node1',
    labels: {},
    annotations: {},
    ...differences,
  };
}
