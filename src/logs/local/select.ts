/** Which of the node's containers a query means. */
import type { LocalContainer } from './container.ts';

export interface LocalFilter {
  /** What was typed: a pod, `namespace/pod`, a container, a container id or an expression; undefined: all. */
  readonly query: string | undefined;
  /** The query as an expression on names of pods; undefined without a query. */
  readonly pattern: ((podName: string) => boolean) | undefined;
  /** Undefined: all. */
  readonly namespaces: readonly string[] | undefined;
  /** Undefined: all. */
  readonly container: ((containerName: string) => boolean) | undefined;
}

/** What a query turned out to be, the surest first. */
export type Meaning = 'everything' | 'pod' | 'container' | 'id' | 'pattern';

export interface Selection {
  /** Undefined when nothing fits yet. */
  readonly meaning: Meaning | undefined;
  readonly containers: readonly LocalContainer[];
}

/** What a text came to, or one sentence that says what is wrong with it. */
type Parsed<T> = { readonly value: T } | { readonly problem: string };

/**
 * @param compilePattern makes a test out of a regular expression, in the dialect of `kmaint logs`
 */
export function compileLocalFilter(
  text: string | undefined,
  { namespaces, container }: Partial<Pick<LocalFilter, 'namespaces' | 'container'>>,
  compilePattern: (source: string) => Parsed<(text: string) => boolean>,
): Parsed<LocalFilter> {
  const query = text === undefined || text === '' ? undefined : text;
  const pattern = query === undefined ? undefined : compilePattern(query);
  if (pattern && 'problem' in pattern) return pattern;
  return { value: { query, pattern: pattern?.value, namespaces, container } };
}

const meanings = ['pod', 'container', 'id', 'pattern'] as const;

/**
 * A name that a pod has is that pod and no expression; so with containers and ids after that.
 *
 * @param settled what the query meant before, when the same is asked again
 */
export function selectContainers(
  containers: readonly LocalContainer[],
  filter: LocalFilter,
  settled?: Meaning,
): Selection {
  const within = containers.filter(
    (one) => (filter.namespaces?.includes(one.namespace) ?? true) && (filter.container?.(one.container) ?? true),
  );
  if (filter.query === undefined) return { meaning: 'everything', containers: within };
  for (const meaning of settled === undefined ? meanings : [settled]) {
    const chosen = within.filter((one) => fits(one, filter, meaning));
    if (chosen.length > 0) return { meaning, containers: chosen };
  }
  return { meaning: settled, containers: [] };
}

function fits(one: LocalContainer, { query = '', pattern }: LocalFilter, meaning: Meaning): boolean {
  switch (meaning) {
    case 'everything':
      return true;
    case 'pod':
      return query === one.pod || query === `${one.namespace}/${one.pod}` || isKindQuery(query, one.pod);
    case 'container':
      return query === one.container;
    case 'id':
      return hasId(one, query);
    case 'pattern':
      return pattern?.(one.pod) ?? true;
  }
}

function isKindQuery(query: string, pod: string): boolean {
  return ['pod', 'pods', 'po'].some((kind) => query === `${kind}/${pod}`);
}

/** Four digits or more from its start, perhaps with the runtime before it as in a pod's status. */
function hasId({ containerId, place }: LocalContainer, query: string): boolean {
  const id = query.replace(/^[a-z][a-z0-9+.-]*:\/\//, '');
  if (!/^[0-9a-f]{4,64}$/.test(id)) return false;
  const ids = place.kind === 'runtime' ? [...place.ids.values()] : [];
  return [containerId ?? '', ...ids].some((one) => one.startsWith(id));
}
