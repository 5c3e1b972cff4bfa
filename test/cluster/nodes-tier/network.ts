// The wires between the nodes: a bridge in a network namespace of its own, one end of it on the host.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDetached } from '../processes.ts';
import type { ProcessIdentity } from '../processes.ts';
import { notedPlace } from './nodes-state.ts';
import { nodeNetwork, serviceRange } from './shape.ts';
import type { NodePlan } from './shape.ts';
import { runTool } from './tool.ts';

/** The only link that the host gets. */
export const hostLink = 'kmaint0';

const hostLinkExists = (): boolean => existsSync(`/sys/class/net/${hostLink}`);

function inNetwork(pid: number, script: string): Promise<string> {
  return runTool(['nsenter', '-t', String(pid), '-n', 'sh', '-ec', script]);
}

/**
 * To be asked before anything is started, so that nothing of somebody else's nodes is cleaned up after a failure.
 * @throws {Error} when the host has the link already
 */
export function assertNoOtherNodes(): void {
  if (!hostLinkExists()) return;
  const place = notedPlace();
  const stop = place === undefined ? `ip link delete ${hostLink}` : `KMAINT_TEST_CACHE=${place} npm run cluster:down`;
  throw new Error(`other real nodes are up on this machine (they have its link ${hostLink}). Stop them first: ${stop}`);
}

/**
 * Starts the process that holds the bridge's namespace: when it ends, bridge and host link are gone with it.
 * The bridge is not the host's own, so that no firewall of the host can cut nodes from each other.
 */
export function startSwitch(folder: string): ProcessIdentity {
  const argv = ['unshare', '--net', '--', 'sleep', 'infinity'];
  return startDetached('switch', argv, join(folder, 'logs', 'switch.log'), folder);
}

async function hasOwnNetwork(pid: number): Promise<boolean> {
  const [own, host] = await Promise.all(
    [String(pid), 'self'].map((one) => runTool(['readlink', `/proc/${one}/ns/net`]).catch(() => '')),
  );
  return own !== '' && own !== host;
}

/** Sets the bridge up and gives the host its address on it. */
export async function wireSwitch({ pid }: ProcessIdentity): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!(await hasOwnNetwork(pid))) {
    if (Date.now() >= deadline) throw new Error('unshare --net made no network namespace');
    await sleep(20);
  }
  await runTool(['ip', 'link', 'add', hostLink, 'type', 'veth', 'peer', 'name', 'host', 'netns', String(pid)]);
  await inNetwork(
    pid,
    'ip link add bridge type bridge; ip link set bridge up; ip link set host master bridge; ip link set host up',
  );
  const { hostAddress, prefixLength } = nodeNetwork;
  await runTool(['ip', 'address', 'add', `${hostAddress}/${String(prefixLength)}`, 'dev', hostLink]);
  await runTool(['ip', 'link', 'set', hostLink, 'up']);
}

/**
 * Plugs a node into the bridge. It gets routes to the other nodes' pods and to Services, but none to anywhere else:
 * nothing leaves the machine.
 */
export async function wireNode(
  { pid }: ProcessIdentity,
  initPid: number,
  node: NodePlan,
  all: readonly NodePlan[],
): Promise<void> {
  await inNetwork(
    pid,
    [
      `ip link add ${node.name} type veth peer name eth0 netns ${String(initPid)}`,
      `ip link set ${node.name} master bridge`,
      `ip link set ${node.name} up`,
    ].join('\n'),
  );
  const others = all.filter(({ name }) => name !== node.name);
  await inNetwork(
    initPid,
    [
      'ip link set lo up',
      `ip address add ${node.address}/${String(nodeNetwork.prefixLength)} dev eth0`,
      'ip link set eth0 up',
      // Written from here it is the node's own: /proc/sys/net shows the namespace of whoever looks.
      'echo 1 >/proc/sys/net/ipv4/ip_forward',
      `ip route add ${serviceRange} dev eth0`,
      ...others.map(({ podRange, address }) => `ip route add ${podRange} via ${address}`),
    ].join('\n'),
  );
}

/** Waits until the host link is gone, which happens by itself once the switch has ended; takes it away otherwise. */
export async function removeHostLink(): Promise<void> {
  const deadline = Date.now() + 5000;
  while (hostLinkExists() && Date.now() < deadline) await sleep(50);
  if (hostLinkExists()) await runTool(['ip', 'link', 'delete', hostLink]);
}
