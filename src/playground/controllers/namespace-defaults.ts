/** Plays the controllers that put something into every namespace: the default ServiceAccount, the cluster's CA. */
import type { DraftObject, ResourceType } from '../objects.ts';
import type { Controller } from '../ports.ts';
import { observe } from './informer.ts';
import { configMaps, namespaces, serviceAccounts } from './models.ts';
import { createQueue } from './queue.ts';

const rootCaName = 'kube-root-ca.crt';
// The annotation's text is part of the API: kubectl describe shows it (rootcacertpublisher/publisher.go).
const rootCaDescription =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the ' +
  'internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** `caCertificate` is PEM; without one there is no ConfigMap for it. */
export function createNamespaceDefaults(caCertificate: string | undefined): Controller {
  return (world) => {
    const { store, registry } = world;
    const queue = createQueue(world, sync);
    observe(world, [namespaces], ({ kind, object }) => {
      if (kind !== 'deleted') queue.add(object.metadata.name);
    });
    observe(world, [serviceAccounts, configMaps], ({ kind, object }) => {
      if (kind === 'deleted' && object.metadata.namespace !== undefined) queue.add(object.metadata.namespace);
    });

    function sync(name: string): void {
      const namespace = store.get(namespaces, undefined, name);
      if (!namespace || namespace.metadata.deletionTimestamp !== undefined) return;
      ensure(serviceAccounts, name, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } });
      if (caCertificate === undefined) return;
      ensure(configMaps, name, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: rootCaName, annotations: { 'kubernetes.io/description': rootCaDescription } },
        data: { 'ca.crt': caCertificate },
      });
    }

    function ensure(type: ResourceType, namespace: string, draft: DraftObject): void {
      if (!store.get(type, namespace, draft.metadata?.name ?? '')) registry.create(type, draft, { namespace });
    }
  };
}
