/** What has to be changed on a node to make it what it was before a run, as a value. */
import type { NodeChange } from '../cluster/cluster.ts';
import type { Node, Taint } from '../cluster/node.ts';
import { cordonAnnotation, formerMarksAnnotation, holdAnnotation, outOfServiceTaint } from './ownership/annotations.ts';
import { isLive } from './ownership/judge.ts';
import { cordonOf, cordonText, holdOf } from './ownership/records.ts';
import type { Mark, NodePast } from './rollback-past.ts';
import { isOutOfServiceByUs } from './unreachable/out-of-service.ts';
import type { Commands } from './world.ts';

export type RestorePlan =
  /** Somebody works on the node: nothing is touched. */
  | { readonly kind: 'held'; readonly message: string }
  /** It is another node of the same name. */
  | { readonly kind: 'replaced'; readonly message: string }
  | {
      readonly kind: 'restore';
      /** Undefined: it is as it was. */
      readonly change: NodeChange | undefined;
      readonly uncordons: boolean;
      /** One clause for each thing that is put back. */
      readonly restored: readonly string[];
      /** One sentence for each thing that is not. */
      readonly kept: readonly string[];
    };

/**
 * Decides how the node becomes what it was before the run. What somebody else changed since stays as it is. Pure.
 *
 * @param holder `user@host` of who rolls back: a hold of the same run by somebody else is another process
 * @param nowMs milliseconds since the epoch
 */
export function planRestore(node: Node, past: NodePast, holder: string, nowMs: number, write: Commands): RestorePlan {
  if (node.uid !== past.uid) {
    return {
      kind: 'replaced',
      message: `${node.name} was registered anew since the run: it is another node, and was left as it is`,
    };
  }
  const hold = holdOf(node);
  if (hold === 'unreadable') {
    return {
      kind: 'held',
      message: `the annotation ${holdAnnotation} of ${node.name} cannot be read, so somebody may hold it`,
    };
  }
  const ours = hold?.run === past.runId;
  if (hold && isLive(hold, nowMs) && !(ours && hold.holder === holder)) {
    const message = `${hold.holder} is working on ${node.name} (run ${hold.run}, until ${hold.until} at least)`;
    return { kind: 'held', message };
  }
  if (hold && !ours) {
    const message = `${hold.holder} had ${node.name} since (run ${hold.run}), so it stays as that run left it`;
    return { kind: 'restore', change: undefined, uncordons: false, restored: [], kept: [message] };
  }
  const kept: string[] = [];
  const restored: string[] = [];
  const uncordons = decideCordon(node, past, write.command, kept, restored);
  const labels = restoreMarks('label', node.labels, past.labels, kept, restored);
  const annotations = {
    ...restoreMarks('annotation', node.annotations, past.annotations, kept, restored),
    ...removeOurs(node, past, restored),
  };
  const taints = decideTaints(node, past, write.kubectl, kept, restored);
  kept.push(...notUndone(node, past));
  const change: NodeChange = {
    ...(uncordons ? { unschedulable: false } : {}),
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    ...(taints ? { taints } : {}),
  };
  return { kind: 'restore', change: Object.keys(change).length > 0 ? change : undefined, uncordons, restored, kept };
}

/** What happened outside of the Node object, and cannot be taken back. */
function notUndone({ name }: Node, { surged, executed, fencedBy }: NodePast): readonly string[] {
  return [
    ...surged.map((deployment) => `Deployment ${deployment} was restarted by the run; a restart is not undone`),
    ...(executed ? [`${name}: the program had begun for it; that is not undone`] : []),
    ...fencedBy.map((by) => `${name}: ${by} had begun to switch it off; that is not undone`),
  ];
}

function decideCordon(
  node: Node,
  past: NodePast,
  command: Commands['command'],
  kept: string[],
  restored: string[],
): boolean {
  if (!node.unschedulable) return false;
  if (past.wasCordoned) {
    kept.push(`${node.name} was cordoned before the run, and stays so`);
    return false;
  }
  const stranger = strangerOf(node, past);
  if (stranger === undefined) {
    restored.push('uncordoned');
    return true;
  }
  const undo = command(['uncordon', node.name]);
  kept.push(`${node.name} stays cordoned: ${stranger}; if it should not be: ${undo}`);
  return false;
}

/** Why the cordon is not ours to undo; undefined when it is. */
function strangerOf(node: Node, past: NodePast): string | undefined {
  if (past.cordon === 'none') return 'the run did not cordon it';
  const cordon = cordonOf(node);
  if (cordon === 'unreadable') return `its annotation ${cordonAnnotation} says something that kmaint did not write`;
  if (cordon) {
    if (cordon.run !== past.runId) {
      return `it was cordoned ${cordonText(cordon)}${cordon.run === '' ? '' : ` (run ${cordon.run})`}`;
    }
    // kubectl leaves our record standing when it uncordons: a cordon set after that is not ours.
    const others = node.cordonManagers.filter((manager) => manager !== 'kmaint');
    const ours = others.length === 0 || others.length < node.cordonManagers.length;
    return ours ? undefined : `it was uncordoned, and cordoned again by ${others.join(', ')}`;
  }
  // Another run's hold was dealt with before; one that is there is ours.
  if (holdOf(node) || past.cordon === 'plain') return undefined;
  return 'nothing on it says that this run did it';
}

function restoreMarks(
  noun: string,
  current: Readonly<Record<string, string>>,
  marks: readonly Mark[],
  kept: string[],
  restored: string[],
): Readonly<Record<string, string | null>> {
  const change: Record<string, string | null> = {};
  for (const { key, former, ours } of marks) {
    const now = current[key] ?? null;
    if (now === former) continue;
    if (!ours.includes(now)) {
      kept.push(`the ${noun} ${key} has another value than the run gave it, and keeps it`);
      continue;
    }
    change[key] = former;
    restored.push(former === null ? `${noun} ${key} removed` : `${noun} ${key} set to ${JSON.stringify(former)} again`);
  }
  return change;
}

/** Our own annotations, where they are of this run. */
function removeOurs(node: Node, { runId }: NodePast, restored: string[]): Readonly<Record<string, null>> {
  const ours: string[] = [];
  // Whoever had the node in between was dealt with before.
  if (holdOf(node)) {
    ours.push(holdAnnotation);
    if (formerMarksAnnotation in node.annotations) ours.push(formerMarksAnnotation);
  }
  const cordon = cordonOf(node);
  if (typeof cordon === 'object' && cordon.run === runId) ours.push(cordonAnnotation);
  if (ours.length > 0) restored.push(`${ours.join(', ')} removed`);
  return Object.fromEntries(ours.map((key) => [key, null]));
}

function decideTaints(
  { name, taints, ready }: Node,
  { outOfService }: NodePast,
  kubectl: Commands['kubectl'],
  kept: string[],
  restored: string[],
): readonly Taint[] | undefined {
  if (!outOfService) return undefined;
  const ours = taints.filter(isOutOfServiceByUs);
  if (ours.length === 0) {
    if (taints.some(({ key }) => key === outOfServiceTaint)) {
      kept.push(`the taint ${outOfServiceTaint} has another value or effect than the run gave it, and stays`);
    }
    return undefined;
  }
  if (ready !== 'True') {
    kept.push(
      `the taint ${outOfServiceTaint} stays: ${name} is not Ready (${ready}), and the taint is what keeps its volumes free; once it is Ready: ${kubectl('taint', 'node', name, `${outOfServiceTaint}-`)}`,
    );
    return undefined;
  }
  restored.push(`taint ${outOfServiceTaint} removed`);
  return taints.filter((taint) => !ours.includes(taint));
}
