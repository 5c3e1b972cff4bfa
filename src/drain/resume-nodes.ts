/** Compares the nodes of a run that is gone on with to what they are now, before anything is changed. */
import type { Node } from '../cluster/node.ts';
import { exitCodes, KmaintError } from '../errors.ts';
import type { NodeRecord } from '../journal/record.ts';
import { isLive } from './ownership/judge.ts';
import { cordonOf, holdOf } from './ownership/records.ts';
import { isGivenBack } from './resume-past.ts';
import type { World } from './world.ts';

export interface Found {
  readonly record: NodeRecord;
  /** Undefined: gone from the cluster. */
  readonly node: Node | undefined;
  /** Somebody uncordoned it since the run, and may have put it to use. */
  readonly returned: boolean;
}

/**
 * Reads the nodes once.
 *
 * @param holder who asks: a hold of this run by somebody else may be work in progress
 * @throws KmaintError `resume.held` (5), or `resume.drift` (6) for a node that was registered anew: it has the name of
 *   the one that was agreed to, and nothing else of it
 */
export async function findNodes(
  { cluster, clock, signal, commandLine }: World,
  runId: string,
  holder: string,
  nodes: readonly NodeRecord[],
): Promise<readonly Found[]> {
  const found = await Promise.all(
    nodes.map(async (record): Promise<Found> => {
      const node = await cluster.getNode(record.name, { signal });
      return { record, node, returned: isReturnedByOthers(node, record, runId) };
    }),
  );
  for (const { node } of found) {
    const hold = node && holdOf(node);
    if (typeof hold !== 'object' || hold.run !== runId || hold.holder === holder || !isLive(hold, clock.now()))
      continue;
    throw new KmaintError(
      `${hold.holder} goes on with this run on ${node?.name} already (until ${hold.until} at least)`,
      {
        code: 'resume.held',
        exitCode: exitCodes.held,
        hint: 'wait until that time is over, and try again',
      },
    );
  }
  const others = found.filter(({ node, record }) => node && node.uid !== record.uid).map(({ record }) => record.name);
  if (others.length === 0) return found;
  const rest = found
    .filter(({ record, node }) => node && !others.includes(record.name))
    .map(({ record }) => record.name);
  const next =
    rest.length > 0
      ? `to go on with the others: ${commandLine.command(['resume', runId, ...nodeFlags(rest)])}`
      : `drain what you still mean anew: ${commandLine.command(['drain', ...others])}`;
  throw new KmaintError(`registered anew since run ${runId}, and so others by now: ${others.join(', ')}`, {
    code: 'resume.drift',
    exitCode: exitCodes.drift,
    hint: `nothing was changed; ${next}`,
  });
}

/**
 * Nodes that others put back into service are taken out of it again by consent only: `--yes`, or the answer to the plan.
 *
 * @throws KmaintError `resume.uncordoned` (6) where nobody can be asked and `--yes` was not given
 */
export function checkReturned(
  { prompt, commandLine }: Pick<World, 'prompt' | 'commandLine'>,
  { runId, named, assumeYes }: { readonly runId: string; readonly named: boolean; readonly assumeYes: boolean },
  found: readonly Found[],
): void {
  const returned = namesOf(found.filter((one) => one.returned));
  if (returned.length === 0 || assumeYes || prompt.available) return;
  const rest = namesOf(found.filter(({ node, returned: isReturned }) => node && !isReturned));
  const onWith = commandLine.command(['resume', ...(named ? [runId] : []), ...nodeFlags(rest)]);
  const others = rest.length > 0 ? [`to go on with the others: ${onWith}`] : [];
  const again = `to take ${returned.length === 1 ? 'it' : 'them'} out of service again: ${commandLine.again(['--yes'])}`;
  throw new KmaintError(`uncordoned since run ${runId}, so somebody may have put it to use: ${returned.join(', ')}`, {
    code: 'resume.uncordoned',
    exitCode: exitCodes.drift,
    hint: `nothing was changed; ${[...others, again].join('; ')}`,
  });
}

/** Says what a consent to the resumed run means for them. */
export function tellReturned({ report }: Pick<World, 'report'>, found: readonly Found[]): void {
  for (const { record, returned } of found) {
    if (!returned) continue;
    const message = `${record.name} was uncordoned since the run, so somebody may have put it to use: it is planned anew, cordoned and drained again`;
    report.emit({ type: 'warning', message });
  }
}

/** As the resumed run is to see it: one that takes pods again is what it goes back to. */
export function recordsOf(found: readonly Found[]): readonly NodeRecord[] {
  return found.map(({ record, returned }) => (returned ? { ...record, wasCordoned: false } : record));
}

/**
 * Our own uncordon takes our records along and is in the journal: a node that takes pods again without it is so by
 * somebody else, whether our records still stand on it (kubectl) or not (`kmaint uncordon`).
 */
function isReturnedByOthers(node: Node | undefined, record: NodeRecord, runId: string): boolean {
  if (!node || node.unschedulable || node.uid !== record.uid) return false;
  const ours = [holdOf(node), cordonOf(node)].some((one) => typeof one === 'object' && one.run === runId);
  return ours || !isGivenBack(record);
}

function namesOf(found: readonly Found[]): readonly string[] {
  return found.map(({ record }) => record.name);
}

function nodeFlags(names: readonly string[]): readonly string[] {
  return names.map((name) => `--node=${name}`);
}
