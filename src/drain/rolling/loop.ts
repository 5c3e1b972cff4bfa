/** The rolling loop: a window of nodes, each gated, drained, worked on and brought back before the next is begun. */
import type { Node } from '../../cluster/node.ts';
import { exitCodes, isAbort, type KmaintError } from '../../errors.ts';
import type { RollingOptions } from '../options.ts';
import { commandsFor } from '../world.ts';
import { bringBack, type AftercareContext, type AftercareResult } from './aftercare.ts';
import { passGates } from './gates.ts';
import { concernsQuorum, quorumObjection, readQuorum } from './quorum.ts';
import { resolveCount, runWindow } from './window.ts';

/** What the loop does not do itself; each speaks of one node. */
export interface RollingSteps<R extends AftercareResult> {
  /** Takes, cordons and drains the node. Errors are results; exit code 0 lets the work on the node begin. */
  drain(node: Node): Promise<R>;
  uncordon(node: Node): Promise<void>;
  /** As in a run that is resumed: what is known of the program that ended for this node already. */
  executed?(node: Node): { readonly bootID: string } | undefined;
  /** Why the node, as it was just read, is not ours any more; asked before the program and before the uncordon. */
  lossOf?(node: Node): KmaintError | undefined;
  /** As in a run that is resumed: what is known of the program that had begun for this node, and may have ended. */
  begun?(node: Node): { readonly bootID: string } | undefined;
  /** As in a run that is resumed: true for a node that was uncordoned already; it is not drained again. */
  returned?(node: Node): boolean;
  /** Called once for each node that was begun or refused, when its course has ended; `drained` when it got that far. */
  finished(node: Node, result: AftercareResult, drained: R | undefined): Promise<void> | void;
}

/**
 * Works on the nodes in their order, `maxUnavailable` at a time, nodes of the control plane or with an etcd strictly one at a time. The first
 * node that does not end with 0 lets no further one begin; those in work go on to their end.
 *
 * @returns the nodes that were not begun because of a failure or an interrupt: they are as they were
 */
export async function rollNodes<R extends AftercareResult>(
  context: AftercareContext,
  nodes: readonly Node[],
  rolling: RollingOptions,
  steps: RollingSteps<R>,
): Promise<readonly Node[]> {
  const facts = await readQuorum(context, context.signal);
  const ofControlPlane = (node: Node): boolean => concernsQuorum(facts, node);
  const loop = new RollingLoop(context, rolling, steps, ofControlPlane);
  const window = {
    limit: resolveCount(rolling.maxUnavailable, nodes.length),
    exclusive: ofControlPlane,
    signal: context.signal,
    stop: () => loop.failed,
  };
  try {
    await runWindow(nodes, window, (node) => loop.work(node));
  } catch (error) {
    // The nodes that it kept from beginning are in the answer.
    if (!isAbort(error, context.signal)) throw error;
  }
  return nodes.filter((node) => !loop.touched.has(node));
}

class RollingLoop<R extends AftercareResult> {
  failed = false;
  readonly touched = new Set<Node>();
  readonly #context: AftercareContext;
  readonly #rolling: RollingOptions;
  readonly #steps: RollingSteps<R>;
  readonly #ofControlPlane: (node: Node) => boolean;
  readonly #done: Node[] = [];

  constructor(
    context: AftercareContext,
    rolling: RollingOptions,
    steps: RollingSteps<R>,
    ofControlPlane: (node: Node) => boolean,
  ) {
    this.#ofControlPlane = ofControlPlane;
    this.#context = context;
    this.#rolling = rolling;
    this.#steps = steps;
  }

  async work(node: Node): Promise<void> {
    try {
      await this.#course(node);
    } catch (error) {
      this.failed = true;
      throw error;
    }
  }

  async #course(node: Node): Promise<void> {
    if (this.#steps.returned?.(node)) {
      this.touched.add(node);
      return this.#end(node, await this.#bringBack(node, true), undefined);
    }
    const refusal = await this.#mayBegin(node);
    // While this one waited at a gate, another one may have failed.
    if (this.failed) return;
    if (refusal) return this.#end(node, refusal, undefined);
    this.touched.add(node);
    const drained = await this.#steps.drain(node);
    if (drained.exitCode !== exitCodes.done) return this.#end(node, drained, drained);
    await this.#end(node, await this.#bringBack(node, false), drained);
  }

  #bringBack(node: Node, returned: boolean): Promise<AftercareResult> {
    return bringBack(this.#context, node, this.#rolling, {
      uncordon: (read) => this.#steps.uncordon(read),
      executed: this.#steps.executed?.(node),
      begun: this.#steps.begun?.(node),
      lossOf: (read) => this.#steps.lossOf?.(read),
      returned,
    });
  }

  async #end(node: Node, result: AftercareResult, drained: R | undefined): Promise<void> {
    if (result.exitCode === exitCodes.done) this.#done.push(node);
    else this.failed = true;
    this.touched.add(node);
    await this.#steps.finished(node, result, drained);
  }

  /** Looks at what may have changed since the run was planned; undefined: go on. */
  async #mayBegin(node: Node): Promise<AftercareResult | undefined> {
    const { criticalPods, exec } = this.#rolling;
    const failures = await passGates(this.#context, node, this.#done, { criticalPods });
    if (failures.length > 0) {
      const message = `a health gate failed: ${failures.join('; ')}; the node was left as it was`;
      return { exitCode: exitCodes.gate, message };
    }
    if (!this.#ofControlPlane(node)) return undefined;
    const facts = await readQuorum(this.#context, this.#context.signal);
    const course = { takesDown: exec !== undefined };
    const objection = quorumObjection(facts, node, course, commandsFor(this.#context));
    if (objection?.severity === 'refuse') {
      const message = `${objection.message}; the node was left as it was`;
      return { exitCode: exitCodes.refused, message, hint: objection.hint };
    }
    if (objection) this.#context.report.emit({ type: 'warning', message: objection.message });
    return undefined;
  }
}
