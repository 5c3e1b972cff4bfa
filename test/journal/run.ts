/** What a run says of itself when it begins. */
import type { NewRun } from '../../src/journal/store.ts';

export function aRun(differences: Partial<NewRun> = {}): NewRun {
  return {
    verb: 'drain',
    identity: { context: 'test', server: 'https://127.0.0.1:6443', user: 'admin' },
    command: 'kmaint drain node1 node2',
    options: { parallel: { count: 1 } },
    leftOut: [],
    nodes: [
      { name: 'node1', uid: 'uid-of-node1', wasCordoned: false },
      { name: 'node2', uid: 'uid-of-node2', wasCordoned: true },
    ],
    ...differences,
  };
}
