/** What a pod asks of a node and what a node offers, by resource. */
import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import { milliValue } from './quantity.ts';
import type { Wire } from './wire.ts';

/** By name of the resource (`cpu`, `memory`, `pods`, `example.com/gpu`): thousandths of its unit. */
export type Resources = Readonly<Record<string, number>>;

/** Reads a map of quantities; what is no quantity counts as nothing. */
export function resourcesOf(raw: Readonly<Record<string, string>> | undefined): Resources {
  return Object.fromEntries(Object.entries(raw ?? {}).map(([name, text]) => [name, milliValue(text) ?? 0]));
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

function requestOf(container: Wire<V1Container>): Resources {
  // The server copies limits to missing requests; only hand-made objects lack them.
  return { ...resourcesOf(container.resources?.limits), ...resourcesOf(container.resources?.requests) };
}

function add(to: Record<string, number>, more: Resources): void {
  for (const [name, value] of Object.entries(more)) to[name] = (to[name] ?? 0) + value;
}

function raise(to: Record<string, number>, least: Resources): void {
  for (const [name, value] of Object.entries(least)) to[name] = Math.max(to[name] ?? 0, value);
}
