/** Takes a drained node through the rest of the rolling loop: the work on it, its return, the gates. */
import type { Node } from '../../cluster/node.ts';
import { exitCodes, isAbort, KmaintError, type ExitCode } from '../../errors.ts';
import type { Journal } from '../../journal/journal.ts';
import type { RunProgram } from '../../process/run.ts';
import { elapsedText } from '../../report/durations.ts';
import type { RollingOptions } from '../options.ts';
import { exitCodeOf } from '../outcome.ts';
import { retryTransient } from '../retry.ts';
import { commandsFor } from '../world.ts';
import type { RollingContext } from './context.ts';
import { runForNode } from './exec.ts';
import { isOfControlPlane, quorumObjection, readQuorum } from './quorum.ts';
import { passGates } from './gates.ts';
import { awaitReady } from './ready.ts';
import { holdStable } from './stable.ts';

/** A reboot has to be proved even where no wait was asked for; this is what a bare `--wait-ready` means. */
const rebootTimeoutMs = 600_000;
const retryBudgetMs = 30_000;

export interface AftercareContext extends RollingContext {
  readonly run: RunProgram;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly journal: Journal;
}

export interface AftercareSteps {
  /** Uncordons the node as it was last read; called only with `--uncordon`, and decides itself whether it may. */
  uncordon(node: Node): Promise<void>;
  /** Why the node, as it was just read, is not ours any more; undefined: it is. */
  lossOf?(node: Node): KmaintError | undefined;
  /** Set when a run is resumed in which the program ended for this node already: it is not run again. */
  readonly executed?: { readonly bootID: string } | undefined;
  /** Set when a run is resumed in which the program had begun for this node, and how it ended is not known. */
  readonly begun?: { readonly bootID: string } | undefined;
  /** Set when a run is resumed that had uncordoned this node already: only its gates are left. */
  readonly returned?: boolean | undefined;
}

export interface AftercareResult {
  readonly exitCode: ExitCode;
  /** Set unless all went well; without the node's name. */
  readonly message?: string | undefined;
  readonly hint?: string | undefined;
}

/** The course came to an end before its end. */
class Stopped extends KmaintError {}

/**
 * After the drain of one node: the program, its return, the uncordon, the gates. Whatever fails before the uncordon
 * leaves the node cordoned, and the message says so; the caller then begins no further node.
 *
 * @returns exit code 0; 1 the program failed; 7 a gate; 124 not back in time; 128+n interrupted. Only our own bugs are thrown
 */
export async function bringBack(
  context: AftercareContext,
  drained: Node,
  rolling: RollingOptions,
  steps: AftercareSteps,
): Promise<AftercareResult> {
  const progress = { uncordoned: steps.returned === true };
  try {
    const node = steps.returned ? drained : await returnToService(context, drained, rolling, steps, progress);
    await stayWell(context, node, rolling);
    return { exitCode: exitCodes.done };
  } catch (error) {
    const reason: unknown = isAbort(error, context.signal) ? context.signal.reason : error;
    if (!(reason instanceof KmaintError)) throw error;
    if (reason.code === 'hold.lost') return { exitCode: reason.exitCode, message: reason.message, hint: reason.hint };
    const left = progress.uncordoned ? 'the node is uncordoned' : 'the node stays cordoned';
    return {
      exitCode: exitCodeOf(reason, true),
      message: `${reason.message}; ${left}`,
      hint: reason.hint,
    };
  }
}

/** All that lies between the drain and the gates. */
async function returnToService(
  context: AftercareContext,
  drained: Node,
  rolling: RollingOptions,
  steps: AftercareSteps,
  progress: { uncordoned: boolean },
): Promise<Node> {
  const worked = await work(context, drained, rolling, steps);
  const node = await comeBack(context, worked, rolling);
  await checkOurs(context, node, steps);
  if (!rolling.uncordon) return node;
  await steps.uncordon(node);
  progress.uncordoned = true;
  return node;
}

/** Runs the program, if there is one; resolves to the node as it was right before. */
async function work(
  context: AftercareContext,
  drained: Node,
  { exec, expectReboot }: RollingOptions,
  steps: AftercareSteps,
): Promise<Node> {
  const { cluster, clock, signal, journal, report } = context;
  const { executed, begun } = steps;
  signal.throwIfAborted();
  const node = await retryTransient(clock, signal, retryBudgetMs, () => cluster.getNode(drained.name, { signal }));
  // The wait compares with what was before the program ran, in the run that is resumed.
  if (executed) return { ...(node ?? drained), uid: drained.uid, bootID: executed.bootID };
  if (node?.uid !== drained.uid) {
    const what = node ? 'is another Node object now than the one that was drained' : 'is no longer in the cluster';
    throw new Stopped(`the node ${what}, so nothing was run for it`, { code: 'drift', exitCode: exitCodes.drift });
  }
  const loss = steps.lossOf?.(node);
  if (loss) throw loss;
  if (!exec) return node;
  if (begun && expectReboot && begun.bootID !== node.bootID) {
    const message = `was booted since ${exec[0] ?? 'the program'} had begun for it (bootID ${node.bootID} instead of ${begun.bootID}): it is not run again`;
    report.emit({ type: 'node.step', node: node.name, step: 'exec', message });
    await journal.write({ type: 'done', node: node.name, step: 'exec' });
    return { ...node, bootID: begun.bootID };
  }
  await keepQuorum(context, node);
  await journal.write({ type: 'intent', node: node.name, step: { kind: 'exec', bootID: node.bootID } });
  const end = await runForNode({ ...context, runId: journal.runId }, node, exec, signal);
  if (!end.ok) throw new Stopped(end.message, { code: 'exec.failed', exitCode: exitCodes.incomplete });
  await journal.write({ type: 'done', node: node.name, step: 'exec' });
  return node;
}

/** Looked at once more, for a drain can take hours, and it is the program that stops the node's etcd. */
async function keepQuorum(context: AftercareContext, node: Node): Promise<void> {
  if (!isOfControlPlane(node)) return;
  const objection = quorumObjection(
    await readQuorum(context, context.signal),
    node,
    { takesDown: true },
    commandsFor(context),
  );
  if (objection?.severity !== 'refuse') return;
  throw new Stopped(`nothing was run for it: ${objection.message}`, {
    code: 'gate',
    exitCode: exitCodes.gate,
    hint: objection.hint,
  });
}

/** The program may have taken long: whoever took the node meanwhile decides what becomes of it. */
async function checkOurs(
  { cluster, clock, signal }: AftercareContext,
  { name, uid }: Node,
  steps: AftercareSteps,
): Promise<void> {
  if (!steps.lossOf) return;
  const now = await retryTransient(clock, signal, retryBudgetMs, () => cluster.getNode(name, { signal }));
  // A node that was registered anew never had our hold.
  const loss = now?.uid === uid ? steps.lossOf(now) : undefined;
  if (loss) throw loss;
}

async function comeBack(
  context: AftercareContext,
  node: Node,
  { waitReadyMs, expectReboot }: RollingOptions,
): Promise<Node> {
  const timeoutMs = waitReadyMs ?? (expectReboot ? rebootTimeoutMs : undefined);
  if (timeoutMs === undefined) return node;
  const { clock, report } = context;
  const startMs = clock.monotonic();
  const end = await awaitReady(context, node, { timeoutMs, expectReboot, bootID: node.bootID });
  if (!end.ok) throw new Stopped(end.message, { code: 'timeout', exitCode: end.exitCode });
  if (expectReboot) {
    const message = `booted: bootID ${end.node.bootID} instead of ${node.bootID}`;
    report.emit({ type: 'node.step', node: node.name, step: 'rebooted', message });
  }
  const message = `Ready, with its network, after ${elapsedText(clock.monotonic() - startMs)}`;
  report.emit({ type: 'node.step', node: node.name, step: 'ready', message });
  return end.node;
}

async function stayWell(
  context: AftercareContext,
  node: Node,
  { minStableMs, criticalPods }: RollingOptions,
): Promise<void> {
  const failures = await passGates(context, node, [node], { criticalPods });
  if (failures.length > 0) throw gateFailed(failures);
  const restless = minStableMs > 0 ? await holdStable(context, node, minStableMs, { criticalPods }) : [];
  if (restless.length > 0) throw gateFailed(restless);
  const message = minStableMs > 0 ? `well for ${elapsedText(minStableMs)}` : 'all health gates are open';
  context.report.emit({ type: 'node.step', node: node.name, step: 'gate', message });
}

/** The end of a course, or of a run, at a gate. */
function gateFailed(failures: readonly string[]): Stopped {
  return new Stopped(`a health gate failed: ${failures.join('; ')}`, { code: 'gate', exitCode: exitCodes.gate });
}
