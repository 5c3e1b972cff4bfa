/** What a node's conditions say against going on to the next one. */
import { epochMs } from '../../cluster/metadata.ts';
import type { Node, NodeCondition } from '../../cluster/node.ts';

/** The problem detector repeats its conditions every few minutes; what is older may come from one that died (NPD#499). */
const staleAfterMs = 600_000;

/** The kubelet's own, and the cloud provider's: they are kept current by whoever keeps Ready current. */
const pressures: ReadonlySet<string> = new Set(['MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable']);

export interface Health {
  /** What is wrong, one sentence each. */
  readonly failures: readonly string[];
  /** What looks wrong but is too old to count. */
  readonly warnings: readonly string[];
}

/** Judges a node by Ready, its pressures and the conditions that a node-problem-detector or the like set. */
export function nodeHealth(node: Node, nowMs: number): Health {
  const failures: string[] = node.ready === 'True' ? [] : [`${node.name} is not Ready (${node.ready})`];
  const warnings: string[] = [];
  for (const condition of node.conditions.filter(isTrouble)) {
    const said = `${node.name}: ${condition.type} is ${condition.status}${explanation(condition)}`;
    if (isCurrent(condition, nowMs)) failures.push(said);
    else warnings.push(`${said}, but that was last said at ${condition.lastHeartbeatTime} and does not count`);
  }
  return { failures, warnings };
}

/** Most conditions name a problem; those of some node agents (`KernelReady`) name what should be. */
function isTrouble({ type, status }: NodeCondition): boolean {
  if (type === 'Ready') return false;
  return status === (/(?:Ready|Healthy)$/.test(type) ? 'False' : 'True');
}

/** One that does not say when it was last seen has to count. */
function isCurrent({ type, lastHeartbeatTime }: NodeCondition, nowMs: number): boolean {
  const saidAtMs = epochMs(lastHeartbeatTime);
  if (pressures.has(type) || saidAtMs === undefined || Number.isNaN(saidAtMs)) return true;
  return nowMs - saidAtMs <= staleAfterMs;
}

function explanation({ reason, message }: NodeCondition): string {
  const words = [reason, message].filter((text) => text !== undefined && text !== '');
  return words.length === 0 ? '' : ` (${words.join(': ')})`;
}
