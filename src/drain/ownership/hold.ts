/** Takes a node for a run: compare-and-swap on its annotation, the Lease beside it, and both kept alive. */
import type { Node } from '../../cluster/node.ts';
import { cordonUndone } from '../cordon.ts';
import { retryTransient } from '../retry.ts';
import { NodeLease, type LeaseMode } from './node-lease.ts';
import { releaseNode, type Released } from './release.ts';
import { renewHold } from './renewal.ts';
import { judgeNode, swap, takeMs, type Attempt, type HoldContext, type TakeRequest } from './swap.ts';

export interface Hold {
  /** As the server had it after it was taken. */
  readonly node: Node;
  /** Cordoned before the first hold of this run: then it is never uncordoned by it. */
  readonly wasCordoned: boolean;
  /** Aborts with a KmaintError (`hold.lost`, `node.gone`) when the node is not ours any more: stop working on it. */
  readonly lost: AbortSignal;
  /**
   * Whether the hold still lasts, by the clock that others judge it by: timers stand still while a machine sleeps. To be
   * asked right before each removal; aborts `lost` when it does not.
   */
  isStillOurs(): boolean;
  /**
   * Gives the node back, once; never throws. `signal` is its own, for the run's may have fired already; left out, a minute
   * bounds it, or with `hurry` a few seconds.
   */
  release(request: { readonly uncordon: boolean; readonly hurry?: boolean }, signal?: AbortSignal): Promise<Released>;
}

/** Somebody else has the node: exit 5. It is as it was. */
export interface Held {
  readonly kind: 'held';
  readonly message: string;
  readonly hint: string;
}

export type Taken = { readonly kind: 'taken'; readonly hold: Hold } | Held;

/**
 * Takes the node, unless another run, another tool's Lease or another tool's mark has it. The Lease is looked at first,
 * then the annotation is swapped, then the Lease is written; a Lease lost in between undoes the annotation.
 *
 * @throws ClusterError when the server did not let us, after half a minute of passing errors
 * @throws KmaintError `cordon.undone` when the cordon did not take
 */
export async function takeNode(context: HoldContext, node: Node, request: TakeRequest): Promise<Taken> {
  const { clock, options, signal, report } = context;
  const lease = new NodeLease(context, node);
  const mode: LeaseMode = options.takeOver ? 'take-over' : 'take';
  const attempt: Attempt = {
    node,
    wasCordoned: request.wasCordoned,
    asked: false,
    wasSchedulable: !node.unschedulable,
    journalled: new Map(),
    takenAtMs: 0,
  };
  try {
    const refusal = await swap(context, attempt, request, lease, mode);
    if (refusal !== undefined) {
      // An earlier try may have been stored although its answer was lost.
      if (attempt.asked) await giveUp(context, attempt, lease);
      return held(context, refusal);
    }
    if (request.cordon && !attempt.node.unschedulable) throw cordonUndone(context.cluster, attempt.node, true);
    const put = await retryTransient(clock, signal, takeMs, () => lease.put(mode, { signal }));
    if (put.kind === 'held' || put.kind === 'conflict') {
      await giveUp(context, attempt, lease);
      return held(context, put.kind === 'held' ? put.message : `the Lease of ${node.name} changes all the time`);
    }
    for (const step of new Set(attempt.journalled.values())) {
      await context.journal.write({ type: 'done', node: node.name, step });
    }
  } catch (error) {
    if (attempt.asked) await giveUp(context, attempt, lease);
    throw error;
  }
  if (request.cordon) {
    report.emit({ type: 'node.cordoned', node: node.name, changed: attempt.wasSchedulable, dryRun: 'none' });
  }
  return { kind: 'taken', hold: kept(context, attempt, request, lease) };
}

/**
 * What would keep the run from taking the node, for asking about all nodes before the first is changed; undefined: as
 * of now nothing. Sends no writes. With `--take-over` nothing but an error does.
 *
 * @throws ClusterError when the Lease cannot be read
 */
export async function heldByOther(context: HoldContext, node: Node): Promise<Held | undefined> {
  const { clock, options, signal } = context;
  const verdict = judgeNode(context, node);
  if (verdict.kind === 'held') return held(context, verdict.message);
  if (options.takeOver) return undefined;
  const lease = new NodeLease(context, node);
  const leaseVerdict = await retryTransient(clock, signal, takeMs, () => lease.judge('take', { signal }));
  return leaseVerdict.kind === 'held' ? held(context, leaseVerdict.message) : undefined;
}

/** The request may have been stored although its answer was lost: looks, and puts back what it finds. */
async function giveUp(context: HoldContext, attempt: Attempt, lease: NodeLease): Promise<void> {
  const request = { uncordon: attempt.wasSchedulable, wasCordoned: attempt.wasCordoned ?? true };
  await releaseNode(context, attempt.node, lease, request, never());
}

function kept(context: HoldContext, attempt: Attempt, { cordon }: TakeRequest, lease: NodeLease): Hold {
  const { node, takenAtMs } = attempt;
  const wasCordoned = attempt.wasCordoned ?? true;
  const renewal = renewHold(context, { node, lease, cordoned: cordon, wasCordoned, sinceMs: takenAtMs });
  let released: Promise<Released> | undefined;
  return {
    node,
    wasCordoned,
    lost: renewal.lost,
    isStillOurs: () => renewal.isStillOurs(),
    release({ uncordon, hurry = false }, signal = never()) {
      renewal.stop();
      released ??= releaseNode(context, renewal.latest, lease, { uncordon, wasCordoned, hurry }, signal);
      return released;
    },
  };
}

function held({ commandLine }: HoldContext, message: string): Held {
  return { kind: 'held', message, hint: `to take it all the same: ${commandLine.again(['--take-over'])}` };
}

function never(): AbortSignal {
  return new AbortController().signal;
}
