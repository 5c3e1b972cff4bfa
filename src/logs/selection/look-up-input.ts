/** What every look-up of a name needs. */
import type { Kubectl } from '../../cli/kubectl.ts';
import type { LogOwner, OwnerAnswer, OwnerLookup } from '../../cluster/log-owner.ts';
import type { JobOwners } from './job-owners.ts';
import type { OwnerProblem } from './owner-problem.ts';
import type { Source } from './query.ts';
import type { Scope } from './scope.ts';

export interface LookUpInput {
  readonly lookup: OwnerLookup;
  /** Writes commands of hints. */
  readonly kubectl: Kubectl;
  readonly scope: Scope;
  readonly ownerFilter: boolean;
  readonly jobs: JobOwners;
  readonly signal: AbortSignal;
  readonly problem: (problem: OwnerProblem) => void;
  /** One sentence about what is less sure than it should be. */
  readonly note: (text: string) => void;
}

export type OwnerSource = Extract<Source, { kind: 'owners' }>;

/** In which namespaces the pods of a source may be, which perhaps names one; undefined: in all. */
export function namespacesFor(own: string | undefined, { scope }: LookUpInput): readonly string[] | undefined {
  if (own !== undefined) return [own];
  return scope.kind === 'named' ? scope.names : undefined;
}

/** None where it may not be read. */
export function foundIn(answer: OwnerAnswer): readonly LogOwner[] {
  return answer.kind === 'found' ? answer.owners : [];
}
