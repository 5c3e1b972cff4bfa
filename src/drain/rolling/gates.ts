/** The health gates of a rolling run: the next node is begun only while all is well. */
import type { Node } from '../../cluster/node.ts';
import { ClusterError } from '../../errors.ts';
import { retryTransient } from '../retry.ts';
import type { RollingContext } from './context.ts';
import { criticalFailures } from './critical-pods.ts';
import { nodeHealth, type Health } from './node-health.ts';
import { Sayings } from './sayings.ts';

const retryBudgetMs = 30_000;
/** How long gates may take to open. */
const patienceMs = 120_000;
/** Between two looks at the gates. */
export const gatePollMs = 5000;

export interface GateOptions {
  /** As in `--critical-pods`. */
  readonly criticalPods: readonly string[];
}

/** One look at everything; `nodes` are those that are still there. */
export interface GateReading extends Health {
  readonly nodes: readonly Node[];
}

/**
 * Looks once at the nodes that are done and at the critical pods; what is too old to count is a warning.
 *
 * @returns what is wrong, one sentence each; empty: go on. What cannot be read is wrong as well.
 * @throws the signal's reason
 */
export async function checkGates(
  context: RollingContext,
  nodesDone: readonly { readonly name: string }[],
  options: GateOptions,
): Promise<readonly string[]> {
  const { failures, warnings } = await readGates(context, nodesDone, options);
  for (const message of warnings) context.report.emit({ type: 'warning', message });
  return failures;
}

/**
 * Gives the gates two minutes to open: evicted pods are still starting, and a problem detector still says what it saw
 * before the reboot.
 *
 * @param node who waits, for the report
 * @returns what is still wrong then; empty: go on
 * @throws the signal's reason
 */
export async function passGates(
  context: RollingContext,
  node: { readonly name: string },
  nodesDone: readonly { readonly name: string }[],
  options: GateOptions,
): Promise<readonly string[]> {
  const { clock, signal } = context;
  const untilMs = clock.monotonic() + patienceMs;
  const sayings = new Sayings(context, node.name);
  for (;;) {
    const { failures, warnings } = await readGates(context, nodesDone, options);
    sayings.warn(warnings);
    const leftMs = untilMs - clock.monotonic();
    if (failures.length === 0 || leftMs <= 0) return failures;
    sayings.wait(failures.join('; '));
    await clock.sleep(Math.min(gatePollMs, leftMs), signal);
  }
}

/** One look, as a value; passing errors of the API are sat out for half a minute. */
export async function readGates(
  context: RollingContext,
  nodes: readonly { readonly name: string }[],
  { criticalPods }: GateOptions,
): Promise<GateReading> {
  const readings = await Promise.all([
    ...nodes.map(({ name }) => attempt(context, `node ${name}`, () => readNode(context, name))),
    ...criticalPods.map((text) =>
      attempt(context, `critical pods ${text}`, async () => wrong(await criticalFailures(context, text))),
    ),
  ]);
  return {
    failures: readings.flatMap(({ failures }) => failures),
    warnings: readings.flatMap(({ warnings }) => warnings),
    nodes: readings.flatMap((reading) => reading.nodes),
  };
}

async function readNode({ cluster, clock, signal }: RollingContext, name: string): Promise<GateReading> {
  const node = await cluster.getNode(name, { signal });
  if (!node) return wrong([`${name} is no longer in the cluster`]);
  return { ...nodeHealth(node, clock.now()), nodes: [node] };
}

async function attempt(
  { clock, signal }: RollingContext,
  what: string,
  read: () => Promise<GateReading>,
): Promise<GateReading> {
  try {
    return await retryTransient(clock, signal, retryBudgetMs, read);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ClusterError)) throw error;
    return wrong([`${what} could not be read: ${error.message}`]);
  }
}

function wrong(failures: readonly string[]): GateReading {
  return { failures, warnings: [], nodes: [] };
}
