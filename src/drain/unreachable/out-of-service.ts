/** The taint that lets the control plane remove a dead node's pods and detach its volumes, and its removal. */
import type { NodeChange } from '../../cluster/cluster.ts';
import type { Node, Taint } from '../../cluster/node.ts';
import { ClusterError } from '../../errors.ts';
import type { Journal } from '../../journal/journal.ts';
import { outOfServiceTaint } from '../ownership/annotations.ts';
import { retryTransient } from '../retry.ts';
import type { World } from '../world.ts';
import { whyNotOff } from './proof.ts';

/** Value and effect of Kubernetes' own documentation; kmaint removes only a taint that equals it. */
const taint: Taint = { key: outOfServiceTaint, value: 'nodeshutdown', effect: 'NoExecute' };
const taintText = `${taint.key}=${taint.value}:${taint.effect}`;
/** Others write nodes as well, and each of their writes costs a try. */
const mostTries = 10;
const retryBudgetMs = 30_000;

export type TaintDependencies = Pick<World, 'cluster' | 'clock' | 'report' | 'signal'> & { readonly journal: Journal };

export type TaintEnd =
  | { readonly ok: true; /** False: it was so already. */ readonly changed: boolean; readonly node: Node }
  | { readonly ok: false; readonly message: string };

/**
 * Sets `node.kubernetes.io/out-of-service=nodeshutdown:NoExecute`. Only for a node that `proveOff` has just proven to be
 * off, as that read it: each try looks again, and none is made once the node is Ready. The intent is journalled first.
 *
 * @throws ClusterError when the node can be neither read nor changed; what the journal throws
 */
export async function setOutOfService(deps: TaintDependencies, proven: Node): Promise<TaintEnd> {
  const { cluster, journal, report } = deps;
  if (proven.taints.some(({ key }) => key === taint.key)) {
    const message = `has the taint ${taint.key} already; it was left as it is`;
    report.emit({ type: 'node.step', node: proven.name, step: 'marked', message });
    return { ok: true, changed: false, node: proven };
  }
  await journal.write({ type: 'intent', node: proven.name, step: { kind: 'out-of-service' } });
  const end = await changeTaints(deps, proven, (node) => {
    const objection = whyNotOff(proven, node);
    if (objection !== undefined) return { objection };
    if (node.taints.some(({ key }) => key === taint.key)) return 'nothing';
    return { taints: [...node.taints, taint] };
  });
  if (!end.ok) return { ok: false, message: `the taint ${taint.key} was not set: ${end.message}` };
  if (end.changed) await journal.write({ type: 'done', node: proven.name, step: 'out-of-service' });
  const remove = cluster.kubectl('taint', 'node', proven.name, `${taint.key}-`);
  const message = `taint ${taintText} set: its pods are removed by force and its volumes detached; kmaint removes the taint once the node is Ready again, or do it by: ${remove}`;
  if (end.changed) report.emit({ type: 'node.step', node: proven.name, step: 'marked', message });
  return end;
}

/**
 * Removes the taint again, on a node that is Ready: as long as it is not, the taint is what keeps its volumes free. Call it
 * only where the journal says that this run set it; one of another value or effect is somebody else's and stays.
 *
 * @throws ClusterError when the node can be neither read nor changed
 */
export async function clearOutOfService(deps: TaintDependencies, node: Node): Promise<TaintEnd> {
  const end = await changeTaints(deps, node, (read) => {
    if (!read.taints.some(isOutOfServiceByUs)) return 'nothing';
    if (read.ready !== 'True') return { objection: `${read.name} is not Ready (${read.ready})` };
    return { taints: read.taints.filter((one) => !isOutOfServiceByUs(one)) };
  });
  if (!end.ok) return { ok: false, message: `the taint ${taint.key} stays: ${end.message}` };
  const message = `Ready again: taint ${taintText} removed`;
  if (end.changed) deps.report.emit({ type: 'node.step', node: node.name, step: 'unmarked', message });
  return end;
}

/** True for the very taint that kmaint sets: key, value and effect. */
export function isOutOfServiceByUs({ key, value, effect }: Taint): boolean {
  return key === taint.key && value === taint.value && effect === taint.effect;
}

/** What to do with the node as it was just read. */
type Decision = 'nothing' | { readonly objection: string } | Required<Pick<NodeChange, 'taints'>>;

/** Compare and swap: reads, decides anew and writes, until nobody wrote in between. */
async function changeTaints(
  { cluster, clock, signal }: TaintDependencies,
  { name, uid }: Node,
  decide: (node: Node) => Decision,
): Promise<TaintEnd> {
  let unanswered = false;
  for (let tries = 1; ; tries += 1) {
    const node = await retryTransient(clock, signal, retryBudgetMs, () => cluster.getNode(name, { signal }));
    if (!node) return { ok: false, message: `${name} is no longer in the cluster` };
    if (node.uid !== uid) return { ok: false, message: `${name} is another Node object now` };
    const decision = decide(node);
    // After a write whose answer was lost, finding it done means that it was ours.
    if (decision === 'nothing') return { ok: true, changed: unanswered, node };
    if ('objection' in decision) return { ok: false, message: decision.objection };
    try {
      return { ok: true, changed: true, node: await cluster.changeNode(node, decision, { signal }) };
    } catch (error) {
      if (!(error instanceof ClusterError) || !error.transient || tries >= mostTries) throw error;
      if (error.code !== 'cluster.conflict') unanswered = true;
      await clock.sleep(error.retryAfterMs ?? 200, signal);
    }
  }
}
