// Removes a scenario, also when its pods do not want to go.

import { waitFor } from './api.ts';
import type { Api } from './api.ts';
import type { TestPod } from './workloads.ts';

const now = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, propagationPolicy: 'Background' };

async function removePods(api: Api, namespace: string): Promise<true | undefined> {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const pods = await api.list<TestPod>(path);
  if (pods.length === 0) return true;
  const held = pods.filter((pod) => pod.metadata.finalizers !== undefined);
  await Promise.all(
    held.map((pod) =>
      api.request(
        'PATCH',
        `${path}/${pod.metadata.name}`,
        { metadata: { finalizers: null } },
        {
          contentType: 'application/merge-patch+json',
        },
      ),
    ),
  );
  await api.delete(path, now);
  return undefined;
}

/** Deletes a node and its Lease: left behind, the Lease would keep kwok from playing a new node of the same name. */
async function removeNode(api: Api, name: string): Promise<void> {
  const path = `/api/v1/nodes/${name}`;
  await api.request('PATCH', path, { metadata: { finalizers: null } }, { contentType: 'application/merge-patch+json' });
  await api.delete(path);
  await waitFor(`node ${name} to be gone`, async () => ((await api.find(path)) === undefined ? true : undefined));
  await api.delete(`/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`);
}

/** Deletes workloads, pods, nodes; the emptied namespaces finish by themselves. */
export async function dispose(api: Api, namespaces: readonly string[], nodeNames: readonly string[]): Promise<void> {
  await Promise.all(
    namespaces.map(async (namespace) => {
      const kinds = ['deployments', 'statefulsets', 'daemonsets', 'replicasets'];
      // Each is deleted in a terminating namespace first, where no controller can make pods any more.
      await api.delete(`/api/v1/namespaces/${namespace}`);
      await Promise.all(kinds.map((kind) => api.delete(`/apis/apps/v1/namespaces/${namespace}/${kind}`, now)));
      await waitFor(`the pods of ${namespace} to be gone`, () => removePods(api, namespace), { everyMs: 100 });
    }),
  );
  await Promise.all(nodeNames.map((name) => removeNode(api, name)));
}
