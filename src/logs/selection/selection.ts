/** Compiles what the user said about pods and containers, before anything is asked of a cluster. */
import { parseSelector, type LabelMatcher } from '../../cluster/selector.ts';
import { UsageError } from '../../errors.ts';
import { parseCondition, type PodCondition } from './condition.ts';
import type { ContainerRules } from './containers.ts';
import { typed, type QueryKind } from './kinds.ts';
import { compilePatterns, type Compiled, type CompileRegexp, type NameTest } from './names.ts';
import type { ContainerState, SelectionOptions } from './options.ts';
import { parseOwnerName, parseQuery, type Source } from './query.ts';

/** What is to be followed, still by name: nothing of it has been looked up. */
export interface Selection {
  /** A pod must come from any source of each group; no group at all means every pod. */
  readonly groups: readonly (readonly Source[])[];
  readonly namespaces:
    | { readonly kind: 'all'; readonly ignored: ReadonlySet<string> }
    | { readonly kind: 'named'; readonly names: readonly string[]; readonly current: boolean }
    /** Nothing was said: the context's, or those that names bring with them. */
    | { readonly kind: 'context' };
  /** For the server; empty texts are undefined. */
  readonly labelSelector: string | undefined;
  readonly fieldSelector: string | undefined;
  readonly ignored: readonly LabelMatcher[];
  readonly excludedPods: NameTest | undefined;
  readonly condition: PodCondition | undefined;
  readonly containers: ContainerRules;
  /** Undefined: all. */
  readonly states: ReadonlySet<ContainerState> | undefined;
  readonly ownerFilter: boolean;
  /** Neither a query nor anything else narrows the pods: worth a word to the user. */
  readonly everyPod: boolean;
}

export interface SelectionDeps {
  readonly compileRegexp: CompileRegexp;
}

export type CompiledSelection = { readonly value: Selection } | { readonly problems: readonly string[] };

/** All that is wrong is listed at once, each in one sentence; nothing is sent. */
export function compileSelection(options: SelectionOptions, { compileRegexp }: SelectionDeps): CompiledSelection {
  const problems: string[] = [];
  const problem = (text: string): void => void problems.push(text);
  const take = <T>(compiled: Compiled<T>, flag: string): T | undefined => {
    if ('value' in compiled) return compiled.value;
    problem(flag === '' ? compiled.problem : `${flag}: ${compiled.problem}`);
    return undefined;
  };
  const groups = [
    options.query.flatMap((text) => take(parseQuery(text, options.match, compileRegexp), '') ?? []),
    ...kindGroups(options, take),
    ...nodeGroups(options, take),
  ].filter((group) => group.length > 0);
  for (const text of options.selector) take(labelMatcher(text), '--selector');
  const ignored = options.ignoreLabels.flatMap((text) => take(labelMatcher(text), '--ignore') ?? []);
  const excludedPods = compilePatterns(options.excludePods, '--exclude-pod', compileRegexp, problem);
  const { condition: conditionText } = options;
  const condition = conditionText === undefined ? undefined : take(parseCondition(conditionText), '--condition');
  if (conditionText !== undefined && options.follow && options.tailLines !== 0) {
    problem('--condition goes with --tail=0 or --no-follow: a pod that meets it again would show its past again');
  }
  const containers = containerRules(options, compileRegexp, problem);
  const namespaces = namespacesOf(options);
  checkNamespaces(namespaces, groups, problem);
  if (problems.length > 0) return { problems };
  const { selector, fieldSelector } = options;
  return {
    value: {
      groups,
      namespaces,
      labelSelector: selector.filter((text) => text.trim() !== '').join(',') || undefined,
      fieldSelector: fieldSelector?.trim() || undefined,
      ignored,
      excludedPods,
      condition,
      containers,
      states: options.containerStates.length === 0 ? undefined : new Set(options.containerStates),
      ownerFilter: options.ownerFilter,
      everyPod: groups.length === 0 && selector.every((text) => text.trim() === '') && !fieldSelector?.trim(),
    },
  };
}

type Take = <T>(compiled: Compiled<T>, flag: string) => T | undefined;

/** kail's rule: the same flag again means any, different flags mean all. */
function kindGroups({ kinds }: SelectionOptions, take: Take): readonly (readonly Source[])[] {
  return Object.entries(kinds).map(([kind, names]) =>
    names.flatMap((name) => {
      const source = take(parseOwnerName(kind as QueryKind, name), `--${typed(kind as QueryKind, '').slice(0, -1)}`);
      return source ?? [];
    }),
  );
}

const topology = [
  ['regions', 'topology.kubernetes.io/region'],
  ['zones', 'topology.kubernetes.io/zone'],
  ['os', 'kubernetes.io/os'],
  ['arch', 'kubernetes.io/arch'],
] as const;

function nodeGroups(options: SelectionOptions, take: Take): readonly (readonly Source[])[] {
  const named = options.nodes.flatMap((text) => {
    if (!/[=!(]/.test(text)) return take(parseOwnerName('Node', text), '--node') ?? [];
    return take(labelMatcher(text), '--node') ? { kind: 'nodes' as const, labelSelector: text } : [];
  });
  const parts = topology.flatMap(([list, label]) =>
    options[list].length === 0 ? [] : [`${label} in (${options[list].join(',')})`],
  );
  const places = parts.flatMap((part) => (take(labelMatcher(part), 'place of a node') ? [part] : []));
  return [named, places.length === 0 ? [] : [{ kind: 'nodes', labelSelector: places.join(',') }]];
}

function containerRules(
  options: SelectionOptions,
  compile: CompileRegexp,
  problem: (text: string) => void,
): ContainerRules {
  const patterns = options.container === undefined ? [] : [options.container];
  return {
    pattern: compilePatterns(patterns, '--container', compile, problem),
    names: new Set(options.containerNames),
    excluded: compilePatterns(options.excludeContainers, '--exclude-container', compile, problem),
    init: options.initContainers,
    ephemeral: options.ephemeralContainers,
    defaultOnly: options.defaultContainerOnly,
  };
}

function namespacesOf(options: SelectionOptions): Selection['namespaces'] {
  if (options.allNamespaces) return { kind: 'all', ignored: new Set(options.ignoreNamespaces) };
  const { currentNamespace: current } = options;
  // A list that ends with a comma has an empty name, which would stand for all namespaces on the wire.
  const names = options.namespaces.map((name) => name.trim()).filter((name) => name !== '');
  if (names.length === 0 && !current) return { kind: 'context' };
  return { kind: 'named', names: [...new Set(names)], current };
}

/** A name that brings its own namespace must not ask for one that is not followed: that would wait for ever. */
function checkNamespaces(
  namespaces: Selection['namespaces'],
  groups: readonly (readonly Source[])[],
  problem: (text: string) => void,
): void {
  if (namespaces.kind !== 'named' || namespaces.current) return;
  const { names } = namespaces;
  for (const source of groups.flat()) {
    if (source.kind === 'nodes' || source.namespace === undefined || names.includes(source.namespace)) continue;
    problem(
      `the query asks for namespace ${source.namespace}, but --namespace only allows ${names.join(', ')}; add it there, or leave --namespace out`,
    );
  }
}

function labelMatcher(text: string): Compiled<LabelMatcher> {
  try {
    return { value: parseSelector(text) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { problem: `${error.message}; write one as for kubectl -l: app=web,tier!=cache` };
  }
}
