/** What the journal of a run that was broken off says of a node: how much of its course is behind it. */
import type { JournalStep } from '../journal/journal.ts';
import type { ResumeNode } from './resume-state.ts';

type Exec = Extract<JournalStep, { kind: 'exec' }>;

/** The program that is known to have ended well for the node. */
export function executedOn(node: ResumeNode | undefined): Exec | undefined {
  return lastExec(node?.doneSteps);
}

/** The program that had begun for the node, where nobody knows how it ended. */
export function begunOn(node: ResumeNode | undefined): Exec | undefined {
  return executedOn(node) ? undefined : lastExec(node?.openSteps);
}

function lastExec(steps: readonly JournalStep[] = []): Exec | undefined {
  return steps.findLast((step): step is Exec => step.kind === 'exec');
}

/** The program that had begun to switch the node off, where nobody knows how it ended. */
export function fencingOn(node: ResumeNode | undefined): string | undefined {
  const step = node?.openSteps.findLast(({ kind }) => kind === 'fence');
  return step?.kind === 'fence' ? step.by : undefined;
}

/** What stands in the templates of Deployments whose restart may be under way. */
export function openStampsOf(node: ResumeNode | undefined): ReadonlySet<string> {
  return new Set((node?.openSteps ?? []).flatMap((step) => (step.kind === 'surge' ? [step.stamp] : [])));
}

/**
 * Whether the node was drained, worked on and uncordoned, so that only its gates are left. A later hold, or one that may
 * have happened, means that it was taken again; an uncordon without a drain is that of a drain that failed.
 */
export function isReturned(node: ResumeNode | undefined, hasProgram: boolean): boolean {
  if (!node || node.openSteps.some(({ kind }) => kind === 'hold' || kind === 'cordon')) return false;
  const kinds = node.doneSteps.map(({ kind }) => kind);
  const uncordoned = kinds.lastIndexOf('uncordon');
  const drained = kinds.lastIndexOf('drain');
  const taken = Math.max(kinds.lastIndexOf('hold'), kinds.lastIndexOf('cordon'));
  if (uncordoned < drained || drained < taken || drained === -1) return false;
  return !hasProgram || kinds.lastIndexOf('exec', uncordoned) !== -1;
}

/**
 * Whether the run itself may have made the node take pods, or never came to cordon it: true unless it is known to have
 * had the node and to have uncordoned it at no time since.
 */
export function isGivenBack({ doneSteps, openSteps }: Pick<ResumeNode, 'doneSteps' | 'openSteps'>): boolean {
  const kinds = doneSteps.map(({ kind }) => kind);
  const held = kinds.lastIndexOf('hold');
  if (held === -1 || openSteps.some(({ kind }) => kind === 'uncordon')) return true;
  return kinds.lastIndexOf('uncordon') > held;
}
