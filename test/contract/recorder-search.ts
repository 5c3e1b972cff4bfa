/** Looks for sequences that two servers answer differently, and shortens those that it finds. */
import fc from 'fast-check';
import type { Api } from '../support/api.ts';
import { difference, play, titleOf, type Difference } from './recorder.ts';
import type { Step } from './recorder-step.ts';
import { sequences } from './recorder-steps.ts';
import { openSide, type Side } from './recorder-world.ts';

export interface Search {
  readonly sequences: number;
  readonly seed: number;
  /** Ends after so many different differences; default 5. */
  readonly most?: number;
}

/** How many sequences are under way at once: mostly the servers are waited for. */
const lanes = 4;

/** What was found, each as the shortest sequence with its difference; empty when nothing was. */
export async function search(left: Api, right: Api, { sequences: count, seed, most = 5 }: Search): Promise<string[]> {
  const sides = await Promise.all([openSide(left), openSide(right)]);
  const queue = fc.sample(sequences, { numRuns: count, seed });
  const found = new Map<string, string>();
  const lane = async (): Promise<void> => {
    for (let steps = queue.pop(); steps !== undefined && found.size < most; steps = queue.pop()) {
      const one = await playOnBoth(sides, steps);
      if (one === undefined || found.has(one.place)) continue;
      // Noted before it is shortened: another lane would shorten the same.
      found.set(one.place, one.text);
      const { steps: few, difference: seen } = await shorten(sides, steps, one);
      const lines = few.map((step, index) => `${String(index + 1)}. ${titleOf(step)}`);
      found.set(one.place, [...lines, seen.text].join('\n'));
    }
  };
  try {
    await Promise.all(Array.from({ length: lanes }, lane));
  } finally {
    for (const side of sides) side.close();
  }
  return [...new Set(found.values())];
}

async function playOnBoth(sides: readonly Side[], steps: readonly Step[]): Promise<Difference | undefined> {
  const worlds = await Promise.all(sides.map((side) => side.createWorld()));
  const [left = [], right = []] = await Promise.all(worlds.map((world) => play(world, steps)));
  return difference(left, right);
}

/** Drops what came after the difference, then each step that it shows without. */
async function shorten(
  sides: readonly Side[],
  steps: readonly Step[],
  first: Difference,
): Promise<{ readonly steps: readonly Step[]; readonly difference: Difference }> {
  let shortest = { steps: steps.slice(0, first.index + 1), difference: first };
  for (let index = shortest.steps.length - 1; index >= 0; index -= 1) {
    const fewer = shortest.steps.toSpliced(index, 1);
    const seen = await playOnBoth(sides, fewer);
    if (seen !== undefined) shortest = { steps: fewer.slice(0, seen.index + 1), difference: seen };
    index = Math.min(index, shortest.steps.length);
  }
  return shortest;
}
