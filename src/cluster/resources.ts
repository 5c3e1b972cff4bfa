/** What a pod asks of a node and what a node offers, by resource. */
import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import { milliValue } from './quantity.ts';
import type { Wire } from './wire.ts';

/** By name of the resource (`cpu`, `memory`, `pods`, `example.com/gpu`): thousandths of its unit. */
export type Resources = Readonly<Record<string, number>>;

/** Reads a map of quantities; what is no quantity counts as nothing. */
export function resourcesOf(raw: Quantities | undefined): Resources {
  const resources: Record<string, number> = {};
  readInto(resources, raw);
  return resources;
}

type Quantities = Readonly<Record<string, string>>;

function readInto(resources: Record<string, number>, raw: Quantities | undefined): void {
  if (raw) for (const name of Object.keys(raw)) resources[name] = milliValue(raw[name] ?? '') ?? 0;
}

/**
 * A pod's effective request: containers and sidecars together, or the largest moment of its start, and its overhead; what
 * the pod asks for as a whole (`spec.resources`) wins. Source: component-helpers `resource.PodRequests`.
 */
export function podRequests(spec: Wire<V1PodSpec> | undefined): Resources {
  const running: Record<string, number> = {};
  const starting: Record<string, number> = {};
  for (const container of spec?.containers ?? []) add(running, requestOf(container));
  const sidecars: Record<string, number> = {};
  for (const container of spec?.initContainers ?? []) {
    const request = requestOf(container);
    if (container.restartPolicy === 'Always') {
      add(running, request);
      add(sidecars, request);
      raise(starting, sidecars);
    } else {
      const moment = { ...sidecars };
      add(moment, request);
      raise(starting, moment);
    }
  }
  raise(running, starting);
  for (const [name, value] of Object.entries(resourcesOf(spec?.resources?.requests))) running[name] = value;
  add(running, resourcesOf(spec?.overhead));
  return running;
}

function requestOf({ resources }: Wire<V1Container>): Resources {
  const request: Record<string, number> = {};
  // The server copies limits to missing requests; only hand-made objects lack them.
  readInto(request, resources?.limits);
  readInto(request, resources?.requests);
  return request;
}

function add(to: Record<string, number>, more: Resources): void {
  for (const name of Object.keys(more)) to[name] = (to[name] ?? 0) + (more[name] ?? 0);
}

function raise(to: Record<string, number>, least: Resources): void {
  for (const name of Object.keys(least)) to[name] = Math.max(to[name] ?? 0, least[name] ?? 0);
}
