/** When what goes wrong in the soak: the same for the same seed, as far as two processes and a clock can be the same. */

/** What the server can do wrong. */
export interface Faults {
  /** A connection that follows a log breaks, wherever it is in a line. */
  reset(): boolean;
  /** One ends in good order although its container runs. */
  cleanEnd(): boolean;
  /** Nothing answers at all; what was open breaks. */
  refuse(ms: number): boolean;
  /** The kubelet of one node is away: its logs end, and are answered with 500. */
  kubeletDown(ms: number): boolean;
  /** Half of all requests for logs are answered with 429. */
  throttle(ms: number): boolean;
  /** The watch of the pods breaks. */
  dropWatch(): boolean;
  /** The watch ends, and what was known of versions is forgotten: 410, in the stream or as its answer. */
  expireWatch(): boolean;
  /** A container begins anew. */
  restart(): boolean;
  /** A pod goes, and another of its name comes. */
  recreate(): boolean;
}

export type FaultName = keyof Faults;
export type FaultCounts = Record<FaultName, number>;

/** The time between two faults of a kind, on average, and how long one lasts. */
const schedule: Readonly<
  Record<FaultName, { readonly everyMs: number; readonly lastsMs?: readonly [number, number] }>
> = {
  reset: { everyMs: 150 },
  cleanEnd: { everyMs: 250 },
  restart: { everyMs: 300 },
  recreate: { everyMs: 1_500 },
  dropWatch: { everyMs: 4_000 },
  expireWatch: { everyMs: 5_000 },
  kubeletDown: { everyMs: 7_000, lastsMs: [500, 4_000] },
  throttle: { everyMs: 7_000, lastsMs: [200, 1_500] },
  refuse: { everyMs: 15_000, lastsMs: [200, 6_000] },
};

export const faultNames = Object.keys(schedule) as FaultName[];

export interface Trouble {
  /** How often each went wrong. */
  readonly counts: FaultCounts;
  /** Lets go wrong what is due by then. */
  readonly until: (nowMs: number) => void;
}

/** Lets what was chosen go wrong, from that moment on. */
export function createTrouble(
  faults: Faults,
  chosen: readonly FaultName[],
  random: () => number,
  startMs: number,
): Trouble {
  const counts = Object.fromEntries(faultNames.map((name) => [name, 0])) as FaultCounts;
  const pause = (name: FaultName): number => -Math.log(1 - random()) * schedule[name].everyMs;
  const due = new Map(chosen.map((name) => [name, startMs + pause(name)]));
  return {
    counts,
    until(nowMs) {
      for (const [name, dueMs] of due) {
        if (dueMs > nowMs) continue;
        due.set(name, nowMs + pause(name));
        const [from, to] = schedule[name].lastsMs ?? [0, 0];
        if (faults[name](from + random() * (to - from))) counts[name] += 1;
      }
    },
  };
}
