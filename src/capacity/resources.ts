/** What is free on a node, and what of a pod's requests does not go in. */
import type { Pod } from '../cluster/pod.ts';
import type { Resources } from '../cluster/resources.ts';

/** One pod, in thousandths, as all resources are counted. */
const onePod = 1000;

type Footprint = readonly (readonly [string, number])[];

/** Pods of one template share their requests. */
const known = new WeakMap<Resources, Footprint>();

/** All that a pod takes from its node, its own place among the node's pods too. */
export function footprint({ requests }: Pick<Pod, 'requests'>): Footprint {
  const former = known.get(requests);
  if (former) return former;
  const asked = Object.entries(requests).filter(([name, amount]) => amount > 0 && name !== 'pods');
  const made: Footprint = [...asked, ['pods', onePod]];
  known.set(requests, made);
  return made;
}

/** Takes from what is free; more than there is leaves less than nothing, as on nodes whose pods came past the scheduler. */
export function take(free: Record<string, number>, asked: Footprint, times: 1 | -1): void {
  for (const [name, amount] of asked) free[name] = (free[name] ?? 0) - times * amount;
}

/** Names of the resources of which there is too little; a resource that the node does not list is not there. */
export function shortOf(free: Resources, asked: Footprint): readonly string[] {
  let short: string[] | undefined;
  for (const [name, amount] of asked) {
    if (amount > (free[name] ?? 0)) (short ??= []).push(name);
  }
  return short ?? noResource;
}

const noResource: readonly string[] = [];
