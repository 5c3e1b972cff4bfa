/** Pods that the rest of the cluster cannot do without, by the labels and names that their distributions give them. */
import type { Pod } from '../cluster/pod.ts';
import type { Workload } from '../cluster/workload.ts';

/** Controllers of networks (CNI) that run as a Deployment. */
const networkControllers: ReadonlySet<string> = new Set([
  'antrea-controller',
  'calico-kube-controllers',
  'calico-typha',
  'cilium-operator',
  'kube-ovn-controller',
  'ovnkube-control-plane',
  'ovnkube-master',
  'tigera-operator',
]);

/** What happens while no replica of this pod's workload is ready; undefined for workloads of no such role. */
export function systemRole(pod: Pod, owner: Workload | undefined): string | undefined {
  const app = pod.labels['k8s-app'] ?? owner?.labels['k8s-app'];
  if (app === 'kube-dns') return 'names are not resolved until one is ready again';
  const names = [owner?.name, app, pod.labels['name'], pod.labels['app.kubernetes.io/name']];
  if (names.some((name) => name !== undefined && networkControllers.has(name))) {
    return 'new pods may get no network until one is ready again';
  }
  return undefined;
}
