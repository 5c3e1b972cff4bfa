/** Words for what was named and cannot be followed. */
import type { Kubectl } from '../../cli/kubectl.ts';
import type { LogOwner, LogOwnerKind } from '../../cluster/log-owner.ts';
import { closest } from '../../closest.ts';
import { pluralOf, typed } from './kinds.ts';

export interface OwnerProblem {
  readonly kind: 'missing' | 'forbidden' | 'unusable';
  /** One sentence without a full stop: what, which, why. */
  readonly message: string;
  /** What to do next. */
  readonly hint: string | undefined;
}

const namesShown = 5;

/**
 * There is none of that name.
 *
 * @param there those that are, as far as they could be read
 * @param kubectl writes the command that lists them
 */
export function missing(
  kind: LogOwnerKind,
  name: string,
  places: readonly (string | undefined)[],
  there: readonly LogOwner[],
  kubectl: Kubectl,
): OwnerProblem {
  const names = [...new Set(there.map((owner) => owner.name))];
  const near = closest(name, names);
  const where = kind === 'Node' ? 'in the cluster' : inPlaces(places);
  const known = names.slice(0, namesShown).join(', ') + (names.length > namesShown ? ', …' : '');
  const list = kubectl('get', pluralOf(kind), ...flagsOf(kind, places));
  return {
    kind: 'missing',
    message: `there is no ${kind} ${name} ${where}`,
    hint:
      near === undefined
        ? `${names.length === 0 ? '' : `there is ${known}; `}list them: ${list}`
        : `did you mean ${typed(kind, near)}? List them: ${list}`,
  };
}

export function forbidden(kind: LogOwnerKind, name: string, message: string): OwnerProblem {
  return {
    kind: 'forbidden',
    message: `the pods of ${typed(kind, name)} cannot be found without reading it: ${message}`,
    hint: `ask for the right to get and list ${pluralOf(kind)}, or pick the pods by label: kmaint logs -l SELECTOR`,
  };
}

/** It exists, and leads to no pod. */
export function unusable(
  owner: Pick<LogOwner, 'kind' | 'namespace' | 'name'>,
  why: string,
  kubectl: Kubectl,
): OwnerProblem {
  return {
    kind: 'unusable',
    message: `${owner.kind} ${owner.namespace}/${owner.name} ${why}`,
    hint: `look at it: ${kubectl('describe', typed(owner.kind, owner.name), '-n', owner.namespace)}`,
  };
}

function inPlaces(places: readonly (string | undefined)[]): string {
  const names = places.filter((place) => place !== undefined);
  if (names.length === 0) return 'in any namespace';
  return `in ${names.length === 1 ? 'namespace' : 'namespaces'} ${names.join(', ')}`;
}

function flagsOf(kind: LogOwnerKind, places: readonly (string | undefined)[]): readonly string[] {
  if (kind === 'Node') return [];
  return places.length === 1 && places[0] !== undefined ? ['-n', places[0]] : ['-A'];
}
