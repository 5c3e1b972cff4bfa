/** Finds out whether a drain would cut the branch that kmaint itself sits on: its own pod, its own API server. */
import type { Node } from '../cluster/node.ts';
import { podName, type Pod } from '../cluster/pod.ts';

/** Where this kmaint runs, and what it talks to. */
export interface Surroundings {
  /** Of it: KUBERNETES_SERVICE_HOST, HOSTNAME, POD_NAME, POD_NAMESPACE. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** URL of the API server. */
  readonly server: string;
  /** Pods of the nodes to be drained. */
  readonly pods: readonly Pod[];
  /** The pod's name where it is known otherwise. */
  readonly podName?: string | undefined;
}

export interface SelfFinding {
  readonly node: string;
  /** `refuse`: unless `--yes` is given; the pod of `podUid` then goes last. */
  readonly severity: 'refuse' | 'warn';
  readonly message: string;
  /** The pod that this kmaint runs in. */
  readonly podUid?: string;
}

/** What speaks against draining each of these nodes from here, in their order; empty when nothing does. */
export function selfChecks(nodes: readonly Node[], surroundings: Surroundings): readonly SelfFinding[] {
  return nodes.flatMap((node) => [...podFindings(node, surroundings), ...endpointFindings(node, surroundings)]);
}

/** A pod's host name is its own name, unless it uses the host's network; then it is the node's. */
function podFindings(node: Node, { env, pods, podName: given }: Surroundings): readonly SelfFinding[] {
  // Set by the kubelet in every container, and elsewhere by nobody.
  if (filled(env['KUBERNETES_SERVICE_HOST']) === undefined) return [];
  const name = filled(given) ?? filled(env['POD_NAME']) ?? filled(env['HOSTNAME']);
  const namespace = filled(env['POD_NAMESPACE']);
  const own = pods.filter(
    (pod) =>
      pod.nodeName === node.name &&
      pod.name === name &&
      !pod.finished &&
      (namespace === undefined || pod.namespace === namespace),
  );
  if (own.length > 0) return own.map((pod) => ownPod(node, pod));
  if (name === undefined) {
    const message = `kmaint runs in a pod, and nothing says in which: if that is on ${node.name}, the drain ends it; set POD_NAME and POD_NAMESPACE`;
    return [{ node: node.name, severity: 'warn', message }];
  }
  if (name !== node.name) return [];
  const message = `kmaint runs in a pod on ${node.name} itself, and which one is not known: its drain may end this run; run it elsewhere, or set POD_NAME and POD_NAMESPACE`;
  return [{ node: node.name, severity: 'refuse', message }];
}

function ownPod(node: Node, pod: Pod): SelfFinding {
  // These are left alone by a drain.
  if (pod.mirror || pod.controller?.kind === 'DaemonSet') {
    const message = `kmaint runs in ${podName(pod)} on ${node.name} itself: the drain leaves that pod alone, but what follows may end it`;
    return { node: node.name, severity: 'warn', message };
  }
  const message = `kmaint runs in ${podName(pod)} on ${node.name} itself: its drain would end this run; run it elsewhere, or let that pod go last with --yes`;
  return { node: node.name, severity: 'refuse', message, podUid: pod.uid };
}

/** Loopback is left out: a tunnel or a test's node ends there, and says nothing about the machine. */
function endpointFindings(node: Node, { server }: Surroundings): readonly SelfFinding[] {
  const host = hostnameOf(server);
  if (host === undefined || host === '' || isLoopback(host)) return [];
  if (!node.addresses.some(({ address }) => hostOf(address) === host)) return [];
  const message = `the API server that kmaint talks to (${server}) is ${node.name} itself: when it stops, this run loses the cluster; use the address of another control-plane node or of a load balancer`;
  return [{ node: node.name, severity: 'warn', message }];
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host.startsWith('127.');
}

/** An address as it stands in a URL: names in lower case, IPv6 in brackets and in its short form. */
function hostOf(address: string): string | undefined {
  return hostnameOf(`https://${address.includes(':') ? `[${address}]` : address}`);
}

/** Undefined for what is no URL. */
function hostnameOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

function filled(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}
