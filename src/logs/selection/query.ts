/** Reads the text that says whose logs are wanted: a pattern of pods' names, or `kind/name`. */
import type { LogOwnerKind } from '../../cluster/log-owner.ts';
import { kindOf, unknownKind, type QueryKind } from './kinds.ts';
import { compileGlob, splitPattern, type Compiled, type CompileRegexp, type NameTest } from './names.ts';

/** How the name of a pod is compared with the query. */
export type MatchMode = 'regex' | 'substring' | 'exact' | 'glob';

/** One thing that pods are asked for by; several of them in one query mean any. */
export type Source =
  | {
      readonly kind: 'pods';
      /** Where, if the query says so. */
      readonly namespace: string | undefined;
      readonly test: NameTest;
      /** The only name that passes the test, where there is just one. */
      readonly exactName: string | undefined;
      /** The containers that are meant, if the query says so. */
      readonly container: NameTest | undefined;
    }
  | {
      readonly kind: 'owners';
      readonly owner: LogOwnerKind;
      readonly namespace: string | undefined;
      /** As it was written: a name, or a glob of names. */
      readonly name: string;
      readonly exact: boolean;
      readonly test: NameTest;
      readonly container: NameTest | undefined;
    }
  | {
      readonly kind: 'nodes';
      /** Of the nodes. */
      readonly labelSelector: string;
    };

/**
 * Reads a query. What is separated by commas is alternatives, in every mode; each one is
 * - `kind/name`, when it holds a slash: no name of a pod does. The name is exact, but a pod's may be an anchored
 *   regular expression in mode `regex`, as in stern;
 * - in mode `glob`, `[namespace:][kind/]name[/container]` with `*` in name and container, a pod when it names no kind;
 * - else the name of a pod: an unanchored regular expression, a part of it, or the whole of it.
 */
export function parseQuery(text: string, match: MatchMode, compile: CompileRegexp): Compiled<readonly Source[]> {
  const parts = (match === 'regex' ? splitPattern(text) : text.split(',')).map((part) => part.trim());
  const given = parts.filter((part) => part !== '');
  if (given.length === 0)
    return { problem: `${JSON.stringify(text)} names nothing; give the name of a pod, or part of it` };
  const sources: Source[] = [];
  const names: string[] = [];
  for (const part of given) {
    if (match !== 'glob' && !part.includes('/')) {
      names.push(part);
      continue;
    }
    const source = match === 'glob' ? globSource(part) : kindAndName(part, match, compile);
    if ('problem' in source) return source;
    sources.push(source.value);
  }
  if (names.length === 0) return { value: sources };
  const pods = podSource(names, match, compile);
  return 'problem' in pods ? pods : { value: [pods.value, ...sources] };
}

/** `[namespace/]name` as kail's flags take it, always exact; nodes are in no namespace. */
export function parseOwnerName(kind: QueryKind, text: string): Compiled<Source> {
  const parts = text.split('/');
  const name = parts.at(-1) ?? '';
  const namespace = parts.length > 1 ? parts[0] : undefined;
  const form = kind === 'Node' ? 'the name of a node' : 'of the form [namespace/]name';
  if (parts.length > (kind === 'Node' ? 1 : 2) || !isName(name) || (namespace !== undefined && !isName(namespace))) {
    return { problem: `${JSON.stringify(text)} is not ${form}` };
  }
  return { value: namedSource(kind, name, namespace, undefined) };
}

function podSource(names: readonly string[], match: MatchMode, compile: CompileRegexp): Compiled<Source> {
  const one = { kind: 'pods', namespace: undefined, container: undefined } as const;
  if (match === 'regex') {
    // One expression of several alternatives, so that flags like (?i) go on holding for those that follow.
    const compiled = compile(names.join('|'));
    if ('problem' in compiled) return compiled;
    const { value: regexp } = compiled;
    return { value: { ...one, test: (name) => regexp.test(name), exactName: undefined } };
  }
  if (match === 'substring') {
    return { value: { ...one, test: (name) => names.some((part) => name.includes(part)), exactName: undefined } };
  }
  const wrong = names.find((name) => !isName(name));
  if (wrong !== undefined) return { problem: notAName(wrong) };
  const exact = new Set(names);
  return { value: { ...one, test: (name) => exact.has(name), exactName: exact.size === 1 ? names[0] : undefined } };
}

function kindAndName(part: string, match: MatchMode, compile: CompileRegexp): Compiled<Source> {
  const [word = '', name = '', ...rest] = part.split('/');
  const kind = kindOf(word);
  if (kind === undefined) return { problem: `${unknownKind(word)} (${JSON.stringify(part)} is read as kind/name)` };
  if (name === '' || rest.length > 0) return { problem: `${JSON.stringify(part)} is not of the form kind/name` };
  if (isName(name)) return { value: namedSource(kind, name, undefined, undefined) };
  if (kind !== 'Pod' || match !== 'regex') return { problem: notAName(name) };
  const compiled = compile(`^(?:${name})$`);
  if ('problem' in compiled) return compiled;
  const { value: regexp } = compiled;
  const test: NameTest = (pod) => regexp.test(pod);
  return { value: { kind: 'pods', namespace: undefined, test, exactName: undefined, container: undefined } };
}

function globSource(part: string): Compiled<Source> {
  const form = `${JSON.stringify(part)} is not of the form [namespace:][kind/]name[/container]`;
  const colon = part.indexOf(':');
  const namespace = colon === -1 ? undefined : part.slice(0, colon);
  if (namespace !== undefined && !isName(namespace)) return { problem: form };
  const words = part.slice(colon + 1).split('/');
  const kind = words.length > 1 ? kindOf(words[0] ?? '') : undefined;
  if (words.length === 3 && kind === undefined) return { problem: unknownKind(words[0] ?? '') };
  const [name = '', container, ...rest] = kind === undefined ? words : words.slice(1);
  if (rest.length > 0 || container === '') return { problem: form };
  if (![name, container ?? 'a'].every((glob) => isName(glob.replaceAll('*', 'a')))) return { problem: form };
  return {
    value: namedSource(kind ?? 'Pod', name, namespace, container === undefined ? undefined : compileGlob(container)),
  };
}

function namedSource(
  kind: QueryKind,
  name: string,
  namespace: string | undefined,
  container: NameTest | undefined,
): Source {
  const exact = !name.includes('*');
  const test = compileGlob(name);
  return kind === 'Pod'
    ? { kind: 'pods', namespace, test, exactName: exact ? name : undefined, container }
    : { kind: 'owners', owner: kind, namespace, name, exact, test, container };
}

function isName(text: string): boolean {
  return /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/.test(text);
}

function notAName(text: string): string {
  return `${JSON.stringify(text)} cannot be a name in Kubernetes (lower-case letters, digits, - and .)`;
}
