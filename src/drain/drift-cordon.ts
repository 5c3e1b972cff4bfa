/** Whose cordon or hold is on a node, in words that stay the same for as long as it is the same one. */
import type { Node } from '../cluster/node.ts';
import { cordonAnnotation, holdAnnotation } from './ownership/annotations.ts';
import { cordonOf, holdOf } from './ownership/records.ts';
import type { DrainPlan, NodePlan } from './plan.ts';

/** A node of a plan, and who had cordoned or held it; undefined when nobody left a mark of ours. */
export type OwnedNodePlan = NodePlan & { readonly cordonOwner?: string | undefined };

/** A plan as far as drift looks at it; every {@link DrainPlan} is one. */
export interface OwnedPlan {
  readonly nodes: readonly OwnedNodePlan[];
}

/**
 * Who holds the node or else who cordoned it, by kmaint's annotations. A hold is renewed all the time, so its text is not
 * compared, and one that is over counts no more. A record that cannot be read counts as it stands: any change of it is one.
 */
export function cordonOwner(node: Pick<Node, 'annotations'>, nowMs: number): string | undefined {
  const hold = holdOf(node);
  if (hold === 'unreadable') return unreadable(node, holdAnnotation);
  if (hold && Date.parse(hold.until) > nowMs) return person(hold.holder, hold.run);
  const cordon = cordonOf(node);
  if (cordon === 'unreadable') return unreadable(node, cordonAnnotation);
  return cordon && person(cordon.by, cordon.run);
}

/** The plan with the owners of its nodes' cordons beside it; nodes that were not read stay as they are. */
export function withCordonOwners(plan: DrainPlan, nodes: readonly Node[], nowMs: number): DrainPlan {
  const byUid = new Map(nodes.map((node) => [node.uid, node]));
  const owned = plan.nodes.map((node): OwnedNodePlan => {
    const read = byUid.get(node.uid);
    const owner = read && cordonOwner(read, nowMs);
    return owner === undefined ? node : { ...node, cordonOwner: owner };
  });
  return { ...plan, nodes: owned };
}

function person(name: string, run: string): string {
  return run === '' ? name : `${name} (run ${run})`;
}

function unreadable({ annotations }: Pick<Node, 'annotations'>, key: string): string {
  return `somebody whose record cannot be read (${key}: ${annotations[key] ?? ''})`;
}
