/** Watches whether a node that is back stays well for a while (`--min-stable`). */
import type { Node } from '../../cluster/node.ts';
import { waitText } from '../../report/durations.ts';
import type { RollingContext } from './context.ts';
import { gatePollMs, readGates, type GateOptions } from './gates.ts';
import { Sayings } from './sayings.ts';

/**
 * Looks every few seconds whether all stays well for `minStableMs`. A node that was not Ready between two looks, or that
 * booted again, was not stable either.
 *
 * @returns what went wrong, at once; empty: it was stable for all that time
 * @throws the signal's reason
 */
export async function holdStable(
  context: RollingContext,
  node: { readonly name: string },
  minStableMs: number,
  options: GateOptions,
): Promise<readonly string[]> {
  const { clock, signal } = context;
  const untilMs = clock.monotonic() + minStableMs;
  const sayings = new Sayings(context, node.name);
  let first: Node | undefined;
  for (;;) {
    const { failures, warnings, nodes } = await readGates(context, [node], options);
    sayings.warn(warnings);
    const [seen] = nodes;
    first ??= seen;
    const restless = first && seen ? restlessness(first, seen) : [];
    if (failures.length > 0 || restless.length > 0) return [...failures, ...restless];
    const leftMs = untilMs - clock.monotonic();
    if (leftMs <= 0) return [];
    sayings.wait(`has to stay well for ${waitText(minStableMs)}`);
    await clock.sleep(Math.min(gatePollMs, leftMs), signal);
  }
}

/** What happened between two looks that both were fine. */
function restlessness(first: Node, seen: Node): readonly string[] {
  if (seen.uid !== first.uid) return [`${seen.name} was registered again as another Node object`];
  if (seen.bootID !== first.bootID) return [`${seen.name} was booted again: bootID ${seen.bootID}`];
  const since = readySince(seen);
  if (since === readySince(first)) return [];
  return [`${seen.name} was not Ready for a moment: its Ready changed at ${since ?? 'an unknown time'}`];
}

function readySince({ conditions }: Node): string | undefined {
  return conditions.find(({ type }) => type === 'Ready')?.lastTransitionTime;
}
