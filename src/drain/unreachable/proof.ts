/** Proof that a node is off: the condition for everything that would corrupt data on a node that still runs. */
import { epochMs } from '../../cluster/metadata.ts';
import type { Node } from '../../cluster/node.ts';
import { ClusterError } from '../../errors.ts';
import type { Journal } from '../../journal/journal.ts';
import type { RunProgram } from '../../process/run.ts';
import type { UnreachableOptions } from '../options.ts';
import { retryTransient } from '../retry.ts';
import { runForNode } from '../rolling/exec.ts';
import type { World } from '../world.ts';

const retryBudgetMs = 30_000;
/** What a kubelet's Lease lasts when it does not say. */
const defaultLeaseSeconds = 40;

export interface ProofDependencies extends Pick<World, 'cluster' | 'clock' | 'report' | 'signal'> {
  readonly run: RunProgram;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Name of the run in the journal, for KMAINT_RUN. */
  readonly runId: string;
  readonly journal: Journal;
}

export type Proof =
  /** `node` as it was read last: change it only as it was read. */
  | { readonly proven: true; readonly by: string; readonly node: Node }
  | { readonly proven: false; readonly message: string };

/**
 * Whether this very node is proven to be off: its name was typed as `--powered-off`, or the fencing program ended with
 * exit code 0. Refused while the node is Ready, before and after, and nothing is fenced then. The fencing is journalled
 * before it begins.
 *
 * @throws the signal's reason; ClusterError when the node cannot be read; what the journal throws, and nothing is fenced
 */
export async function proveOff(
  deps: ProofDependencies,
  node: Node,
  { poweredOff, fenceExec }: UnreachableOptions,
): Promise<Proof> {
  const typed = poweredOff.includes(node.name);
  if (!typed && fenceExec === undefined) {
    return no(`nothing proves that ${node.name} is off: give --powered-off ${node.name} or --fence-exec PROGRAM`);
  }
  const before = await readNode(deps, node.name);
  const objection = whyNotOff(node, before);
  if (objection !== undefined || !before) return no(objection ?? '');
  if (typed) {
    const alive = await signOfLife(deps, before);
    return alive === undefined ? { proven: true, by: `--powered-off ${node.name}`, node: before } : no(alive);
  }
  const by = fenceExec ?? '';
  await deps.journal.write({ type: 'intent', node: node.name, step: { kind: 'fence', by } });
  const end = await runForNode(deps, node, [by], deps.signal);
  // Left open in the journal: the node may be off all the same.
  if (!end.ok) return no(`${node.name} was not fenced: ${end.message}`);
  await deps.journal.write({ type: 'done', node: node.name, step: 'fence' });
  const after = await readNode(deps, node.name);
  const since = whyNotOff(node, after);
  if (since !== undefined || !after) return no(`${fenceExec} ended with exit code 0, but ${since}`);
  deps.report.emit({ type: 'node.step', node: node.name, step: 'fenced', message: `switched off by ${fenceExec}` });
  return { proven: true, by: `--fence-exec ${fenceExec}`, node: after };
}

/** Why what was read speaks against the node being off; undefined when nothing does. */
export function whyNotOff(node: Pick<Node, 'name' | 'uid'>, read: Node | undefined): string | undefined {
  if (!read) return `${node.name} is no longer in the cluster`;
  if (read.uid !== node.uid) return `${node.name} is another Node object now than the one that was planned for`;
  if (read.ready === 'True') return `${node.name} is Ready: its kubelet is alive, so it is not off`;
  return undefined;
}

/**
 * Ready=False is said by a living kubelet, or by one that was just shut down; its Lease tells them apart. Clocks differ by
 * little enough for this: a wrong answer only means to try again a moment later.
 */
async function signOfLife({ cluster, clock, signal }: ProofDependencies, node: Node): Promise<string | undefined> {
  if (node.ready !== 'False') return undefined;
  try {
    const lease = await cluster.getLease({ namespace: 'kube-node-lease', name: node.name }, { signal });
    const renewedAtMs = epochMs(lease?.renewTime);
    if (renewedAtMs === undefined) return undefined;
    const ageSeconds = Math.floor((clock.now() - renewedAtMs) / 1000);
    const lasts = lease?.leaseDurationSeconds ?? defaultLeaseSeconds;
    if (ageSeconds > lasts) return undefined;
    return `${node.name} said that it is not Ready, and renewed its Lease ${Math.max(0, ageSeconds)}s ago: its kubelet is alive, so it is not off; if it was switched off just now, try again in ${lasts}s`;
  } catch (error) {
    // Whoever may not read Leases has only the Ready condition to go by.
    if (error instanceof ClusterError && error.code === 'cluster.forbidden') return undefined;
    throw error;
  }
}

function readNode({ cluster, clock, signal }: ProofDependencies, name: string): Promise<Node | undefined> {
  return retryTransient(clock, signal, retryBudgetMs, () => cluster.getNode(name, { signal }));
}

function no(message: string): Proof {
  return { proven: false, message };
}
