/** Waits until a node is back after the work on it: booted, Ready, with its network. */
import { withDeadline } from '../../clock.ts';
import type { Node } from '../../cluster/node.ts';
import { ClusterError, exitCodes, KmaintError, type ExitCode } from '../../errors.ts';
import { elapsedText } from '../../report/durations.ts';
import type { RollingContext } from './context.ts';
import { readinessOf, type Readiness, type ReadinessFacts, type ReadinessNeeds } from './readiness.ts';

const pollMs = 2000;
/** A renewal counts for as long as the kubelet's Lease lasts by default. */
const leaseMs = 40_000;
/** An API server that starts may refuse what it will allow a moment later; beyond this a refusal is meant. */
const refusalBudgetMs = 60_000;

export interface ReadyOptions extends ReadinessNeeds {
  /** Infinity waits for ever. */
  readonly timeoutMs: number;
}

export type WaitEnd =
  /** `node` as it was last read; its uid is another one when it was registered again. */
  | { readonly ok: true; readonly node: Node }
  | { readonly ok: false; readonly exitCode: ExitCode; readonly message: string };

/**
 * Waits until the node of that name is back. Errors of the API are passing ones here, for it may be its own control plane
 * that comes back; only a refusal that lasts a minute is thrown.
 *
 * Freshness of the Lease is measured by seeing it change, never by comparing its time with ours: clocks differ.
 *
 * @throws the signal's reason; ClusterError when the API server refuses for good
 */
export async function awaitReady(context: RollingContext, node: Node, options: ReadyOptions): Promise<WaitEnd> {
  const { clock } = context;
  const limitMs = Number.isFinite(options.timeoutMs) ? options.timeoutMs : undefined;
  const deadline = withDeadline(clock, limitMs, context.signal, timedOut);
  const watch = new NodeWatch({ ...context, signal: deadline.signal }, node, options);
  try {
    return { ok: true, node: await watch.ready() };
  } catch (error) {
    context.signal.throwIfAborted();
    if (!deadline.signal.aborted) throw error;
    const waited = `not back within --wait-ready ${elapsedText(options.timeoutMs)}`;
    return { ok: false, exitCode: exitCodes.timeout, message: `${waited}: ${watch.lastMessage}` };
  } finally {
    deadline.cancel();
  }
}

function timedOut(): KmaintError {
  return new KmaintError('not back in time', { code: 'timeout', exitCode: exitCodes.timeout });
}

class NodeWatch {
  lastMessage = 'nothing was heard of it yet';
  readonly #context: RollingContext;
  readonly #node: Node;
  readonly #needs: ReadinessNeeds;
  #renewTime: string | undefined;
  #renewedAtMs: number | undefined;
  #refusedSinceMs: number | undefined;
  #uid: string;
  #saidLease = false;

  constructor(context: RollingContext, node: Node, needs: ReadinessNeeds) {
    this.#context = context;
    this.#node = node;
    this.#needs = needs;
    this.#uid = node.uid;
  }

  async ready(): Promise<Node> {
    const { clock, signal } = this.#context;
    for (;;) {
      const seen = await this.#look();
      if (seen.ready) return seen.node;
      this.#say(seen.waitsFor, seen.message);
      await clock.sleep(pollMs, signal);
    }
  }

  async #look(): Promise<Readiness> {
    const { clock } = this.#context;
    try {
      const facts = await this.#read();
      this.#refusedSinceMs = undefined;
      return readinessOf(facts, this.#needs);
    } catch (error) {
      if (!(error instanceof ClusterError) || this.#context.signal.aborted) throw error;
      if (error.transient) this.#refusedSinceMs = undefined;
      else {
        this.#refusedSinceMs ??= clock.monotonic();
        if (clock.monotonic() - this.#refusedSinceMs > refusalBudgetMs) throw error;
      }
      const waitsFor = this.#needs.expectReboot ? 'reboot' : 'ready';
      return { ready: false, waitsFor, message: `the API server cannot say: ${error.message}` };
    }
  }

  async #read(): Promise<ReadinessFacts> {
    const { cluster, signal } = this.#context;
    const { name } = this.#node;
    const node = await cluster.getNode(name, { signal });
    const lease = await this.#readLease(name);
    if (!node) return { node, lease, pods: [] };
    if (node.uid !== this.#uid) this.#registeredAgain(node);
    return { node, lease, pods: await cluster.listPods({ nodeName: name, chunkSize: 500, signal }) };
  }

  async #readLease(name: string): Promise<ReadinessFacts['lease']> {
    const { cluster, clock, signal } = this.#context;
    try {
      const lease = await cluster.getLease({ namespace: 'kube-node-lease', name }, { signal });
      if (lease?.renewTime === undefined) return 'missing';
      if (this.#renewTime !== undefined && lease.renewTime !== this.#renewTime) this.#renewedAtMs = clock.monotonic();
      this.#renewTime = lease.renewTime;
      const renewed = this.#renewedAtMs !== undefined && clock.monotonic() - this.#renewedAtMs <= leaseMs;
      return renewed ? 'renewed' : 'not-renewed';
    } catch (error) {
      // Right after a start everything is forbidden for a moment; then the node, read just before, was so as well.
      if (!(error instanceof ClusterError) || error.code !== 'cluster.forbidden') throw error;
      if (!this.#saidLease)
        this.#warn(`its Lease may not be read, so only its Ready condition counts (${error.message})`);
      this.#saidLease = true;
      return 'unknown';
    }
  }

  #registeredAgain(node: Node): void {
    this.#uid = node.uid;
    const cordon = node.unschedulable ? 'it is cordoned' : 'it is not cordoned';
    this.#warn(`was registered again as another Node object: ${cordon}, and labels and taints may be lost`);
  }

  #warn(message: string): void {
    this.#context.report.emit({ type: 'warning', message: `${this.#node.name}: ${message}` });
  }

  #say(waitsFor: 'reboot' | 'ready', message: string): void {
    if (message === this.lastMessage) return;
    this.lastMessage = message;
    this.#context.report.emit({ type: 'node.waiting', node: this.#node.name, waitsFor, message });
  }
}
