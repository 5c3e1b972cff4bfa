/** In which namespaces pods are looked for. */
import type { Selection } from './selection.ts';

export type Scope =
  | { readonly kind: 'all'; readonly ignored: ReadonlySet<string> }
  | { readonly kind: 'named'; readonly names: readonly string[] };

/**
 * The namespaces of the flags; without any, those that names bring with them where all of a group do, and else the
 * context's.
 *
 * @param contextNamespace that of the kubeconfig's context
 */
export function scopeOf({ namespaces, groups }: Selection, contextNamespace: string): Scope {
  switch (namespaces.kind) {
    case 'all':
      return namespaces;
    case 'named': {
      const names = namespaces.current ? [...namespaces.names, contextNamespace] : namespaces.names;
      return { kind: 'named', names: [...new Set(names)] };
    }
    case 'context': {
      const brought = groups.map((group) =>
        group.map((source) => (source.kind === 'nodes' ? undefined : source.namespace)),
      );
      const names = intersection(brought.map(allOf));
      return { kind: 'named', names: names ?? [contextNamespace] };
    }
  }
}

/** What is in each of the lists, each once; undefined lists do not count, and nothing but those gives undefined. */
export function intersection(lists: readonly (readonly string[] | undefined)[]): readonly string[] | undefined {
  const given = lists.filter((list) => list !== undefined);
  const [first, ...others] = given;
  return first && [...new Set(first)].filter((name) => others.every((other) => other.includes(name)));
}

/** The names, unless one of them is missing. */
function allOf(names: readonly (string | undefined)[]): readonly string[] | undefined {
  const given = names.filter((name) => name !== undefined);
  return given.length === names.length ? given : undefined;
}
