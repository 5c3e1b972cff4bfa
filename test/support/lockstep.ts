/** Plays a server that answers in rounds: what is asked while it thinks is answered together, so that waits can be counted. */
import type { Cluster } from '../../src/cluster/cluster.ts';
import type { FakeClock } from './clock.ts';

export interface Lockstep<T extends Cluster> {
  /** In place of the cluster. */
  readonly cluster: T;
  /** What was asked in each round, sorted: `getNode node1`, `listPods node1`, `watchPods node1` for its first list. */
  readonly rounds: readonly (readonly string[])[];
  /** Answers round after round, and lets time pass where nothing is asked, until the work is done. */
  finish<R>(clock: FakeClock, work: Promise<R>): Promise<R>;
}

type Call = (...args: readonly unknown[]) => unknown;

interface Asked {
  readonly what: string;
  readonly answer: () => void;
}

export function inLockstep<T extends Cluster>(cluster: T): Lockstep<T> {
  const rounds: string[][] = [];
  let waiting: Asked[] = [];
  const turn = (what: string): Promise<void> => new Promise((resolve) => waiting.push({ what, answer: resolve }));

  function called(target: T, method: string, call: Call): Call {
    if (method === 'close') return (...args) => Reflect.apply(call, target, args);
    if (method.startsWith('watch')) {
      return async function* (...args) {
        await turn(described(method, args));
        yield* Reflect.apply(call, target, args) as AsyncIterable<unknown>;
      };
    }
    return async (...args) => {
      await turn(described(method, args));
      return Reflect.apply(call, target, args);
    };
  }

  return {
    cluster: new Proxy(cluster, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property, target);
        return typeof value === 'function' ? called(target, String(property), value as Call) : value;
      },
    }),
    rounds,
    async finish(clock, work) {
      let settled = false;
      const watched = work.finally(() => (settled = true));
      watched.catch(() => {});
      for (let idle = 0; ;) {
        await quiet();
        if (settled) return watched;
        if (waiting.length === 0) {
          idle += 1;
          if (idle > 6000) throw new Error(`not done; the last rounds: ${JSON.stringify(rounds.slice(-3))}`);
          await clock.advance(100);
          continue;
        }
        const round = waiting;
        waiting = [];
        rounds.push(round.map(({ what }) => what).sort());
        for (const { answer } of round) answer();
      }
    },
  };
}

/** Whatever follows from the last answers without another one has been done by then. */
async function quiet(): Promise<void> {
  for (let turns = 0; turns < 10; turns += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}

function described(method: string, [first]: readonly unknown[]): string {
  return `${method} ${subject(first)}`.trim();
}

function subject(argument: unknown): string {
  if (typeof argument === 'string') return argument;
  const { nodeName, namespace, name, reason } = argument as Partial<Record<string, string>>;
  return nodeName ?? reason ?? [namespace, name].filter((part) => part !== undefined).join('/');
}
