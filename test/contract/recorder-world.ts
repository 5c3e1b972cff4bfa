/** Where the recorder plays: one server, its watches of everything, and a fresh namespace for each sequence. */
import { randomBytes } from 'node:crypto';
import type { Api } from '../support/api.ts';
import { startWatch, type WatchEvent, type Watching } from './watching.ts';

const watched = { pods: '/api/v1/pods', configmaps: '/api/v1/configmaps' } as const;
export type Watched = keyof typeof watched;

export interface World {
  readonly api: Api;
  readonly namespace: string;
  /** Every node's name begins with it. */
  readonly prefix: string;
  /** What the watches have seen of this namespace so far. */
  seen(resource: Watched): Promise<readonly WatchEvent[]>;
}

export interface Side {
  /** An empty world. It is not taken down: nobody there could finish a namespace, and the server ends with the test. */
  createWorld(): Promise<World>;
  close(): void;
}

// Marks of the end stand in a namespace that no sequence can delete.
const marks = 'rec-marks';

/** Opens the watches: once for all sequences, because a connection costs more than a sequence. */
export async function openSide(api: Api): Promise<Side> {
  await api.request('POST', '/api/v1/namespaces', { metadata: { name: marks } });
  const watches = {
    pods: await startWatch(api, watched.pods),
    configmaps: await startWatch(api, watched.configmaps),
  } satisfies Record<Watched, Watching>;
  return {
    async createWorld() {
      const namespace = `rec-${randomBytes(5).toString('hex')}`;
      await api.create('/api/v1/namespaces', { metadata: { name: namespace } });
      const isMine = ({ object }: WatchEvent): boolean => object.metadata.namespace === namespace;
      return {
        api,
        namespace,
        prefix: namespace,
        async seen(resource) {
          const watch = watches[resource];
          await api.create(`/api/v1/namespaces/${marks}/${resource}`, {
            metadata: { name: namespace },
            ...(resource === 'pods' ? { spec: { containers: [{ name: 'app', image: 'kmaint.test/app' }] } } : {}),
          });
          await watch.find(`the last of ${resource}`, ({ object }) => object.metadata.name === namespace);
          return watch.events.filter((event) => isMine(event));
        },
      };
    },
    close() {
      for (const watch of Object.values(watches)) watch.close();
    },
  };
}
