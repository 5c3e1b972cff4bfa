/** Plans what is asked of the server: as few pods as possible, over few watches. */
import type { Claim } from './claim.ts';
import { intersection, type Scope } from './scope.ts';

/** One watch of pods. */
export interface PodWatch {
  /** All namespaces without it. */
  readonly namespace: string | undefined;
  readonly labelSelector: string | undefined;
  readonly fieldSelector: string | undefined;
}

export interface WatchPlanInput {
  readonly groups: readonly (readonly Claim[])[];
  readonly scope: Scope;
  readonly labelSelector: string | undefined;
  readonly fieldSelector: string | undefined;
}

/** More namespaces than this are watched as one cluster, where all of it was asked for. */
const mostNamespaces = 10;
/** More nodes than this are not watched one by one: then pods are picked as they come. */
const mostWatches = 50;

/**
 * One watch for each namespace, or for all of them; for each node in it where nodes were named, so that no list of the
 * whole cluster is needed for a few of them. What is common to all pods wanted goes to the server; the rest is left to
 * the claims' tests. No two of them give the same pod. Empty: no namespace is wanted by every group.
 */
export function planWatches(input: WatchPlanInput): readonly PodWatch[] {
  const places = placesOf(input);
  return places.flatMap((namespace) => watchesIn(namespace, input, places.length));
}

function placesOf({ groups, scope }: WatchPlanInput): readonly (string | undefined)[] {
  const wanted = intersection(groups.map(namespacesOf));
  if (scope.kind === 'named') return wanted ?? scope.names;
  const places = wanted?.filter((name) => !scope.ignored.has(name));
  return places === undefined || places.length > mostNamespaces ? [undefined] : places;
}

/** Undefined when one of the claims may be anywhere. */
function namespacesOf(group: readonly Claim[]): readonly string[] | undefined {
  const all = group.map(({ namespaces }) => namespaces);
  return all.some((namespaces) => namespaces === undefined) ? undefined : all.flatMap((namespaces) => namespaces ?? []);
}

function watchesIn(namespace: string | undefined, input: WatchPlanInput, places: number): readonly PodWatch[] {
  const { groups, scope } = input;
  const labels: (string | undefined)[] = [input.labelSelector];
  const fields: (string | undefined)[] = [input.fieldSelector];
  if (namespace === undefined && scope.kind === 'all') {
    fields.push(...[...scope.ignored].map((ignored) => `metadata.namespace!=${ignored}`));
  }
  let perNode: readonly string[] = [];
  for (const group of groups) {
    const here = group.filter(
      ({ namespaces }) => namespace === undefined || namespaces === undefined || namespaces.includes(namespace),
    );
    const common = distinct(here.map(({ labelSelector }) => labelSelector));
    if (common.length === 1) labels.push(common[0]);
    const fieldsHere = distinct(here.map(({ fieldSelector }) => fieldSelector));
    if (fieldsHere.length === 1) fields.push(fieldsHere[0]);
    else if (perNode.length === 0 && fieldsHere.length * places <= mostWatches) perNode = nodesOnly(fieldsHere);
  }
  const watch = { namespace, labelSelector: joined(labels) };
  if (perNode.length === 0) return [{ ...watch, fieldSelector: joined(fields) }];
  return perNode.map((node) => ({ ...watch, fieldSelector: joined([...fields, node]) }));
}

/** All of them, if each is about a node and only that. */
function nodesOnly(fields: readonly (string | undefined)[]): readonly string[] {
  const nodes = fields.filter((field) => field?.startsWith('spec.nodeName=') === true);
  return nodes.length === fields.length ? (nodes as readonly string[]) : [];
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}

/** Selectors are comma-separated requirements, all of which must hold. */
function joined(parts: readonly (string | undefined)[]): string | undefined {
  return distinct(parts.filter((part) => part !== undefined && part !== '')).join(',') || undefined;
}
