// The command lines of the control plane's programs.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { binaryPath } from './binaries.mts';
import type { KubernetesVersion } from './versions.mts';

/** Loopback ports, one per listener. */
export interface Ports {
  readonly etcdClient: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
  readonly controllerManager: number;
  readonly scheduler: number;
  readonly kwok: number;
}

/** One program to start: its name, its argv. */
export interface Component {
  readonly name: string;
  readonly argv: readonly string[];
}

// Far above what two cores can ask for: the clients' own throttle must never be what a benchmark measures.
const unthrottled = ['--kube-api-qps=2000', '--kube-api-burst=4000'];

function etcd(version: KubernetesVersion, folder: string, ports: Ports): Component {
  const client = `http://127.0.0.1:${String(ports.etcdClient)}`;
  const peer = `http://127.0.0.1:${String(ports.etcdPeer)}`;
  const argv = [
    binaryPath(version, 'etcd'),
    '--name=kmaint-test',
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=kmaint-test=${peer}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
  return { name: 'etcd', argv };
}

function apiServer(version: KubernetesVersion, folder: string, ports: Ports): Component {
  const pki = (name: string): string => join(folder, 'pki', name);
  const argv = [
    binaryPath(version, 'kube-apiserver'),
    `--etcd-servers=http://127.0.0.1:${String(ports.etcdClient)}`,
    `--secure-port=${String(ports.apiServer)}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none',
    `--tls-cert-file=${pki('apiserver.crt')}`,
    `--tls-private-key-file=${pki('apiserver.key')}`,
    `--client-ca-file=${pki('ca.crt')}`,
    `--service-account-key-file=${pki('sa.pub')}`,
    `--service-account-signing-key-file=${pki('sa.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    '--authorization-mode=Node,RBAC',
    '--service-cluster-ip-range=10.0.0.0/24',
    `--kubelet-client-certificate=${pki('kubelet-client.crt')}`,
    `--kubelet-client-key=${pki('kubelet-client.key')}`,
    '--kubelet-preferred-address-types=InternalIP',
    '--enable-bootstrap-token-auth',
    '--allow-privileged=true',
    '--disable-admission-plugins=ServiceAccount',
    '--max-requests-inflight=3000',
    '--max-mutating-requests-inflight=2000',
    '--event-ttl=15m',
  ];
  return { name: 'kube-apiserver', argv };
}

function controllerManager(version: KubernetesVersion, folder: string, ports: Ports): Component {
  const argv = [
    binaryPath(version, 'kube-controller-manager'),
    `--kubeconfig=${join(folder, 'controller-manager.kubeconfig')}`,
    '--leader-elect=false',
    '--use-service-account-credentials',
    `--service-account-private-key-file=${join(folder, 'pki', 'sa.key')}`,
    `--cluster-signing-cert-file=${join(folder, 'pki', 'ca.crt')}`,
    `--cluster-signing-key-file=${join(folder, 'pki', 'ca.key')}`,
    `--root-ca-file=${join(folder, 'pki', 'ca.crt')}`,
    // No metrics here: the autoscaler would only log errors.
    '--controllers=*,bootstrap-signer-controller,token-cleaner-controller,-horizontal-pod-autoscaler-controller',
    '--bind-address=127.0.0.1',
    `--secure-port=${String(ports.controllerManager)}`,
    ...unthrottled,
  ];
  return { name: 'kube-controller-manager', argv };
}

function scheduler(version: KubernetesVersion, folder: string, ports: Ports): Component {
  const kubeconfig = join(folder, 'scheduler.kubeconfig');
  const argv = [
    binaryPath(version, 'kube-scheduler'),
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    '--bind-address=127.0.0.1',
    `--secure-port=${String(ports.scheduler)}`,
    ...unthrottled,
  ];
  return { name: 'kube-scheduler', argv };
}

function kwok(version: KubernetesVersion, folder: string, ports: Ports): Component {
  const stages = join(import.meta.dirname, 'stages');
  const argv = [
    // So that logs.yaml, wherever the checkout is, can name the files in container-logs.
    'env',
    `--chdir=${import.meta.dirname}`,
    binaryPath(version, 'kwok'),
    `--kubeconfig=${join(folder, 'kwok.kubeconfig')}`,
    ...readdirSync(stages)
      .toSorted()
      .map((file) => `--config=${join(stages, file)}`),
    // Not --manage-all-nodes: on a cluster with real nodes it would seize those as well.
    '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
    '--node-ip=127.0.0.1',
    `--node-port=${String(ports.kwok)}`,
    `--server-address=127.0.0.1:${String(ports.kwok)}`,
    `--tls-cert-file=${join(folder, 'pki', 'kwok.crt')}`,
    `--tls-private-key-file=${join(folder, 'pki', 'kwok.key')}`,
    '--node-lease-duration-seconds=40',
    '--cidr=10.99.0.1/16', // its default collides with the range of services
  ];
  return { name: 'kwok', argv };
}

/** What has to run before the API server answers, in start order. */
export function serverComponents(version: KubernetesVersion, folder: string, ports: Ports): Component[] {
  return [etcd(version, folder, ports), apiServer(version, folder, ports)];
}

/** The API server's clients: started once it is ready, stopped before it. */
export function clientComponents(version: KubernetesVersion, folder: string, ports: Ports): Component[] {
  return [controllerManager(version, folder, ports), scheduler(version, folder, ports), kwok(version, folder, ports)];
}
