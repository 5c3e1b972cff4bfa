/** The Lease `medik8s-leases/node-NAME`, through which other maintenance tools see that we have the node. */
import type { CallOptions, Cluster } from '../../cluster/cluster.ts';
import type { Lease, LeaseContent } from '../../cluster/lease.ts';
import type { Node } from '../../cluster/node.ts';
import type { Clock } from '../../clock.ts';
import { ClusterError } from '../../errors.ts';
import type { Report } from '../../report/report.ts';
import { holdMs, isOurs, judgeLease, leaseIdentity, type LeaseVerdict } from './judge.ts';

/** Where medik8s keeps its Leases; kmaint never creates it. */
export const leaseNamespace = 'medik8s-leases';

/** The Lease by which a node is held. */
export function leaseOf(nodeName: string): { readonly namespace: string; readonly name: string } {
  return { namespace: leaseNamespace, name: `node-${nodeName}` };
}

/** How often somebody else's write is looked at again before it counts as a failure. */
const maxConflicts = 5;

/** Whether the cluster has such Leases at all; one of these for each run. */
export interface LeaseMemory {
  usable: boolean;
  /** The namespace is known to be there, so that nobody has to look before a Lease is created. */
  readonly namespaced?: boolean;
}

/**
 * Finds out whether there are such Leases, once for all nodes of a run. Where that cannot be known, the first node's
 * Lease tells.
 */
export async function lookForLeases(
  { cluster }: { readonly cluster: Pick<Cluster, 'namespaceExists'> },
  options: CallOptions,
): Promise<LeaseMemory> {
  try {
    const namespace = await cluster.namespaceExists(leaseNamespace, options);
    return { usable: namespace !== 'missing', namespaced: namespace === 'exists' };
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    return { usable: true };
  }
}

export interface NodeLeaseContext {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly report: Report;
  readonly runId: string;
  readonly holder: string;
  readonly leases: LeaseMemory;
}

/** `take-over` also ends a holder whose time is not over; `renew` gives up as soon as anybody else is named. */
export type LeaseMode = 'take' | 'take-over' | 'renew';

/** What came of writing it; `held` names the other holder. */
export type LeasePut =
  | { readonly kind: 'stored' | 'without' }
  | { readonly kind: 'held'; readonly message: string }
  | { readonly kind: 'conflict' };

interface Looked {
  readonly lease: Lease | undefined;
  readonly verdict: LeaseVerdict;
}

export class NodeLease {
  readonly #context: NodeLeaseContext;
  readonly #node: Node;
  readonly #warned = new Set<string>();
  #looked: Looked | undefined;

  constructor(context: NodeLeaseContext, node: Node) {
    this.#context = context;
    this.#node = node;
  }

  /** Who has the Lease; a doubtful holder, or one that is ended by `take-over`, is warned about. */
  async judge(mode: LeaseMode, options: CallOptions): Promise<LeaseVerdict> {
    this.#looked = await this.#look(mode, options);
    return this.#looked.verdict;
  }

  /** Takes the Lease or renews it, unless it is somebody else's. */
  async put(mode: LeaseMode, options: CallOptions): Promise<LeasePut> {
    const { cluster, leases } = this.#context;
    for (let conflicts = 0; conflicts < maxConflicts; conflicts += 1) {
      // What was just judged need not be read again: the write goes only to the Lease as it was then.
      const { lease, verdict } = this.#looked ?? (await this.#look(mode, options));
      this.#looked = undefined;
      if (verdict.kind === 'held') return { kind: 'held', message: verdict.message };
      if (!lease && leases.usable && (await this.#isMissing(options))) leases.usable = false;
      if (!leases.usable) return { kind: 'without' };
      const outcome = await this.#allowed(() =>
        cluster.putLease(leaseOf(this.#node.name), this.#content(lease), lease, options),
      );
      if (outcome?.kind === 'stored') return { kind: 'stored' };
      if (outcome === undefined || outcome.kind === 'no-namespace') {
        leases.usable = false;
        return { kind: 'without' };
      }
    }
    return { kind: 'conflict' };
  }

  /** Removes the Lease if it is ours. */
  async drop(options: CallOptions): Promise<void> {
    const { cluster, runId } = this.#context;
    for (let conflicts = 0; conflicts < maxConflicts; conflicts += 1) {
      const lease = await this.#read(options);
      if (!lease || !isOurs(lease, runId)) return;
      const dropped = await this.#allowed(() => cluster.deleteLease(lease, options));
      if (dropped !== false) return;
    }
  }

  async #look(mode: LeaseMode, options: CallOptions): Promise<Looked> {
    const lease = await this.#read(options);
    const { clock, runId } = this.#context;
    const verdict = judgeLease(lease, runId, clock.now());
    if (!('message' in verdict)) return { lease, verdict };
    // While renewing, any other name in it means that the Lease was taken from us.
    if (mode === 'renew') return { lease, verdict: { kind: 'held', message: verdict.message } };
    if (verdict.kind === 'held' && mode === 'take') return { lease, verdict };
    this.#warnOnce(verdict.kind === 'held' ? `taken over: ${verdict.message}` : verdict.message);
    return { lease, verdict: { kind: 'free' } };
  }

  #warnOnce(message: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    this.#context.report.emit({ type: 'warning', message });
  }

  async #read(options: CallOptions): Promise<Lease | undefined> {
    const { cluster, leases } = this.#context;
    if (!leases.usable) return undefined;
    return this.#allowed(() => cluster.getLease(leaseOf(this.#node.name), options));
  }

  /** The answer, or undefined for those who may not ask: from then on the run does without Leases. */
  async #allowed<T>(request: () => Promise<T>): Promise<T | undefined> {
    const { leases, report } = this.#context;
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof ClusterError) || error.code !== 'cluster.forbidden') throw error;
      if (leases.usable) {
        leases.usable = false;
        const message = `the Leases in ${leaseNamespace} may not be read or written, so other tools are not told through them: ${error.message}`;
        report.emit({ type: 'warning', message });
      }
      return undefined;
    }
  }

  /** Asked before a Lease is created: for a namespace that is missing the server takes its time to refuse that. */
  async #isMissing(options: CallOptions): Promise<boolean> {
    if (this.#context.leases.namespaced === true) return false;
    return (await this.#context.cluster.namespaceExists(leaseNamespace, options)) === 'missing';
  }

  #content(former: Lease | undefined): LeaseContent {
    const { clock, runId, holder } = this.#context;
    const now = microTime(clock.now());
    const renewal = former !== undefined && isOurs(former, runId);
    const takeover = former?.holderIdentity !== undefined && former.holderIdentity !== '' && !renewal;
    return {
      holderIdentity: leaseIdentity(runId, holder),
      leaseDurationSeconds: holdMs / 1000,
      acquireTime: (renewal ? former.acquireTime : undefined) ?? now,
      renewTime: now,
      leaseTransitions: (former?.leaseTransitions ?? 0) + (takeover ? 1 : 0),
      owner: { apiVersion: 'v1', kind: 'Node', name: this.#node.name, uid: this.#node.uid },
    };
  }
}

/** A Lease's times have exactly six decimals (metav1.MicroTime). */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
