/** Which containers of a pod are followed. */
import type { LogContainer, LogPod } from '../../cluster/log-pod.ts';
import type { NameTest } from './names.ts';

export interface ContainerRules {
  /** A regular expression's test. */
  readonly pattern: NameTest | undefined;
  /** Exact; empty means any. */
  readonly names: ReadonlySet<string>;
  readonly excluded: NameTest | undefined;
  readonly init: boolean;
  readonly ephemeral: boolean;
  /** Only the one that kubectl would take, unless a container is asked for by name. */
  readonly defaultOnly: boolean;
}

/** Names the container that kubectl takes when it is told none. */
const defaultContainerAnnotation = 'kubectl.kubernetes.io/default-container';

/**
 * The containers of the pod that pass the rules and `asked`, which is what the query said of them; in the order of the
 * pod. What is left out by kind stays out even where it is asked for by name.
 */
export function containersOfPod(
  pod: LogPod,
  rules: ContainerRules,
  asked: NameTest | undefined,
): readonly LogContainer[] {
  const only =
    rules.defaultOnly && asked === undefined && rules.pattern === undefined && rules.names.size === 0
      ? defaultContainer(pod)
      : undefined;
  return pod.containers.filter(({ name, kind }) => {
    if (kind === 'init' ? !rules.init : kind === 'ephemeral' && !rules.ephemeral) return false;
    if (only !== undefined && name !== only) return false;
    if (rules.names.size > 0 && !rules.names.has(name)) return false;
    if (rules.pattern?.(name) === false || rules.excluded?.(name) === true) return false;
    return asked?.(name) !== false;
  });
}

/**
 * kubetail's rule, which only knows regular containers: a pod with one of those needs no name for it. Init containers
 * and ephemeral ones beside it have names.
 *
 * @param chosen those of the pod that are followed
 */
export function isSole(container: LogContainer, chosen: readonly LogContainer[]): boolean {
  if (chosen.length === 1) return true;
  return container.kind === 'regular' && chosen.filter(({ kind }) => kind === 'regular').length === 1;
}

/** The annotation counts only when there is such a container. */
function defaultContainer({ annotations, containers }: LogPod): string | undefined {
  const annotated = annotations[defaultContainerAnnotation];
  if (containers.some(({ name }) => name === annotated)) return annotated;
  return containers.find(({ kind }) => kind === 'regular')?.name;
}
