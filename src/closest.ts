/** Did you mean: the existing name nearest to a misspelt one. */
import leven from 'leven';

/**
 * The nearest candidate that is at most a third of the name away, or two letters (one where the name is shorter than
 * four); else undefined. Case does not count.
 */
export function closest(name: string, candidates: readonly string[]): string | undefined {
  // Two letters in the wrong order count as two.
  const limit = Math.max(name.length < 4 ? 1 : 2, Math.floor(name.length / 3));
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = leven(name.toLowerCase(), candidate.toLowerCase(), { maxDistance: limit + 1 });
    if (distance <= limit && (!best || distance < best.distance)) best = { candidate, distance };
  }
  return best?.candidate;
}
