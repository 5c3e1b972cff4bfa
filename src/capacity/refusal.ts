/** Why a node does not take a pod, in words that can be counted over many nodes. */

export interface Refusal {
  /** After `1`: `has too little cpu`. */
  readonly one: string;
  /** After `3`: `have too little cpu`. */
  readonly many: string;
  /** False where something that kmaint cannot read might lift it. */
  readonly certain: boolean;
  /** No pod that comes to the cluster can lift it. */
  readonly lasting: boolean;
}

/** `has` and `have` something. */
export function having(what: string, kind: Partial<Pick<Refusal, 'certain' | 'lasting'>> = {}): Refusal {
  return { one: `has ${what}`, many: `have ${what}`, certain: true, lasting: true, ...kind };
}

/** `is` and `are` something. */
export function being(what: string, kind: Partial<Pick<Refusal, 'certain' | 'lasting'>> = {}): Refusal {
  return { one: `is ${what}`, many: `are ${what}`, certain: true, lasting: true, ...kind };
}

/** `does not` and `do not` do something. */
export function notDoing(what: string, kind: Partial<Pick<Refusal, 'certain' | 'lasting'>> = {}): Refusal {
  return { one: `does not ${what}`, many: `do not ${what}`, certain: true, lasting: true, ...kind };
}

/** `0 of 5 nodes: 3 have too little cpu, 2 are cordoned`: the commonest first. */
export function describeRefusals(refusals: readonly Refusal[]): string {
  const counts = new Map<string, { readonly refusal: Refusal; count: number }>();
  for (const refusal of refusals) {
    const known = counts.get(refusal.many);
    if (known) known.count += 1;
    else counts.set(refusal.many, { refusal, count: 1 });
  }
  const parts = [...counts.values()]
    .sort((a, b) => b.count - a.count || (a.refusal.many < b.refusal.many ? -1 : 1))
    .map(({ refusal, count }) => `${count} ${count === 1 ? refusal.one : refusal.many}`);
  if (parts.length === 0) return 'there is no other node';
  return `0 of ${refusals.length} ${refusals.length === 1 ? 'node' : 'nodes'}: ${parts.join(', ')}`;
}
