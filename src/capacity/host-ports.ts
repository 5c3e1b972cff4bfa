/** Which ports of a node its pods hold. */
import type { PodScheduling } from '../cluster/pod.ts';

export type HostPort = PodScheduling['hostPorts'][number];

/** The addresses that hold each `protocol/port`. */
export type HeldPorts = Map<string, string[]>;

/** Stands for every address of the node. */
const everyAddress = '0.0.0.0';

/** Takes the ports, or gives them back. */
export function hold(held: HeldPorts, ports: readonly HostPort[], times: 1 | -1): void {
  for (const port of ports) {
    const addresses = held.get(keyOf(port)) ?? [];
    if (times === 1) addresses.push(addressOf(port));
    else if (addresses.includes(addressOf(port))) addresses.splice(addresses.indexOf(addressOf(port)), 1);
    held.set(keyOf(port), addresses);
  }
}

/** The first port that another pod holds. */
export function takenPort(held: HeldPorts, ports: readonly HostPort[]): HostPort | undefined {
  return ports.find((port) => {
    const addresses = held.get(keyOf(port)) ?? [];
    if (addressOf(port) === everyAddress) return addresses.length > 0;
    return addresses.includes(everyAddress) || addresses.includes(addressOf(port));
  });
}

function keyOf({ protocol, port }: HostPort): string {
  return `${protocol}/${port}`;
}

function addressOf({ hostIP }: HostPort): string {
  return hostIP === '' ? everyAddress : hostIP;
}
