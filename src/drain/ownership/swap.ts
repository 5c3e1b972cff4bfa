/** The compare-and-swap that takes a node: judges what was read last, writes, and on a conflict begins again. */
import { createBackoff } from '../../backoff.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import type { Node } from '../../cluster/node.ts';
import type { Clock } from '../../clock.ts';
import { ClusterError } from '../../errors.ts';
import type { Journal, JournalStep } from '../../journal/journal.ts';
import type { Report } from '../../report/report.ts';
import type { OwnershipOptions } from '../options.ts';
import type { CommandLine } from '../world.ts';
import { foreignMarks } from './foreign-marks.ts';
import { takeChange } from './hold-change.ts';
import { judgeHold, type Verdict } from './judge.ts';
import type { KuredLock } from './kured.ts';
import { markNames } from './marks.ts';
import { cordonOf } from './records.ts';
import type { LeaseMemory, LeaseMode, NodeLease } from './node-lease.ts';

/** How long a node is asked for over conflicts and passing errors of the API server. */
export const takeMs = 30_000;

export interface HoldContext {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly report: Report;
  readonly commandLine: CommandLine;
  /** The run's; stops the taking. A hold that was taken is kept and given back after it fired, too. */
  readonly signal: AbortSignal;
  readonly runId: string;
  /** `user@host`. */
  readonly holder: string;
  readonly options: OwnershipOptions;
  readonly journal: Journal;
  /** One for the whole run. */
  readonly leases: LeaseMemory;
  /** From kured's DaemonSet, read once a run. */
  readonly kuredLocks: readonly KuredLock[];
}

export interface TakeRequest {
  /** Cordon it in the same request. */
  readonly cordon: boolean;
  /** What the node was before the run, where the caller knows (from the journal). */
  readonly wasCordoned?: boolean;
}

/** What one try after another finds out. */
export interface Attempt {
  node: Node;
  /** Undefined until it was judged. */
  wasCordoned: boolean | undefined;
  /** Whether the request that takes it was sent, whatever came of it. */
  asked: boolean;
  /** Schedulable just before: what to go back to. */
  wasSchedulable: boolean;
  /** What was written to the journal, and which step that was. */
  readonly journalled: Map<string, JournalStep['kind']>;
  /** On the monotonic clock, when the request that took it was sent. */
  takenAtMs: number;
}

/** Judges and swaps until one of both says yes or no. Resolves to the refusal, if it is one. */
export async function swap(
  context: HoldContext,
  attempt: Attempt,
  request: TakeRequest,
  lease: NodeLease,
  mode: LeaseMode,
): Promise<string | undefined> {
  const { clock, cluster, signal } = context;
  const startMs = clock.monotonic();
  const backoff = createBackoff(100, 3000, Math.random);
  for (let fresh = true; ; fresh = false) {
    try {
      if (!fresh) attempt.node = await readAgain(cluster, attempt.node, signal);
      const leaseVerdict = await lease.judge(mode, { signal });
      if (leaseVerdict.kind === 'held') return leaseVerdict.message;
      const verdict = judgeNode(context, attempt.node);
      if (verdict.kind === 'held') return verdict.message;
      await write(context, attempt, request, verdict);
      return undefined;
    } catch (error) {
      if (!(error instanceof ClusterError) || !error.transient) throw error;
      const waitMs = Math.max(error.retryAfterMs ?? 0, backoff.nextMs());
      if (clock.monotonic() + waitMs - startMs > takeMs) throw error;
      await clock.sleep(waitMs, signal);
    }
  }
}

/**
 * Other tools' marks, then the annotation: whether the node, as it was read, may be taken. Sends nothing, so that a run
 * can ask for all of its nodes before it changes the first.
 */
export function judgeNode(
  { runId, options, clock, kuredLocks }: Pick<HoldContext, 'runId' | 'options' | 'clock' | 'kuredLocks'>,
  node: Node,
): Verdict {
  const { takeOver } = options;
  const nowMs = clock.now();
  const marks = foreignMarks(node, { kuredLocks, nowMs })
    .filter(({ severity }) => severity === 'refuse')
    .map(({ message, owner }) => `${message}: it is in the hands of ${owner}`);
  if (marks.length > 0 && !takeOver) return { kind: 'held', message: marks.join('; ') };
  const verdict = judgeHold(node, { runId, takeOver, nowMs });
  if (verdict.kind === 'held' || marks.length === 0) return verdict;
  const instead = [...marks, ...(verdict.instead === undefined ? [] : [verdict.instead])].join('; ');
  return { ...verdict, instead };
}

async function write(
  context: HoldContext,
  attempt: Attempt,
  request: TakeRequest,
  verdict: Verdict & { readonly kind: 'free' },
): Promise<void> {
  const { cluster, clock, signal, report, options, runId, holder } = context;
  const { node } = attempt;
  const cordon = cordonOf(node);
  const ours = verdict.former !== undefined || (typeof cordon === 'object' && cordon.run === runId);
  const wasCordoned =
    (node.unschedulable && !ours) || (request.wasCordoned ?? verdict.former?.wasCordoned ?? node.unschedulable);
  const { change, marks } = takeChange(node, {
    runId,
    holder,
    options,
    wasCordoned,
    nowMs: clock.now(),
    cordon: request.cordon,
  });
  await intend(context, attempt, { kind: 'hold', wasCordoned });
  const markText = markNames(change);
  if (marks !== 'unreadable' && markText !== '') await intend(context, attempt, { kind: 'mark', ...marks.former });
  attempt.wasCordoned = wasCordoned;
  // Where an earlier try of ours turns out to be stored, the node was schedulable before that one.
  if (!attempt.asked || verdict.former === undefined) attempt.wasSchedulable = !node.unschedulable;
  attempt.takenAtMs = clock.monotonic();
  attempt.asked = true;
  attempt.node = await cluster.changeNode(node, change, { signal });

  if (verdict.instead !== undefined) {
    const message = options.takeOver ? `taken over: ${verdict.instead}` : verdict.instead;
    report.emit({ type: 'warning', message });
  }
  if (marks === 'unreadable' && (options.excludeFromLoadBalancers || options.holdAutoscaler)) {
    const message = `the former marks of the node ${node.name} cannot be read, so its marks were left as they are`;
    report.emit({ type: 'warning', message });
  }
  report.emit({ type: 'node.step', node: node.name, step: 'held', message: `held for run ${runId}` });
  if (markText !== '') {
    report.emit({ type: 'node.step', node: node.name, step: 'marked', message: `set ${markText}` });
  }
}

/** Written down before the request, once for each thing that is meant. */
async function intend({ journal }: HoldContext, { node, journalled }: Attempt, step: JournalStep): Promise<void> {
  const text = JSON.stringify(step);
  if (journalled.has(text)) return;
  await journal.write({ type: 'intent', node: node.name, step });
  journalled.set(text, step.kind);
}

async function readAgain(cluster: Cluster, node: Node, signal: AbortSignal): Promise<Node> {
  const now = await cluster.getNode(node.name, { signal });
  if (now && now.uid === node.uid) return now;
  throw new ClusterError(`the node ${node.name} was ${now ? 'replaced by another of the same name' : 'deleted'}`, {
    code: 'cluster.not-found',
    status: 404,
    hint: cluster.kubectl('get', 'nodes'),
  });
}
