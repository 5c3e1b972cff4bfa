/** How a node that we hold can be lost to somebody else, and the errors that say so. */
import { writersOf, type AtHand } from '../../cli/kubectl.ts';
import type { Node } from '../../cluster/node.ts';
import { exitCodes, KmaintError } from '../../errors.ts';
import { holdOf } from './records.ts';

/** What the run believes of its node. */
export interface Belief {
  readonly node: Node;
  readonly runId: string;
  /** Where the node is. */
  readonly cluster: AtHand;
  /** The run wants it cordoned. */
  readonly cordoned: boolean;
}

/** Why the node, as it is now, is not ours any more; undefined when it is. */
export function lossOf(now: Node | undefined, { node, runId, cluster, cordoned }: Belief): KmaintError | undefined {
  if (!now || now.uid !== node.uid) return goneNode(cluster, node.name, now !== undefined);
  const hold = holdOf(now);
  const look = writersOf(cluster, node.name);
  if (hold === undefined) return lost(`somebody removed our hold of the node ${node.name}`, look);
  if (hold === 'unreadable') return lost(`somebody overwrote our hold of the node ${node.name}`, look);
  if (hold.run !== runId) {
    return lost(`run ${hold.run} of ${hold.holder} took the node ${node.name} from us`, look);
  }
  if (cordoned && !now.unschedulable) {
    return lost(`the node ${node.name} was uncordoned by somebody else while we were working on it`, look);
  }
  return undefined;
}

/** The Lease names somebody else. */
export function lostLease(cluster: Belief['cluster'], nodeName: string, message: string): KmaintError {
  const look = `${cluster.kubectl('get', 'leases', '-A')} | grep ${nodeName}`;
  return lost(`the node ${nodeName} was taken from us: ${message}`, look);
}

/** The hold ran out before it could be renewed: others may take the node from now on. */
export function lostContact(cluster: Belief['cluster'], nodeName: string, cause: Error | undefined): KmaintError {
  const why = cause === undefined ? 'the server does not answer' : cause.message;
  return new KmaintError(
    `lost contact to the cluster for longer than our hold of the node ${nodeName} lasts, so others may take it: ${why}`,
    { code: 'hold.lost', exitCode: exitCodes.held, hint: cluster.kubectl('get', 'node', nodeName), cause },
  );
}

// The code for no such node, which becomes "incomplete" where something was written already.
function goneNode(cluster: Belief['cluster'], name: string, replaced: boolean): KmaintError {
  const message = replaced
    ? `the node ${name} was replaced by another of the same name`
    : `the node ${name} was deleted`;
  return new KmaintError(`${message} while we were working on it`, {
    code: 'node.gone',
    exitCode: exitCodes.cluster,
    hint: cluster.kubectl('get', 'nodes'),
  });
}

function lost(message: string, hint: string): KmaintError {
  return new KmaintError(message, { code: 'hold.lost', exitCode: exitCodes.held, hint });
}
