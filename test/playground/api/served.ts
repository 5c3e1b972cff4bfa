// A playground API server without controllers, and a client for it: real sockets, real TLS.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { realClock } from '../../../src/clock.ts';
import type { Intercept } from '../../../src/playground/api/faults.ts';
import { makeServerIdentity } from '../../../src/playground/certificates.ts';
import { kubeconfigText } from '../../../src/playground/kubeconfig.ts';
import { createRegistry } from '../../../src/playground/registry.ts';
import type { Registry, Store } from '../../../src/playground/ports.ts';
import { typeOf } from '../../../src/playground/resources.ts';
import { serveApi } from '../../../src/playground/server.ts';
import { createStore } from '../../../src/playground/store.ts';
import { connect, type Api } from '../../support/api.ts';

export interface Served {
  readonly api: Api;
  readonly store: Store;
  readonly registry: Registry;
}

/** Has the namespace `default`; gone when the test ends. */
export async function serve(intercept?: Intercept): Promise<Served> {
  const store = createStore();
  const registry = createRegistry(store, realClock);
  registry.create(typeOf('', 'namespaces'), { metadata: { name: 'default' } });
  const tls = await makeServerIdentity(realClock.now());
  const server = await serveApi({ store, registry, clock: realClock, tls, token: 'secret', intercept });
  const folder = mkdtempSync(join(tmpdir(), 'kmaint-served-'));
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigText({ url: server.url, ca: tls.ca, token: 'secret' }));
  const api = connect(kubeconfig);
  onTestFinished(async () => {
    api.close();
    await server.close();
    rmSync(folder, { recursive: true });
  });
  return { api, store, registry };
}

export const podsPath = '/api/v1/namespaces/default/pods';

/** Makes pods of these names, labelled with their own. */
export async function makePods(api: Api, ...names: string[]): Promise<void> {
  for (const name of names) {
    await api.create(podsPath, {
      metadata: { name, labels: { name } },
      spec: { containers: [{ name: 'c', image: 'i:1' }] },
    });
  }
}
