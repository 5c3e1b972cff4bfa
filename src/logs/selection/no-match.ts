/** Says that nothing was found to read: what was asked for, where, and how to see what is there. */
import { shellQuoted } from '../../cli/command-line.ts';
import type { Kubectl } from '../../cli/kubectl.ts';
import { typed, type QueryKind } from './kinds.ts';
import type { SelectionOptions } from './options.ts';

/** Where was looked, and what was there. */
export interface Looked {
  /** As they were given; empty: the current one. */
  readonly contexts: readonly string[];
  /** In which pods may lie; undefined: all. */
  readonly namespaces: readonly string[] | undefined;
  /** That match; of their containers none has a log that is wanted. */
  readonly pods: number;
  /** Of each of them. */
  readonly kubectls: readonly Kubectl[];
}

/** For a run that reads once. */
export function nothingRead(asked: SelectionOptions, looked: Looked): string {
  return `${found(asked, looked, '')}: nothing was read; see what is there: ${command(looked)}`;
}

/** For one that follows, and goes on. */
export function waitingFor(asked: SelectionOptions, looked: Looked): string {
  return `${found(asked, looked, ' yet')}: waiting for one; see what is there: ${command(looked)}`;
}

/** The same for the logs of this machine; `root` stands for its `/`. */
export function nothingHere(asked: SelectionOptions, root: string, following: boolean): string {
  const what = asWritten(asked) + asked.namespaces.map((name) => ` -n ${shellQuoted(name)}`).join('');
  const end = following ? ' yet: waiting for one' : ': nothing was read';
  const there = `kmaint logs --local${root === '/' ? '' : ` --root ${shellQuoted(root)}`} --dry-run`;
  return `no container on this machine ${what === '' ? 'has a log' : `matches${what}`}${end}; see what is there: ${there}`;
}

function found(asked: SelectionOptions, { contexts, namespaces, pods }: Looked, yet: string): string {
  const what = asWritten(asked);
  const where = namespaces === undefined ? 'all namespaces' : counted('namespace', namespaces);
  const place = `${where}${contexts.length === 0 ? '' : ` of ${counted('context', contexts)}`}`;
  if (pods > 0) {
    const matching = pods === 1 ? '1 pod matches' : `${pods} pods match`;
    return `${matching}${what} in ${place}, but no container there that is wanted has a log${yet}`;
  }
  return what === '' ? `there is no pod in ${place}${yet}` : `no pod matches${what} in ${place}${yet}`;
}

function counted(noun: string, names: readonly string[]): string {
  return `${noun}${names.length === 1 ? '' : 's'} ${names.join(', ')}`;
}

/** In the words of the command line, each with a space before it; empty where nothing narrows the pods. */
function asWritten(asked: SelectionOptions): string {
  const flags = (name: string, values: readonly string[]): readonly string[] =>
    values.map((value) => `${name} ${shellQuoted(value)}`);
  const kinds = Object.entries(asked.kinds).flatMap(([kind, names]) =>
    flags(`--${typed(kind as QueryKind, '').slice(0, -1)}`, names),
  );
  const one = (name: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : flags(name, [value]);
  const words = [
    ...asked.query.map(shellQuoted),
    ...flags('-l', asked.selector),
    ...one('--field-selector', asked.fieldSelector),
    ...kinds,
    ...flags('--node', asked.nodes),
    ...flags('--region', asked.regions),
    ...flags('--zone', asked.zones),
    ...flags('--os', asked.os),
    ...flags('--arch', asked.arch),
    ...flags('--exclude-pod', asked.excludePods),
    ...flags('--ignore', asked.ignoreLabels),
    ...one('--condition', asked.condition),
    ...one('-c', asked.container),
    ...flags('--containers', asked.containerNames),
    ...flags('--exclude-container', asked.excludeContainers),
    ...flags('--container-state', asked.containerStates),
  ];
  return words.map((word) => ` ${word}`).join('');
}

function command({ kubectls, namespaces }: Looked): string {
  const [only, ...others] = namespaces ?? [];
  const where = only === undefined || others.length > 0 ? ['-A'] : ['-n', only];
  return kubectls.map((kubectl) => kubectl('get', 'pods', ...where)).join('; ');
}
